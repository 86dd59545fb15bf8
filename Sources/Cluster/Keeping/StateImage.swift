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
    /// A snapshot has about so many bytes in a record.
    private static let portion = 1 << 16

    /// Nothing is kept yet.
    public init() {}

    /// What a log says; nil if it is none.
    public init?(log: [UInt8]) {
        guard log.starts(with: StateImage.mark) else { return nil }
        var place = StateImage.mark.count
        while let end = StateImage.end(of: log, at: place), (try? read(log[(place + StateRecord.head)..<end])) != nil {
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
    /// - Parameter limit: no more than about so many bytes are wanted.
    /// - Returns: the record to be added to the log, empty if nothing is other than before; nil if it would be longer than the
    ///   limit, and a new snapshot is to be written instead. The changes are taken in all the same.
    public mutating func record(_ changes: [StateChange], limit: Int = .max) -> [UInt8]? {
        var record = StateRecord()
        for change in changes {
            let old = entries[change.name]
            guard old != change.value else { continue }
            if record.count <= limit { record.put(change.name, change.value, after: old) }
            entries[change.name] = change.value
        }
        return record.count <= limit ? record.framed : nil
    }

    /// Gives away a whole log that says what is kept now, in pieces that take their place one after the other: all of it at
    /// once would take as much memory again as what is kept.
    public func writeSnapshot<Failure: Error>(_ write: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
        try write(StateImage.mark)
        var record = StateRecord()
        for (name, value) in entries {
            record.put(name, value, after: nil)
            guard record.count >= StateImage.portion else { continue }
            try write(record.framed)
            record.clear()
        }
        if record.count > 0 { try write(record.framed) }
    }

    /// A whole log that says what is kept now.
    public func snapshot() -> [UInt8] {
        var log: [UInt8] = []
        writeSnapshot { log += $0 }
        return log
    }

    // MARK: Reading

    /// Where the record ends that begins at a place; nil if no whole one does.
    private static func end(of log: [UInt8], at place: Int) -> Int? {
        guard place + StateRecord.head <= log.count else { return nil }
        let end = place + StateRecord.head + Int(number(log, place))
        guard end <= log.count, end > place + StateRecord.head else { return nil }
        return StateRecord.checksum(log[(place + StateRecord.head)..<end]) == number(log, place + 4) ? end : nil
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
}
