// SPDX-License-Identifier: Apache-2.0

/// The last writes to a Store, for watches that begin in the past.
struct EventHistory: Sendable {
    /// How many writes are remembered at least, once there were so many.
    private static let capacity = 2048
    private var events: [StoreEvent] = []

    mutating func append(_ event: StoreEvent) {
        events.append(event)
        // Dropping half at a time makes an append cost the same on average, however long the history.
        if events.count >= 2 * Self.capacity { events.removeFirst(Self.capacity) }
    }

    /// The writes after a revision; nil if some of them are forgotten.
    func events(since revision: UInt64, of last: UInt64) -> [StoreEvent]? {
        guard revision < last else { return [] }
        let missing = Int(clamping: last - revision)
        guard missing <= events.count else { return nil }
        return Array(events.suffix(missing))
    }
}
