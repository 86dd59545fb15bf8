// SPDX-License-Identifier: Apache-2.0

/// What the command line says: which ports to serve. Who the process stands for is the environment's to say.
struct Options {
    static let usage = """
        usage: responder [--http PORT[,PORT…]] [--udp PORT[,PORT…]] [--tls PORT[,PORT…] --tls-program PATH]
                         [--tls-socket PATH] [--files FOLDER]
               responder agnhost netexec|serve-hostname|porter|test-webserver|pause|connect|dns-suffix|
                         dns-server-list|etc-hosts [FLAGS]
        environment: LAB_POD, LAB_NODE, LAB_NAMESPACE name the Pod; LAB_DRAIN_MILLISECONDS (500) is how long it
        serves after SIGTERM; LAB_REQUEST_MILLISECONDS (10000) is how long a client may take over a request.

        """

    var http: [UInt16] = []
    var udp: [UInt16] = []
    var tls: [UInt16] = []
    /// The program that speaks TLS, as a path; `/proc/self/fd/N` names one that is already open.
    var tlsProgram: String?
    var tlsSocket = "/tmp/.responder.sock"
    /// A folder whose files are answers.
    var files: String?
    /// Whether there is no other answer.
    var isOnlyFiles = false
    var role = Role.responder
    /// How long it serves after SIGTERM, if that is not the environment's to say.
    var drainMilliseconds: UInt64?
    /// What is said at the start.
    var greeting = ""
    /// A command to run in the place of a server; empty for a server.
    var command: [String] = []
    var wantsHelp = false

    /// A command line that makes no sense, and why.
    struct Misuse: Error {
        var reason: String
    }

    init(_ arguments: [String]) throws(Misuse) {
        guard arguments.first != "agnhost" else {
            try readAgnhost(Array(arguments.dropFirst()))
            return
        }
        var rest = arguments[...]
        while let name = rest.popFirst() {
            if name == "--help" || name == "-h" {
                wantsHelp = true
                continue
            }
            guard let value = rest.popFirst() else { throw Misuse(reason: "\(name) wants a value") }
            switch name {
            case "--http": http = try Self.ports(value, for: name)
            case "--udp": udp = try Self.ports(value, for: name)
            case "--tls": tls = try Self.ports(value, for: name)
            // A plain number is the descriptor of the open program.
            case "--tls-program": tlsProgram = UInt16(value).map { "/proc/self/fd/\($0)" } ?? value
            case "--tls-socket": tlsSocket = value
            case "--files": files = value
            default: throw Misuse(reason: "unknown option \(name)")
            }
        }
        if !tls.isEmpty, tlsProgram == nil { throw Misuse(reason: "--tls wants --tls-program") }
    }

    private static func ports(_ list: String, for name: String) throws(Misuse) -> [UInt16] {
        var ports: [UInt16] = []
        for word in list.split(separator: ",") {
            guard let port = UInt16(word), port > 0 else { throw Misuse(reason: "\(name): \(word) is not a port") }
            if !ports.contains(port) { ports.append(port) }
        }
        return ports
    }
}
