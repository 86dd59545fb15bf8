// SPDX-License-Identifier: Apache-2.0
public import Dataplane
internal import Kubernetes
public import Net

/// Where everything of a lab stands before the first Pod: addresses, links, routes and neighbours of the host, the
/// edge, the control plane and the nodes.
///
/// Every link is a routed veth pair: both ends have addresses of full length, and neighbours are permanent.
public struct Topology: Sendable {
    /// What the lab is made of.
    public let configuration: Configuration

    /// The addresses and namespaces that follow from a configuration.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// The edge: the first address of the node range.
    public var edgeAddress: Address { configuration.nodeRange.address.advanced(by: 1) }

    /// A node, counted from 0: the second address of the node range and on.
    public func nodeAddress(_ index: Int) -> Address { configuration.nodeRange.address.advanced(by: 2 + index) }

    /// The API server: the third address from the end of the node range (.253 of a /24).
    public var controlPlaneAddress: Address { configuration.nodeRange.last.advanced(by: -2) }

    /// The host's end of its link: the second address from the end of the node range (.254 of a /24).
    public var hostAddress: Address { configuration.nodeRange.last.advanced(by: -1) }

    /// The range of a node's Pods, the nodes counted from 0; nil if the Pod range has no such part.
    public func podRange(_ index: Int) -> Prefix? {
        configuration.podRange.part(index, length: configuration.nodePodPrefixLength)
    }

    /// The next hop of every Pod; no interface has it.
    public static let podGateway = Address(169, 254, 1, 1)

    /// How many nodes the ranges have room for.
    public static func nodeCapacity(_ configuration: Configuration) -> Int {
        let addresses = Int(clamping: configuration.nodeRange.count) - 5
        let bits = max(0, configuration.nodePodPrefixLength - configuration.podRange.length)
        return max(0, min(addresses, bits >= 31 ? .max : 1 << bits))
    }

    /// The plan of a lab without Pods and Services.
    public var plan: Plan {
        var plan = Plan()
        plan.namespaces[.host] = NamespacePlan(interfaces: [], routes: hostRoutes)
        plan.namespaces[.controlPlane] = NamespacePlan(
            routes: [defaultRoute("the control plane reaches the lab through the edge", source: controlPlaneAddress)])
        var edge = NamespacePlan(routes: edgeRoutes, sysctls: Topology.routerSysctls)
        edge.rulesets[.v4] = .edge(externalRange: configuration.loadBalancerRange)
        plan.namespaces[.edge] = edge
        for index in configuration.nodes.indices { plan.namespaces[namespace(index)] = node(index) }
        for link in links { link.join(to: &plan) }
        return plan
    }

    /// The namespace of a node, counted from 0.
    public func namespace(_ index: Int) -> NamespaceName { NamespaceName(configuration.nodes[index].name) }
}

// MARK: - Nodes

extension Topology {
    private func node(_ index: Int) -> NamespacePlan {
        var routes = [defaultRoute("a node reaches the others through the edge", source: nodeAddress(index))]
        if let pods = podRange(index) {
            let reason = because("no Pod of this node has such an address")
            routes.append(Route(pods, interface: nil, because: reason))
        }
        var node = NamespacePlan(routes: routes, sysctls: Topology.routerSysctls)
        if configuration.proxyMode == .nftables {
            node.rulesets[.v4] = .node(
                nodeAddress: nodeAddress(index), serviceRange: configuration.serviceRange,
                podRange: configuration.podRange)
        }
        return node
    }

    private func defaultRoute(_ purpose: String, source: Address) -> Route {
        Route(
            Prefix(Address(0, edgeAddress.family), 0), via: edgeAddress, interface: "eth0", source: source,
            because: because(purpose))
    }

    /// `net/ipv6/conf/default/addr_gen_mode` 1 keeps link-local addresses, and the traffic that goes with them, off new
    /// links.
    private static let routerSysctls = [
        "ipv4/ip_forward": "1", "ipv4/conf/all/rp_filter": "0", "ipv4/conf/default/rp_filter": "0",
        "ipv6/conf/default/addr_gen_mode": "1",
    ]

    func because(_ purpose: String) -> Because { Because("lab \(configuration.name)", field: purpose) }
}

