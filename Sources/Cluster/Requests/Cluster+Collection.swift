// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Who goes with whom: dependents follow their owners, or owners wait for their dependents. The corresponding
/// controller of a real cluster is the garbage collector.
extension Cluster {
    /// What a write means to owners and dependents.
    mutating func markOwnership(of event: StoreEvent) {
        if let new = event.new {
            if new.isTerminating, !new.finalizers.isEmpty { dirty.finalizing.insert(event.key) }
            // An owner that was never there, or went before its dependent came, is as good as one that goes now.
            if event.kind == .added, !new.owners.isEmpty, !new.owners.allSatisfy({ isThere($0, event.key) }) {
                dirty.collectable.insert(event.key)
            }
        }
        guard let old = event.old, event.kind == .deleted || old.owners != event.new?.owners else { return }
        for owner in old.owners {
            if let key = ownerKey(owner, event.key), store[key]?.isTerminating == true { dirty.finalizing.insert(key) }
        }
    }

    /// An object all of whose owners are gone follows them; of several owners, those that are gone are forgotten.
    mutating func collect(_ key: ObjectKey, now: Timestamp) {
        guard let object = store[key], !object.isTerminating, !object.owners.isEmpty else { return }
        let left = object.owners.filter { isThere($0, key) }
        if left.isEmpty {
            requestDeletion(key, gracePeriodSeconds: nil, now: now)
        } else if left.count < object.owners.count {
            update(key, now: now) { $0.owners = left }
        }
    }

    /// An object that is to go, and has something left to do before.
    mutating func reconcileFinalizing(_ key: ObjectKey, now: Timestamp) {
        guard let object = store[key], object.isTerminating else { return }
        if key.kind == "CustomResourceDefinition" { deleteCustomObjects(of: object, now: now) }
        if object.finalizers.contains(DeleteOptions.orphan) {
            for dependent in store.dependents(ofUID: object.uid).sorted() {
                update(dependent, now: now) { $0.owners = $0.owners.filter { $0.uid != object.uid } }
            }
            drop(DeleteOptions.orphan, from: key, now: now)
        } else if object.finalizers.contains(DeleteOptions.foreground) {
            deleteDependents(of: object, now: now)
        }
    }

    private mutating func deleteDependents(of owner: Object, now: Timestamp) {
        let blocking = store.dependents(ofUID: owner.uid).filter { dependent in
            store[dependent]?.owners.contains { $0.uid == owner.uid && $0.blocksDeletion } ?? false
        }
        for dependent in blocking.sorted() {
            guard let object = store[dependent], !object.isTerminating else { continue }
            var options = DeleteOptions()
            // What has dependents of its own waits for them in turn.
            if !store.dependents(ofUID: object.uid).isEmpty { options.propagation = .foreground }
            _ = beginDeletion(dependent, object, options, now: now)
        }
        let isDone = store.dependents(ofUID: owner.uid).isDisjoint(with: blocking)
        if isDone { drop(DeleteOptions.foreground, from: owner.key, now: now) }
    }

    mutating func drop(_ finalizer: String, from key: ObjectKey, now: Timestamp) {
        update(key, now: now) { $0.finalizers = $0.finalizers.filter { $0 != finalizer } }
    }

    private func isThere(_ owner: OwnerReference, _ dependent: ObjectKey) -> Bool {
        ownerKey(owner, dependent).map { store[$0]?.uid == owner.uid } ?? false
    }

    /// The key of an owner: in the dependent's namespace, or without one.
    private func ownerKey(_ owner: OwnerReference, _ dependent: ObjectKey) -> ObjectKey? {
        let kind = owner.keyKind
        guard let resource = catalog.resource(keyKind: kind) else { return nil }
        return ObjectKey(kind, resource.isNamespaced ? dependent.namespace : "", owner.name)
    }
}
