// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Kubernetes

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what a change of YAML does to rules and journeys, before it is applied.",
        usage: """
            lab diff A B [--service NAME] [-o json]
            lab diff [--lab NAME] -f B … [--service NAME] [-o json]
            """,
        discussion: """
            Two manifests (or folders of them) are planned, the second on top of the first: what is in both keeps its \
            addresses and ports, so that only the change is seen. With -f the lab that is up is what there is before, and the \
            manifests are what would be applied to it; nothing of it is touched.

            Printed are the lines of every node's rules that go (-) and come (+), each with its reason; the Pods that go and \
            come; and the journeys that end otherwise: from the host, from outside and from a Pod of each node, to every \
            address of the Services that are concerned, with all ends and their shares before and after.

            EXAMPLES
              lab diff app.yaml app-new.yaml
              git show HEAD:app.yaml | lab diff - app.yaml
              sudo lab diff -f app.yaml
              sudo lab diff --lab demo -f app.yaml --service api -o json

            Exit codes: 0 no rule and no journey is another, 1 some are, 2 something was wrong.
            """)
    @Argument(help: "Two manifests or folders of them: before, and after.", completion: .file())
    var manifests: [String] = []
    @Option(
        name: .shortAndLong, parsing: .singleValue,
        help: "A manifest, a folder of them, or -: what would be applied to the lab. May be given several times.",
        completion: .file())
    var filename: [String] = []
    @Option(help: "Without a lab: how many nodes; else the Lab document's, else 3.")
    var nodes: Int?
    @Option(help: "Only what concerns this Service, as hello or web/hello.")
    var service: String?
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice

    private static let differs: Int32 = 1
    private static let trouble: Int32 = 2

    func validate() throws {
        try lab.refuseBeside(manifests)
        guard filename.isEmpty ? manifests.count == 2 : manifests.isEmpty else {
            throw ValidationError("Name two manifests, lab diff A B; or, for the lab that is up, lab diff -f B.")
        }
        guard manifests != ["-", "-"] else { throw ValidationError("Standard input can be one of the two.") }
        if let nodes, manifests.isEmpty || !(1...LabConfiguration.nodeLimit).contains(nodes) {
            throw ValidationError("--nodes goes with two manifests, and takes 1 to \(LabConfiguration.nodeLimit).")
        }
    }

    func run() throws {
        let answer = try Trouble.exit(with: DiffCommand.trouble) { try filename.isEmpty ? compare() : askLab() }
        if output.output == .json {
            Terminal.print(answer.json(pretty: true))
        } else {
            DiffText(answer).print()
        }
        guard answer["same"]?.bool == true else { throw ExitCode(DiffCommand.differs) }
    }

    private func compare() throws -> Value {
        let before = try PlannedLab(InputFiles.read([manifests[0]]), nodes: nodes)
        let after = try before.changed(to: InputFiles.read([manifests[1]]), nodes: nodes)
        let key = try service.map { name in
            do { return try before.cluster.serviceKey(name) } catch { return try after.serviceKey(name) }
        }
        var value = PlanComparison(from: before.cluster, to: after, service: key).value
        value["before"] = .string(manifests[0])
        value["after"] = .string(manifests[1])
        return value
    }

    private func askLab() throws -> Value {
        let paths = try lab.paths()
        var request: Value = ["verb": "diff", "files": try InputFiles.value(InputFiles.read(filename))]
        request["service"] = service.map { .string($0) }
        var value = try ControlClient(paths, hear: Terminal.note).ask(request)
        value["before"] = .string("lab \(paths.lab)")
        value["after"] = .string("lab \(paths.lab) with \(filename.joined(separator: " "))")
        return value
    }
}
