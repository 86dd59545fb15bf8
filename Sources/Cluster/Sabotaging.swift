// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// Rules that are broken on purpose: between what the objects ask for and what the plan has.
extension Cluster {
    func spoiled(_ ports: [ServicePortEntry], _ family: Family) -> [ServicePortEntry] {
        configuration.sabotage?.spoil(ports: ports, family) ?? ports
    }

    /// A slice as the rules are to see it.
    func spoiled(_ slice: SliceFacts) -> SliceFacts {
        switch configuration.sabotage {
        case .unreadyEndpoint: slice.changed { _ in .ready }
        case .terminatingEndpoint where slice.endpoints.contains { $0.state == .draining }:
            slice.changed { $0.state == .draining ? .ready : .out }
        case .ignoredTopology: slice.changed(keepsHints: false) { $0.state }
        default: slice
        }
    }

    /// - Parameter known: the endpoints that the rules have at present.
    func spoiled(_ ready: [SocketAddress], after known: [SocketAddress]?) -> [SocketAddress] {
        guard configuration.sabotage == .deadEndpoint, let known else { return ready }
        return Array(Set(ready).union(known))
    }

    /// The views, one for each node, as their nodes are to have them.
    func spoiled(_ view: ServiceView) -> [ServiceView] {
        guard let sabotage = configuration.sabotage else { return [view] }
        return view.namespaces.map { name in
            var own = view
            own.namespaces = [name]
            own.entry = sabotage.spoil(view.entry, isOnLastNode: name == nodes.namespaces.last)
            return own
        }
    }

    /// The nodes that the load balancer is to use.
    func spoiledNodes(_ nodes: [String]) -> [String] {
        switch configuration.sabotage {
        case .skippedNode: Array(nodes.dropFirst())
        case .ignoredHealth: configuration.nodes.map(\.name)
        default: nodes
        }
    }

    /// The cluster as it would be if nobody broke anything: the plan has the rules that the objects ask for. What goes to
    /// the kernel comes from the cluster itself, and what explains it to people from here.
    public var honest: Cluster {
        guard configuration.sabotage != nil else { return self }
        var honest = self
        honest.configuration.sabotage = nil
        let topology = Topology(honest.configuration)
        for index in configuration.nodes.indices { topology.setRules(of: index, in: &honest.plan) }
        for (pod, placement) in nodes.placements.sorted(by: { $0.key < $1.key }) where placement.link != nil {
            let node = NamespaceName(placement.node)
            honest.setLocalPod(pod, on: node, placement.addresses)
            if let ports = services.hostPorts[pod] { honest.setHostPorts(of: pod, ports, on: node) }
        }
        honest.dirty.nodeTables = Set(services.tables.keys)
        honest.dirty.edgeTables = Set(services.loadBalancers.keys)
        honest.services.tables = [:]
        honest.updateTables()
        return honest
    }
}
