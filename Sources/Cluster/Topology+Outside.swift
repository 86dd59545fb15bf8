// SPDX-License-Identifier: Apache-2.0
public import Dataplane
internal import Kubernetes
internal import Net

/// What is beyond the edge: systems that are no part of the cluster, and the way to the real network.
///
/// An outside system reaches what a real outsider reaches: nodes, load balancers, and the other systems outside. Of Pods
/// and cluster addresses it knows no way, as no router of the Internet does; what leaves a Pod for it therefore has its
/// node's address, as in real clusters, whose network plugin masquerades it.
extension Topology {
    /// The links of the outside systems to the edge.
    var outsideLinks: [EdgeLink] {
        configuration.external.enumerated().map { index, system in
            let near = Topology.outsideInterface(index)
            let all = configuration.ranges.compactMap { ranges in
                system.address(ranges.family).map { (edge: addresses(ranges).edge, far: $0) }
            }
            return EdgeLink(
                far: .outside(system.name), addresses: all,
                edgeEnd: Interface(
                    near, index: UInt32(1000 + index), mac: MACAddress(local: UInt32(index + 1), space: 5),
                    addresses: all.map { Prefix(host: $0.edge) }, peerNamespace: .outside(system.name), peerName: "eth0"
                ),
                farEnd: Interface(
                    "eth0", index: 2, mac: MACAddress(local: UInt32(index + 1), space: 6),
                    addresses: all.map { Prefix(host: $0.far) }, peerNamespace: .edge, peerName: near))
        }
    }

    /// No node's name has a capital letter.
    private static func outsideInterface(_ index: Int) -> String { "Outside\(index + 1)" }

    /// The addresses of a family that outside systems have.
    func outsideAddresses(_ family: Family) -> [Prefix] {
        configuration.external.compactMap { $0.address(family) }.map { Prefix(host: $0) }
    }

    /// The edge's ways out: to each outside system, and, if the lab file says so, by the host to all else.
    func outsideRoutes(_ ranges: Configuration.Ranges) -> [Route] {
        let edge = addresses(ranges).edge
        var routes = configuration.external.enumerated().compactMap { index, system in
            system.address(ranges.family).map { address in
                Route(
                    Prefix(host: address), interface: Topology.outsideInterface(index), source: edge,
                    because: because("external: \(system.name)"))
            }
        }
        if configuration.egress {
            routes.append(
                Route(
                    Prefix(Address(0, ranges.family), 0), via: addresses(ranges).host, interface: "host", source: edge,
                    because: because("egress: the real network is beyond the host")))
        }
        return routes
    }

    /// An outside system's namespace.
    func outside(_ system: ExternalSystem) -> NamespacePlan {
        NamespacePlan(
            routes: configuration.ranges.flatMap { outsideRoutes(system, $0) },
            sysctls: Topology.programSysctls(configuration.families))
    }

    private func outsideRoutes(_ system: ExternalSystem, _ ranges: Configuration.Ranges) -> [Route] {
        guard let own = system.address(ranges.family) else { return [] }
        let others = outsideAddresses(ranges.family).filter { $0 != Prefix(host: own) }
        let reached =
            [
                (ranges.nodes, "an outsider reaches the nodes"),
                (ranges.loadBalancers, "an outsider reaches load balancers"),
            ]
            + others.map { ($0, "an outsider reaches the others outside") }
        return reached.map { range, purpose in
            Route(
                range, via: addresses(ranges).edge, interface: "eth0", source: own, because: because(purpose))
        }
    }

    // MARK: Source addresses

    /// The name of the table that gives what leaves another source address.
    private static let leaving = "lab-leaving"

    /// Whether there is anything that a Pod's packet could leave for.
    private var hasOutside: Bool { configuration.egress || !configuration.external.isEmpty }

    /// What leaves a node for the outside: answers to a Pod's own address would find no way back.
    var nodeTables: [Ruleset] {
        guard hasOutside else { return [] }
        return configuration.ranges.map { ranges in
            .leaving(
                table: Topology.leaving, sources: ranges.pods, inside: ranges.all,
                because: "what a Pod sends to the outside has its node's address")
        }
    }

    /// What leaves the lab for the real network.
    var edgeTables: [Ruleset] {
        guard configuration.egress else { return [] }
        return configuration.ranges.map { ranges in
            .leaving(
                table: Topology.leaving, inside: ranges.all + outsideAddresses(ranges.family),
                because: "what leaves the lab has the edge's address")
        }
    }

    /// What leaves by the host, in the machine's own namespace: from the edge's address to anywhere else.
    var hostTables: [Ruleset] {
        guard configuration.egress else { return [] }
        return configuration.ranges.map { ranges in
            .leaving(
                table: "lab-\(configuration.name)", sources: Prefix(host: addresses(ranges).edge), inside: ranges.all,
                because: "what leaves the lab has this machine's address")
        }
    }
}

extension NamespaceName {
    /// The namespace of an outside system.
    public static func outside(_ system: String) -> NamespaceName { NamespaceName("outside-\(system)") }
}
