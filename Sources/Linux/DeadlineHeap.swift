// SPDX-License-Identifier: Apache-2.0

/// Numbers in the order of their deadlines: a binary heap.
struct DeadlineHeap {
    struct Entry {
        /// Milliseconds of the monotonic clock.
        var deadline: Double
        var token: UInt64
    }

    private var entries: [Entry] = []

    /// The entry that is due first.
    var first: Entry? { entries.first }

    var count: Int { entries.count }

    /// Adds an entry.
    mutating func insert(_ entry: Entry) {
        entries.append(entry)
        var child = entries.count - 1
        while child > 0, entries[child].deadline < entries[(child - 1) / 2].deadline {
            entries.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out the entry that is due first.
    mutating func popFirst() -> Entry? {
        guard let first = entries.first, let last = entries.popLast() else { return nil }
        if entries.isEmpty { return first }
        entries[0] = last
        var parent = 0
        while true {
            let children = (2 * parent + 1)..<min(2 * parent + 3, max(entries.count, 2 * parent + 1))
            guard let least = children.min(by: { entries[$0].deadline < entries[$1].deadline }),
                entries[least].deadline < entries[parent].deadline
            else { return first }
            entries.swapAt(parent, least)
            parent = least
        }
    }

    /// Drops the entries that are no longer wanted.
    mutating func removeAll(where unwanted: (UInt64) -> Bool) {
        let kept = entries.filter { !unwanted($0.token) }
        entries = kept.sorted { $0.deadline < $1.deadline }
    }
}
