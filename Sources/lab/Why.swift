// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Kubernetes
internal import Linux

struct Why: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show where a connection goes and why, back to the line of the manifest.",
        usage: "lab why [-f FILE …] [FROM] TO [--protocol tcp|udp|sctp|icmp] [--all] [--rules] [-o json]",
        discussion: """
            The plan of the lab is walked in memory: every way that a connection's first packet may take, each with its \
            probability; what the server sees, how the reply comes back, and in plain words why not, where nothing answers. \
            With -f no lab is needed, nor root: the manifests are planned as if all their Pods ran and were ready.

            FROM is host (as if it is left out), edge, a node's name, pod/NAME, NAMESPACE/NAME, deploy/NAME (one of its \
            Pods), or an address of the lab. TO is a URL, ADDRESS:PORT, [v6]:PORT, NAME:PORT as cluster DNS would resolve it \
            for FROM (NAME, NAME.NAMESPACE, NAME.NAMESPACE.svc.cluster.local), service/NAME[:PORT], pod/NAME[:PORT] or \
            node/NAME:PORT; ports by number or by name.

            EXAMPLES
              lab why -f Labs/hello-service.yaml host hello-service:8080
              lab why -f app.yaml deploy/web http://api --assume-unready deploy/api
              sudo lab why 203.0.113.1:8080
              sudo lab why pod/web-1 http://hello-service:8080
              sudo lab why outside/visitor 203.0.113.1:80
              sudo lab why node-2 172.18.0.3:30053 --protocol udp
              sudo lab why pod/web-1 hello-service --protocol icmp
              sudo lab why 10.96.1.1:80 --from hello-app-5d9c7b-x2x4z --rules

            Exit codes: 0 connections are delivered, 1 none is, 2 a place in the question is none.
            """)
    @Argument(help: "Where from (host, if left out), and where to.")
    var places: [String]
    @Option(help: "Where from, if the only place that is named is where to.")
    var from: String?
    @Option(
        name: .customLong("protocol"),
        help: "tcp, udp, sctp, or icmp for a ping; else what the URL or the Service's port says.")
    var transport: String?
    @Option(
        name: .shortAndLong, parsing: .singleValue,
        help: "A manifest, a folder of them, or -: plan it, and ask no lab. May be given several times.")
    var filename: [String] = []
    @Option(parsing: .singleValue, help: "With -f: a Pod or a workload that is not ready, as deploy/web.")
    var assumeUnready: [String] = []
    @Option(help: "With -f: how many nodes; else the Lab document's, else 3.")
    var nodes: Int?
    @Flag(help: "Print every journey, not one of each kind.")
    var all = false
    @Flag(help: "Print every rule that matched, as nft or iptables prints it.")
    var rules = false
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice

    /// The exit code for a question in which a place is none.
    private static let noSuchPlace: Int32 = 2

    func validate() throws {
        guard (1...2).contains(places.count) else {
            throw ValidationError("Name one place (where to) or two: lab why FROM TO.")
        }
        guard from == nil || places.count == 1 else {
            throw ValidationError("FROM is named twice: as the first place, and with --from.")
        }
        guard transport.map({ AskedProtocol(rawValue: $0.lowercased()) != nil }) ?? true else {
            throw ValidationError("--protocol takes tcp, udp, sctp or icmp.")
        }
        guard !filename.isEmpty || assumeUnready.isEmpty && nodes == nil else {
            throw ValidationError("--assume-unready and --nodes go with -f.")
        }
        try lab.refuseBeside(filename)
        if let nodes, !(1...LabConfiguration.nodeLimit).contains(nodes) {
            throw ValidationError("--nodes takes 1 to \(LabConfiguration.nodeLimit).")
        }
    }

    func run() throws {
        let answer = try filename.isEmpty ? askLab() : plan()
        if let problem = answer["error"]?.string { try fail(problem) }
        if output.output == .json {
            Terminal.print(answer.json(pretty: true))
        } else {
            Terminal.print(WhyText(answer, showsAll: all).text)
        }
        guard ["delivered", "partly"].contains(answer.text("answer")) else { throw ExitCode(1) }
    }

    private var question: Question {
        Question(
            from: places.count == 2 ? places[0] : from ?? "host", to: places[places.count - 1],
            transport: transport.flatMap { AskedProtocol(rawValue: $0.lowercased()) })
    }

    private func askLab() throws -> Value {
        let question = question
        var request: Value = [
            "verb": "why", "from": .string(question.from), "to": .string(question.to), "all": .bool(all),
            "rules": .bool(rules),
        ]
        // What is not printed need not be sent.
        if output.output == .text, !all { request["ways"] = .int(Int64(WhyText.endLimit)) }
        request["protocol"] = question.transport.map { .string($0.rawValue) }
        return try lab.client().ask(request)
    }

    private func plan() throws -> Value {
        do {
            let planned = try PlannedLab(InputFiles.read(filename), nodes: nodes, unready: assumeUnready)
            var answer = try planned.cluster.explain(question, keepsJourneys: all).value(everyRule: rules)
            answer["basis"] = "manifest"
            answer["files"] = .array(filename.map { .string($0) })
            answer["unready"] = .array(assumeUnready.map { .string($0) })
            return answer
        } catch let error as QuestionError {
            return ["error": .string(error.description)]
        }
    }

    private func fail(_ problem: String) throws -> Never {
        Terminal.note("Error: \(problem)")
        throw ExitCode(Why.noSuchPlace)
    }
}
