// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// One record of the log in which a lab keeps its state, while it is made: its length, its checksum, and what has become of
/// entries.
struct StateRecord {
    /// The bytes before what it says.
    static let head = 8

    private var writer = BinaryWriter()

    init() { clear() }

    /// How many bytes the entries have.
    var count: Int { writer.bytes.count - StateRecord.head }

    /// Begins anew, with the room that it had.
    mutating func clear() {
        writer.clear()
        for _ in 0..<StateRecord.head { writer.put(0) }
    }

    /// Adds what has become of an entry.
    /// - Parameters:
    ///   - value: what it is now; nil if it is no more.
    ///   - old: what it was, of which only the difference is written.
    mutating func put(_ name: String, _ value: Value?, after old: Value?) {
        writer.put(name)
        guard let value else { return writer.put(0) }
        writer.put(1)
        if let old { writer.put(value, after: old) } else { writer.put(value) }
    }

    /// The whole record; nothing without entries.
    var framed: [UInt8] {
        mutating get {
            guard count > 0 else { return [] }
            let checksum = StateRecord.checksum(writer.bytes[StateRecord.head...])
            writer.replace(at: 0, with: UInt32(count))
            writer.replace(at: 4, with: checksum)
            return writer.bytes
        }
    }

    /// FNV-1a of 64 bits, folded.
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let sum = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return UInt32(truncatingIfNeeded: sum ^ sum >> 32)
    }
}
