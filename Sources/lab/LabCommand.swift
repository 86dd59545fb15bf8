// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Linux

/// Where the program begins.
@main
enum Main {
    /// On the first thread, which is the only one until the command runs.
    @MainActor static func main() async {
        Rootless.enterIfNeeded()
        await LabCommand.main()
    }
}

/// The program `lab`.
struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab",
        abstract: "Turns a Kubernetes manifest into a real multi-node Service network of Linux network namespaces.",
        discussion: """
            EXAMPLES
              sudo lab up Labs/hello-service.yaml   ends with addresses to curl
              lab kubectl get pods -A               the machine's kubectl, on the lab
              sudo lab status                       nodes, Pods, Services, endpoints
              sudo lab top                          who connects to what, live
              sudo lab exec node-1 -- ip route      in a node, Pod, edge or host
              lab why -f FILE host hello:8080       where a connection goes, and why
              sudo lab trace pod/web-1 hello        what its packets meet, seen by the kernels
              lab graph -f FILE > lab.svg           the lab as a picture
              sudo lab rules node-1                 a node's rules, with the reasons beside them
              lab diff OLD NEW                      what a change of YAML does to rules and journeys
              sudo lab down                         all is as it was before
              sudo lab test Labs -j 4               scenarios, each on a lab of its own
              sudo lab run FILE -- make test        a lab round a command

            Exit codes: 0 done, 1 refused or failed, 2 the machine cannot (lab doctor says why), 64 wrong usage.
            """,
        version: LabVersion.text,
        subcommands: [
            Up.self, Down.self, Resume.self, List.self, Status.self, Top.self, Exec.self, Shell.self, Logs.self,
            Apply.self,
            Delete.self, FaultCommand.self,
            Label.self, Scale.self, Kubectl.self, ServiceCommand.self, NodeCommand.self, SetCommand.self, Why.self,
            Trace.self,
            DNSCommand.self, GraphCommand.self, RulesCommand.self, DiffCommand.self,
            UICommand.self, RecordCommand.self, ReplayCommand.self,
            TestCommand.self, RunCommand.self, SchemaCommand.self, Doctor.self, DaemonCommand.self, Measure.self,
            Observe.self, Sabotages.self,
        ])
}

/// Options of the commands that speak to a running lab.
struct LabChoice: ParsableArguments {
    @Option(name: .customLong("lab"), help: "Which lab, when several are up (or LAB_NAME).")
    var name: String?

    /// The lab that is meant.
    func paths() throws -> LabPaths {
        try Root.require()
        return try LabDirectory.find(name ?? Program.environment("LAB_NAME"))
    }

    /// Manifests that are planned are asked instead of a lab: both together would leave one of them out.
    func refuseBeside(_ manifests: [String]) throws {
        guard name != nil, !manifests.isEmpty else { return }
        throw ValidationError("--lab asks a lab that is up, -f plans manifests: give one of them.")
    }

    /// A conversation with its daemon.
    func client() throws -> ControlClient { try ControlClient(paths(), hear: Terminal.note) }
}

/// The format of a command's output.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

struct OutputChoice: ParsableArguments {
    @Option(name: .shortAndLong, help: "The format: text or json.")
    var output: OutputFormat = .text
}

/// What only root can do.
enum Root {
    static func require() throws {
        guard Program.isRoot else {
            throw LabError(
                "no lab of yours is up: lab up --isolated FILE makes one without root; for root's labs say: sudo lab …")
        }
    }

    /// What a command begins with in advice to the user.
    static var prefix: String { UserSession.isEntered ? "" : "sudo " }
}

/// The program of a lab's daemon; `lab up` starts it.
struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "daemon", shouldDisplay: false)

    func run() async throws { await Daemon.run(LineStream(inheriting: 3)) }
}
