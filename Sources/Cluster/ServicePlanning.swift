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
        var staying: [Service] = []
        for key in keys {
            let service = store[key].map(Service.init)
            if let service, service.hasRules { staying.append(service) } else { removeFromTables(key) }
        }
        guard !staying.isEmpty else { return }
        let external = nodesForExternalTraffic
        for service in staying { setInTables(service, external) }
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
    }

    private mutating func setInTables(_ service: Service, _ external: [Address]) {
        let entries = ServiceEntries(service, sources[service.key])
        let ports = entries.ports
        let endpoints = ports.map { readyEndpoints(of: service, $0) }
        var nodeEntry = ServiceEntry(entries.name, ports: [])
        var edgeEntry = ServiceEntry(entries.name, ports: [])
        let loadBalancer = services.loadBalancers[service.key]
        for (port, ready) in zip(ports, endpoints) {
            let key = ServiceState.PortKey(transport: port.transport, port: port.port)
            let pool = services.pool(service.key, key)
            let order = services.order(service.key, key, ready)
            nodeEntry.ports.append(entries.nodePort(port, pool: pool, endpoints: order))
            guard let loadBalancer else { continue }
            let sockets = port.nodePort.map { number in external.map { SocketAddress($0, number) } } ?? ready
            let edgeOrder = services.edgeOrder(service.key, key, sockets)
            edgeEntry.ports.append(entries.edgePort(port, pool: pool, address: loadBalancer, endpoints: edgeOrder))
        }
        setOnNodes(nodeEntry)
        setAtEdge(edgeEntry, service, loadBalancer)
        services.setDirect(service.key, loadBalancer != nil && ports.contains { $0.nodePort == nil })
        services.keep(service.key, Set(ports.map { .init(transport: $0.transport, port: $0.port) }))
    }

    private mutating func setOnNodes(_ entry: ServiceEntry) {
        let name = Ruleset.partName(service: entry.name)
        var part: Ruleset.Part?
        for node in configuration.nodes {
            guard let namespace = nodes.states[node.name]?.namespace else { continue }
            // All nodes have the same elements, made once.
            if part == nil { part = plan.namespaces[namespace]?.ruleset?.part(for: entry) }
            guard let part else { return }
            replacePart(name, with: part, in: namespace)
        }
    }

    private mutating func setAtEdge(_ entry: ServiceEntry, _ service: Service, _ loadBalancer: Address?) {
        let name = Ruleset.partName(service: entry.name)
        let part = entry.ports.isEmpty ? nil : plan.namespaces[.edge]?.ruleset?.part(for: entry)
        replacePart(name, with: part, in: .edge)
        guard let loadBalancer, !service.loadBalancerIngress.contains(where: { $0.address == loadBalancer }),
            !pending.loadBalancers.contains(service.key)
        else { return }
        pending.loadBalancers.append(service.key)
    }

    private mutating func replacePart(_ name: String, with part: Ruleset.Part?, in namespace: NamespaceName) {
        guard let changes = plan.namespaces[namespace]?.ruleset?.replace(name, with: part) else { return }
        pending.change(namespace, changes)
    }

    /// The sockets behind one port of a Service: the ready endpoints of all its slices, or, if there are none, those
    /// that still serve while they end (D53). Each socket stands once (D39).
    private func readyEndpoints(of service: Service, _ port: ServicePort) -> [SocketAddress] {
        var ready: [SocketAddress] = []
        var draining: [SocketAddress] = []
        for key in index.slicesOfService[service.key] ?? [] {
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

extension Service {
    /// D36, D54: headless Services and those of another proxy have no rules; nor has one without ports or addresses.
    fileprivate var hasRules: Bool {
        guard type != .externalName, !isHeadless else { return false }
        let labels = object.value["metadata"]?["labels"]
        return labels?["service.kubernetes.io/service-proxy-name"] == nil
            && labels?[EndpointSliceController.headless] == nil
    }
}

/// The entries of one Service, with the fields and the lines of the manifest that they come from.
private struct ServiceEntries {
    let service: Service
    let name: String
    let ports: [ServicePort]
    private let source: Source?
    private let object: String
    private let clusterAddresses: [Address]
    private let externalAddresses: [Address]
    private let addressesBecause: [Address: Because]
    private let indexes: [ServiceState.PortKey: Int]

    init(_ service: Service, _ source: Source?) {
        self.service = service
        self.source = source
        name = "\(service.namespace)/\(service.name)"
        object = "Service \(name)"
        ports = service.ports
        clusterAddresses = service.clusterAddresses
        let ingress = service.loadBalancerIngress.filter { $0.ipMode == .vip }.compactMap(\.address)
        externalAddresses = ingress + service.externalIPs
        var reasons: [Address: Because] = [:]
        for (index, address) in service.externalIPs.enumerated() {
            reasons[address] = Self.because(object, "spec.externalIPs[\(index)]", source)
        }
        for address in ingress {
            reasons[address] = Self.because(object, "status.loadBalancer.ingress", source, "spec.type")
        }
        addressesBecause = reasons
        indexes = Dictionary(
            ports.enumerated().map { (.init(transport: $1.transport, port: $1.port), $0) }
        ) { first, _ in first }
    }

    private static func because(_ object: String, _ field: String, _ source: Source?, _ written: String? = nil)
        -> Because
    {
        let place = source?.place(of: written ?? field)
        return Because(object, field: field, location: place.map { "\($0.file):\($0.position.line)" } ?? "")
    }

    private func because(_ port: ServicePort, _ field: String = "") -> Because {
        let index = indexes[.init(transport: port.transport, port: port.port)] ?? 0
        return Self.because(object, "spec.ports[\(index)]\(field)", source)
    }

    func nodePort(_ port: ServicePort, pool: UInt32, endpoints: [SocketAddress]) -> ServicePortEntry {
        ServicePortEntry(
            pool: pool, name: port.name, transport: port.transport, port: port.port, clusterAddresses: clusterAddresses,
            externalAddresses: externalAddresses, nodePort: port.nodePort, endpoints: endpoints, because: because(port),
            addressesBecause: addressesBecause, nodePortBecause: port.nodePort.map { _ in because(port, ".nodePort") })
    }

    func edgePort(
        _ port: ServicePort, pool: UInt32, address: Address, endpoints: [SocketAddress]
    ) -> ServicePortEntry {
        let reason = Self.because(object, "status.loadBalancer.ingress", source, "spec.type")
        return ServicePortEntry(
            pool: pool, name: port.name, transport: port.transport, port: port.port, externalAddresses: [address],
            endpoints: endpoints, because: because(port), addressesBecause: [address: reason])
    }
}
