// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// All objects of a cluster, with a revision that grows with every write and the history that watches need.
///
/// Every write costs what it changes, whatever the number of objects.
public struct Store: Sendable {
    /// The resourceVersion of the last write.
    public private(set) var revision: UInt64 = 0
    private var objects: [ObjectKey: Object] = [:]
    /// By kind.
    private var names: [String: ObjectNames] = [:]
    private var contents: [String: Set<ObjectKey>] = [:]
    private var dependents: [String: Set<ObjectKey>] = [:]
    private var podsByLabel: [LabelPair: Set<ObjectKey>] = [:]
    private var history = EventHistory()
    private var fieldNames = FieldNames()

    /// A Store without objects.
    public init() {}

    /// How many objects there are.
    public var count: Int { objects.count }

    /// The object of a key; nil if there is none.
    public subscript(_ key: ObjectKey) -> Object? { objects[key] }

    /// How many objects of a kind there are; in one namespace, or in all.
    public func count(_ kind: String, namespace: String? = nil) -> Int { names[kind]?.count(namespace) ?? 0 }

    /// The keys of a kind's objects, sorted; those of one namespace, or of all.
    ///
    /// - Parameters:
    ///   - last: where an earlier call ended, whether the object is still there or not; the keys after it follow.
    ///   - limit: the most keys that are wanted. The cost is that of what is returned.
    public func keys(
        _ kind: String, namespace: String? = nil, after last: ObjectKey? = nil, limit: Int = .max
    ) -> [ObjectKey] {
        names[kind]?.keys(kind, namespace, after: last, limit: limit) ?? []
    }

    /// A kind's objects, sorted by key; those of one namespace, or of all.
    public func objects(_ kind: String, namespace: String? = nil) -> [Object] {
        keys(kind, namespace: namespace).compactMap { objects[$0] }
    }

    /// The keys of everything in a namespace, sorted.
    public func keys(inNamespace namespace: String) -> [ObjectKey] { (contents[namespace] ?? []).sorted() }

    /// The keys of the objects that name this uid among their owners, in no order.
    public func dependents(ofUID uid: String) -> Set<ObjectKey> { dependents[uid] ?? [] }

    /// The keys of the Pods that have a label, in no order.
    public func pods(namespace: String, label key: String, _ value: String) -> Set<ObjectKey> {
        podsByLabel[LabelPair(namespace, key, value)] ?? []
    }

    /// The writes after a revision, oldest first; nil if they are not all remembered (HTTP 410 Gone).
    public func events(since revision: UInt64) -> [StoreEvent]? { history.events(since: revision, of: self.revision) }

    /// Adds an object that is new.
    mutating func create(_ object: consuming Object) -> StoreEvent {
        var object = object
        revision += 1
        object.resourceVersion = revision
        let key = object.key
        fieldNames.compact(&object.value)
        objects[key] = object
        enter(key, object)
        return remember(StoreEvent(.added, key, revision: revision, old: nil, new: object))
    }

    /// Changes an object in place; nil if it is not there or nothing changed.
    mutating func mutate(_ key: ObjectKey, _ body: (inout Object) -> Void) -> StoreEvent? {
        guard let old = objects[key] else { return nil }
        var new = old
        body(&new)
        return replace(key, old, new)
    }

    /// Takes an object out; nil if it is not there.
    mutating func remove(_ key: ObjectKey) -> StoreEvent? {
        guard let old = objects.removeValue(forKey: key) else { return nil }
        revision += 1
        leave(key, old)
        return remember(StoreEvent(.deleted, key, revision: revision, old: old, new: nil))
    }

    /// Takes in objects as they were, with their revisions; nothing of it is remembered as a write.
    mutating func restore(_ restored: [Object], revision: UInt64) {
        for var object in restored {
            let key = object.key
            fieldNames.compact(&object.value)
            objects[key] = object
            enter(key, object)
        }
        self.revision = max(revision, self.revision)
    }

    private mutating func replace(_ key: ObjectKey, _ old: Object, _ proposed: Object) -> StoreEvent? {
        guard proposed.value != old.value else { return nil }
        var new = proposed
        revision += 1
        if old.value["metadata", "generation"] != nil, new.wants(otherThan: old) { new.generation = old.generation + 1 }
        new.resourceVersion = revision
        objects[key] = new
        reindex(key, old, new)
        return remember(StoreEvent(.modified, key, revision: revision, old: old, new: new))
    }

    private mutating func remember(_ event: StoreEvent) -> StoreEvent {
        history.append(event)
        return event
    }
}

// MARK: - Indexes

extension Store {
    private mutating func enter(_ key: ObjectKey, _ object: Object) {
        names[key.kind, default: ObjectNames()].insert(key)
        if !key.namespace.isEmpty { contents[key.namespace, default: []].insert(key) }
        for owner in object.owners { dependents[owner.uid, default: []].insert(key) }
        guard key.kind == "Pod" else { return }
        for (name, value) in object.labels {
            podsByLabel[LabelPair(key.namespace, name, value), default: []].insert(key)
        }
    }

    private mutating func leave(_ key: ObjectKey, _ object: Object) {
        names[key.kind]?.remove(key)
        contents.remove(key, from: key.namespace)
        for owner in object.owners { dependents.remove(key, from: owner.uid) }
        guard key.kind == "Pod" else { return }
        for (name, value) in object.labels { podsByLabel.remove(key, from: LabelPair(key.namespace, name, value)) }
    }

    private mutating func reindex(_ key: ObjectKey, _ old: Object, _ new: Object) {
        let oldOwners = old.value["metadata", "ownerReferences"]
        let newOwners = new.value["metadata", "ownerReferences"]
        if oldOwners != newOwners {
            for owner in old.owners { dependents.remove(key, from: owner.uid) }
            for owner in new.owners { dependents[owner.uid, default: []].insert(key) }
        }
        guard key.kind == "Pod", old.value["metadata", "labels"] != new.value["metadata", "labels"] else { return }
        for (name, value) in old.labels { podsByLabel.remove(key, from: LabelPair(key.namespace, name, value)) }
        for (name, value) in new.labels {
            podsByLabel[LabelPair(key.namespace, name, value), default: []].insert(key)
        }
    }
}

extension Object {
    /// True if what is wanted is not the same: all but the metadata and the status.
    fileprivate func wants(otherThan old: Object) -> Bool {
        if value["spec"] != old.value["spec"] {
            guard kind == "Pod" else { return true }
            // A Pod that is given its node is wanted as it was.
            var (now, before) = (spec, old.spec)
            now["nodeName"] = nil
            before["nodeName"] = nil
            return now != before
        }
        let (now, before) = (value.fields, old.value.fields)
        func isWanted(_ name: String) -> Bool { name != "spec" && name != "metadata" && name != "status" }
        return now.contains { isWanted($0.key) && before[$0.key] != $0.value }
            || before.contains { isWanted($0.key) && now[$0.key] == nil }
    }
}

/// One label of the objects of one namespace.
struct LabelPair: Sendable, Hashable, Comparable {
    var namespace: String
    var key: String
    var value: String

    init(_ namespace: String, _ key: String, _ value: String) {
        self.namespace = namespace
        self.key = key
        self.value = value
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.key, left.value) < (right.namespace, right.key, right.value)
    }
}

extension Dictionary {
    /// Takes a member out of one of the sets; a set that becomes empty goes.
    mutating func remove<Member>(_ member: Member, from key: Key) where Value == Set<Member> {
        guard let slot = index(forKey: key) else { return }
        values[slot].remove(member)
        if values[slot].isEmpty { remove(at: slot) }
    }
}
