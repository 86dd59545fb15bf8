// SPDX-License-Identifier: Apache-2.0
public import Cluster
public import Kubernetes

/// All open watches of a lab. Each event is encoded once for all watches that show it in the same way.
public struct WatchHub: Sendable {
    /// A line for one watch.
    public struct Delivery: Sendable, Hashable {
        /// The watch's number.
        public var watch: Int
        /// One event, or several, a line each.
        public var bytes: [UInt8]
    }

    private var watches: [Int: Watch] = [:]
    private var numbers: [String: [Int]] = [:]
    private var next = 1

    /// A hub without watches.
    public init() {}

    /// How many watches are open.
    public var count: Int { watches.count }

    /// Takes in a watch, whose opening is its client's already.
    /// - Returns: its number.
    public mutating func open(_ watch: Watch) -> Int {
        var watch = watch
        watch.opening = []
        let number = next
        next += 1
        watches[number] = watch
        numbers[watch.kind, default: []].append(number)
        return number
    }

    /// Forgets a watch.
    public mutating func close(_ number: Int) {
        guard let watch = watches.removeValue(forKey: number) else { return }
        numbers[watch.kind]?.removeAll { $0 == number }
        if numbers[watch.kind]?.isEmpty == true { numbers[watch.kind] = nil }
    }

    /// Closes the watches of a kind that is no more, and says which they were.
    public mutating func closeAll(kind: String) -> [Int] {
        let closed = numbers[kind] ?? []
        for number in closed { close(number) }
        return closed
    }

    /// What writes are to the watches that they concern, in order.
    /// - Parameters:
    ///   - only: the one watch that is to be told; nil for all.
    ///   - now: when ages in tables are counted to.
    public mutating func feed(_ events: [StoreEvent], only: Int? = nil, now: Timestamp) -> [Delivery] {
        var deliveries: [Delivery] = []
        for event in events {
            guard let concerned = numbers[event.key.kind] else { continue }
            var texts = EventTexts()
            for number in concerned where only == nil || only == number {
                guard let bytes = tell(number, event, &texts, now: now) else { continue }
                deliveries.append(Delivery(watch: number, bytes: bytes))
            }
        }
        return deliveries
    }

    /// A bookmark for every watch that wants one: it has been told all up to a revision.
    public func bookmarks(_ revision: UInt64) -> [Delivery] {
        watches.filter { $0.value.wantsBookmarks && revision > $0.value.revision }.sorted { $0.key < $1.key }
            .map { Delivery(watch: $0.key, bytes: WatchText.bookmark($0.value, revision)) }
    }

    private mutating func tell(
        _ number: Int, _ event: StoreEvent, _ texts: inout EventTexts, now: Timestamp
    ) -> [UInt8]? {
        guard let watch = watches[number], event.revision > watch.revision,
            watch.namespace == nil || watch.namespace == event.key.namespace,
            let change = WatchChange(event, watch.filter)
        else { return nil }
        if !watch.hasColumns, case .table = watch.look.form {
            watches[number]?.hasColumns = true
            return watch.bytes(change.type, change.object, now: now)
        }
        return texts.bytes(change, watch, now: now)
    }
}

/// One event in the forms that were asked for so far.
private struct EventTexts {
    private struct Key: Hashable {
        var look: WatchLook
        var type: StoreEvent.Kind
    }
    private var known: [Key: [UInt8]] = [:]

    mutating func bytes(_ change: WatchChange, _ watch: Watch, now: Timestamp) -> [UInt8] {
        let key = Key(look: watch.look, type: change.type)
        if let bytes = known[key] { return bytes }
        let bytes = watch.bytes(change.type, change.object, now: now)
        known[key] = bytes
        return bytes
    }
}
