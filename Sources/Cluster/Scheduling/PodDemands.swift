// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What a Pod asks of its node, read once for all nodes.
struct PodDemands: Sendable {
    let key: ObjectKey
    let labels: [String: String]
    /// The uid of the Pod's controller; empty if it has none.
    let controller: String
    let isHostNetwork: Bool
    let tolerations: Tolerations
    let hostPorts: Set<HostPort>
    let requests: [String: Int64]
    let affinity: PodAffinity
    let spread: [SpreadConstraint]
    private let nodeSelector: [String: String]
    /// One of these must match; nil if nothing is asked.
    private let requiredTerms: [NodeSelectorTerm]?
    private let preferredTerms: [(weight: Int, term: NodeSelectorTerm)]

    init(_ pod: Object) {
        let view = Pod(pod)
        key = pod.key
        labels = pod.labels
        controller = pod.controller?.uid ?? ""
        isHostNetwork = view.isHostNetwork
        tolerations = Tolerations(pod.spec["tolerations"])
        hostPorts = HostPort.all(of: view)
        requests = ResourceAmounts.requests(of: pod)
        nodeSelector = view.nodeSelector
        affinity = PodAffinity(pod)
        spread = SpreadConstraint.all(of: pod)
        let nodes = pod.spec["affinity"]?["nodeAffinity"]
        requiredTerms = nodes?["requiredDuringSchedulingIgnoredDuringExecution"]?["nodeSelectorTerms"]?.elements
            .map { NodeSelectorTerm($0) }
        preferredTerms = (nodes?["preferredDuringSchedulingIgnoredDuringExecution"]?.elements ?? []).map {
            (weight: $0["weight"]?.int ?? 0, term: NodeSelectorTerm($0["preference"]))
        }
    }

    /// True if the Pod's nodeSelector and required node affinity allow the node.
    func selects(_ node: NodeFacts) -> Bool {
        nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
            && (requiredTerms.map { terms in terms.contains { $0.matches(node) } } ?? true)
    }

    /// The first taint with one of these effects that the Pod does not put up with.
    func untolerated(on node: NodeFacts, effects: Set<String>) -> Taint? {
        node.taints.first { effects.contains($0.effect) && !tolerations.tolerate($0) }
    }

    /// Why the node will not do whatever else runs there; nil if it may.
    func objection(to node: NodeFacts) -> String? {
        let cordon = Taint(key: "node.kubernetes.io/unschedulable", value: "", effect: "NoSchedule")
        if node.isUnschedulable, !tolerations.tolerate(cordon) { return "node(s) were unschedulable" }
        if untolerated(on: node, effects: ["NoSchedule", "NoExecute"]) != nil {
            return "node(s) had untolerated taint(s)"
        }
        return selects(node) ? nil : "node(s) didn't match Pod's node affinity/selector"
    }

    /// Why the node has no room; nil if it has.
    func objection(to node: NodeFacts, holding state: NodeState) -> String? {
        if hostPorts.contains(where: { state.hasConflict(with: $0) }) {
            return "node(s) didn't have free ports for the requested pod ports"
        }
        let isFull = isHostNetwork ? false : state.hasNoAddress
        if isFull || state.podCount >= state.podCapacity { return "Too many pods" }
        for (name, amount) in requests.sorted(by: { $0.key < $1.key }) where amount > 0 {
            guard let limit = node.allocatable[name] else { continue }
            if state.requested[name, default: 0] > limit - amount { return "Insufficient \(name)" }
        }
        return nil
    }

    /// How much the Pod would like the node, as far as the node alone decides it.
    func preference(for node: NodeFacts) -> Int {
        let liked = preferredTerms.reduce(0) { $0 + ($1.term.matches(node) ? $1.weight : 0) }
        let disliked = node.taints.count { $0.effect == "PreferNoSchedule" && !tolerations.tolerate($0) }
        return liked - 300 * disliked
    }
}
