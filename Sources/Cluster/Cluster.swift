// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes
internal import Net

/// A cluster as a value: its objects, what its controllers remember, and the plan that follows from both.
///
/// Nothing here acts, waits or reads a clock. Whoever drives it calls `apply`, `delete` and `update` with the time,
/// then `settle`, and carries out the `Changes`. The same calls with the same seed give the same cluster.
public struct Cluster: Sendable {
    /// What the lab is made of; nothing of it changes but the proxy mode (`setProxyMode`).
    public internal(set) var configuration: Configuration
    /// All objects.
    public internal(set) var store: Store
    /// What the lab should be. Holding on to a copy while the cluster changes makes the next change copy it whole.
    public internal(set) var plan: Plan
    /// All kinds: those that every cluster has, and those that the CustomResourceDefinitions in the Store made.
    public internal(set) var catalog = ResourceCatalog()

    var numbers: RandomNumbers
    var allocations: Allocations
    /// Where each applied object stands in its manifest.
    var sources: [ObjectKey: Source] = [:]
    var index = ClusterIndex()
    var nodes = Nodes()
    var services = ServiceState()
    var dirty = Dirty()
    var pending = PendingChanges()
    var alarms = Alarms()
    var eventLog = EventLog()
    /// False while the objects are made that a cluster begins with.
    var hasInitialObjects = false

    /// A cluster without workloads: the namespaces `default`, `kube-system`, `kube-public` and `kube-node-lease`, the
    /// nodes, and the Service `default/kubernetes` with its endpoint (D26).
    public init(_ configuration: Configuration, seed: UInt64, now: Timestamp) {
        self.configuration = configuration
        store = Store()
        numbers = RandomNumbers(seed: seed)
        allocations = Allocations(configuration)
        plan = Topology(configuration).plan
        makeInitialObjects(now: now)
        hasInitialObjects = true
    }

    /// Takes in a manifest as `kubectl apply` does: defaults, merges with what was applied before, validates,
    /// allocates.
    ///
    /// All of it or nothing: when one object is refused, the cluster is as it was. Namespaces are written first.
    public mutating func apply(_ documents: [Document], now: Timestamp) throws(Refusal) -> [Applied] {
        try applyAll(documents, now: now)
    }

    /// Asks for the deletion of objects. A Pod on a node gets its deletionTimestamp and stays until `podRemoved`; a
    /// Namespace takes its contents with it; dependents follow their owners.
    /// - Returns: the keys of what was there.
    @discardableResult
    public mutating func delete(_ keys: [ObjectKey], now: Timestamp) -> [ObjectKey] {
        keys.map { key in
            // Of a custom kind, only the catalog knows whether it has namespaces.
            let isBare = key.namespace.isEmpty && catalog.resource(of: key)?.isNamespaced == true
            return isBare ? ObjectKey(key.kind, "default", key.name) : key
        }
        .filter { requestDeletion($0, gracePeriodSeconds: nil, now: now) }
    }

    /// Edits one object: a status, labels, a scale. Writes only if something changed; a change of `spec` is a new
    /// generation.
    /// - Returns: whether anything was written.
    @discardableResult
    public mutating func update(_ key: ObjectKey, now: Timestamp, _ body: (inout Object) -> Void) -> Bool {
        guard let event = store.mutate(key, body) else { return false }
        observe(event, now: now)
        if event.new?.isTerminating == true { finishDeletion(key, now: now) }
        return true
    }

    /// Runs the controllers on what changed until nothing changes any more, and brings the plan up to date.
    public mutating func settle(now: Timestamp) -> Changes {
        ring(now: now)
        runControllers(now: now)
        return takeChanges(now: now)
    }

    /// The Pod's processes have ended: its links leave the plan, its address is free, its object leaves the Store.
    ///
    /// An object with finalizers stays until they are gone; a new Pod that has the name by now takes the place.
    public mutating func podRemoved(_ key: ObjectKey, now: Timestamp) {
        let uid = nodes.placements[key]?.pod
        releasePod(key)
        guard let object = store[key] else { return }
        if let uid, uid != object.uid { return place(again: object) }
        if object.isTerminating, !object.finalizers.isEmpty {
            update(key, now: now) { $0.value["metadata", "deletionGracePeriodSeconds"] = 0 }
        } else if let event = store.remove(key) {
            observe(event, now: now)
        }
    }
}
