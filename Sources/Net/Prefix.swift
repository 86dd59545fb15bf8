// SPDX-License-Identifier: Apache-2.0

/// A range of addresses that share their first bits: an address and a length, as in `10.96.0.0/16`.
public struct Prefix: Sendable, Hashable {
    /// The first address of the range: all host bits are zero.
    public let address: Address
    /// How many leading bits the range's addresses share.
    public let length: Int

    /// The range of the given length that holds the address.
    /// - Precondition: the length is between 0 and the bits of the family.
    public init(_ address: Address, _ length: Int) {
        precondition((0...address.family.bits).contains(length), "a prefix length of \(length)")
        self.length = length
        self.address = Address(address.value & Prefix.mask(length, address.family), address.family)
    }

    /// The range that holds just this address: a /32 or /128.
    public init(host address: Address) { self.init(address, address.family.bits) }

    /// The family of the range's addresses.
    public var family: Family { address.family }

    /// How many addresses the range has; the largest number there is for `::/0`.
    public var count: UInt128 {
        let hostBits = family.bits - length
        return hostBits == 128 ? .max : 1 << UInt128(hostBits)
    }

    /// The last address of the range.
    public var last: Address {
        let hosts: UInt128 = family == .v4 ? 0xffff_ffff : .max
        return Address(address.value | hosts & ~Prefix.mask(length, family), family)
    }

    /// True if the address lies in the range.
    public func contains(_ other: Address) -> Bool {
        other.family == family && other.value & Prefix.mask(length, family) == address.value
    }

    /// True if the two ranges share an address.
    public func overlaps(_ other: Prefix) -> Bool { contains(other.address) || other.contains(address) }

    /// The address at an offset from the first; nil when it lies beyond the range.
    public subscript(offset: Int) -> Address? {
        guard offset >= 0, UInt128(offset) < count else { return nil }
        return address.advanced(by: offset)
    }

    /// The numbered part of the range when it is cut into parts of the longer length; nil beyond the last.
    public func part(_ index: Int, length partLength: Int) -> Prefix? {
        guard partLength >= length, partLength <= family.bits, index >= 0 else { return nil }
        let shift = UInt128(family.bits - partLength)
        guard partLength - length >= 63 || index < 1 << (partLength - length) else { return nil }
        return Prefix(Address(address.value + UInt128(index) << shift, family), partLength)
    }

    private static func mask(_ length: Int, _ family: Family) -> UInt128 {
        guard length > 0 else { return 0 }
        let all: UInt128 = family == .v4 ? 0xffff_ffff : .max
        let hostBits = UInt128(family.bits - length)
        return (all >> hostBits) << hostBits
    }
}

extension Prefix: LosslessStringConvertible, CustomStringConvertible {
    /// `10.0.0.0/8`.
    public var description: String { "\(address)/\(length)" }

    /// Reads `ADDRESS/LENGTH`; nil when either part is malformed or bits beyond the length are set.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Address(String(parts[0])),
            parts[1].utf8.allSatisfy({ 48...57 ~= $0 }), let length = Int(parts[1]),
            (0...address.family.bits).contains(length), parts[1].utf8.count == 1 || parts[1].utf8.first != 48
        else { return nil }
        self.init(address, length)
        guard self.address == address else { return nil }
    }
}
