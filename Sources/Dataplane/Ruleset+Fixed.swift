// SPDX-License-Identifier: Apache-2.0
public import Net

extension Ruleset {
    /// The table of a node before it knows any Service: chains, sets, and the node's own address.
    /// The address' family is the table's.
    public static func node(nodeAddress: Address, serviceRange: Prefix, podRange: Prefix) -> Ruleset {
        let chains = FixedChains(services: serviceRange, pods: podRange)
        var ruleset = Ruleset(family: nodeAddress.family, sets: nodeSets(nodeAddress.family), chains: chains.ofNode)
        let own = Element([.address(nodeAddress)], because: lab("the node's address, where node ports answer"))
        _ = ruleset.replace("node", with: [SetName.nodePortAddresses: [own]])
        return ruleset
    }

    /// The table of the edge: it sends what comes for an address of the range on to the endpoints, which are nodes'
    /// node ports, and leaves the client's own address in place, unless the client is a Pod or a node itself: those
    /// would have their answers by a shorter way, which knows nothing of the translation.
    /// - Parameter serviceRange: what a node sends on to it is thrown away, for no node's rules took it (D41); what comes
    ///   from the host or the control plane goes on to a node.
    public static func edge(
        externalRange: Prefix, podRange: Prefix? = nil, nodeAddresses: [Address] = [], serviceRange: Prefix? = nil
    ) -> Ruleset {
        let family = externalRange.family
        let chains = FixedChains(services: externalRange, pods: podRange)
        var ruleset = Ruleset(
            family: family, sets: edgeSets(family),
            chains: chains.ofEdge + (serviceRange.map { [FixedChains.untaken($0)] } ?? []))
        let nodes = nodeAddresses.filter { $0.family == family }.map {
            Element([.address($0)], because: lab("a node, whose answers must come back through the load balancer"))
        }
        if !nodes.isEmpty { _ = ruleset.replace("nodes", with: [SetName.nodeAddresses: nodes]) }
        return ruleset
    }

    /// A reason of the lab's own.
    static func lab(_ purpose: String) -> Because { Because("lab", field: purpose) }

    // MARK: Sets

    private static func balancingSets(_ family: Family) -> [SetDeclaration] {
        let address = DatumType(family)
        let service: [DatumType] = [address, .transport, .port]
        return [
            SetDeclaration(
                SetName.externalAddresses, key: service, value: .data([.number]),
                comment: "external address and port of a Service, to its pool"),
            SetDeclaration(
                SetName.pools, key: [.number], value: .data([.number]),
                comment: "pool, to the number of its endpoints; with affinity, to 0x80000000 and the timeout"),
            SetDeclaration(
                SetName.draws, key: [.number], value: .verdict,
                comment: "number of endpoints, to the draw among them; timeout, to what remembers clients"),
            SetDeclaration(
                SetName.endpoints, key: [.number, .number], value: .data([address, .port]),
                comment: "pool and slot, to the endpoint; with affinity, pool and the endpoint's number"),
            SetDeclaration(
                SetName.stickyPools, key: [.number], value: .data([.number]),
                comment: "pool with affinity, to the number of its endpoints"),
            SetDeclaration(
                SetName.stickyDraws, key: [.number], value: .verdict,
                comment: "number of endpoints, to the draw among them, for what remembers clients"),
            SetDeclaration(
                SetName.stickySlots, key: [.number, .number], value: .data([.number]),
                comment: "pool with affinity and slot, to the endpoint's number"),
            SetDeclaration(
                SetName.firewalled, key: service, comment: "load balancer's addresses that not everyone may use"),
            SetDeclaration(
                SetName.allowedSources, key: service + [address], kind: .intervals, comment: "who may use them"),
        ]
    }

    private static func edgeSets(_ family: Family) -> [SetDeclaration] {
        balancingSets(family) + [
            SetDeclaration(SetName.nodeAddresses, key: [DatumType(family)], comment: "the nodes")
        ]
    }

    private static func nodeSets(_ family: Family) -> [SetDeclaration] {
        let address = DatumType(family)
        let service: [DatumType] = [address, .transport, .port]
        let port: [DatumType] = [.transport, .port]
        return [
            SetDeclaration(
                SetName.serviceAddresses, key: service, value: .data([.number]),
                comment: "cluster address and port of a Service, to its pool")
        ] + balancingSets(family) + [
            SetDeclaration(
                SetName.serviceNodePorts, key: port, value: .data([.number]), comment: "node port, to its pool"),
            SetDeclaration(
                SetName.localAddresses, key: service, value: .data([.number]),
                comment: "external address and port with policy Local, to the pool of local endpoints"),
            SetDeclaration(
                SetName.localNodePorts, key: port, value: .data([.number]),
                comment: "node port with policy Local, to the pool of local endpoints"),
            SetDeclaration(
                SetName.hostPorts, key: port, value: .data([.number]), comment: "port of the node that a Pod has"),
            SetDeclaration(SetName.noEndpointServices, key: service, comment: "Services without endpoints"),
            SetDeclaration(SetName.noEndpointNodePorts, key: port, comment: "node ports without endpoints"),
            SetDeclaration(
                SetName.noLocalEndpointServices, key: service,
                comment: "Services with policy Local and no endpoint here"),
            SetDeclaration(
                SetName.noLocalEndpointNodePorts, key: port,
                comment: "node ports with policy Local and no endpoint here"),
            SetDeclaration(SetName.clusterAddresses, key: [address], comment: "cluster addresses in use"),
            SetDeclaration(SetName.nodePortAddresses, key: [address], comment: "addresses where node ports answer"),
            SetDeclaration(SetName.hairpin, key: [address, address], comment: "Pods of this node, each to itself"),
        ]
    }
}

extension DatumType {
    /// The type of an address of the family.
    public init(_ family: Family) { self = family == .v4 ? .address : .address6 }
}
