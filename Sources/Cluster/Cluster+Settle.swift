// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The loop that runs the controllers, each on the keys that writes made dirty, until nothing is.
extension Cluster {
    /// More rounds than any honest change needs; what is left then is looked at by the next settle.
    private static let roundLimit = 10_000

    mutating func runControllers(now: Timestamp) {
        var rounds = 0
        while !dirty.isEmpty, rounds < Cluster.roundLimit {
            runRound(now: now)
            rounds += 1
        }
        if !dirty.isEmpty { pending.wake(at: now) }
    }

    private mutating func runRound(now: Timestamp) {
        for key in dirty.take(\.namespaces) { reconcileNamespace(key, now: now) }
        for key in dirty.take(\.collectable) { collect(key, now: now) }
        for key in dirty.take(\.deployments) { reconcileDeployment(key, now: now) }
        for key in dirty.take(\.replicaSets) { reconcileReplicaSet(key, now: now) }
        schedulePods(now: now)
        for key in dirty.take(\.endpoints) { reconcileEndpoints(key, now: now) }
        for key in dirty.take(\.loadBalancers) { reconcileLoadBalancer(key, now: now) }
        if dirty.hasOnlyTables { updateTables() }
    }

    private mutating func reconcileDeployment(_ key: ObjectKey, now: Timestamp) {
        guard let object = store[key], !object.isTerminating else { return }
        perform(deploymentWrites(object, now: now), now: now)
    }

    private mutating func reconcileReplicaSet(_ key: ObjectKey, now: Timestamp) {
        guard let object = store[key], !object.isTerminating else { return }
        perform(replicaSetWrites(object, now: now), now: now)
    }

    // A controller holds a copy of the Store. It must be gone before the Store is written to, or the write would first
    // copy every dictionary: hence the two functions that return writes and let go of the controller.

    private mutating func deploymentWrites(_ object: Object, now: Timestamp) -> [Write] {
        var controller = DeploymentController(store: store, index: index, now: now)
        let writes = controller.reconcile(object)
        if let moment = controller.wakeAt { alarms.set(object.key, moment) }
        return writes
    }

    private mutating func replicaSetWrites(_ object: Object, now: Timestamp) -> [Write] {
        var controller = ReplicaSetController(store: store, index: index, now: now)
        let writes = controller.reconcile(object, &numbers)
        if let moment = controller.wakeAt { alarms.set(object.key, moment) }
        return writes
    }

    /// Marks what has waited for a moment that is past, and says when the next one is.
    mutating func ring(now: Timestamp) {
        for key in alarms.take(upTo: now) {
            if key.kind == "Deployment" { dirty.deployments.insert(key) } else { dirty.replicaSets.insert(key) }
        }
    }

    /// A namespace that ends takes its contents with it, and goes when the last of them has gone.
    private mutating func reconcileNamespace(_ key: ObjectKey, now: Timestamp) {
        guard store[key]?.isTerminating == true else { return }
        let contents = store.keys(inNamespace: key.name)
        if contents.isEmpty {
            if let event = store.remove(key) { observe(event, now: now) }
            return
        }
        // Owners first, so that nobody replaces what goes.
        let order = ["Deployment": 0, "ReplicaSet": 1, "Service": 2]
        for content in contents.sorted(by: { (order[$0.kind] ?? 3, $0) < (order[$1.kind] ?? 3, $1) }) {
            if store[content]?.isTerminating == false {
                requestDeletion(content, gracePeriodSeconds: nil, now: now)
            }
        }
    }

    /// An object all of whose owners are gone follows them.
    private mutating func collect(_ key: ObjectKey, now: Timestamp) {
        guard let object = store[key], !object.isTerminating, !object.owners.isEmpty else { return }
        let isOwned = object.owners.contains { owner in
            store[ObjectKey(owner.kind, key.namespace, owner.name)]?.uid == owner.uid
                || store[ObjectKey(owner.kind, "", owner.name)]?.uid == owner.uid
        }
        if !isOwned { requestDeletion(key, gracePeriodSeconds: nil, now: now) }
    }
}

/// When which object wants to be looked at again though nothing happens.
struct Alarms: Sendable {
    private var moments: [ObjectKey: Timestamp] = [:]

    mutating func set(_ key: ObjectKey, _ moment: Timestamp) { moments[key] = min(moments[key] ?? moment, moment) }

    mutating func take(upTo now: Timestamp) -> [ObjectKey] {
        guard !moments.isEmpty else { return [] }
        let due = moments.filter { $0.value <= now }.keys.sorted()
        for key in due { moments[key] = nil }
        return due
    }

    var next: Timestamp? { moments.values.min() }
}
