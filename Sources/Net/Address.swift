// SPDX-License-Identifier: Apache-2.0

/// The two families of Internet addresses. The corresponding C names are `AF_INET` and `AF_INET6`.
public enum Family: String, Sendable, Hashable, CaseIterable {
    case v4 = "IPv4"
    case v6 = "IPv6"

    /// How many bits an address of the family has: 32 or 128.
    public var bits: Int { self == .v4 ? 32 : 128 }
}

/// An Internet address of either family.
///
/// Its text is the canonical one: dotted decimal without leading zeros, or RFC 5952.
public enum Address: Sendable, Hashable {
    case v4(UInt32)
    case v6(UInt128)

    /// The family that the address belongs to.
    public var family: Family {
        switch self {
        case .v4: .v4
        case .v6: .v6
        }
    }

    /// The address as a number in host byte order, zero-extended for IPv4.
    public var value: UInt128 {
        switch self {
        case .v4(let value): UInt128(value)
        case .v6(let value): value
        }
    }

    /// An address of a family from its number; the bits above the family's width are dropped.
    public init(_ value: UInt128, _ family: Family) {
        self = family == .v4 ? .v4(UInt32(truncatingIfNeeded: value)) : .v6(value)
    }

    /// An IPv4 address from its four bytes.
    public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
        self = .v4(UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d))
    }

    /// The bytes in network order: 4 or 16.
    public var bytes: [UInt8] {
        let width = family.bits / 8
        return (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt128(8 * (width - 1 - $0))) }
    }

    /// An address from 4 or 16 bytes in network order; nil for any other count.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.init(bytes.reduce(0) { $0 << 8 | UInt128($1) }, bytes.count == 4 ? .v4 : .v6)
    }

    /// The address so many places further on; wraps within its family.
    public func advanced(by offset: Int) -> Address {
        Address(value &+ UInt128(truncatingIfNeeded: offset), family)
    }

    /// True for 127.0.0.0/8 and ::1.
    public var isLoopback: Bool {
        switch self {
        case .v4(let value): value >> 24 == 127
        case .v6(let value): value == 1
        }
    }

    /// True for 0.0.0.0 and ::.
    public var isUnspecified: Bool { value == 0 }

    /// True for 169.254.0.0/16 and fe80::/10.
    public var isLinkLocal: Bool {
        switch self {
        case .v4(let value): value >> 16 == 0xa9fe
        case .v6(let value): value >> 118 == 0x3fa
        }
    }

    /// True for 224.0.0.0/4 and ff00::/8.
    public var isMulticast: Bool {
        switch self {
        case .v4(let value): value >> 28 == 0xe
        case .v6(let value): value >> 120 == 0xff
        }
    }

    /// True for 224.0.0.0/24 and ff02::/16.
    public var isLinkLocalMulticast: Bool {
        switch self {
        case .v4(let value): value >> 8 == 0xe00000
        case .v6(let value): value >> 112 & 0xff0f == 0xff02
        }
    }
}

extension Address: Comparable {
    /// IPv4 before IPv6, then by number.
    public static func < (left: Address, right: Address) -> Bool {
        left.family == right.family ? left.value < right.value : left.family == .v4
    }
}

extension Address: CustomStringConvertible {
    /// The usual text: `10.0.0.1`, `fd00::1`.
    public var description: String {
        switch self {
        case .v4(let value): "\(value >> 24).\(value >> 16 & 255).\(value >> 8 & 255).\(value & 255)"
        case .v6(let value): Address.text(value)
        }
    }

    /// RFC 5952: lower case, the longest run of two or more zero groups (the first of equals) as `::`.
    private static func text(_ value: UInt128) -> String {
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: value >> UInt128(16 * (7 - $0))) }
        if value >> 32 == 0xffff {
            return "::ffff:" + Address.v4(UInt32(truncatingIfNeeded: value)).description
        }
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        func join(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !best.isEmpty else { return join(groups[...]) }
        return join(groups[..<best.lowerBound]) + "::" + join(groups[best.upperBound...])
    }
}

extension Address: LosslessStringConvertible {
    /// Reads dotted decimal (no leading zeros, as Kubernetes' StrictIPCIDRValidation asks) or RFC 4291 text without a zone.
    public init?(_ text: String) {
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let value = Address.parseV6(text) else { return nil }
            self = .v6(value)
        } else {
            guard let value = Address.parseV4(text) else { return nil }
            self = .v4(value)
        }
    }

    private static func parseV4(_ text: some StringProtocol) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard !part.isEmpty, part.utf8.count <= 3, part.utf8.allSatisfy({ 48...57 ~= $0 }),
                part.utf8.count == 1 || part.utf8.first != 48, let byte = UInt8(part)
            else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    private static func parseV6(_ text: String) -> UInt128? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, !text.contains(":::") else { return nil }
        // Dotted decimal may only stand at the end of the whole text.
        guard let head = groups(halves[0]), halves.count == 1 || !halves[0].contains(".") else { return nil }
        guard halves.count == 2 else { return head.count == 8 ? number(head) : nil }
        guard let tail = groups(halves[1]), head.count + tail.count <= 7 else { return nil }
        return number(head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail)
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var result: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let value = parseV4(part) else { return nil }
                result += [UInt16(value >> 16), UInt16(truncatingIfNeeded: value)]
            } else {
                guard !part.isEmpty, part.utf8.count <= 4, part.utf8.first != UInt8(ascii: "+"),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                result.append(group)
            }
        }
        return result
    }

    private static func number(_ groups: [UInt16]) -> UInt128 { groups.reduce(0) { $0 << 16 | UInt128($1) } }
}
