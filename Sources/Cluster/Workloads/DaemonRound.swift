// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Where the Pods of a DaemonSet are, and where they should be.
struct DaemonRound: Sendable {
    private let set: DaemonSet
    private let hash: String
    /// The nodes that should have a Pod, sorted.
    private let wanted: [String]
    /// The nodes that may keep one that they have.
    private let bearing: Set<String>
    /// The Pods of each node that are not finished, or that failed; oldest first.
    private let byNode: [String: [PodFacts]]
    /// Those that have been ready for long enough.
    var available: Set<ObjectKey> = []

    init(_ set: DaemonSet, _ pods: [PodFacts], _ store: Store, hash: String) {
        self.set = set
        self.hash = hash
        let prototype = set.object.podOfTemplate(set.template).toleratingAsDaemon()
        let demands = PodDemands(prototype)
        let named = Pod(prototype).nodeName
        let nodes = store.objects("Node").map(NodeFacts.init)
            .filter { demands.selects($0) && (named == nil || named == $0.name) }
        let bearing = nodes.filter { demands.untolerated(on: $0, effects: ["NoExecute"]) == nil }
        self.bearing = Set(bearing.map(\.name))
        wanted = bearing.filter { demands.untolerated(on: $0, effects: ["NoSchedule"]) == nil }.map(\.name)
        let created = Dictionary(uniqueKeysWithValues: pods.map { ($0.key, store[$0.key]?.creationTimestamp ?? "") })
        let sorted = pods.sorted { (created[$0.key] ?? "", $0.key) < (created[$1.key] ?? "", $1.key) }
        byNode = Dictionary(grouping: sorted) { $0.node ?? store[$0.key]?.pinnedNode ?? "" }
    }

    private func staying(on node: String) -> [PodFacts] {
        (byNode[node] ?? []).filter { !$0.isTerminating && !$0.isFinished }
    }

    private func isNew(_ pod: PodFacts) -> Bool { pod.labels[ControllerRevisions.hashLabel] == hash }

    /// Pods on nodes that should have none, finished Pods, and Pods beyond the one that a node should have.
    var unwanted: [PodFacts] {
        byNode.sorted { $0.key < $1.key }.flatMap { node, pods -> [PodFacts] in
            let finished = pods.filter { $0.isFinished && !$0.isTerminating }
            let staying = staying(on: node)
            guard bearing.contains(node) else { return finished + staying }
            return finished + surplus(staying)
        }
    }

    /// Of several Pods on a node the oldest stays; of an old and a new one the old until the new is available.
    private func surplus(_ pods: [PodFacts]) -> [PodFacts] {
        guard pods.count > 1 else { return [] }
        let (new, old) = (pods.filter(isNew), pods.filter { !isNew($0) })
        guard surge > 0, let first = new.first, let kept = old.first else { return Array(pods.dropFirst()) }
        let rest = new.dropFirst() + old.dropFirst()
        return Array(rest) + (available.contains(first.key) ? [kept] : [])
    }

    /// Nodes that should have a Pod and have none, not even one on its way out.
    var nodesWithoutPod: [String] { wanted.filter { byNode[$0]?.allSatisfy(\.isFinished) ?? true } }

    private var surge: Int {
        guard case .rollingUpdate(let surge, _) = set.updateStrategy else { return 0 }
        return surge.resolved(of: wanted.count, roundingUp: true)
    }

    /// Old Pods whose end the update's bounds allow now: those that are not available anyway first.
    var toRenew: [PodFacts] {
        guard case .rollingUpdate(_, let unavailable) = set.updateStrategy, surge == 0 else { return [] }
        let limit = max(1, unavailable.resolved(of: wanted.count, roundingUp: true))
        let kept = wanted.compactMap { staying(on: $0).first }
        let old = kept.filter { !isNew($0) }
        let down = wanted.count { node in !staying(on: node).contains { available.contains($0.key) } }
        let useless = old.filter { !available.contains($0.key) }
        let useful = old.filter { available.contains($0.key) }
        return useless + useful.prefix(max(0, limit - down))
    }

    /// Nodes whose old Pod may have a new one beside it.
    func nodesForSurge(ending: [PodFacts]) -> [String] {
        guard surge > 0 else { return [] }
        let gone = Set(ending.map(\.key))
        let pairs = wanted.filter { staying(on: $0).contains(where: isNew) && staying(on: $0).count > 1 }
        let ready = wanted.filter { node in
            let pods = staying(on: node)
            return !pods.isEmpty && !pods.contains(where: isNew) && !pods.contains { gone.contains($0.key) }
        }
        return Array(ready.prefix(max(0, surge - pairs.count)))
    }

    func status(of object: Object) -> Value {
        let kept = wanted.compactMap { node in staying(on: node).first(where: isNew) ?? staying(on: node).first }
        let able = kept.count { available.contains($0.key) }
        let misplaced = byNode.keys.count { !wanted.contains($0) && !staying(on: $0).isEmpty }
        var status = object.status
        for (name, count) in [
            ("currentNumberScheduled", kept.count), ("numberMisscheduled", misplaced),
            ("desiredNumberScheduled", wanted.count), ("numberReady", kept.count(where: \.isReady)),
        ] {
            status[name] = .int(Int64(count))
        }
        status.setCounts([
            ("observedGeneration", object.generation), ("updatedNumberScheduled", kept.count(where: isNew)),
            ("numberAvailable", able), ("numberUnavailable", wanted.count - able),
        ])
        return status
    }
}
