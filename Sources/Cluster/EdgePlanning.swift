// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// The load balancer at the edge: where it sends the connections of each Service that has an external address.
extension Cluster {
    mutating func setAtEdge(_ entries: ServiceEntries) {
        let service = entries.key
        let addresses = services.loadBalancers[service] ?? []
        guard !addresses.isEmpty else { return removeFromEdge(service) }
        let before = services.edge.removeValue(forKey: service) ?? []
        let nodes = spoiledNodes(balancedNodes(entries))
        var after: [ServiceEntry] = []
        for address in addresses where entries.families.contains(address.family) {
            let old = before.first { $0.family == address.family }
            let entry = edgeEntry(entries, address, nodes, after: old)
            after.append(entry)
            guard entry != old else { continue }
            let part = plan.namespaces[.edge]?.rulesets[address.family]?.part(for: entry)
            replacePart(Ruleset.partName(service: entry.name), with: part, in: .edge, address.family)
        }
        for entry in before where !after.contains(where: { $0.family == entry.family }) { removePart(of: entry) }
        services.edge[service] = after
        noteEdgeDatagrams(entries, after, before)
        follow(entries)
        announce(entries.service)
    }

    mutating func removeFromEdge(_ service: ObjectKey) {
        for entry in services.edge.removeValue(forKey: service) ?? [] { removePart(of: entry) }
        services.followingEndpoints.remove(service)
        // One that another proxy takes care of has its address all the same.
        if services.loadBalancers[service] != nil, let object = store[service] { announce(Service(object)) }
    }

    private mutating func announce(_ service: Service) {
        guard !services.isPublished(service), !pending.loadBalancers.contains(service.key) else { return }
        pending.loadBalancers.append(service.key)
    }

    private mutating func removePart(of entry: ServiceEntry) {
        replacePart(Ruleset.partName(service: entry.name), with: nil, in: .edge, entry.family)
    }

    /// Notes whether the Service's entries at the edge change with its endpoints.
    private mutating func follow(_ entries: ServiceEntries) {
        if entries.isExternalLocal || entries.ports.contains(where: { $0.nodePort == nil }) {
            services.followingEndpoints.insert(entries.key)
        } else {
            services.followingEndpoints.remove(entries.key)
        }
    }

    /// D63: the nodes that connections to the Service may be sent to.
    private func balancedNodes(_ entries: ServiceEntries) -> [String] {
        configuration.nodes.map(\.name).filter { node in
            guard services.isBalanced(node), isWell(node, at: LoadBalancerProbe.healthPort) != false else {
                return false
            }
            guard entries.isExternalLocal else { return true }
            // Until the node was first asked, what it would answer.
            let answer = services.healthCheckPorts[entries.key].flatMap { isWell(node, at: $0) }
            return answer ?? (localEndpoints(of: entries.key, on: node) > 0)
        }
    }

    /// What a node last answered to the load balancer; nil before the first answer.
    private func isWell(_ node: String, at port: UInt16) -> Bool? {
        guard !services.probes.isEmpty, let address = nodes.states[node]?.addresses.first else { return nil }
        return services.probes[LoadBalancerProbe(node: node, address: address, port: port)]
    }

    private mutating func edgeEntry(
        _ entries: ServiceEntries, _ address: Address, _ nodes: [String], after old: ServiceEntry?
    ) -> ServiceEntry {
        let (service, family) = (entries.key, address.family)
        var entry = ServiceEntry(entries.name, family: family, ports: [])
        for (index, port) in entries.ports.enumerated() {
            let key = ServiceState.PortKey(transport: port.transport, port: port.port)
            let pool = services.pool(service, key)
            var portEntry = entries.edgePort(index, family, pool: pool, address: address)
            if let sabotage = configuration.sabotage { portEntry = sabotage.spoil(port: portEntry) }
            let targets = port.nodePort.map { number in
                nodes.compactMap { self.nodes.states[$0]?.addresses(family).first }.map { SocketAddress($0, number) }
            }
            let known = old?.ports.first { $0.pool == pool }
            portEntry.endpoints = SlotOrder.settle(
                previous: known?.endpoints ?? services.formerSlots(.edge, family, pool),
                ready: targets ?? endpoints(entries, portEntry, family, nodes))
            portEntry.hasEndpoints = !portEntry.endpoints.isEmpty
            entry.ports.append(portEntry)
        }
        return entry
    }

    /// D25: without node ports the load balancer sends to endpoints themselves; with the policy `Local`, to those of the
    /// nodes that are well.
    private func endpoints(
        _ entries: ServiceEntries, _ port: ServicePortEntry, _ family: Family, _ nodes: [String]
    ) -> [SocketAddress] {
        let slices = slices(of: entries.key, family)
        let choice = EndpointChoice(slices, port, wantsOwn: entries.isExternalLocal)
        return entries.isExternalLocal ? choice.ready(on: Set(nodes)) : choice.all
    }
}

extension ServiceState {
    /// True if the status has the Service's external addresses, and no others.
    fileprivate func isPublished(_ service: Service) -> Bool {
        Set(service.loadBalancerIngress.compactMap(\.address)) == Set(loadBalancers[service.key] ?? [])
    }

    /// True if the Node object allows the load balancer to use the node.
    fileprivate func isBalanced(_ node: String) -> Bool { !unbalanced.contains(node) }
}
