// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// The link between the edge and one of its neighbours.
struct EdgeLink {
    var far: NamespaceName
    /// The edge's address and the neighbour's, by family.
    var addresses: [(edge: Address, far: Address)]
    var edgeEnd: Interface
    var farEnd: Interface

    func join(to plan: inout Plan) {
        plan.namespaces[.edge]?.interfaces[edgeEnd.name] = edgeEnd
        plan.namespaces[far]?.interfaces[farEnd.name] = farEnd
        for (edge, own) in addresses {
            plan.namespaces[.edge]?.neighbours[own] = Neighbour(own, farEnd.mac, interface: edgeEnd.name)
            plan.namespaces[far]?.neighbours[edge] = Neighbour(edge, edgeEnd.mac, interface: farEnd.name)
        }
    }
}

extension Topology {
    var links: [EdgeLink] {
        let nodes = configuration.nodes.indices.map { index in
            link(
                namespace(index), edgeEnd: edgeInterface(index), edgeIndex: UInt32(10 + index), farEnd: "eth0",
                farIndex: 2
            ) { $0.node(index) }
        }
        return [
            // The host has interfaces of its own, whose numbers are not the lab's to choose.
            link(.host, edgeEnd: "host", edgeIndex: 2, farEnd: configuration.hostInterface, farIndex: 0) { $0.host },
            link(.controlPlane, edgeEnd: "control-plane", edgeIndex: 3, farEnd: "eth0", farIndex: 2) {
                $0.controlPlane
            },
        ] + nodes + outsideLinks
    }

    private func link(
        _ far: NamespaceName, edgeEnd: String, edgeIndex: UInt32, farEnd: String, farIndex: UInt32,
        _ farAddress: (TopologyAddresses) -> Address
    ) -> EdgeLink {
        let all = configuration.ranges.map { ranges in
            (edge: addresses(ranges).edge, far: farAddress(addresses(ranges)))
        }
        let number = UInt32(truncatingIfNeeded: all[0].far.value)
        return EdgeLink(
            far: far, addresses: all,
            edgeEnd: Interface(
                edgeEnd, index: edgeIndex, mac: MACAddress(local: number, space: 1),
                addresses: all.map { Prefix(host: $0.edge) }, peerNamespace: far, peerName: farEnd),
            farEnd: Interface(
                farEnd, index: farIndex, mac: MACAddress(local: number, space: 2),
                addresses: all.map { Prefix(host: $0.far) }, peerNamespace: .edge, peerName: edgeEnd))
    }

    /// The edge's interface towards a node: the node's name, or `Node` and its number where that does not fit or means
    /// something else.
    private func edgeInterface(_ index: Int) -> String {
        let name = configuration.nodes[index].name
        let isFit = name.utf8.count <= 15 && !["host", "control-plane", "lo", "all", "default"].contains(name)
        // No node's name has a capital letter, so that this is nobody's.
        return isFit ? name : "Node\(index + 1)"
    }
}

// MARK: - Routes

extension Topology {
    func hostRoutes(_ ranges: Configuration.Ranges) -> [Route] {
        let (edge, host) = (addresses(ranges).edge, addresses(ranges).host)
        func route(_ range: Prefix, _ purpose: String) -> Route {
            Route(
                range, via: edge, interface: configuration.hostInterface, source: host, because: because(purpose))
        }
        let external = [
            route(ranges.nodes, "hostAccess: the host reaches the nodes"),
            route(ranges.loadBalancers, "hostAccess: the host reaches the load balancers"),
        ]
        switch configuration.hostAccess {
        case .none:
            // Answers from the real network come back by the edge's own address.
            return configuration.egress ? [route(Prefix(host: edge), "egress: answers to the edge")] : []
        case .external: return external
        case .all:
            return external + [
                route(ranges.pods, "hostAccess: the host reaches the Pods"),
                route(ranges.services, "hostAccess: the host reaches the cluster addresses"),
            ] + outsideAddresses(ranges.family).map { route($0, "hostAccess: the host reaches the outside") }
        }
    }

    func edgeRoutes(_ ranges: Configuration.Ranges) -> [Route] {
        let addresses = addresses(ranges)
        func route(_ destination: Prefix, via: Address? = nil, _ interface: String, _ purpose: String) -> Route {
            Route(
                destination, via: via, interface: interface, source: addresses.edge, because: because(purpose))
        }
        var routes = [
            route(Prefix(host: addresses.host), "host", "the host's end"),
            route(Prefix(host: addresses.controlPlane), "control-plane", "the API server's address"),
            Route(
                ranges.loadBalancers, interface: nil,
                because: because("an external address that no load balancer has, or that has no nodes")),
        ]
        for index in configuration.nodes.indices {
            let (address, interface) = (addresses.node(index), edgeInterface(index))
            let name = configuration.nodes[index].name
            routes.append(route(Prefix(host: address), interface, name))
            guard let pods = podRange(index, ranges) else { continue }
            routes.append(route(pods, via: address, interface, "Pods of \(name)"))
        }
        if let first = configuration.nodes.first {
            routes.append(
                route(
                    ranges.services, via: addresses.node(0), edgeInterface(0),
                    "cluster addresses, from outside the nodes, through \(first.name)"))
        }
        return routes + outsideRoutes(ranges)
    }
}
