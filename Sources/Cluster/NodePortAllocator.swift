// SPDX-License-Identifier: Apache-2.0

/// Gives the node ports of a range. A port is one, whatever the protocol; a Service may use it once for each.
public struct NodePortAllocator: Sendable, Hashable {
    /// All ports that may be given.
    public let range: ClosedRange<UInt16>
    private var used: Set<UInt16> = []

    /// All ports of the range are free.
    public init(_ range: ClosedRange<UInt16>) { self.range = range }

    /// How many ports are given.
    public var usedCount: Int { used.count }

    /// D23: how many ports at the start of the range are left to those who ask for them by number until the rest is
    /// full.
    public var lowerBand: Int { range.count < 16 ? 0 : min(max(16, range.count / 32), 128, range.count) }

    /// True if the port is taken.
    public func contains(_ port: UInt16) -> Bool { used.contains(port) }

    /// Takes a given port.
    public mutating func allocate(_ port: Int) throws(AllocationFailure) {
        guard let port = UInt16(exactly: port), range.contains(port) else { throw .portOutOfRange(range) }
        guard used.insert(port).inserted else { throw .portTaken }
    }

    /// Takes a free port at random, outside the lower band while there is one.
    public mutating func allocateRandom(
        using numbers: inout some RandomNumberGenerator
    ) throws(AllocationFailure) -> UInt16 {
        let all = Int(range.lowerBound)..<Int(range.upperBound) + 1
        guard
            let port = free(in: all.dropFirst(lowerBand), using: &numbers) ?? free(in: all, using: &numbers)
        else { throw .full }
        used.insert(port)
        return port
    }

    /// Gives a port back.
    public mutating func release(_ port: UInt16) { used.remove(port) }

    private func free(in bounds: Range<Int>, using numbers: inout some RandomNumberGenerator) -> UInt16? {
        guard !bounds.isEmpty, used.count < range.count else { return nil }
        let start = Int.random(in: bounds, using: &numbers)
        let found =
            (start..<bounds.upperBound).first { !used.contains(UInt16($0)) }
            ?? (bounds.lowerBound..<start).first { !used.contains(UInt16($0)) }
        return found.map(UInt16.init)
    }
}
