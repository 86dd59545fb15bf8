// SPDX-License-Identifier: Apache-2.0

/// A transport protocol that a Service can name. Raw values are IP protocol numbers (`IPPROTO_TCP`, …).
public enum TransportProtocol: UInt8, Sendable, Hashable, CaseIterable {
    case tcp = 6
    case udp = 17
    case sctp = 132

    /// Kubernetes' name of it: `TCP`, `UDP`, `SCTP`.
    public var name: String {
        switch self {
        case .tcp: "TCP"
        case .udp: "UDP"
        case .sctp: "SCTP"
        }
    }

    /// nft's name of it: `tcp`, `udp`, `sctp`.
    public var keyword: String { name.lowercased() }

    /// The protocol of a Kubernetes name; nil for any other text.
    public init?(name: String) {
        guard let match = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = match
    }
}

/// An address and a port. The corresponding C type is `sockaddr_in` or `sockaddr_in6`.
public struct SocketAddress: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The address.
    public var address: Address
    /// The port; 0 for none.
    public var port: UInt16

    /// Puts one together from its parts.
    public init(_ address: Address, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// By address, then by port.
    public static func < (left: Self, right: Self) -> Bool {
        (left.address, left.port) < (right.address, right.port)
    }

    /// `10.0.0.1:80` or `[fd00::1]:80`.
    public var description: String {
        address.family == .v4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}

/// The first packet of a connection, as far as routing and a Service proxy look at it.
public struct Packet: Sendable, Hashable, CustomStringConvertible {
    /// The protocol above IP.
    public var transport: TransportProtocol
    /// Where it comes from.
    public var source: SocketAddress
    /// Where it goes.
    public var destination: SocketAddress
    /// The packet's mark (`skb->mark`); lost when the packet crosses into another namespace.
    public var mark: UInt32

    /// Puts one together from its parts.
    public init(
        _ transport: TransportProtocol, from source: SocketAddress, to destination: SocketAddress, mark: UInt32 = 0
    ) {
        self.transport = transport
        self.source = source
        self.destination = destination
        self.mark = mark
    }

    /// `tcp 10.0.0.1:40000 → 10.96.0.1:80`.
    public var description: String { "\(transport.keyword) \(source) → \(destination)" }
}

/// An Ethernet hardware address of six bytes.
public struct MACAddress: Sendable, Hashable, CustomStringConvertible {
    /// The 48 bits, most significant byte first on the wire.
    public let value: UInt64

    /// A locally administered unicast address (first byte 02) that ends in the 32 bits of the number.
    public init(local number: UInt32, space: UInt8 = 0) {
        value = 0x02 << 40 | UInt64(space) << 32 | UInt64(number)
    }

    /// An address from its six bytes in wire order; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 6 else { return nil }
        value = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The six bytes in wire order.
    public var bytes: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (5 - $0))) } }

    /// `02:00:00:00:00:01`.
    public var description: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: ":")
    }
}
