// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

extension Cluster {
    /// Keeps what happened as an Event object; a repetition counts up the one that is there.
    ///
    /// An object that is gone, or never was, gets none, as its Event would belong to nobody; neither does one in a
    /// namespace that ends, where nothing new may be.
    public mutating func record(_ note: EventNote, now: Timestamp) {
        guard let object = store[note.object] else { return }
        guard store[ObjectKey("Namespace", "", note.object.namespace)]?.isTerminating != true else { return }
        let subject = EventLog.Subject(note: note, uid: object.uid)
        if let key = eventLog.object(of: subject), store[key] != nil {
            update(key, now: now) {
                $0.value["count"] = .int(Int64($0.value["count"]?.int ?? 1) + 1)
                $0.value["lastTimestamp"] = .string(now.description)
            }
            return
        }
        makeRoomForEvent(now: now)
        let event = Cluster.event(note, about: object, number: eventLog.number(at: now), now: now)
        eventLog.append(event.key, subject)
        create(event, now: now)
    }

    private mutating func makeRoomForEvent(now: Timestamp) {
        // Each step takes one off the list or puts it last, so twice the list is more than enough.
        for _ in 0..<(2 * EventLog.capacity) {
            guard let key = eventLog.oldest else { return }
            let last = store[key].flatMap { Timestamp($0.value["lastTimestamp"]?.string ?? "") }
            let isOver = last.map { now.milliseconds - $0.milliseconds > EventLog.lifetime } ?? true
            guard isOver || eventLog.count >= EventLog.capacity else { return }
            eventLog.removeOldest()
            if let event = store.remove(key) { observe(event, now: now) }
        }
    }

    private static func event(_ note: EventNote, about object: Object, number: UInt64, now: Timestamp) -> Object {
        // What happens to objects without a namespace is kept in the default one.
        let namespace = object.namespace.isEmpty ? "default" : object.namespace
        let name = "\(object.name.prefix(230)).\(String(number, radix: 16))"
        var event = Object(apiVersion: "v1", kind: "Event", namespace: namespace, name: name)
        let time = Value.string(now.description)
        event.value["involvedObject"] = reference(to: object, fieldPath: note.fieldPath)
        event.value["reason"] = .string(note.reason)
        event.value["message"] = .string(note.message)
        event.value["type"] = .string(note.kind.rawValue)
        event.value["source"] = ["component": .string(note.component)]
        if !note.host.isEmpty { event.value["source", "host"] = .string(note.host) }
        event.value["firstTimestamp"] = time
        event.value["lastTimestamp"] = time
        event.value["count"] = 1
        event.value["eventTime"] = .null
        event.value["reportingComponent"] = .string(note.component)
        event.value["reportingInstance"] = .string(note.host)
        return event
    }

    private static func reference(to object: Object, fieldPath: String) -> Value {
        var reference: Value = [
            "apiVersion": .string(object.apiVersion), "kind": .string(object.kind), "name": .string(object.name),
            "uid": .string(object.uid), "resourceVersion": .string(String(object.resourceVersion)),
        ]
        if !object.namespace.isEmpty { reference["namespace"] = .string(object.namespace) }
        if !fieldPath.isEmpty { reference["fieldPath"] = .string(fieldPath) }
        return reference
    }
}
