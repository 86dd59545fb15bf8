// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct DNSCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "Show which names a program asks for to find a name, what is answered, and why.",
        discussion: """
            A resolver appends its search list, name by name, until one answers. Each step is shown with its answer, as the \
            cluster's name servers give it at this moment, and the object and field that it comes from. With -f no lab is \
            needed, nor root: the manifests are planned as if all their Pods ran and were ready.

            NAME is as a program has it: hello, hello.prod, hello.prod.svc.cluster.local, example.org., or an address.

            EXAMPLES
              sudo lab dns hello --from pod/client
              sudo lab dns _http._tcp.hello.default.svc.cluster.local --type SRV
              sudo lab dns 10.96.0.1
              lab dns -f Labs/frontend-svc.yaml my-service.prod --from deploy/frontend

            Exit codes: 0 the name has what was asked for, 1 it has not, 2 the name or the place is none.
            """)
    @Argument(help: "The name, or an address.")
    var name: String
    @Option(help: "Who asks: host, a node, pod/NAME, NAMESPACE/NAME or deploy/NAME.")
    var from = "host"
    @Option(
        name: [.short, .customLong("type")], parsing: .singleValue,
        help: "What is asked for, as A, AAAA, SRV, TXT; addresses, if left out. May be given several times.")
    var types: [String] = []
    @Option(
        name: .shortAndLong, parsing: .singleValue,
        help: "A manifest, a folder of them, or -: plan it, and ask no lab. May be given several times.")
    var filename: [String] = []
    @Flag(help: "Show the names that are not asked for any more, too.")
    var all = false
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice

    func validate() throws { try lab.refuseBeside(filename) }

    func run() throws {
        var wanted: [String] = []
        for type in types.map({ $0.uppercased() }) where !wanted.contains(type) { wanted.append(type) }
        let request: Value = [
            "verb": "dns", "name": .string(name), "from": .string(from),
            "types": .array(wanted.map { .string($0) }),
        ]
        let answer =
            try filename.isEmpty ? lab.client().ask(request) : PlannedLab(InputFiles.read(filename)).lookUp(request)
        if let problem = answer["error"]?.string {
            Terminal.note("Error: \(problem)")
            throw ExitCode(2)
        }
        if output.output == .json {
            Terminal.print(answer.json(pretty: true))
        } else {
            Terminal.print(LookupText(name, answer, showsAll: all).text)
        }
        guard answer["records"]?.elements.isEmpty == false else { throw ExitCode(1) }
    }
}

/// A look-up as text: what is asked with, the steps, the outcome.
struct LookupText {
    private let name: String
    private let answer: Value
    private let showsAll: Bool

    init(_ name: String, _ answer: Value, showsAll: Bool) {
        self.name = name
        self.answer = answer
        self.showsAll = showsAll
    }

    var text: String {
        [[head], [order], steps, [outcome]].map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private func list(_ field: String) -> [String] { answer[field]?.elements.compactMap(\.string) ?? [] }

    private var head: String {
        let servers = list("servers")
        let parts = [
            servers.isEmpty ? "no name server" : "nameserver \(servers.joined(separator: ", "))",
            list("search").isEmpty ? "" : "search \(list("search").joined(separator: " "))",
            list("options").isEmpty ? "" : "options \(list("options").joined(separator: " "))",
        ].filter { !$0.isEmpty }
        return "\(Terminal.bold(answer.text("place"))) asks with: \(parts.joined(separator: "; "))"
    }

    private var order: String {
        let passedOver = list("passedOver")
        let warning =
            passedOver.isEmpty
            ? ""
            : "\nIt does not ask the cluster's name server, \(passedOver.joined(separator: ", ")), whose answers these are."
        let unreached = answer["unreached"]?.string.map { "\n" + Terminal.red($0) } ?? ""
        return answer.text("order") + warning + unreached
    }

    private var steps: [String] {
        let steps = answer["steps"]?.elements ?? []
        let asked = steps.filter { $0["asked"]?.bool == true }
        var lines = (showsAll ? steps : asked).enumerated().flatMap { describe($0 + 1, $1) }
        if !showsAll, asked.count < steps.count {
            let rest = steps.dropFirst(asked.count).map { $0.text("name") }
            lines.append("   not asked for any more: \(rest.joined(separator: "  "))")
        }
        return lines
    }

    private func describe(_ number: Int, _ step: Value) -> [String] {
        let isAsked = step["asked"]?.bool == true
        let head = "\(number)  \(step.text("name"))\(isAsked ? "" : "  (not asked for)")"
        let answers = step["answers"]?.elements ?? []
        // Types that are answered alike are said once.
        var said: [(types: [String], code: String, data: [String], servers: [String], why: String)] = []
        for answer in answers {
            let data = answer["data"]?.elements.compactMap(\.string) ?? []
            let servers = answer["servers"]?.elements.compactMap(\.string) ?? []
            let (type, code, why) = (answer.text("type"), answer.text("code"), answer.text("why"))
            if let same = said.firstIndex(where: { $0.code == code && $0.data == data && $0.why == why }) {
                said[same].types.append(type)
            } else {
                said.append(([type], code, data, servers, why))
            }
        }
        return [isAsked ? Terminal.bold(head) : head]
            + said.flatMap { types, code, data, servers, why in
                let result =
                    !servers.isEmpty
                    ? "asked of \(servers.joined(separator: ", "))"
                    : data.isEmpty
                        ? (code == "NOERROR" ? "NOERROR, no such record" : code)
                        : data.joined(separator: ", ")
                let types = types.joined(separator: ", ")
                let shown = data.isEmpty ? (servers.isEmpty ? Terminal.red(result) : result) : Terminal.green(result)
                return ["     \(types): \(shown)", "        \(why)"]
            }
    }

    private var outcome: String {
        let records = answer["records"]?.elements.compactMap(\.string) ?? []
        guard !records.isEmpty else { return "\(name): \(Terminal.red("not found"))" }
        return "\(name): \(Terminal.green("found"))\n" + records.map { "  \($0)" }.joined(separator: "\n")
    }
}
