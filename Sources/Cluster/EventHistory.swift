// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The last writes to a Store, for watches that begin in the past.
struct EventHistory: Sendable {
    /// Writes that are forgotten together.
    private struct Chunk {
        var events: [StoreEvent] = []
        var weight = 0
    }

    /// How many writes are remembered at least, once there were so many, unless they are heavy: a few minutes of a busy
    /// lab, and some 3 KiB of memory each.
    private static let capacity = 8192
    /// About how many bytes of JSON the remembered objects may have. Memory takes a few times as much.
    private static let weightLimit = 64 << 20
    /// Writes are forgotten so many at a time: few enough that no single write pays for many others.
    private static let chunkSize = 256
    private static let chunkWeight = weightLimit / 32
    /// To weigh an object takes a look at all of it, most of which the write did not touch: of so many writes one is
    /// weighed and stands for the others.
    private static let sample = 8
    /// Oldest first.
    private var chunks: [Chunk] = []
    private var count = 0
    private var weight = 0

    mutating func append(_ event: StoreEvent) {
        let last = chunks.count - 1
        if last < 0 || chunks[last].events.count >= Self.chunkSize || chunks[last].weight >= Self.chunkWeight {
            startChunk()
        }
        let added = Self.weight(of: event)
        chunks[chunks.count - 1].events.append(event)
        chunks[chunks.count - 1].weight += added
        count += 1
        weight += added
    }

    /// About the bytes of JSON of a write's object; nothing for most, and many times as much for the others. Which ones
    /// has no pattern that writes could have too.
    private static func weight(of event: StoreEvent) -> Int {
        let isWeighed = (event.revision &* 0x9e37_79b9_7f4a_7c15) >> 61 == 0
        return isWeighed ? sample * ((event.new ?? event.old)?.value.weight ?? 0) : 0
    }

    private mutating func startChunk() {
        while let oldest = chunks.first, count - oldest.events.count >= Self.capacity || weight > Self.weightLimit {
            count -= oldest.events.count
            weight -= oldest.weight
            chunks.removeFirst()
        }
        var chunk = Chunk()
        chunk.events.reserveCapacity(Self.chunkSize)
        chunks.append(chunk)
    }

    /// The writes after a revision; nil if some of them are forgotten.
    func events(since revision: UInt64, of last: UInt64) -> [StoreEvent]? {
        guard revision < last else { return [] }
        let missing = Int(clamping: last - revision)
        guard missing <= count else { return nil }
        var first = chunks.count
        var found = 0
        while found < missing {
            first -= 1
            found += chunks[first].events.count
        }
        return Array(chunks[first...].lazy.map(\.events).joined().dropFirst(found - missing))
    }
}
