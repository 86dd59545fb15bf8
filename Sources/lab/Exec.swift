// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct Exec: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a command in a Pod, a node, the edge, the host's namespace, or outside.",
        discussion: """
            EXAMPLES
              sudo lab exec host -- curl -s 203.0.113.1:8080
              sudo lab exec node-1 -- nft list table ip lab
              sudo lab exec outside/weather -- curl -s 203.0.113.1:8080
              sudo lab exec hello-app-5d9c7b-x2x4z -- cat /etc/hosts

            The command comes from this machine. In a Pod it runs as the Pod does: unprivileged, with its files. The exit \
            code is the command's.
            """)
    @Argument(help: "host, edge, control-plane, a node, outside/NAME, or a Pod as NAME or NAMESPACE/NAME.")
    var place: String
    @Option(name: .shortAndLong, help: "The container, in a Pod with several.")
    var container: String?
    @OptionGroup var lab: LabChoice
    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    func run() throws {
        guard !command.isEmpty else {
            throw ValidationError("Which command? For example: lab exec \(place) -- ip route")
        }
        throw ExitCode(try Entering(lab, place, container).run(command))
    }
}

struct Shell: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open a shell in a Pod, a node, the edge, the host's namespace, or outside.",
        discussion: "EXAMPLE\n  sudo lab shell node-1")
    @Argument(help: "host, edge, control-plane, a node, outside/NAME, or a Pod as NAME or NAMESPACE/NAME.")
    var place = "host"
    @Option(name: .shortAndLong, help: "The container, in a Pod with several.")
    var container: String?
    @OptionGroup var lab: LabChoice

    func run() throws {
        let entering = try Entering(lab, place, container)
        let shell = entering.isPod ? "/bin/sh" : Program.environment("SHELL") ?? "/bin/sh"
        // In a Pod's PID namespace a shell cannot tell who else has the terminal: job control is off there.
        throw ExitCode(try entering.run(entering.isPod ? [shell, "+m"] : [shell]))
    }
}

/// The way into a place of a running lab, from the command line.
struct Entering {
    private let entry: PlaceEntry

    /// True if the place is a Pod.
    var isPod: Bool { entry.isPod }

    init(_ lab: LabChoice, _ place: String, _ name: String?) throws {
        entry = PlaceEntry(try lab.client().ask(["verb": "locate", "what": .string(place)]), container: name)
        guard entry.isEmptyPod else { return }
        throw LabError(
            "no container \(name.map { "\($0) " } ?? "")of \(entry.location.text("pod")) runs; it has: "
                + (entry.location["containers"]?.elements ?? []).map { $0.text("name") }.joined(separator: ", "))
    }

    /// Runs a command there with this program's terminal; gives its exit code.
    func run(_ words: [String]) throws -> Int32 { try Foreground.wait(for: entry.start(words)) }
}

struct Logs: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a Pod's container has written.",
        discussion: "EXAMPLES\n  sudo lab logs hello-app-5d9c7b-x2x4z\n  sudo lab logs -f web/web-1 -c proxy --tail 10")
    @Argument(help: "The Pod, as NAME or NAMESPACE/NAME.")
    var pod: String
    @Option(name: .shortAndLong, help: "The container, in a Pod with several.")
    var container: String?
    @Flag(name: .shortAndLong, help: "Go on with what is added, until interrupted.")
    var follow = false
    @Option(help: "Only the last lines, so many.")
    var tail: Int?
    @OptionGroup var lab: LabChoice

    func run() throws {
        let location = try lab.client().ask(["verb": "locate", "what": .string(pod)])
        let containers = location["containers"]?.elements ?? []
        let names = containers.map { $0.text("name") }
        let first = containers.first { $0["init"]?.bool == false }?.text("name")
        guard let name = container ?? first, names.contains(name) else {
            throw LabError("\(pod) has no such container; it has: \(names.joined(separator: ", "))")
        }
        let path = "\(location.text("directory"))/\(name).log"
        let (begin, bytes) = LogFile.kept(path)
        let start = tail.map { LogFile.offset(ofLast: $0, in: bytes) } ?? 0
        Program.write(1, String(decoding: bytes[start...], as: UTF8.self))
        guard follow else { return }
        try LogFile.follow(path, from: begin + bytes.count) { more in
            Program.write(1, String(decoding: more, as: UTF8.self))
            // The log goes with its Pod.
            return !more.isEmpty || File.exists(path)
        }
    }
}
