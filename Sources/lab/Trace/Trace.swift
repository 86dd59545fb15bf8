// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import Linux

struct Trace: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow real packets through the kernels of a lab, hop by hop, and hold them against lab why.",
        usage: """
            lab trace [FROM] TO [--protocol tcp|udp] [--count N] [--write FILE.pcapng] [-o json]
            lab trace --follow [--from FROM] [--to TO] [--count N] [--seconds N] …
            lab trace FROM [TO] … -- COMMAND …
            """,
        discussion: """
            What the kernels themselves say of a connection's first packet: the links that it went over, the rules that it \
            met and the lines of the manifest that they stand for, what was translated, where it ended, and the way of the \
            answer. Each journey is held against what lab why says: as predicted, or where and how it differs. No rule of \
            the lab is touched; other connections are not traced.

            lab trace FROM TO makes one connection (or sends one datagram), or --count of them. With --follow it makes none, \
            and shows those that programs make, until --count, --seconds or Ctrl-C. Round a command it shows the \
            connections that begin in FROM while the command runs there, as lab exec would run it. FROM and TO are as those \
            of lab why.

            EXAMPLES
              sudo lab trace --from pod/web-1 --to hello-service
              sudo lab trace 203.0.113.1:8080
              sudo lab trace pod/web-1 kube-dns.kube-system:dns --protocol udp
              sudo lab trace host -- curl -s http://203.0.113.1:8080
              sudo lab trace --follow --from pod/web-1 --count 5
              sudo lab trace node-2 hello-service:8080 --write hello.pcapng
              sudo lab trace hello-service --write - | wireshark -k -i -

            Journeys go to standard output; round a command, whose output that is, to standard error.
            Exit codes: the command's, where there is one; else 0 all went as predicted, 1 one did not or none was seen, 2 a \
            place is none.
            """)
    @Argument(help: "Where from (host, if left out), and where to. Round a command: where it runs.")
    var places: [String] = []
    @Option(help: "Where from, if it is not named first.")
    var from: String?
    @Option(help: "Where to, if it is not named last.")
    var to: String?
    @Option(name: .customLong("protocol"), help: "tcp or udp; else what the URL or the Service's port says.")
    var transport: String?
    @Option(help: "So many connections; else one, or with --follow as many as come.")
    var count: Int?
    @Flag(name: .shortAndLong, help: "Make no connection; show those that others make, until interrupted.")
    var follow = false
    @Option(help: "With --follow: end after so many seconds.")
    var seconds: Int?
    @Option(
        name: .shortAndLong,
        help: "Write the packets for Wireshark (pcapng), hops and reasons beside them; - for output.",
        completion: .file(extensions: ["pcapng"]))
    var write: String?
    @Flag(help: "Print every rule that matched, as nft or iptables prints it.")
    var rules = false
    @Option(name: .shortAndLong, help: "Round a command: the container, in a Pod with several.")
    var container: String?
    @OptionGroup var lab: LabChoice
    @OptionGroup var output: OutputChoice
    @Argument(parsing: .postTerminator, help: "A command and its arguments, after --, that runs in FROM.")
    var command: [String] = []

    func validate() throws {
        guard places.count <= 2 else {
            throw ValidationError("Name one place (where to) or two: lab trace FROM TO; a command stands after --.")
        }
        guard from == nil || namedFrom == nil else {
            throw ValidationError("FROM is named twice: as a place, and with --from.")
        }
        guard to == nil || namedTo == nil else {
            throw ValidationError("TO is named twice: as a place, and with --to.")
        }
        guard follow || !command.isEmpty || goal != nil else {
            throw ValidationError("Where to? For example: lab trace pod/web-1 hello-service:8080")
        }
        guard transport.map({ ["tcp", "udp"].contains($0.lowercased()) }) ?? true else {
            throw ValidationError("--protocol takes tcp or udp.")
        }
        guard command.isEmpty || !follow else {
            throw ValidationError("--follow waits for other programs, and a command is one: leave one of them out.")
        }
        guard command.isEmpty || write != "-" else {
            throw ValidationError("Standard output is the command's: give --write a file's name.")
        }
        guard follow || seconds == nil else { throw ValidationError("--seconds goes with --follow.") }
        guard command.isEmpty || count == nil else {
            throw ValidationError("A command makes its own connections: no --count.")
        }
        guard (1...100_000).contains(count ?? 1) else { throw ValidationError("--count takes 1 to 100000.") }
        guard (1...86_400).contains(seconds ?? 1) else { throw ValidationError("--seconds takes 1 to 86400.") }
    }

    func run() throws {
        let client = try lab.client()
        let answer = try client.ask(question)
        if let problem = answer["error"]?.string {
            Terminal.note("Error: \(problem)")
            throw ExitCode(Trace.noSuchPlace)
        }
        let session = TraceSession(
            client, try TraceOutput(output.output, isBesideCommand: !command.isEmpty, file: write))
        let code: Int32
        if !command.isEmpty {
            code = try session.run(command, in: Entering(lab, origin, container), request)
        } else if follow {
            code = try session.follow(request)
        } else {
            let place: Value = ["verb": "locate", "what": .string(answer["from"]?.text("namespace") ?? "")]
            let traffic = try TraceTraffic(answer, from: PlaceEntry(client.ask(place)), count: count ?? 1)
            var request = request
            // Which Pod of a workload it is was chosen just now.
            request["from"] = place["what"]
            request["protocol"] = answer["protocol"]
            code = try session.send(traffic, request)
        }
        guard code == 0 else { throw ExitCode(code) }
    }

    /// The exit code for a question in which a place is none.
    private static let noSuchPlace: Int32 = 2
    /// A goal that every place has, where only FROM is asked about.
    private static let anyGoal = "127.0.0.1:1"

    /// What is predicted, for what it says of the places.
    private var question: Value {
        var question: Value = [
            "verb": "why", "from": .string(origin), "to": .string(goal ?? Trace.anyGoal), "ways": 1,
        ]
        question["protocol"] = transport.map { .string($0.lowercased()) }
        return question
    }

    // MARK: Places

    /// The place that is named before TO, or before a command.
    private var namedFrom: String? { places.count == 2 || !command.isEmpty ? places.first : nil }
    private var namedTo: String? {
        if places.count == 2 { return places[1] }
        return command.isEmpty ? places.first : nil
    }
    private var origin: String { namedFrom ?? from ?? "host" }
    private var goal: String? { namedTo ?? to }

    private var request: Value {
        var request: Value = [
            "verb": "trace", "from": .string(origin), "rules": .bool(rules), "frames": .bool(write != nil),
        ]
        request["to"] = goal.map { .string($0) }
        request["protocol"] = transport.map { .string($0.lowercased()) }
        if follow { request["count"] = count.map { .int(Int64($0)) } }
        request["seconds"] = seconds.map { .int(Int64($0)) }
        return request
    }
}
