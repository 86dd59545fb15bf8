// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes
internal import Net

/// What a change does: to the rules of every node, and to where connections to Services go.
///
///     let comparison = PlanComparison(from: before, to: after)
///     comparison.isEmpty        // true: no rule and no journey is another
public struct PlanComparison: Sendable {
    /// The changes of one chain, set or map, and the namespaces in which they are the same.
    public struct RuleChange: Sendable, Hashable {
        /// The nodes, or the edge.
        public var namespaces: [NamespaceName]
        /// What changes there.
        public var section: RuleDifference.Section
    }

    /// Walks to one port of a Service that end otherwise than before.
    public struct JourneyChange: Sendable, Hashable {
        /// Where they begin: `host`, `pod web/a`.
        public var origins: [String]
        /// Whose port it is.
        public var service: ObjectKey
        /// What is knocked at, as `cluster address, port 80/TCP`.
        public var door: String
        /// Where they ended; nil if there was no such door.
        public var before: Arrival?
        /// Where they end now; nil if there is no such door any more.
        public var after: Arrival?
    }

    /// A Pod that goes or comes.
    public struct PodChange: Sendable, Hashable {
        /// True for one that comes.
        public var isAdded: Bool
        /// The Pod.
        public var pod: ObjectKey
        /// Its node, and its addresses there.
        public var node: String
        /// The addresses.
        public var addresses: [String]
    }

    /// The rules that change, by table and place.
    public var rules: [RuleChange] = []
    /// The walks that change, by Service and door.
    public var journeys: [JourneyChange] = []
    /// The Pods that go, then those that come.
    public var pods: [PodChange] = []
    /// How many walks were held against each other.
    public var walked = 0
    /// How many were not, for there are too many.
    public var omitted = 0

    /// True if rules and journeys are the same.
    public var isEmpty: Bool { rules.isEmpty && journeys.isEmpty }

    /// Compares two states of a cluster.
    /// - Parameters:
    ///   - service: only what this Service has, and walks to it.
    ///   - limit: at most so many walks are held against each other.
    public init(from old: Cluster, to new: Cluster, service: ObjectKey? = nil, limit: Int = 20_000) {
        rules = PlanComparison.rules(old, new, service)
        pods = old.placedPods(missingIn: new, isAdded: false) + new.placedPods(missingIn: old, isAdded: true)
        let walks = WalkComparison(old, new, services: service.map { [$0] } ?? old.affected(by: rules, in: new), limit)
        (journeys, walked, omitted) = (walks.changes, walks.walked, walks.omitted)
    }

    private static func rules(_ old: Cluster, _ new: Cluster, _ service: ObjectKey?) -> [RuleChange] {
        struct Kind: Hashable {
            var table: String
            var place: String
            var texts: [String]
        }
        let part = service.map { Ruleset.partName(service: "\($0.namespace)/\($0.name)") }
        var order: [Kind] = []
        var changes: [Kind: RuleChange] = [:]
        for name in Set(old.plan.namespaces.keys).union(new.plan.namespaces.keys).sorted() {
            let difference = RuleDifference(from: old.plan.namespaces[name], to: new.plan.namespaces[name])
            for var section in difference.sections {
                if let part { section.changes = section.changes.filter { $0.line.part == part } }
                guard !section.changes.isEmpty else { continue }
                let texts = section.changes.map { ($0.isAdded ? "+" : "-") + $0.line.text }
                let kind = Kind(table: section.table, place: section.place, texts: texts)
                if changes[kind] == nil { order.append(kind) }
                changes[kind, default: RuleChange(namespaces: [], section: section)].namespaces.append(name)
            }
        }
        return order.compactMap { changes[$0] }
    }
}

extension Cluster {
    /// The Pods with a place of their own that another state of the cluster does not have.
    fileprivate func placedPods(missingIn other: Cluster, isAdded: Bool) -> [PlanComparison.PodChange] {
        nodes.placements.filter { other.nodes.placements[$0.key]?.pod != $0.value.pod }.sorted { $0.key < $1.key }
            .map { key, placement in
                PlanComparison.PodChange(
                    isAdded: isAdded, pod: key, node: placement.node, addresses: placement.addresses.map(\.description))
            }
    }

    /// The Services to which walks may end otherwise; all of them if something changes that they share.
    fileprivate func affected(by rules: [PlanComparison.RuleChange], in new: Cluster) -> Set<ObjectKey> {
        let all = Set(store.keys("Service")).union(new.store.keys("Service"))
        guard configuration == new.configuration, !changesAnyWalk(rules),
            Set(store.keys("Node")) == Set(new.store.keys("Node"))
        else { return all }
        let slices = changedKeys("EndpointSlice", new).compactMap { key in
            (new.store[key] ?? store[key]).map(EndpointSlice.init)?.serviceName.map {
                ObjectKey("Service", key.namespace, $0)
            }
        }
        let parts = rules.flatMap { $0.section.changes.compactMap(\.line.part) }
        let services = Set(parts)
        let ruled = all.filter { services.contains(Ruleset.partName(service: "\($0.namespace)/\($0.name)")) }
        return ruled.union(slices).union(changedKeys("Service", new)).intersection(all)
    }

    /// True for a change of what no single Service has: a host port stands before all node ports, say.
    private func changesAnyWalk(_ rules: [PlanComparison.RuleChange]) -> Bool {
        rules.contains { change in
            change.section.changes.contains { item in
                guard item.line.kind != .frame, let part = item.line.part else { return item.line.kind == .rule }
                return part.hasPrefix(Ruleset.partName(hostPorts: ""))
            }
        }
    }

    private func changedKeys(_ kind: String, _ new: Cluster) -> [ObjectKey] {
        Set(store.keys(kind)).union(new.store.keys(kind)).filter { store[$0]?.value != new.store[$0]?.value }
    }
}
