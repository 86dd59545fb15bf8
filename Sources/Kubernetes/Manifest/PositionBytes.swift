// SPDX-License-Identifier: Apache-2.0

/// Writes the entries of a `PositionTree`: four numbers each, which take as many bytes as they need (LEB128). Lines are told
/// by how far they are from the one before, mostly one.
struct PositionWriter: Sendable {
    private(set) var bytes: [UInt8] = []
    private var line = 0

    mutating func put(_ entry: PositionTree.Entry) {
        let step = entry.line - line
        // What an alias stands for is further up.
        put(step < 0 ? -2 * step - 1 : 2 * step)
        put(entry.column)
        put(entry.name.map { $0 + 1 } ?? 0)
        put(entry.below)
        line = entry.line
    }

    /// Begins anew, with the room that it had.
    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        line = 0
    }

    private mutating func put(_ number: Int) {
        var rest = UInt(clamping: number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}

/// Reads what `PositionWriter` wrote.
struct PositionReader: Sendable {
    private let bytes: [UInt8]
    private var place = 0
    private var line = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next entry; nil after the last.
    mutating func next() -> PositionTree.Entry? {
        guard place < bytes.count else { return nil }
        let step = number()
        line += step % 2 == 0 ? step / 2 : -(step + 1) / 2
        let column = number()
        let name = number()
        return PositionTree.Entry(line: line, column: column, name: name == 0 ? nil : name - 1, below: number())
    }

    /// Passes over so many entries.
    mutating func skip(_ count: Int) {
        for _ in 0..<count { _ = next() }
    }

    private mutating func number() -> Int {
        var number: UInt = 0
        var shift: UInt = 0
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            number |= UInt(byte & 0x7f) << shift
            guard byte >= 0x80 else { break }
            shift += 7
        }
        return Int(clamping: number)
    }
}
