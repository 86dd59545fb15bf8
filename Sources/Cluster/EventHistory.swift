// SPDX-License-Identifier: Apache-2.0

/// The last writes to a Store, for watches that begin in the past.
struct EventHistory: Sendable {
    /// How many writes are remembered at least, once there were so many: a few minutes of a busy lab, and some 3 KiB of
    /// memory each.
    private static let capacity = 8192
    /// Writes are forgotten so many at a time: few enough that no single write pays for many others.
    private static let chunkSize = 256
    /// Oldest first; all but the last are full.
    private var chunks: [[StoreEvent]] = []
    private var count: Int { chunks.isEmpty ? 0 : (chunks.count - 1) * Self.chunkSize + chunks[chunks.count - 1].count }

    mutating func append(_ event: StoreEvent) {
        if count % Self.chunkSize == 0 { startChunk() }
        chunks[chunks.count - 1].append(event)
    }

    private mutating func startChunk() {
        if count >= Self.capacity + Self.chunkSize { chunks.removeFirst() }
        var chunk: [StoreEvent] = []
        chunk.reserveCapacity(Self.chunkSize)
        chunks.append(chunk)
    }

    /// The writes after a revision; nil if some of them are forgotten.
    func events(since revision: UInt64, of last: UInt64) -> [StoreEvent]? {
        guard revision < last else { return [] }
        let missing = Int(clamping: last - revision)
        guard missing <= count else { return nil }
        let first = count - missing
        let chunk = first / Self.chunkSize
        return Array(chunks[chunk...].joined().dropFirst(first % Self.chunkSize))
    }
}
