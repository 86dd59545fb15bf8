// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Who belongs to whom, kept up to date with every write so that no controller ever looks through all objects.
struct ClusterIndex: Sendable {
    private(set) var pods: [ObjectKey: PodFacts] = [:]
    /// Pods without a controller.
    private(set) var orphans = OrphanIndex()
    /// ReplicaSets without a controller.
    private(set) var orphanSets = OrphanIndex()
    /// The selectors of Services.
    private(set) var services = SelectorIndex()
    /// The selectors of workloads: of the kinds that have Pods or ReplicaSets.
    private(set) var workloads = SelectorIndex()
    /// What has become of the Pods of each Job, by the Job's uid.
    private(set) var jobs: [String: JobRecord] = [:]
    /// The Jobs of whose Pods something new is to be kept.
    private var countedJobs: Set<String> = []
    private(set) var slices: [ObjectKey: SliceFacts] = [:]
    /// Until when namespaces that are to end keep their contents.
    var namespaceEnds: [ObjectKey: Timestamp] = [:]
    private(set) var slicesOfService: [ObjectKey: [ObjectKey]] = [:]

    mutating func setPod(_ key: ObjectKey, _ facts: PodFacts?, now: Timestamp) {
        if let facts, facts.isFinished, let owner = facts.controller, owner.keyKind == "Job" {
            jobs[owner.uid, default: JobRecord()].count(facts, before: pods[key], now: now)
            countedJobs.insert(owner.uid)
        }
        let old = pods[key]
        pods[key] = facts
        let (before, after) = (old?.labelsAsOrphan, facts?.labelsAsOrphan)
        if before != after { orphans.set(key, before, after) }
    }

    /// Keeps what is found by other ways than an object's own key.
    mutating func setOwned(_ event: StoreEvent) {
        let key = event.key
        if key.kind == "ReplicaSet" {
            orphanSets.set(key, event.old?.labelsAsOrphan, event.new?.labelsAsOrphan)
        } else if key.kind == "Job", event.kind == .deleted, let uid = event.old?.uid {
            jobs[uid] = nil
            countedJobs.insert(uid)
        }
        guard Cluster.kindsWithSelectors.contains(key.kind) else { return }
        guard event.old?.value["spec"]?["selector"] != event.new?.value["spec"]?["selector"] else { return }
        workloads.set(key, event.new?.podSelector)
    }

    /// What is to be kept since the last call.
    mutating func takeKept() -> [StateChange] {
        guard !countedJobs.isEmpty else { return [] }
        defer { countedJobs = [] }
        return countedJobs.sorted().map { .job($0, jobs[$0]) }
    }

    /// Takes what has become of a Job's Pods, whichever of them are still there.
    mutating func restore(job uid: String, _ record: JobRecord) { jobs[uid] = record }

    mutating func setSlice(_ key: ObjectKey, _ facts: SliceFacts?) {
        let old = slices[key]
        slices[key] = facts
        guard old?.service != facts?.service else { return }
        if let old {
            slicesOfService[old.service]?.removeAll { $0 == key }
            if slicesOfService[old.service]?.isEmpty == true { slicesOfService[old.service] = nil }
        }
        if let facts { slicesOfService[facts.service, default: []].append(key) }
    }

    mutating func setSelector(_ key: ObjectKey, _ labels: [String: String]?) {
        services.set(key, labels.map { LabelSelector(matchLabels: $0) })
    }

    /// The Pods that a selector picks, in no order. One without labels looks at every Pod of the namespace.
    func pods(selectedBy selector: LabelSelector, namespace: String, in store: Store) -> [PodFacts] {
        let found =
            selector.matchLabels.isEmpty
            ? store.keys("Pod", namespace: namespace).compactMap { pods[$0] }
            : pods(matching: selector.matchLabels, namespace: namespace, in: store)
        return selector.matchExpressions.isEmpty ? found : found.filter { selector.matches($0.labels) }
    }

    /// The Pods that have all of these labels, in no order.
    func pods(matching labels: [String: String], namespace: String, in store: Store) -> [PodFacts] {
        var smallest: Set<ObjectKey>?
        for (key, value) in labels {
            let candidates = store.pods(namespace: namespace, label: key, value)
            if candidates.count < smallest?.count ?? .max { smallest = candidates }
        }
        let isExact = labels.count == 1
        return (smallest ?? []).compactMap { pods[$0] }
            .filter { facts in isExact || labels.allSatisfy { facts.labels[$0.key] == $0.value } }
    }
}

extension PodFacts {
    /// The labels of a Pod without a controller; nil for all others.
    fileprivate var labelsAsOrphan: [String: String]? { controller == nil ? labels : nil }
}

extension Object {
    /// The labels of an object without a controller; nil for all others.
    fileprivate var labelsAsOrphan: [String: String]? { controller == nil ? labels : nil }
}

/// What the controllers have yet to look at again.
struct Dirty: Sendable {
    var namespaces: Set<ObjectKey> = []
    var collectable: Set<ObjectKey> = []
    /// Objects that are to go and have finalizers left.
    var finalizing: Set<ObjectKey> = []
    var definitions: Set<ObjectKey> = []
    /// By kind, objects that a `Controller` looks after.
    private var controlled: [String: Set<ObjectKey>] = [:]
    var unscheduled: Set<ObjectKey> = []
    var endpoints: Set<ObjectKey> = []
    var loadBalancers: Set<ObjectKey> = []
    var nodeTables: Set<ObjectKey> = []
    var edgeTables: Set<ObjectKey> = []

    var isEmpty: Bool {
        hasOnlyTables && nodeTables.isEmpty && edgeTables.isEmpty
    }

    /// True if nothing is left but to bring the tables up to date.
    var hasOnlyTables: Bool {
        namespaces.isEmpty && collectable.isEmpty && finalizing.isEmpty && definitions.isEmpty && controlled.isEmpty
            && unscheduled.isEmpty && endpoints.isEmpty && loadBalancers.isEmpty
    }

    /// Everything of one set, sorted so that the same cluster does the same in every run; the set is empty then.
    mutating func take(_ path: WritableKeyPath<Dirty, Set<ObjectKey>>) -> [ObjectKey] {
        let keys = self[keyPath: path]
        guard !keys.isEmpty else { return [] }
        self[keyPath: path] = []
        return keys.count == 1 ? Array(keys) : keys.sorted()
    }

    /// Has the controller of the object's kind look at the object again; a kind without a controller is nobody's.
    mutating func mark(_ key: ObjectKey) {
        if key.kind == "Namespace" { namespaces.insert(key) }
        if Cluster.controlledKinds.contains(key.kind) { controlled[key.kind, default: []].insert(key) }
    }

    /// The marked objects of a kind, sorted; none is marked then.
    mutating func takeControlled(_ kind: String) -> [ObjectKey] { controlled.removeValue(forKey: kind)?.sorted() ?? [] }
}
