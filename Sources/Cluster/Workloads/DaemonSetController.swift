// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Keeps one Pod of a DaemonSet on each node that its template may have.
struct DaemonSetController: Controller {
    static let kind = "DaemonSet"

    let store: Store
    let index: ClusterIndex
    let now: Timestamp
    private(set) var wakeAt: Timestamp?

    init(store: Store, index: ClusterIndex, now: Timestamp) {
        self.store = store
        self.index = index
        self.now = now
    }

    mutating func reconcile(_ object: Object, _ numbers: inout RandomNumbers) -> [Write] {
        let set = DaemonSet(object)
        let pods = OwnedPods(object, store, index) { _ in true }
        let revisions = ControllerRevisions(of: object, store)
        var round = DaemonRound(set, pods.sorted, store, hash: revisions.currentHash)
        for pod in pods.all where pod.isAvailable(at: now, minReadySeconds: set.minReadySeconds, &wakeAt) {
            round.available.insert(pod.key)
        }
        var writes = pods.writes + revisions.writes
        let unwanted = round.unwanted
        writes += unwanted.flatMap { deletion($0, object) }
        let missing = round.nodesWithoutPod
        var ending = unwanted
        if missing.isEmpty, unwanted.isEmpty {
            let old = round.toRenew
            ending = old
            writes += old.flatMap { deletion($0, object) }
        }
        writes += creations(on: missing + round.nodesForSurge(ending: ending), set, revisions, &numbers)
        if writes.isEmpty {
            let live = Set(pods.all.compactMap { $0.labels[ControllerRevisions.hashLabel] })
            writes += revisions.retire(limit: set.revisionHistoryLimit, live: live)
        }
        var result = object
        result.status = round.status(of: object)
        return writes + [.replace(result)]
    }

    private func deletion(_ pod: PodFacts, _ owner: Object) -> [Write] {
        var writes: [Write] = [.delete(pod.key)]
        if pod.phase == .failed {
            let message =
                "Found failed daemon pod \(pod.key.namespace)/\(pod.key.name) on node \(pod.node ?? ""), "
                + "will try to kill it"
            writes.insert(note(owner, .warning, "FailedDaemonPod", message), at: 0)
        }
        return writes + [note(owner, .normal, "SuccessfulDelete", "Deleted pod: \(pod.key.name)")]
    }

    private func note(_ owner: Object, _ kind: EventNote.Kind, _ reason: String, _ message: String) -> Write {
        .record(EventNote(kind, reason, message, about: owner.key, from: "daemonset-controller"))
    }

    private func creations(
        on nodes: [String], _ set: DaemonSet, _ revisions: ControllerRevisions, _ numbers: inout RandomNumbers
    ) -> [Write] {
        guard !nodes.isEmpty, store.takesNewObjects(namespace: set.namespace) else { return [] }
        var prototype = set.object.podOfTemplate(set.template).toleratingAsDaemon()
        prototype.labels[ControllerRevisions.hashLabel] = revisions.currentHash
        prototype.labels["pod-template-generation"] = String(set.object.generation)
        var names = PodNames(set.name + "-", namespace: set.namespace, store: store)
        return nodes.flatMap { node -> [Write] in
            var pod = prototype.pinned(to: node)
            pod.name = names.next(&numbers)
            return [.create(pod), note(set.object, .normal, "SuccessfulCreate", "Created pod: \(pod.name)")]
        }
    }
}

extension Object {
    /// A daemon puts up with what ails its node.
    func toleratingAsDaemon() -> Object {
        var pod = self
        let ailments = [
            ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"),
            ("memory-pressure", "NoSchedule"), ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule"),
        ]
        let isHostNetwork = pod.spec["hostNetwork"]?.bool ?? false
        let more = isHostNetwork ? [("network-unavailable", "NoSchedule")] : []
        let daemon = (ailments + more).map { name, effect -> Value in
            ["key": .string("node.kubernetes.io/\(name)"), "operator": "Exists", "effect": .string(effect)]
        }
        // The same key and effect with an end to it gives way.
        let own = (pod.spec["tolerations"]?.elements ?? []).filter { entry in
            !daemon.contains { $0["key"] == entry["key"] && $0["effect"] == entry["effect"] }
        }
        pod.value["spec", "tolerations"] = .array(own + daemon)
        return pod
    }

    /// The Pod as the scheduler must put it on one node, and on no other.
    func pinned(to node: String) -> Object {
        var pod = self
        let field = "requiredDuringSchedulingIgnoredDuringExecution"
        let name: Value = ["key": "metadata.name", "operator": "In", "values": [.string(node)]]
        let terms = pod.spec["affinity", "nodeAffinity", field, "nodeSelectorTerms"]?.elements ?? []
        pod.value["spec", "affinity", "nodeAffinity", field, "nodeSelectorTerms"] =
            terms.isEmpty
            ? [["matchFields": [name]]]
            : .array(
                terms.map { term in
                    var term = term
                    term["matchFields"] = [name]
                    return term
                })
        return pod
    }

    /// The node that `pinned` names; nil for other Pods.
    var pinnedNode: String? {
        let terms = value[
            "spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"]
        for field in terms?.elements.first?["matchFields"]?.elements ?? [] where field["key"] == "metadata.name" {
            return field["values"]?.elements.first?.string
        }
        return nil
    }
}
