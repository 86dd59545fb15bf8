// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Drives Pods off a node whose taints of effect `NoExecute` they do not bear, or no longer.
struct TaintEviction: Controller {
    static let kind = "Node"
    static let adoptsPods = false

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
        let entries = object.spec["taints"]?.elements ?? []
        guard entries.contains(where: { $0["effect"] == "NoExecute" }) else { return [] }
        var result = object
        result.value["spec", "taints"] = .array(entries.map(stamped))
        let writes: [Write] = [.replace(result)]
        let taints = zip(Node(result).taints, result.spec["taints"]?.elements ?? []).filter {
            $0.0.effect == "NoExecute"
        }
        return writes
            + podsOn(object.name).flatMap { pod -> [Write] in
                guard let moment = end(of: pod, taints) else { return [] }
                guard moment <= now else {
                    wakeAt = min(wakeAt ?? moment, moment)
                    return []
                }
                let message = "Marking for deletion Pod \(pod.key.namespace)/\(pod.key.name)"
                return [
                    .record(
                        EventNote(
                            .normal, "TaintManagerEviction", message, about: pod.key, from: "taint-eviction-controller")
                    ),
                    .delete(pod.key),
                ]
            }
    }

    /// From when on a taint counts is kept in the taint.
    private func stamped(_ taint: Value) -> Value {
        guard taint["effect"] == "NoExecute", taint["timeAdded"]?.string == nil else { return taint }
        var taint = taint
        taint["timeAdded"] = .string(now.description)
        return taint
    }

    private func podsOn(_ node: String) -> [PodFacts] {
        index.pods.values.filter { $0.node == node && $0.isActive }.sorted { $0.key < $1.key }
    }

    /// When the first of the taints drives the Pod away; nil if it bears them all for ever.
    private func end(of pod: PodFacts, _ taints: [(Taint, Value)]) -> Timestamp? {
        guard let object = store[pod.key] else { return nil }
        let tolerations = Tolerations(object.spec["tolerations"])
        let bound = object.condition("PodScheduled")?.lastTransitionTime
        return taints.compactMap { taint, entry -> Timestamp? in
            guard let seconds = tolerations.seconds(bearing: taint) else { return nil }
            let added = entry["timeAdded"]?.string.flatMap { Timestamp($0) } ?? now
            let start = max(added, bound ?? added)
            return start.advanced(milliseconds: Int64(min(seconds, 315_360_000)) * 1000)
        }.min()
    }
}
