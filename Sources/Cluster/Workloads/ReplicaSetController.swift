// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Keeps as many Pods as a ReplicaSet asks for.
struct ReplicaSetController: Controller {
    static let kind = "ReplicaSet"

    let store: Store
    let index: ClusterIndex
    let now: Timestamp
    /// When a Pod that is ready now will have been so for `minReadySeconds`.
    private(set) var wakeAt: Timestamp?

    init(store: Store, index: ClusterIndex, now: Timestamp) {
        self.store = store
        self.index = index
        self.now = now
    }

    mutating func reconcile(_ object: Object, _ numbers: inout RandomNumbers) -> [Write] {
        let replicaSet = ReplicaSet(object)
        let selector = replicaSet.selector
        var writes: [Write] = []
        var mine: [PodFacts] = []
        for key in store.dependents(ofUID: object.uid) {
            guard let pod = index.pods[key], pod.controller?.uid == object.uid else { continue }
            if !selector.matches(pod.labels), !pod.isTerminating {
                writes += release(key, object)
            } else if pod.isActive {
                mine.append(pod)
            }
        }
        mine += adoptable(object, selector)
        writes += mine.filter { $0.controller == nil }.sorted { $0.key < $1.key }.flatMap { adopt($0.key, object) }
        let wanted = replicaSet.replicas
        if mine.count < wanted { writes += creations(wanted - mine.count, object, &numbers) }
        if mine.count > wanted { writes += deletions(mine.count - wanted, of: mine) }
        return writes + [.replace(withStatus(object, mine, minReadySeconds: replicaSet.minReadySeconds))]
    }

    /// A Pod whose labels no longer match runs on without a controller.
    private func release(_ pod: ObjectKey, _ owner: Object) -> [Write] {
        guard var object = store[pod] else { return [] }
        object.owners.removeAll { $0.uid == owner.uid }
        return [.replace(object)]
    }

    private func adoptable(_ object: Object, _ selector: LabelSelector) -> [PodFacts] {
        guard !object.isTerminating else { return [] }
        return (index.orphans[object.namespace] ?? []).compactMap { index.pods[$0] }
            .filter { $0.isActive && selector.matches($0.labels) }
    }

    private func adopt(_ pod: ObjectKey, _ owner: Object) -> [Write] {
        guard var object = store[pod] else { return [] }
        object.owners.append(OwnerReference(controller: owner))
        return [.replace(object)]
    }

    private func creations(_ count: Int, _ owner: Object, _ numbers: inout RandomNumbers) -> [Write] {
        guard store[ObjectKey("Namespace", "", owner.namespace)]?.isTerminating == false else { return [] }
        let prototype = ReplicaSetController.pod(of: owner)
        // Room for the five characters within a name's 63.
        let base = String(decoding: (owner.name + "-").utf8.prefix(58), as: UTF8.self)
        var taken: Set<String> = []
        var writes: [Write] = []
        while writes.count < count {
            let name = base + numbers.suffix()
            guard store[ObjectKey("Pod", owner.namespace, name)] == nil, taken.insert(name).inserted else { continue }
            var pod = prototype
            pod.name = name
            writes.append(.create(pod))
        }
        return writes
    }

    /// The Pod that a ReplicaSet's template describes, but for its name.
    private static func pod(of owner: Object) -> Object {
        let template = ReplicaSet(owner).template
        var metadata = template["metadata"]?.fields ?? [:]
        metadata["generateName"] = .string(owner.name + "-")
        metadata["namespace"] = .string(owner.namespace)
        metadata["creationTimestamp"] = nil
        var pod = Object([
            "apiVersion": "v1", "kind": "Pod", "metadata": .object(metadata), "spec": template["spec"] ?? .object([:]),
        ])
        pod.owners = [OwnerReference(controller: owner)]
        return pod.defaulted()
    }

    private func deletions(_ count: Int, of pods: [PodFacts]) -> [Write] {
        let neighbours = pods.reduce(into: [String: Int]()) { $0[$1.node ?? "", default: 0] += 1 }
        return pods.map { PodToSpare($0, store[$0.key], neighbours: neighbours[$0.node ?? ""] ?? 0) }
            .sorted().prefix(count).map { .delete($0.pod.key) }
    }

    private mutating func withStatus(_ object: Object, _ pods: [PodFacts], minReadySeconds: Int) -> Object {
        var available = 0
        var ready = 0
        for pod in pods where pod.isReady {
            ready += 1
            if isAvailable(pod, minReadySeconds) { available += 1 }
        }
        let template = ReplicaSet(object).template["metadata"]?["labels"]?.strings ?? [:]
        let labelled = pods.count { pod in template.allSatisfy { pod.labels[$0.key] == $0.value } }
        let status: [(String, Int)] = [
            ("replicas", pods.count), ("fullyLabeledReplicas", labelled), ("readyReplicas", ready),
            ("availableReplicas", available), ("observedGeneration", object.generation),
        ]
        var result = object
        var fields = object.value["status"]?.fields ?? [:]
        for (name, count) in status { fields[name] = count == 0 && name != "replicas" ? nil : .int(Int64(count)) }
        result.value["status"] = .object(fields)
        return result
    }

    private mutating func isAvailable(_ pod: PodFacts, _ minReadySeconds: Int) -> Bool {
        guard minReadySeconds > 0 else { return true }
        guard let since = pod.readySince else { return false }
        let moment = since.advanced(milliseconds: Int64(minReadySeconds) * 1000)
        if moment <= now { return true }
        wakeAt = min(wakeAt ?? moment, moment)
        return false
    }
}

/// A Pod with its place in the order in which Kubernetes deletes Pods: the least useful first.
private struct PodToSpare: Comparable {
    let pod: PodFacts
    private let deletionCost: Int
    private let neighbours: Int
    private let restarts: Int
    private let created: String

    init(_ pod: PodFacts, _ object: Object?, neighbours: Int) {
        self.pod = pod
        self.neighbours = neighbours
        deletionCost = object?.annotations["controller.kubernetes.io/pod-deletion-cost"].flatMap { Int($0) } ?? 0
        restarts =
            (object?.value["status", "containerStatuses"]?.elements ?? [])
            .map { $0["restartCount"]?.int ?? 0 }.max() ?? 0
        created = object?.creationTimestamp ?? ""
    }

    private var phaseRank: Int {
        switch pod.phase {
        case .pending: 0
        case .unknown: 1
        default: 2
        }
    }

    static func == (left: Self, right: Self) -> Bool { left.pod.key == right.pod.key }

    /// The corresponding Go type is `ActivePodsWithRanks`.
    static func < (left: Self, right: Self) -> Bool {
        if (left.pod.node == nil) != (right.pod.node == nil) { return left.pod.node == nil }
        if left.phaseRank != right.phaseRank { return left.phaseRank < right.phaseRank }
        if left.pod.isReady != right.pod.isReady { return right.pod.isReady }
        if left.deletionCost != right.deletionCost { return left.deletionCost < right.deletionCost }
        if left.neighbours != right.neighbours { return left.neighbours > right.neighbours }
        if let since = left.pod.readySince, let other = right.pod.readySince, left.pod.isReady, since != other {
            return since > other
        }
        if left.restarts != right.restarts { return left.restarts > right.restarts }
        if left.created != right.created { return left.created > right.created }
        return left.pod.key < right.pod.key
    }
}
