// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// From Services and their EndpointSlices to the tables of the nodes and of the edge.
extension Cluster {
    mutating func updateTables() {
        let keys = dirty.nodeTables.union(dirty.edgeTables).sorted()
        guard !keys.isEmpty else { return }
        dirty.nodeTables = []
        dirty.edgeTables = []
        // Those that go give back their pool numbers before others take them.
        var staying: [ServiceEntries] = []
        for key in keys {
            if let entries = entries(of: key) { staying.append(entries) } else { removeFromTables(key) }
        }
        guard !staying.isEmpty else { return }
        let external = nodesForExternalTraffic
        for entries in staying { setInTables(entries, external) }
    }

    /// What the Service says of its entries, read anew only after it was written to; nil if it has no rules.
    private func entries(of key: ObjectKey) -> ServiceEntries? {
        if let entries = services.entries[key] { return entries }
        return store[key].flatMap { ServiceEntries(key, Service($0), sources[key]) }
    }

    private var nodesForExternalTraffic: [Address] {
        services.loadBalancers.isEmpty
            ? [] : store.objects("Node").map(NodeFacts.init).filter(\.takesExternalTraffic).compactMap(\.address)
    }

    private mutating func removeFromTables(_ key: ObjectKey) {
        let name = Ruleset.partName(service: "\(key.namespace)/\(key.name)")
        for node in nodes.states.values.map(\.namespace) { replacePart(name, with: nil, in: node) }
        replacePart(name, with: nil, in: .edge)
        services.setDirect(key, false)
        services.keep(key, [])
        services.entries[key] = nil
    }

    private mutating func setInTables(_ entries: ServiceEntries, _ external: [Address]) {
        let service = entries.key
        // Entries that are in the tables already differ in endpoints alone.
        let isSet = services.entries[service] === entries
        let ports = entries.ports
        let endpoints = ports.map { readyEndpoints(of: service, $0) }
        var nodeEntry = ServiceEntry(entries.name, ports: [])
        var edgeEntry = ServiceEntry(entries.name, ports: [])
        var old: [[SocketAddress]] = []
        let loadBalancer = services.loadBalancers[service]
        for (index, (port, ready)) in zip(ports, endpoints).enumerated() {
            let key = ServiceState.PortKey(transport: port.transport, port: port.port)
            let pool = services.pool(service, key)
            old.append(services.order(service, key))
            let order = services.order(service, key, ready)
            nodeEntry.ports.append(entries.nodePort(index, pool: pool, endpoints: order))
            guard let loadBalancer else { continue }
            let sockets = port.nodePort.map { number in external.map { SocketAddress($0, number) } } ?? ready
            let edgeOrder = services.edgeOrder(service, key, sockets)
            edgeEntry.ports.append(entries.edgePort(index, pool: pool, address: loadBalancer, endpoints: edgeOrder))
        }
        setOnNodes(nodeEntry, old: isSet ? old : nil)
        services.entries[service] = entries
        setAtEdge(edgeEntry, entries.service, loadBalancer)
        services.setDirect(service, loadBalancer != nil && ports.contains { $0.nodePort == nil })
        services.keep(service, Set(ports.map { .init(transport: $0.transport, port: $0.port) }))
    }

    /// - Parameter old: the endpoints of the entry's ports as the tables have them, if nothing else changes.
    private mutating func setOnNodes(_ entry: ServiceEntry, old: [[SocketAddress]]?) {
        let namespaces = configuration.nodes.compactMap { nodes.states[$0.name]?.namespace }
        guard let first = namespaces.first, let family = plan.namespaces[first]?.rulesets[.v4]?.family else { return }
        // All nodes have the same elements, made once.
        if let old, entry.isMove(from: old, family: family) {
            moveEndpoints(entry, old, namespaces, family)
        } else if let part = plan.namespaces[first]?.rulesets[.v4]?.part(for: entry) {
            let name = Ruleset.partName(service: entry.name)
            for namespace in namespaces { replacePart(name, with: part, in: namespace) }
        }
    }

    private mutating func moveEndpoints(
        _ entry: ServiceEntry, _ old: [[SocketAddress]], _ namespaces: [NamespaceName], _ family: Family
    ) {
        let name = Ruleset.partName(service: entry.name)
        var part: Ruleset.Part = [:]
        for namespace in namespaces { part = plan.namespaces[namespace]?.rulesets[.v4]?.takePart(name) ?? [:] }
        let moves = entry.moveEndpoints(in: &part, from: old, family: family)
        for namespace in namespaces {
            let changes = plan.namespaces[namespace]?.rulesets[.v4]?.putBack(part, as: name, moves) ?? []
            pending.change(namespace, .v4, name, .table(changes))
        }
    }

    private mutating func setAtEdge(_ entry: ServiceEntry, _ service: Service, _ loadBalancer: Address?) {
        let name = Ruleset.partName(service: entry.name)
        let part = entry.ports.isEmpty ? nil : plan.namespaces[.edge]?.rulesets[.v4]?.part(for: entry)
        replacePart(name, with: part, in: .edge)
        guard let loadBalancer, !service.loadBalancerIngress.contains(where: { $0.address == loadBalancer }),
            !pending.loadBalancers.contains(service.key)
        else { return }
        pending.loadBalancers.append(service.key)
    }

    private mutating func replacePart(_ name: String, with part: Ruleset.Part?, in namespace: NamespaceName) {
        guard let changes = plan.namespaces[namespace]?.rulesets[.v4]?.replace(name, with: part) else { return }
        pending.change(namespace, .v4, name, .table(changes))
    }

    /// The sockets behind one port of a Service: the ready endpoints of all its slices, or, if there are none, those
    /// that still serve while they end (D53). Each socket stands once (D39).
    private func readyEndpoints(of service: ObjectKey, _ port: ServicePort) -> [SocketAddress] {
        var ready: [SocketAddress] = []
        var draining: [SocketAddress] = []
        for key in index.slicesOfService[service] ?? [] {
            guard let slice = index.slices[key] else { continue }
            for entry in slice.ports where entry.name == port.name && entry.transport == port.transport {
                guard let number = entry.port else { continue }
                ready += slice.ready.map { SocketAddress($0, number) }
                draining += slice.draining.map { SocketAddress($0, number) }
            }
        }
        return Array(Set(ready.isEmpty ? draining : ready))
    }
}
