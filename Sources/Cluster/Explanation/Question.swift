// SPDX-License-Identifier: Apache-2.0
internal import Net

/// What a user wants to know: where a connection from one place to another goes. Both places are as the user wrote them.
public struct Question: Sendable, Hashable {
    /// Where the connection begins: `host`, `edge`, `node-1`, `pod/web-1`, `deploy/web`, `10.244.0.2`.
    public var from: String
    /// Where it is to go: `http://hello:8080`, `10.96.0.10:80`, `service/hello:http`, `pod/web-1:8080`.
    public var to: String
    /// What is spoken; nil for what the URL or the Service's port says, else TCP.
    public var transport: AskedProtocol?

    /// Puts one together from its parts.
    public init(from: String = "host", to: String, transport: AskedProtocol? = nil) {
        self.from = from
        self.to = to
        self.transport = transport
    }
}

/// The protocols that can be asked about. Raw values are their names on the command line.
public enum AskedProtocol: String, Sendable, Hashable, CaseIterable {
    case tcp
    case udp
    case sctp
    /// A ping, which has no ports.
    case icmp

    /// The protocol of a Service's port.
    init(_ transport: TransportProtocol) {
        switch transport {
        case .tcp: self = .tcp
        case .udp: self = .udp
        case .sctp: self = .sctp
        }
    }

    /// What the walker carries: rules see no port of a ping, as they see none of a packet to port 0.
    var transport: TransportProtocol {
        switch self {
        case .tcp, .icmp: .tcp
        case .udp: .udp
        case .sctp: .sctp
        }
    }
}

/// A question that cannot be answered, for a place in it is none, with what is near.
public struct QuestionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence for the user.
    public var description: String

    /// An error that says this.
    public init(_ description: String) { self.description = description }
}
