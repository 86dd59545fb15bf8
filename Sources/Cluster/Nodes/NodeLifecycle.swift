// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes

/// What becomes of a node that no longer answers. The corresponding controller of a real cluster is `node-lifecycle`.
///
/// Its conditions become Unknown, it gets the taints `unreachable`, and its Pods are no longer ready, so that they leave
/// their Services at once. The taint evicts them when their toleration is over.
extension Cluster {
    private static let unreachable = "node.kubernetes.io/unreachable"
    private static let silence = (
        reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status."
    )

    /// True for nodes, and for the host where it reaches Services: places where names are resolved as in a Pod of the
    /// namespace `default`.
    public func resolves(_ place: NamespaceName) -> Bool {
        guard configuration.dns.isEnabled else { return false }
        return place == .host ? configuration.hostAccess == .all : nodes.namespaces.contains(place)
    }

    /// The namespaces of all nodes, in order.
    public var nodeNamespaces: [NamespaceName] { nodes.namespaces }

    /// Whether a node answered when it was last asked.
    public func isReachable(_ node: String) -> Bool { !nodes.silent.contains(node) }

    /// Says whether a node answers; nothing happens if that is known.
    public mutating func setNode(_ name: String, isReachable: Bool, now: Timestamp) {
        let key = ObjectKey("Node", "", name)
        guard store[key] != nil, self.isReachable(name) != isReachable else { return }
        if isReachable { recover(key, now: now) } else { lose(key, now: now) }
    }

    private mutating func lose(_ key: ObjectKey, now: Timestamp) {
        nodes.silent.insert(key.name)
        update(key, now: now) { node in
            for type in ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"] {
                node.set(
                    Condition(type, .unknown, reason: Cluster.silence.reason, message: Cluster.silence.message),
                    now: now)
            }
            node.setTaints(Cluster.unreachable, effects: ["NoSchedule", "NoExecute"], now: now)
        }
        let word = "Node \(key.name) status is now: NodeNotReady"
        record(EventNote(.normal, "NodeNotReady", word, about: key, from: "node-controller"), now: now)
        for pod in pods(on: key.name) where store[pod]?.condition("Ready")?.status == .true {
            update(pod, now: now) { $0.set(Condition("Ready", false), now: now) }
            record(
                EventNote(.warning, "NodeNotReady", "Node is not ready", about: pod, from: "node-controller"), now: now)
        }
    }

    private mutating func recover(_ key: ObjectKey, now: Timestamp) {
        nodes.silent.remove(key.name)
        update(key, now: now) { node in
            node.setHealthy(now: now)
            node.setTaints(Cluster.unreachable, effects: [], now: now)
        }
        let word = "Node \(key.name) status is now: NodeReady"
        record(EventNote(.normal, "NodeReady", word, about: key, from: "kubelet", host: key.name), now: now)
    }

    /// The Pods that stand on a node, in order.
    public func pods(on node: String) -> [ObjectKey] {
        nodes.placements.filter { $0.value.node == node }.keys.sorted()
    }
}

extension Object {
    /// The conditions of a node that is well, in the kubelet's words.
    mutating func setHealthy(now: Timestamp) {
        for (type, reason, message) in [
            ("MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ] { set(Condition(type, false, reason: reason, message: message), now: now) }
        set(Condition("Ready", true, reason: "KubeletReady", message: "kubelet is posting ready status"), now: now)
        stampHeartbeats(now: now)
    }

    /// When the node last told how it is.
    private mutating func stampHeartbeats(now: Timestamp) {
        let entries = value["status", "conditions"]?.elements ?? []
        value["status", "conditions"] = .array(
            entries.map { entry in
                var entry = entry
                entry["lastHeartbeatTime"] = .string(now.description)
                return entry
            })
    }

    /// Leaves of a taint only these effects; other taints stay as they are.
    fileprivate mutating func setTaints(_ key: String, effects: [String], now: Timestamp) {
        let others = (spec["taints"]?.elements ?? []).filter { $0["key"]?.string != key }
        let own = effects.map { effect -> Value in
            var taint: Value = ["key": .string(key), "effect": .string(effect)]
            if effect == "NoExecute" { taint["timeAdded"] = .string(now.description) }
            return taint
        }
        value["spec", "taints"] = others.isEmpty && own.isEmpty ? nil : .array(others + own)
    }
}
