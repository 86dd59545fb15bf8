// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// All that a lab keeps, and the log in which it does: a snapshot, and then a record of each change.
///
/// A record has a length, a checksum, and changes; it holds all or nothing of what it says. A log that ends in the middle of
/// a record, as one does whose writer was killed, ends with the record before it. This is a value: whoever has a file
/// writes what `record` and `snapshot` give.
public struct StateImage: Sendable {
    /// What is kept, by name.
    public private(set) var entries: [String: Value] = [:]
    /// How many bytes at the end of the log were no whole record.
    public private(set) var ignored = 0

    /// What every log begins with: its format.
    private static let mark = Array("labstate".utf8) + [0, 0, 0, 1]
    /// A snapshot has so many entries in a record.
    private static let portion = 256
    private static let head = 8

    /// Nothing is kept yet.
    public init() {}

    /// What a log says; nil if it is none.
    public init?(log: [UInt8]) {
        guard log.starts(with: StateImage.mark) else { return nil }
        var place = StateImage.mark.count
        while let end = StateImage.end(of: log, at: place), (try? read(log[(place + StateImage.head)..<end])) != nil {
            place = end
        }
        ignored = log.count - place
    }

    /// What is kept by a name; nil if nothing is.
    public subscript(_ name: String) -> Value? { entries[name] }

    /// The names of a kind, without the word before them, sorted.
    public func names(_ word: String) -> [String] {
        let prefix = word + " "
        return entries.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }

    // MARK: Writing

    /// Takes changes in.
    /// - Returns: the record to be added to the log; empty if nothing is other than before.
    public mutating func record(_ changes: [StateChange]) -> [UInt8] {
        var writer = BinaryWriter()
        for change in changes {
            let old = entries[change.name]
            guard old != change.value else { continue }
            writer.put(change.name)
            if let value = change.value {
                writer.put(1)
                writer.put(value, after: old ?? .null)
            } else {
                writer.put(0)
            }
            entries[change.name] = change.value
        }
        return writer.bytes.isEmpty ? [] : StateImage.framed(writer.bytes)
    }

    /// A whole log that says what is kept now.
    public func snapshot() -> [UInt8] {
        var log = StateImage.mark
        var writer = BinaryWriter()
        var count = 0
        for (name, value) in entries {
            writer.put(name)
            writer.put(1)
            writer.put(value)
            count += 1
            guard count % StateImage.portion == 0 else { continue }
            log += StateImage.framed(writer.bytes)
            writer = BinaryWriter()
        }
        return writer.bytes.isEmpty ? log : log + StateImage.framed(writer.bytes)
    }

    private static func framed(_ content: [UInt8]) -> [UInt8] {
        bytes(UInt32(content.count)) + bytes(checksum(content[...])) + content
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt32(8 * $0)) }
    }

    // MARK: Reading

    /// Where the record ends that begins at a place; nil if no whole one does.
    private static func end(of log: [UInt8], at place: Int) -> Int? {
        guard place + head <= log.count else { return nil }
        let end = place + head + Int(number(log, place))
        guard end <= log.count, end > place + head else { return nil }
        return checksum(log[(place + head)..<end]) == number(log, place + 4) ? end : nil
    }

    private static func number(_ log: [UInt8], _ place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(log[place + $1]) << UInt32(8 * $1) }
    }

    private mutating func read(_ content: ArraySlice<UInt8>) throws(BinaryReader.Failure) {
        var reader = BinaryReader(content)
        while !reader.isAtEnd {
            let name = try reader.text()
            if try reader.number() == 0 {
                entries[name] = nil
            } else {
                entries[name] = try reader.value(after: entries[name] ?? .null)
            }
        }
    }

    /// FNV-1a of 64 bits, folded.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let sum = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return UInt32(truncatingIfNeeded: sum ^ sum >> 32)
    }
}
