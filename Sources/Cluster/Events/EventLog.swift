// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Which Event object stands for which happening, and which of them are the oldest.
struct EventLog: Sendable {
    /// So many Event objects are kept; the oldest go first.
    static let capacity = 2000
    /// An Event goes after an hour in which it was not repeated. The corresponding flag of a real API server is
    /// `--event-ttl`.
    static let lifetime: Int64 = 3_600_000

    private var objects: [Subject: ObjectKey] = [:]
    private var subjects: [ObjectKey: Subject] = [:]
    private var order: [ObjectKey] = []
    private var start = 0
    private var lastNumber: UInt64 = 0

    /// What makes two happenings the same: all but the time.
    struct Subject: Sendable, Hashable {
        var note: EventNote
        var uid: String
    }

    var count: Int { order.count - start }

    func object(of subject: Subject) -> ObjectKey? { objects[subject] }

    mutating func append(_ key: ObjectKey, _ subject: Subject) {
        objects[subject] = key
        subjects[key] = subject
        order.append(key)
    }

    /// Takes in an Event object that is there already. Those that are older come first.
    mutating func restore(_ event: Object) {
        let source = event.value["source"]
        let kind = event.value["type"]?.string.flatMap { EventNote.Kind(rawValue: $0) } ?? .normal
        let about = event.value["involvedObject"]
        let key = ObjectKey(
            Resource.keyKind(apiVersion: about?["apiVersion"]?.string ?? "", kind: about?["kind"]?.string ?? ""),
            about?["namespace"]?.string ?? "", about?["name"]?.string ?? "")
        let note = EventNote(
            kind, event.value["reason"]?.string ?? "", event.value["message"]?.string ?? "", about: key,
            fieldPath: about?["fieldPath"]?.string ?? "", from: source?["component"]?.string ?? "",
            host: source?["host"]?.string ?? "")
        append(event.key, Subject(note: note, uid: about?["uid"]?.string ?? ""))
    }

    /// The oldest, which may have been deleted meanwhile.
    var oldest: ObjectKey? { start < order.count ? order[start] : nil }

    /// Takes the oldest off the list, but not out of the Store.
    mutating func removeOldest() {
        guard start < order.count else { return }
        forget(order[start])
        start += 1
        guard start > EventLog.capacity else { return }
        order.removeFirst(start)
        start = 0
    }

    mutating func forget(_ key: ObjectKey) {
        if let subject = subjects.removeValue(forKey: key) { objects[subject] = nil }
    }

    /// A number that no Event had before, about the time in nanoseconds, as in the names that client-go gives.
    mutating func number(at now: Timestamp) -> UInt64 {
        lastNumber = max(lastNumber + 1, UInt64(clamping: now.milliseconds) &* 1_000_000)
        return lastNumber
    }
}
