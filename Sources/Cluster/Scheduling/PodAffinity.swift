// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Which Pods a Pod wants near, and which far. The corresponding Go types are `PodAffinity` and `PodAntiAffinity`.
struct PodAffinity: Sendable {
    let near: [AffinityTerm]
    let far: [AffinityTerm]
    /// With weights: positive to be near, negative to be far.
    let preferred: [(weight: Int, term: AffinityTerm)]

    var isEmpty: Bool { near.isEmpty && far.isEmpty && preferred.isEmpty }

    init(_ pod: Object) {
        guard let affinity = pod.spec["affinity"] else {
            (near, far, preferred) = ([], [], [])
            return
        }
        let required = "requiredDuringSchedulingIgnoredDuringExecution"
        func terms(_ field: String) -> [AffinityTerm] {
            (affinity[field]?[required]?.elements ?? []).map { AffinityTerm($0, of: pod) }
        }
        func weighted(_ field: String, sign: Int) -> [(weight: Int, term: AffinityTerm)] {
            (affinity[field]?["preferredDuringSchedulingIgnoredDuringExecution"]?.elements ?? []).map {
                (weight: sign * ($0["weight"]?.int ?? 0), term: AffinityTerm($0["podAffinityTerm"] ?? .null, of: pod))
            }
        }
        near = terms("podAffinity")
        far = terms("podAntiAffinity")
        preferred = weighted("podAffinity", sign: 1) + weighted("podAntiAffinity", sign: -1)
    }
}

/// Some Pods, and how near is near. The corresponding Go type is `PodAffinityTerm`.
struct AffinityTerm: Sendable, Hashable {
    /// The node label whose value two nodes must share to be near each other.
    let topologyKey: String
    let selector: LabelSelector
    private let matchesNothing: Bool
    private let namespaces: Set<String>
    /// Labels of namespaces whose Pods count too; nil if only the named namespaces do.
    private let namespaceSelector: LabelSelector?

    init(_ value: Value, of pod: Object) {
        topologyKey = value["topologyKey"]?.string ?? ""
        var selector = LabelSelector(value["labelSelector"])
        // The Pod's own values of these labels take part.
        for (field, isIn) in [("matchLabelKeys", true), ("mismatchLabelKeys", false)] {
            for key in value[field]?.elements.compactMap(\.string) ?? [] {
                guard let own = pod.labels[key] else { continue }
                selector.matchExpressions.append(LabelRequirement(key, isIn ? .isIn : .notIn, [own]))
            }
        }
        self.selector = selector
        matchesNothing = value["labelSelector"] == nil || value["labelSelector"] == .null
        let named = Set(value["namespaces"]?.elements.compactMap(\.string) ?? [])
        let hasSelector = value["namespaceSelector"] != nil && value["namespaceSelector"] != .null
        namespaceSelector = hasSelector ? LabelSelector(value["namespaceSelector"]) : nil
        namespaces = named.isEmpty && !hasSelector ? [pod.namespace] : named
    }

    func matches(_ labels: [String: String], namespace: String, in store: Store) -> Bool {
        guard !matchesNothing, selector.matches(labels) else { return false }
        if namespaces.contains(namespace) { return true }
        guard let namespaceSelector else { return false }
        return namespaceSelector.matches(store[ObjectKey("Namespace", "", namespace)]?.labels ?? [:])
    }
}

/// What a Pod's affinity finds in the cluster: for each term, how many fitting Pods there are by topology value.
struct AffinityCounts: Sendable {
    private let demands: PodDemands
    private var near: [[String: Int]]
    private var far: [[String: Int]]
    private var preferred: [[String: Int]]
    /// Topologies that Pods of others keep this one away from, by node label.
    private var refused: [String: Set<String>] = [:]

    init(
        _ demands: PodDemands, _ nodes: Nodes, _ candidates: [String: NodeFacts], _ index: ClusterIndex, _ store: Store
    ) {
        self.demands = demands
        near = demands.affinity.near.map { _ in [:] }
        far = demands.affinity.far.map { _ in [:] }
        preferred = demands.affinity.preferred.map { _ in [:] }
        if !demands.affinity.isEmpty {
            for (key, placement) in nodes.placements {
                guard let node = candidates[placement.node], let pod = index.pods[key], !pod.isFinished else {
                    continue
                }
                count(pod, on: node, store)
            }
        }
        for (key, terms) in nodes.shunning {
            guard let node = nodes.placements[key].flatMap({ candidates[$0.node] }) else { continue }
            for term in terms where term.matches(demands.labels, namespace: demands.key.namespace, in: store) {
                guard let place = node.labels[term.topologyKey] else { continue }
                refused[term.topologyKey, default: []].insert(place)
            }
        }
    }

    private mutating func count(_ pod: PodFacts, on node: NodeFacts, _ store: Store) {
        func add(_ terms: [AffinityTerm], to counts: inout [[String: Int]]) {
            for (number, term) in terms.enumerated() {
                guard let place = node.labels[term.topologyKey],
                    term.matches(pod.labels, namespace: pod.key.namespace, in: store)
                else { continue }
                counts[number][place, default: 0] += 1
            }
        }
        add(demands.affinity.near, to: &near)
        add(demands.affinity.far, to: &far)
        add(demands.affinity.preferred.map(\.term), to: &preferred)
    }

    /// Why the node is too far from what the Pod wants near, or too near to what it wants far; nil if it is neither.
    func objection(to node: NodeFacts, _ store: Store) -> String? {
        for (number, term) in demands.affinity.near.enumerated() {
            let place = node.labels[term.topologyKey]
            let isNear = place.map { near[number][$0, default: 0] > 0 } ?? false
            // The first of a group that wants to be together may be anywhere.
            let isFirst =
                near.allSatisfy(\.isEmpty)
                && term.matches(demands.labels, namespace: demands.key.namespace, in: store)
            if !isNear, !(isFirst && place != nil) { return "node(s) didn't match pod affinity rules" }
        }
        for (number, term) in demands.affinity.far.enumerated() {
            guard let place = node.labels[term.topologyKey], far[number][place, default: 0] > 0 else { continue }
            return "node(s) didn't match pod anti-affinity rules"
        }
        for (key, places) in refused where node.labels[key].map(places.contains) ?? false {
            return "node(s) didn't satisfy existing pods anti-affinity rules"
        }
        return nil
    }

    /// How much the Pod would like to be there for its neighbours' sake.
    func preference(for node: NodeFacts) -> Int {
        demands.affinity.preferred.enumerated().reduce(0) { sum, entry in
            guard let place = node.labels[entry.element.term.topologyKey] else { return sum }
            return sum + entry.element.weight * preferred[entry.offset][place, default: 0]
        }
    }
}
