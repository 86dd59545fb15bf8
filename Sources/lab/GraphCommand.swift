// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Kubernetes

struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw a lab, or what a manifest would make: as SVG, DOT or Mermaid.",
        discussion: """
            The picture has the outside, the edge, the nodes, the Pods, the links between them with interfaces and \
            addresses, and beside them the Services with types, addresses and endpoints. It goes to standard output. With \
            -f no lab is needed, nor root: the manifests are drawn as if all their Pods ran and were ready.

            EXAMPLES
              lab graph -f Labs/hello-service.yaml > hello.svg
              lab graph -f app.yaml --service api -o mermaid >> README.md
              sudo lab graph -o dot | dot -Tpng > lab.png
              sudo lab graph --lab demo --service web/hello > hello.svg

            Exit codes: 0 drawn, 1 there is no such lab or Service.
            """)
    @OptionGroup var planned: PlannedChoice
    @Option(help: "Only what concerns this Service, as hello or web/hello.")
    var service: String?
    @Option(name: .shortAndLong, help: "The format: svg, dot, mermaid or json.")
    var output: GraphOutput = .svg
    @OptionGroup var lab: LabChoice

    func validate() throws { try lab.refuseBeside(planned.filename) }

    func run() throws {
        if let cluster = try planned.cluster() {
            let key = try service.map { try cluster.serviceKey($0) }
            return Terminal.write(Graph(cluster, service: key).text(output.format))
        }
        var request: Value = ["verb": "graph", "format": .string(output.rawValue)]
        request["service"] = service.map { .string($0) }
        let answer = try lab.client().ask(request)
        if let problem = answer["error"]?.string { throw LabError(problem) }
        Terminal.write(answer.text("text"))
    }
}

/// The formats of `lab graph`, as the command line has them.
enum GraphOutput: String, ExpressibleByArgument, CaseIterable {
    case svg, dot, mermaid, json

    var format: GraphFormat {
        switch self {
        case .svg: .svg
        case .dot: .dot
        case .mermaid: .mermaid
        case .json: .json
        }
    }
}
