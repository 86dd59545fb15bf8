// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// How unevenly a Pod's like may be spread over a topology. The corresponding Go type is `TopologySpreadConstraint`.
struct SpreadConstraint: Sendable, Hashable {
    let topologyKey: String
    let maxSkew: Int
    let selector: LabelSelector
    /// With fewer topologies than this the rarest counts as empty.
    let minDomains: Int
    /// True if an uneven place is refused (`DoNotSchedule`), not just disliked.
    let isRequired: Bool
    let honorsAffinity: Bool
    let honorsTaints: Bool

    static func all(of pod: Object) -> [SpreadConstraint] {
        (pod.spec["topologySpreadConstraints"]?.elements ?? []).map { SpreadConstraint($0, of: pod) }
    }

    private init(_ value: Value, of pod: Object) {
        topologyKey = value["topologyKey"]?.string ?? ""
        maxSkew = value["maxSkew"]?.int ?? 1
        minDomains = value["minDomains"]?.int ?? 1
        isRequired = value["whenUnsatisfiable"]?.string != "ScheduleAnyway"
        honorsAffinity = value["nodeAffinityPolicy"]?.string != "Ignore"
        honorsTaints = value["nodeTaintsPolicy"]?.string == "Honor"
        var selector = LabelSelector(value["labelSelector"])
        for key in value["matchLabelKeys"]?.elements.compactMap(\.string) ?? [] {
            if let own = pod.labels[key] { selector.matchExpressions.append(LabelRequirement(key, .isIn, [own])) }
        }
        self.selector = selector
    }

    /// True if the node's topology counts for the Pod.
    func counts(_ node: NodeFacts, for demands: PodDemands) -> Bool {
        node.labels[topologyKey] != nil && (!honorsAffinity || demands.selects(node))
            && (!honorsTaints || demands.untolerated(on: node, effects: ["NoSchedule", "NoExecute"]) == nil)
    }
}

/// How a Pod's like is spread now.
struct SpreadCounts: Sendable {
    private let demands: PodDemands
    /// For each constraint, the Pods by topology value; values without Pods are there with 0.
    private var counts: [[String: Int]] = []

    init(_ demands: PodDemands, _ candidates: [String: NodeFacts], _ index: ClusterIndex, _ store: Store) {
        self.demands = demands
        for constraint in demands.spread {
            var places: [String: Int] = [:]
            for node in candidates.values where constraint.counts(node, for: demands) {
                if let place = node.labels[constraint.topologyKey] { places[place] = 0 }
            }
            let pods = index.pods(selectedBy: constraint.selector, namespace: demands.key.namespace, in: store)
            for pod in pods where !pod.isTerminating && !pod.isFinished {
                guard let node = pod.node.flatMap({ candidates[$0] }), constraint.counts(node, for: demands),
                    let place = node.labels[constraint.topologyKey]
                else { continue }
                places[place, default: 0] += 1
            }
            counts.append(places)
        }
    }

    func objection(to node: NodeFacts) -> String? {
        for (number, constraint) in demands.spread.enumerated() where constraint.isRequired {
            guard let place = node.labels[constraint.topologyKey] else {
                return "node(s) didn't match pod topology spread constraints (missing required label)"
            }
            if skew(at: place, number) > constraint.maxSkew {
                return "node(s) didn't match pod topology spread constraints"
            }
        }
        return nil
    }

    /// How much more crowded the place would be than the emptiest one.
    private func skew(at place: String, _ number: Int) -> Int {
        let constraint = demands.spread[number]
        let fewest = counts[number].count < constraint.minDomains ? 0 : counts[number].values.min() ?? 0
        let own = constraint.selector.matches(demands.labels) ? 1 : 0
        return counts[number][place, default: 0] + own - fewest
    }

    func preference(for node: NodeFacts) -> Int {
        demands.spread.enumerated().reduce(0) { sum, entry in
            guard !entry.element.isRequired else { return sum }
            guard let place = node.labels[entry.element.topologyKey] else { return sum - 1000 }
            return sum - 10 * skew(at: place, entry.offset)
        }
    }
}