// MARK: - Links

/// The link between the edge and one of its neighbours.
private struct EdgeLink {
    var far: NamespaceName
    var farAddress: Address
    var edgeAddress: Address
    var edgeEnd: Interface
    var farEnd: Interface

    func join(to plan: inout Plan) {
        plan.namespaces[.edge]?.interfaces[edgeEnd.name] = edgeEnd
        plan.namespaces[far]?.interfaces[farEnd.name] = farEnd
        plan.namespaces[.edge]?.neighbours[farAddress] = Neighbour(
            farAddress, farEnd.mac, interface: edgeEnd.name)
        plan.namespaces[far]?.neighbours[edgeAddress] = Neighbour(
            edgeAddress, edgeEnd.mac, interface: farEnd.name)
    }
}

extension Topology {
    private var links: [EdgeLink] {
        let nodes = configuration.nodes.indices.map { index in
            link(
                namespace(index), nodeAddress(index), edgeEnd: edgeInterface(index), edgeIndex: UInt32(10 + index),
                farEnd: "eth0", farIndex: 2)
        }
        return [
            // The host has interfaces of its own, whose numbers are not the lab's to choose.
            link(.host, hostAddress, edgeEnd: "host", edgeIndex: 2, farEnd: configuration.hostInterface, farIndex: 0),
            link(
                .controlPlane, controlPlaneAddress, edgeEnd: "control-plane", edgeIndex: 3, farEnd: "eth0",
                farIndex: 2),
        ] + nodes
    }

    private func link(
        _ far: NamespaceName, _ farAddress: Address, edgeEnd: String, edgeIndex: UInt32, farEnd: String,
        farIndex: UInt32
    ) -> EdgeLink {
        let number = UInt32(truncatingIfNeeded: farAddress.value)
        return EdgeLink(
            far: far, farAddress: farAddress, edgeAddress: edgeAddress,
            edgeEnd: Interface(
                edgeEnd, index: edgeIndex, mac: MACAddress(local: number, space: 1),
                addresses: [Prefix(host: edgeAddress)], peerNamespace: far, peerName: farEnd),
            farEnd: Interface(
                farEnd, index: farIndex, mac: MACAddress(local: number, space: 2),
                addresses: [Prefix(host: farAddress)], peerNamespace: .edge, peerName: edgeEnd))
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
    private var hostRoutes: [Route] {
        func route(_ range: Prefix, _ purpose: String) -> Route {
            Route(
                range, via: edgeAddress, interface: configuration.hostInterface, source: hostAddress,
                because: because(purpose))
        }
        let external = [
            route(configuration.nodeRange, "hostAccess: the host reaches the nodes"),
            route(configuration.loadBalancerRange, "hostAccess: the host reaches the load balancers"),
        ]
        switch configuration.hostAccess {
        case .none: return []
        case .external: return external
        case .all:
            return external + [
                route(configuration.podRange, "hostAccess: the host reaches the Pods"),
                route(configuration.serviceRange, "hostAccess: the host reaches the cluster addresses"),
            ]
        }
    }

    private var edgeRoutes: [Route] {
        var routes = [
            Route(
                Prefix(host: hostAddress), interface: "host", source: edgeAddress, because: because("the host's end")),
            Route(
                Prefix(host: controlPlaneAddress), interface: "control-plane", source: edgeAddress,
                because: because("the API server's address")),
            Route(
                configuration.loadBalancerRange, interface: nil,
                because: because("an external address that no load balancer has, or that has no nodes")),
        ]
        for index in configuration.nodes.indices {
            let (address, interface) = (nodeAddress(index), edgeInterface(index))
            let name = configuration.nodes[index].name
            routes.append(
                Route(Prefix(host: address), interface: interface, source: edgeAddress, because: because(name)))
            guard let pods = podRange(index) else { continue }
            routes.append(
                Route(
                    pods, via: address, interface: interface, source: edgeAddress, because: because("Pods of \(name)")))
        }
        if let first = configuration.nodes.first {
            routes.append(
                Route(
                    configuration.serviceRange, via: nodeAddress(0), interface: edgeInterface(0), source: edgeAddress,
                    because: because("cluster addresses, from outside the nodes, through \(first.name)")))
        }
        return routes
    }
}
