// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Chooses a node for each Pod: among those that the Pod may have, the one that it likes best, then where the fewest
/// Pods of the same controller run, then the fewest Pods, then by name.
struct Scheduler {
    private let candidates: [NodeFacts]
    private let byName: [String: NodeFacts]

    init(store: Store) {
        candidates = store.objects("Node").map(NodeFacts.init)
        byName = Dictionary(candidates.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Why no node would do; the text is Kubernetes' own.
    struct Unschedulable: Error {
        var message: String
    }

    /// Where a node stands among those that would do: the smallest comes first.
    private struct Rank {
        let dislike: Int
        let own: Int
        let all: Int
        let name: String

        static func < (left: Rank, right: Rank) -> Bool {
            (left.dislike, left.own, left.all, left.name) < (right.dislike, right.own, right.all, right.name)
        }
    }

    func choose(for pod: Object, _ nodes: Nodes, _ index: ClusterIndex, _ store: Store) throws(Unschedulable) -> String
    {
        let demands = PodDemands(pod)
        let hasNeighbours = !demands.affinity.isEmpty || !nodes.shunning.isEmpty
        let affinity = hasNeighbours ? AffinityCounts(demands, nodes, byName, index, store) : nil
        let spread = demands.spread.isEmpty ? nil : SpreadCounts(demands, byName, index, store)
        var best: Rank?
        var reasons: [String: Int] = [:]
        for node in candidates {
            guard let state = nodes.states[node.name] else { continue }
            let reason =
                demands.objection(to: node) ?? demands.objection(to: node, holding: state)
                ?? spread?.objection(to: node) ?? affinity?.objection(to: node, store)
            if let reason {
                reasons[reason, default: 0] += 1
                continue
            }
            var liking = demands.preference(for: node)
            if let affinity { liking += affinity.preference(for: node) }
            if let spread { liking += spread.preference(for: node) }
            let own = state.controllers[demands.controller] ?? 0
            let rank = Rank(dislike: -liking, own: own, all: state.podCount, name: node.name)
            if best.map({ rank < $0 }) ?? true { best = rank }
        }
        guard let best else { throw Unschedulable(message: Scheduler.message(reasons, of: candidates.count)) }
        return best.name
    }

    private static func message(_ reasons: [String: Int], of count: Int) -> String {
        guard count > 0 else { return "no nodes available to schedule pods" }
        let texts = reasons.map { "\($0.value) \($0.key)" }.sorted()
        return "0/\(count) nodes are available: \(texts.joined(separator: ", "))."
    }
}
