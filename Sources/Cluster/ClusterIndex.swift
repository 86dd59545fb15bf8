// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Who belongs to whom, kept up to date with every write so that no controller ever looks through all objects.
struct ClusterIndex: Sendable {
    private(set) var pods: [ObjectKey: PodFacts] = [:]
    /// Pods without a controller, by namespace.
    private(set) var orphans: [String: Set<ObjectKey>] = [:]
    /// ReplicaSets without a controller, by namespace.
    private var orphanSets: [String: Set<ObjectKey>] = [:]
    /// What has become of the Pods of each Job, by the Job's uid.
    private(set) var jobs: [String: JobRecord] = [:]
    private(set) var slices: [ObjectKey: SliceFacts] = [:]
    /// Until when namespaces that are to end keep their contents.
    var namespaceEnds: [ObjectKey: Timestamp] = [:]
    private(set) var slicesOfService: [ObjectKey: Set<ObjectKey>] = [:]
    private var selectors: [ObjectKey: Selection] = [:]
    private var servicesByLabel: [LabelPair: Set<ObjectKey>] = [:]

    /// A Service's selector, and the one of its labels under which the Service is found.
    private struct Selection: Sendable {
        var labels: [String: String]
        var pair: LabelPair
    }

    mutating func setPod(_ key: ObjectKey, _ facts: PodFacts?, now: Timestamp) {
        if let facts, facts.isFinished, let owner = facts.controller, owner.keyKind == "Job" {
            jobs[owner.uid, default: JobRecord()].count(facts, before: pods[key], now: now)
        }
        pods[key] = facts
        if let facts, facts.controller == nil {
            orphans[key.namespace, default: []].insert(key)
        } else {
            orphans.remove(key, from: key.namespace)
        }
    }

    /// Keeps what is found by other ways than an object's own key.
    mutating func setOwned(_ event: StoreEvent) {
        let key = event.key
        if key.kind == "ReplicaSet" {
            if let set = event.new, set.controller == nil {
                orphanSets[key.namespace, default: []].insert(key)
            } else {
                orphanSets.remove(key, from: key.namespace)
            }
        } else if key.kind == "Job", event.kind == .deleted, let uid = event.old?.uid {
            jobs[uid] = nil
        }
    }

    /// The ReplicaSets of a namespace that nobody controls, sorted.
    func orphanSets(namespace: String) -> [ObjectKey] { (orphanSets[namespace] ?? []).sorted() }

    mutating func setSlice(_ key: ObjectKey, _ facts: SliceFacts?) {
        let old = slices[key]
        slices[key] = facts
        guard old?.service != facts?.service else { return }
        if let old { slicesOfService.remove(key, from: old.service) }
        if let facts { slicesOfService[facts.service, default: []].insert(key) }
    }

    /// Files a Service under the label of its selector that the fewest other Services are filed under.
    mutating func setSelector(_ key: ObjectKey, _ labels: [String: String]?) {
        if let old = selectors[key] {
            guard old.labels != labels else { return }
            servicesByLabel.remove(key, from: old.pair)
            selectors[key] = nil
        }
        guard let labels else { return }
        let pairs = labels.map { LabelPair(key.namespace, $0.key, $0.value) }.sorted()
        guard let pair = pairs.min(by: { count($0) < count($1) }) else { return }
        selectors[key] = Selection(labels: labels, pair: pair)
        servicesByLabel[pair, default: []].insert(key)
    }

    private func count(_ pair: LabelPair) -> Int { servicesByLabel[pair]?.count ?? 0 }

    /// The Services that select Pods with these labels, in no order.
    func services(selecting labels: [String: String], namespace: String) -> [ObjectKey] {
        var found: [ObjectKey] = []
        for (key, value) in labels {
            for service in servicesByLabel[LabelPair(namespace, key, value)] ?? [] {
                guard let wanted = selectors[service]?.labels else { continue }
                if wanted.allSatisfy({ labels[$0.key] == $0.value }) { found.append(service) }
            }
        }
        return found
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
