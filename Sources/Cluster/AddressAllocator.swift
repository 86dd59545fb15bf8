// SPDX-License-Identifier: Apache-2.0
public import Net

/// Why a given address or port cannot be had; the texts are Kubernetes' own.
public enum AllocationFailure: Error, Sendable, Hashable, CustomStringConvertible {
    case addressTaken
    case addressReserved
    case addressOutOfRange(Address, Prefix)
    case portTaken
    case portOutOfRange(ClosedRange<UInt16>)
    case full

    /// As the API server says it.
    public var description: String {
        switch self {
        case .addressTaken: "provided IP is already allocated"
        case .addressReserved: "the provided network does not match the current range"
        case .addressOutOfRange(let address, let range):
            "the provided IP (\(address)) is not in the valid range. The range of valid IPs is \(range)"
        case .portTaken: "provided port is already allocated"
        case .portOutOfRange(let range):
            "provided port is not in the valid range. The range of valid ports is "
                + "\(range.lowerBound)-\(range.upperBound)"
        case .full: "range is full"
        }
    }
}

/// Gives the addresses of a range, each to one holder; never the first and the last, which name the network and
/// everyone in it.
public struct AddressAllocator: Sendable, Hashable {
    /// All addresses that may be given.
    public let range: Prefix
    private var used: Set<UInt64> = []
    private let offsets: ClosedRange<UInt64>
    private var cursor: UInt64

    /// An allocator with every address free; those below the first offset are never given.
    public init(_ range: Prefix, firstOffset: UInt64 = 1) {
        self.range = range
        // 2^32 addresses of an IPv6 range are as good as all of them.
        let size = UInt64(min(range.count, 1 << 32))
        let last = size > 2 ? size - 2 : size - 1
        offsets = min(firstOffset, last)...last
        cursor = offsets.lowerBound
    }

    /// How many addresses are given.
    public var usedCount: Int { used.count }

    /// How many addresses can be given in all.
    public var capacity: Int { offsets.count }

    /// D20: how many addresses at the start of the range are left to those who ask for them by name until the rest is
    /// full.
    public var lowerBand: UInt64 { min(max(16, UInt64(min(range.count, 1 << 32)) / 16), 256) }

    /// True if the address is taken.
    public func contains(_ address: Address) -> Bool { offset(of: address).map(used.contains) ?? false }

    /// Takes a given address.
    public mutating func allocate(_ address: Address) throws(AllocationFailure) {
        guard range.contains(address) else { throw .addressOutOfRange(address, range) }
        guard let offset = offset(of: address) else { throw .addressReserved }
        guard used.insert(offset).inserted else { throw .addressTaken }
    }

    /// Takes a free address at random, outside the lower band while there is one.
    public mutating func allocateRandom(
        using numbers: inout some RandomNumberGenerator
    ) throws(AllocationFailure) -> Address {
        let upperStart = max(offsets.lowerBound, lowerBand)
        if upperStart <= offsets.upperBound {
            let upper = upperStart...offsets.upperBound
            if let found = free(in: upper, from: .random(in: upper, using: &numbers)) { return take(found) }
        }
        guard let found = free(in: offsets, from: .random(in: offsets, using: &numbers)) else { throw .full }
        return take(found)
    }

    /// Takes the next free address after the one last given so, starting over at the end.
    public mutating func allocateNext() throws(AllocationFailure) -> Address {
        guard let found = free(in: offsets, from: cursor) else { throw .full }
        cursor = found == offsets.upperBound ? offsets.lowerBound : found + 1
        return take(found)
    }

    /// Has `allocateNext` go on after the highest address that is taken.
    mutating func goOn() {
        guard let highest = used.max() else { return }
        cursor = highest == offsets.upperBound ? offsets.lowerBound : highest + 1
    }

    /// Gives an address back.
    public mutating func release(_ address: Address) {
        if let offset = offset(of: address) { used.remove(offset) }
    }

    private mutating func take(_ offset: UInt64) -> Address {
        used.insert(offset)
        return range.address.advanced(by: Int(offset))
    }

    private func offset(of address: Address) -> UInt64? {
        guard range.contains(address), let offset = UInt64(exactly: address.value - range.address.value),
            offsets.contains(offset)
        else { return nil }
        return offset
    }

    /// The first free offset from a start, going round within the bounds.
    private func free(in bounds: ClosedRange<UInt64>, from start: UInt64) -> UInt64? {
        guard used.count < offsets.count || bounds.contains(where: { !used.contains($0) }) else { return nil }
        return (start...bounds.upperBound).first { !used.contains($0) }
            ?? (bounds.lowerBound..<start).first { !used.contains($0) }
    }
}
