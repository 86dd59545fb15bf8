// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// The ports of nodes that lead to a container (`spec.containers[].ports[].hostPort`).
extension Cluster {
    /// Gives a Pod that has its place its ports of the node. One on its node's network has them by itself.
    /// - Parameter former: the numbers that the ports had before the lab was taken over.
    /// - Returns: the numbers that stand for the ports in the tables.
    @discardableResult
    mutating func addHostPorts(_ placement: Placement, _ object: Object, former: [UInt32] = []) -> [UInt32] {
        guard placement.link != nil else { return [] }
        let key = object.key
        let reasons = Reasons(object: "Pod \(key.namespace)/\(key.name)", source: sources[key])
        var entries: [HostPortEntry] = []
        var pools: [UInt32] = []
        for (field, port) in Pod(object).hostPorts {
            let pool = former.indices.contains(pools.count) ? former[pools.count] : services.takePool()
            pools.append(pool)
            for address in placement.addresses {
                let host = Address(port.hostAddress)
                guard host == nil || host?.family == address.family else { continue }
                entries.append(
                    HostPortEntry(
                        pool: pool, transport: port.transport,
                        hostAddress: host.flatMap { $0.isUnspecified ? nil : $0 }, hostPort: port.hostPort ?? 0,
                        target: SocketAddress(address, port.containerPort), because: reasons.because(field)))
            }
        }
        guard !entries.isEmpty else { return pools }
        services.hostPorts[key] = entries
        setHostPorts(of: key, entries, on: NamespaceName(placement.node))
        noteDatagrams(entries, on: NamespaceName(placement.node))
        return pools
    }

    mutating func removeHostPorts(of pod: ObjectKey, _ placement: Placement) {
        guard let entries = services.hostPorts.removeValue(forKey: pod) else { return }
        setHostPorts(of: pod, [], on: NamespaceName(placement.node))
        for pool in Set(entries.map(\.pool)).sorted() { services.free(pool: pool) }
    }

    /// Writes them to the rules of the node.
    mutating func setHostPorts(of pod: ObjectKey, _ entries: [HostPortEntry], on node: NamespaceName) {
        let name = "\(pod.namespace)/\(pod.name)"
        for family in configuration.families {
            let own = entries.filter { $0.target.address.family == family }
            if let changes = plan.namespaces[node]?.rulesets[family]?.setHostPorts(pod: name, own) {
                pending.change(node, family, Ruleset.partName(hostPorts: name), .table(changes))
            }
            if let changes = plan.namespaces[node]?.iptables[family]?.setHostPorts(pod: name, own) {
                pending.change(node, family, Ruleset.partName(pod: name), .chains(changes))
            }
        }
    }
}

extension Pod {
    /// The containers' ports that the node has too, with the fields that say so.
    fileprivate var hostPorts: [(field: String, port: ContainerPort)] {
        [("containers", containers), ("initContainers", initContainers)].flatMap { list, containers in
            containers.enumerated().filter { list == "containers" || $0.element.isRestartableInit }
                .flatMap { index, container in
                    container.ports.enumerated().filter { $0.element.hostPort != nil }.map { place, port in
                        ("spec.\(list)[\(index)].ports[\(place)].hostPort", port)
                    }
                }
        }
    }
}
