// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Kubernetes

struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Print a node's rules, with the reasons beside them.",
        discussion: """
            The rules are those of the lab's plan, in the words of nft or iptables-save, each with the object, the field and \
            the line of the manifest that asked for it, as a comment: the text is a file that nft -f or iptables-restore \
            loads. Of a lab that is up, the kernel is asked whether it has the same, and every difference is told. With -f no \
            lab is needed, nor root.

            EXAMPLES
              sudo lab rules node-1
              sudo lab rules node-1 --service hello
              sudo lab rules edge -o json
              lab rules -f Labs/hello-service.yaml node-1 --service hello-service
              lab rules -f app.yaml node-1 > node-1.nft && sudo nft -c -f node-1.nft

            Exit codes: 0 printed, 1 the kernel has other rules, 2 there is no such lab, node or Service.
            """)
    @Argument(help: "A node's name, or edge.")
    var node: String
    @Option(help: "Only the elements and rules of this Service, as hello or web/hello.")
    var service: String?
    @OptionGroup var planned: PlannedChoice
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice

    /// The exit code for what could not be answered.
    private static let trouble: Int32 = 2

    func validate() throws { try lab.refuseBeside(planned.filename) }

    func run() throws {
        let answer = try Trouble.exit(with: RulesCommand.trouble) { try ask() }
        if output.output == .json {
            Terminal.print(answer.json(pretty: true))
        } else {
            RulesText(answer).print()
        }
        guard answer["differences"]?.elements.isEmpty ?? true else { throw ExitCode(1) }
    }

    private func ask() throws -> Value {
        if let cluster = try planned.cluster() {
            var value = try cluster.rulesValue(of: node, service: service)
            value["basis"] = "manifest"
            return value
        }
        var request: Value = ["verb": "rules", "node": .string(node), "observe": true]
        request["service"] = service.map { .string($0) }
        let answer = try lab.client().ask(request)
        if let problem = answer["error"]?.string { throw LabError(problem) }
        return answer
    }
}

/// Commands whose exit codes tell two states apart, and trouble from both.
enum Trouble {
    /// Does something that may fail; then it says why, and ends with the exit code.
    static func exit<Result>(with code: Int32, _ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            Terminal.note("Error: \(error)")
            throw ExitCode(code)
        }
    }
}
