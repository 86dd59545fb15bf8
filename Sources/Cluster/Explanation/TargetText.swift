// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// Where a question's connection is to go, as it was written, taken apart: `http://hello.web:8080/path`,
/// `service/hello:http`, `[fd00::1]:80`.
struct TargetText {
    /// Who is meant.
    enum Host: Hashable {
        case address(Address)
        /// A name, as cluster DNS is asked for it.
        case name(String)
        /// An object, by its kind's name on the command line; empty for a Service or a Pod.
        case object(kind: String, namespace: String?, name: String)
    }

    let text: String
    var host: Host
    /// The port that was written, by number or name.
    var port: PortReference?
    /// What the scheme says is spoken.
    var transport: AskedProtocol?
    /// The scheme's port, for a URL without one.
    var usualPort: UInt16?

    private static let usualPorts: [String: UInt16] = [
        "http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21, "dns": 53, "redis": 6379, "postgres": 5432,
        "postgresql": 5432, "mysql": 3306, "amqp": 5672, "mongodb": 27017, "ldap": 389,
    ]

    static let objectKinds = ["service", "services", "svc", "pod", "pods", "po", "node", "nodes", "no"]

    init(_ text: String) throws(QuestionError) {
        self.text = text
        var rest = text[...]
        let scheme = text.firstRange(of: "://").map { range in
            rest = text[range.upperBound...]
            return text[..<range.lowerBound].lowercased()
        }
        if let scheme {
            transport = scheme == "dns" ? .udp : AskedProtocol(rawValue: scheme)
            usualPort = Self.usualPorts[scheme]
        }
        let parts = rest.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isObject = scheme == nil && parts.count > 1 && !parts[0].contains(":") && !parts[0].contains(".")
        let socket = isObject ? parts[parts.count - 1] : String(rest.prefix { !"/?#".contains($0) })
        let (name, port) = try Self.split(socket.split(separator: "@").last.map(String.init) ?? "", text)
        self.port = port
        if isObject {
            host = try Self.object(parts.dropLast() + [name], text)
        } else if let address = Address(name) {
            host = .address(address)
        } else {
            host = .name(name)
        }
    }

    /// The host and the port of `HOST`, `HOST:PORT`, `[v6]`, `[v6]:PORT`.
    private static func split(_ socket: String, _ text: String) throws(QuestionError) -> (String, PortReference?) {
        var name = socket
        var port: String?
        if socket.hasPrefix("["), let end = socket.firstIndex(of: "]") {
            name = String(socket[socket.index(after: socket.startIndex)..<end])
            let rest = socket[socket.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw unreadable(text) }
            port = rest.isEmpty ? nil : String(rest.dropFirst())
            guard Address(name)?.family == .v6 else { throw unreadable(text) }
        } else if socket.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 {
            let parts = socket.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            (name, port) = (parts[0], parts[1])
        }
        guard !name.isEmpty, !name.contains("["), !name.contains("]") else { throw unreadable(text) }
        return (name, try port.map { (port) throws(QuestionError) in try reference(port, text) })
    }

    private static func reference(_ port: String, _ text: String) throws(QuestionError) -> PortReference {
        if let number = Int(port) {
            guard let number = UInt16(exactly: number), number > 0 else {
                throw QuestionError("\"\(text)\": a port is a number from 1 to 65535, or a name")
            }
            return .number(number)
        }
        guard !port.isEmpty, port.utf8.allSatisfy(isNameByte) else { throw unreadable(text) }
        return .name(port)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte | 32) || byte == 45
    }

    private static func object(_ parts: [String], _ text: String) throws(QuestionError) -> Host {
        guard parts.allSatisfy({ !$0.isEmpty }) else { throw unreadable(text) }
        let isKind = objectKinds.contains(parts[0].lowercased())
        switch (isKind, parts.count) {
        case (true, 2): return .object(kind: parts[0].lowercased(), namespace: nil, name: parts[1])
        case (true, 3): return .object(kind: parts[0].lowercased(), namespace: parts[1], name: parts[2])
        case (false, 2): return .object(kind: "", namespace: parts[0], name: parts[1])
        default: throw unreadable(text)
        }
    }

    private static func unreadable(_ text: String) -> QuestionError {
        QuestionError(
            "\"\(text)\" names no destination: write a URL, ADDRESS:PORT, NAME:PORT, service/NAME:PORT or pod/NAME:PORT"
        )
    }
}
