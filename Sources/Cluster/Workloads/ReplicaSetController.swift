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
        let pods = OwnedPods(object, store, index)
        let active = pods.active
        var writes = pods.writes
        let wanted = replicaSet.replicas
        if active.count < wanted { writes += creations(wanted - active.count, object, &numbers) }
        if active.count > wanted { writes += deletions(active.count - wanted, of: active, object) }
        let leaving = pods.all.count { $0.isTerminating && !$0.isFinished }
        return writes + [.replace(withStatus(object, active, leaving, minReadySeconds: replicaSet.minReadySeconds))]
    }

    private func creations(_ count: Int, _ owner: Object, _ numbers: inout RandomNumbers) -> [Write] {
        guard store.takesNewObjects(namespace: owner.namespace) else { return [] }
        let prototype = owner.podOfTemplate(ReplicaSet(owner).template)
        var names = PodNames(owner.name + "-", namespace: owner.namespace, store: store)
        return (0..<min(count, podsInOneStep)).flatMap { _ -> [Write] in
            var pod = prototype
            pod.name = names.next(&numbers)
            return [.create(pod), note("SuccessfulCreate", "Created pod: \(pod.name)", owner)]
        }
    }

    private func note(_ reason: String, _ message: String, _ owner: Object) -> Write {
        let component = owner.kind == "ReplicaSet" ? "replicaset-controller" : "replication-controller"
        return .record(EventNote(.normal, reason, message, about: owner.key, from: component))
    }

    private func deletions(_ count: Int, of pods: [PodFacts], _ owner: Object) -> [Write] {
        let neighbours = related(to: owner, pods).reduce(into: [String: Int]()) { $0[$1.node ?? "", default: 0] += 1 }
        return pods.map { PodToSpare($0, store[$0.key], neighbours: neighbours[$0.node ?? ""] ?? 0) }
            .sorted().prefix(count).flatMap {
                [.delete($0.pod.key), note("SuccessfulDelete", "Deleted pod: \($0.pod.key.name)", owner)]
            }
    }

    /// The active Pods of all ReplicaSets of the same Deployment: a node is crowded by them too.
    private func related(to owner: Object, _ pods: [PodFacts]) -> [PodFacts] {
        guard let above = owner.controller?.uid else { return pods }
        let siblings = store.dependents(ofUID: above).filter { $0 != owner.key && $0.kind == owner.kind }
        return siblings.compactMap { store[$0]?.uid }.reduce(into: pods) { all, uid in
            all += store.dependents(ofUID: uid).compactMap { index.pods[$0] }.filter(\.isActive)
        }
    }

    private mutating func withStatus(
        _ object: Object, _ pods: [PodFacts], _ leaving: Int, minReadySeconds: Int
    ) -> Object {
        var available = 0
        var ready = 0
        for pod in pods where pod.isReady {
            ready += 1
            if pod.isAvailable(at: now, minReadySeconds: minReadySeconds, &wakeAt) { available += 1 }
        }
        let template = ReplicaSet(object).template["metadata"]?["labels"]?.strings ?? [:]
        let labelled = pods.count { pod in template.allSatisfy { pod.labels[$0.key] == $0.value } }
        var result = object
        var status = object.status
        status.setCounts([
            ("fullyLabeledReplicas", labelled), ("readyReplicas", ready), ("availableReplicas", available),
            ("observedGeneration", object.generation),
        ])
        status["replicas"] = .int(Int64(pods.count))
        if object.kind == "ReplicaSet" { status["terminatingReplicas"] = .int(Int64(leaving)) }
        result.status = status
        return result
    }
}

extension ReplicaSetController {
    /// True for owners that only count their Pods: not every change of one of many is worth another count.
    static func counts(for owner: OwnerReference?) -> Bool {
        owner?.keyKind == ReplicaSetController.kind || owner?.keyKind == ReplicationManager.kind
    }
}

extension PodFacts {
    /// True if a ReplicaSet that counted the Pod before counts the same now.
    func counts(as other: PodFacts) -> Bool {
        isActive == other.isActive && isReady == other.isReady && readySince == other.readySince
            && isTerminating == other.isTerminating && isFinished == other.isFinished && labels == other.labels
            && controller == other.controller
    }
}

/// Keeps as many Pods as a ReplicationController asks for, the way a ReplicaSet's are kept.
struct ReplicationManager: Controller {
    static let kind = "ReplicationController"

    private var manager: ReplicaSetController
    var wakeAt: Timestamp? { manager.wakeAt }

    init(store: Store, index: ClusterIndex, now: Timestamp) {
        manager = ReplicaSetController(store: store, index: index, now: now)
    }

    mutating func reconcile(_ object: Object, _ numbers: inout RandomNumbers) -> [Write] {
        manager.reconcile(object, &numbers)
    }
}
