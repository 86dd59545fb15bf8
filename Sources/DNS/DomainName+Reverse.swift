// SPDX-License-Identifier: Apache-2.0
public import Net

/// The names of addresses: `4.3.2.10.in-addr.arpa` (RFC 1035, section 3.5), and 32 half bytes below `ip6.arpa` (RFC
/// 3596, section 2.5).
extension DomainName {
    /// The name of an address, or of the range that shares its first so many bytes (IPv4) or half bytes (IPv6).
    public init(reverse address: Address, labels count: Int = .max) {
        var labels: [[UInt8]]
        switch address.family {
        case .v4: labels = address.bytes.map { Array(String($0).utf8) }
        case .v6: labels = address.bytes.flatMap { [$0 >> 4, $0 & 15] }.map { Array(String($0, radix: 16).utf8) }
        }
        labels = labels.prefix(count).reversed()
        let tree = address.family == .v4 ? "in-addr" : "ip6"
        self = DomainName(labels: labels + [Array(tree.utf8), Array("arpa".utf8)]) ?? .root
    }

    /// The address that this is the name of; nil if it is that of none.
    public var reversedAddress: Address? {
        let labels = labels.map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard labels.count > 2, labels.last == "arpa" else { return nil }
        let parts = labels.dropLast(2).reversed()
        switch (labels[labels.count - 2], parts.count) {
        case ("in-addr", 4): return Address(parts.joined(separator: "."))
        case ("ip6", 32):
            guard parts.allSatisfy({ $0.utf8.count == 1 }), let value = UInt128(parts.joined(), radix: 16) else {
                return nil
            }
            return .v6(value)
        default: return nil
        }
    }

    /// The name without its first label; nil for the root.
    public var parent: DomainName? {
        bytes[0] == 0 ? nil : DomainName(wire: Array(bytes[(1 + Int(bytes[0]))...]))
    }

    /// The bytes in lower case, to be compared with.
    public var lowercasedBytes: [UInt8] { bytes.map(\.lowercasedASCII) }
}
