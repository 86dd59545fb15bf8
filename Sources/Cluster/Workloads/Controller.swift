// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Brings what belongs to an object of one kind into line with the object: a function from values to writes.
///
/// A controller is made for one look at one object and let go of before its writes are carried out, or they would first
/// copy the Store that it holds.
protocol Controller: Sendable {
    /// The kind of the objects that it looks after.
    static var kind: String { get }
    /// True if it takes in Pods that match its objects' selectors and belong to nobody.
    static var adoptsPods: Bool { get }

    init(store: Store, index: ClusterIndex, now: Timestamp)

    /// When the object wants to be looked at again though nothing happens.
    var wakeAt: Timestamp? { get }

    /// One step; the writes that it returns bring the object back for the next, if they change anything.
    mutating func reconcile(_ object: Object, _ numbers: inout RandomNumbers) -> [Write]
}

extension Controller {
    static var adoptsPods: Bool { true }
}

extension Cluster {
    /// All controllers, owners before what they own. A new one is a line here.
    static let controllers: [any Controller.Type] = [
        CronJobController.self, DeploymentController.self, ReplicaSetController.self, ReplicationManager.self,
        StatefulSetController.self, DaemonSetController.self, JobController.self, ClaimBinder.self, TaintEviction.self,
    ]

    static let controlledKinds = Set(controllers.map { $0.kind })
    private static let adoptingKinds = Set(controllers.filter { $0.adoptsPods }.map { $0.kind })
    /// The kinds whose selectors say what they take in: Pods, or a Deployment's ReplicaSets.
    static let kindsWithSelectors = adoptingKinds.union([DeploymentController.kind])

    /// Lets every controller look at the objects of its kind that are worth it.
    mutating func runWorkloadControllers(now: Timestamp) {
        for controller in Cluster.controllers {
            for key in dirty.takeControlled(controller.kind) {
                guard let object = store[key], !object.isTerminating else { continue }
                perform(writes(of: controller, for: object, now: now), now: now)
            }
        }
    }

    private mutating func writes(of type: any Controller.Type, for object: Object, now: Timestamp) -> [Write] {
        var controller = type.init(store: store, index: index, now: now)
        let writes = controller.reconcile(object, &numbers)
        if let moment = controller.wakeAt { alarms.set(object.key, moment) }
        return writes
    }

    /// An object that a controller looks after, or that one of them owns, was written.
    mutating func markControllers(of event: StoreEvent) {
        if Cluster.controlledKinds.contains(event.key.kind), !event.isStatusOnly { dirty.mark(event.key) }
        // What a Pod's write means to its owner, `observePod` knows better.
        guard event.key.kind != "Pod" else { return }
        if let set = event.new, set.kind == "ReplicaSet", set.controller == nil, event.old?.labels != set.labels {
            // A Deployment may take it in.
            markWorkloads(selecting: set.labels, namespace: set.namespace) { $0 == "Deployment" }
        }
        markOwners([event.old?.controller, event.new?.controller], namespace: event.key.namespace)
    }

    /// A Pod changed in a way that its owner may care about.
    mutating func markControllers(of key: ObjectKey, _ old: PodFacts?, _ new: PodFacts?) {
        if let old, let new, new.counts(as: old), ReplicaSetController.counts(for: new.controller) { return }
        markOwners([old?.controller, new?.controller], namespace: key.namespace)
        if new == nil, let owner = old?.controller {
            // A Deployment that waits for the last of its Pods hears of it.
            let above = store[ObjectKey(owner.keyKind, key.namespace, owner.name)]?.controller
            markOwners([above], namespace: key.namespace)
        }
        guard let new, new.controller == nil, old?.labels != new.labels || old?.controller != nil else { return }
        markWorkloads(selecting: new.labels, namespace: key.namespace) { Cluster.adoptingKinds.contains($0) }
    }

    private mutating func markWorkloads(
        selecting labels: [String: String], namespace: String, _ isMeant: (String) -> Bool
    ) {
        for key in index.workloads.keys(selecting: labels, namespace: namespace) where isMeant(key.kind) {
            dirty.mark(key)
        }
    }

    private mutating func markOwners(_ owners: [OwnerReference?], namespace: String) {
        for case let owner? in owners where Cluster.controlledKinds.contains(owner.keyKind) {
            dirty.mark(ObjectKey(owner.keyKind, namespace, owner.name))
        }
    }

    /// Has every object of a kind looked at again.
    mutating func markAll(_ kind: String) {
        for key in store.keys(kind) { dirty.mark(key) }
    }
}
