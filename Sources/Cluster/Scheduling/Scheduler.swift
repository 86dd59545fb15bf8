// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What the scheduler and the load balancer ask about a Node object.
struct NodeFacts: Sendable, Hashable {
    let name: String
    let labels: [String: String]
    let isReady: Bool
    let isUnschedulable: Bool
    let taints: [Taint]
    let address: Address?

    init(_ object: Object) {
        let node = Node(object)
        name = object.name
        labels = object.labels
        isReady = node.isReady
        isUnschedulable = node.isUnschedulable
        taints = node.taints
        address = node.internalAddress
    }

    /// D63: whether the load balancer sends connections to the node.
    var takesExternalTraffic: Bool {
        isReady && labels["node.kubernetes.io/exclude-from-external-load-balancers"] == nil
            && !taints.contains { $0.key == "ToBeDeletedByClusterAutoscaler" }
    }
}

/// Chooses a node for each Pod: where the fewest Pods of the same controller run, then the fewest Pods, then by name.
struct Scheduler {
    let candidates: [NodeFacts]

    init(store: Store) { candidates = store.objects("Node").map(NodeFacts.init) }

    /// Why no node would do; the text is Kubernetes' own.
    struct Unschedulable: Error {
        var message: String
    }

    func choose(for pod: Object, states: [String: NodeState]) throws(Unschedulable) -> String {
        let view = Pod(pod)
        let ports = HostPort.all(of: view)
        let wanted = view.nodeSelector
        let controller = pod.controller?.uid ?? ""
        let tolerations = pod.value["spec", "tolerations"]?.elements ?? []
        var best: (own: Int, all: Int, name: String)?
        var reasons: [String: Int] = [:]
        for node in candidates {
            guard let state = states[node.name] else { continue }
            if let reason = objection(node, state, isHostNetwork: view.isHostNetwork, wanted, ports, tolerations) {
                reasons[reason, default: 0] += 1
                continue
            }
            let rank = (own: state.controllers[controller] ?? 0, all: state.podCount, name: node.name)
            if best.map({ rank < $0 }) ?? true { best = rank }
        }
        guard let best else { throw Unschedulable(message: Scheduler.message(reasons, of: candidates.count)) }
        return best.name
    }

    private func objection(
        _ node: NodeFacts, _ state: NodeState, isHostNetwork: Bool, _ wanted: [String: String], _ ports: Set<HostPort>,
        _ tolerations: [Value]
    ) -> String? {
        if node.isUnschedulable, !tolerates("node.kubernetes.io/unschedulable", "", "NoSchedule", tolerations) {
            return "node(s) were unschedulable"
        }
        for taint in node.taints where taint.effect != "PreferNoSchedule" {
            if !tolerates(taint.key, taint.value, taint.effect, tolerations) {
                return "node(s) had untolerated taint(s)"
            }
        }
        if !wanted.allSatisfy({ node.labels[$0.key] == $0.value }) {
            return "node(s) didn't match Pod's node affinity/selector"
        }
        if !ports.isDisjoint(with: state.hostPorts) {
            return "node(s) didn't have free ports for the requested pod ports"
        }
        let isFull = isHostNetwork ? false : state.addresses.usedCount >= state.addresses.capacity
        return isFull || state.podCount >= state.addresses.capacity ? "Too many pods" : nil
    }

    private func tolerates(_ key: String, _ value: String, _ effect: String, _ tolerations: [Value]) -> Bool {
        tolerations.contains { toleration in
            let wantedKey = toleration["key"]?.string ?? ""
            let wantedEffect = toleration["effect"]?.string ?? ""
            let exists = toleration["operator"]?.string == "Exists"
            return (wantedEffect.isEmpty || wantedEffect == effect) && (wantedKey == key || wantedKey.isEmpty && exists)
                && (exists || toleration["value"]?.string ?? "" == value)
        }
    }

    private static func message(_ reasons: [String: Int], of count: Int) -> String {
        guard count > 0 else { return "no nodes available to schedule pods" }
        let texts = reasons.map { "\($0.value) \($0.key)" }.sorted()
        return "0/\(count) nodes are available: \(texts.joined(separator: ", "))."
    }
}

extension Cluster {
    mutating func schedulePods(now: Timestamp) {
        let keys = dirty.take(\.unscheduled)
        guard !keys.isEmpty else { return }
        let scheduler = Scheduler(store: store)
        for key in keys {
            guard let pod = store[key], Pod(pod).nodeName == nil, !pod.isTerminating else { continue }
            do throws(Scheduler.Unschedulable) {
                let node = try scheduler.choose(for: pod, states: nodes.states)
                bind(key, to: node, now: now)
            } catch {
                nodes.waiting.insert(key)
                let reason = Condition("PodScheduled", .false, reason: "Unschedulable", message: error.message)
                update(key, now: now) { $0.set(reason, now: now) }
                dirty.unscheduled.remove(key)
            }
        }
    }

    private mutating func bind(_ key: ObjectKey, to node: String, now: Timestamp) {
        nodes.waiting.remove(key)
        update(key, now: now) {
            $0.value["spec", "nodeName"] = .string(node)
            $0.set(Condition("PodScheduled", .true), now: now)
        }
    }
}
