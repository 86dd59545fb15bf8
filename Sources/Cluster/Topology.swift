// SPDX-License-Identifier: Apache-2.0
public import Dataplane
internal import Kubernetes
public import Net

/// Where everything of a lab stands before the first Pod: addresses, links, routes and neighbours of the host, the
/// edge, the control plane and the nodes.
///
/// Every link is a routed veth pair: both ends have addresses of full length, one a family, and neighbours are
/// permanent.
public struct Topology: Sendable {
    /// What the lab is made of.
    public let configuration: Configuration

    /// The addresses and namespaces that follow from a configuration.
    public init(_ configuration: Configuration) { self.configuration = configuration }

    /// The edge: the first address of the node range.
    public var edgeAddress: Address { addresses(configuration.ranges[0]).edge }

    /// A node, counted from 0: the second address of the node range and on.
    public func nodeAddress(_ index: Int) -> Address { addresses(configuration.ranges[0]).node(index) }

    /// A node's address of a family, the nodes counted from 0; nil if the lab has no such addresses.
    public func nodeAddress(_ index: Int, _ family: Family) -> Address? {
        configuration.ranges(family).map { addresses($0).node(index) }
    }

    /// A node's addresses, the nodes counted from 0, that of the primary family first.
    public func nodeAddresses(_ index: Int) -> [Address] { configuration.ranges.map { addresses($0).node(index) } }

    /// The API server: the address .253 or ::fd of the node range, in a smaller range the third from its end.
    public var controlPlaneAddress: Address { controlPlaneAddresses[0] }

    /// The API server's addresses, that of the primary family first.
    public var controlPlaneAddresses: [Address] { configuration.ranges.map { addresses($0).controlPlane } }

    /// The host's end of its link: the address .254 or ::fe of the node range, in a smaller range the second from its
    /// end.
    public var hostAddress: Address { addresses(configuration.ranges[0]).host }

    /// The ranges of a node's Pods, the nodes counted from 0, that of the primary family first. Empty if the Pod ranges
    /// have no such parts.
    public func podRanges(_ index: Int) -> [Prefix] {
        let parts = configuration.ranges.compactMap { podRange(index, $0) }
        return parts.count == configuration.ranges.count ? parts : []
    }

    /// The next hop of every Pod; no interface has it.
    public static func podGateway(_ family: Family) -> Address {
        family == .v4 ? Address(169, 254, 1, 1) : .v6(0xfe80 << 112 | 1)
    }

    /// How many nodes the ranges have room for.
    public static func nodeCapacity(_ configuration: Configuration) -> Int {
        let capacities = configuration.ranges.map { ranges in
            let length = configuration.nodePodPrefixLength(ranges.family)
            let bits = max(0, length - ranges.pods.length)
            return min(TopologyAddresses(ranges).nodeCapacity, bits >= 31 ? .max : 1 << bits)
        }
        return max(0, capacities.min() ?? 0)
    }

    /// The plan of a lab without Pods and Services.
    public var plan: Plan {
        var plan = Plan()
        plan.namespaces[.host] = NamespacePlan(
            routes: configuration.ranges.flatMap(hostRoutes), sysctls: Topology.endSysctls(configuration.families),
            tables: hostTables)
        plan.namespaces[.controlPlane] = NamespacePlan(
            routes: configuration.ranges.map {
                defaultRoute(
                    $0, "the control plane reaches the lab through the edge", source: addresses($0).controlPlane)
            }, sysctls: Topology.endSysctls(configuration.families))
        plan.namespaces[.edge] = NamespacePlan(
            routes: configuration.ranges.flatMap(edgeRoutes), sysctls: Topology.routerSysctls(configuration.families),
            rulesets: configuration.ranges.map { ranges in
                .edge(
                    externalRange: ranges.loadBalancers, podRange: ranges.pods,
                    nodeAddresses: configuration.nodes.indices.map { addresses(ranges).node($0) },
                    serviceRange: ranges.services)
            }, tables: edgeTables)
        for system in configuration.external { plan.namespaces[.outside(system.name)] = outside(system) }
        for index in configuration.nodes.indices { plan.namespaces[namespace(index)] = node(index) }
        for link in links { link.join(to: &plan) }
        return plan
    }

    /// The namespace of a node, counted from 0.
    public func namespace(_ index: Int) -> NamespaceName { NamespaceName(configuration.nodes[index].name) }

    func addresses(_ ranges: Configuration.Ranges) -> TopologyAddresses { TopologyAddresses(ranges) }

    func podRange(_ index: Int, _ ranges: Configuration.Ranges) -> Prefix? {
        ranges.pods.part(index, length: configuration.nodePodPrefixLength(ranges.family))
    }

    func because(_ purpose: String) -> Because { Because("lab \(configuration.name)", field: purpose) }
}

/// Who has which address of one family's node range.
struct TopologyAddresses {
    /// The part of the range that is used: of a large one the first 256 addresses, so that the last ones stay short.
    private let range: Prefix

    init(_ ranges: Configuration.Ranges) {
        let nodes = ranges.nodes
        range = Prefix(nodes.address, nodes.family == .v4 ? nodes.length : max(nodes.length, 120))
    }

    var edge: Address { range.address.advanced(by: 1) }
    func node(_ index: Int) -> Address { range.address.advanced(by: 2 + index) }
    var controlPlane: Address { range.last.advanced(by: -2) }
    var host: Address { range.last.advanced(by: -1) }
    var nodeCapacity: Int { Int(clamping: range.count) - 5 }
}

// MARK: - Nodes

extension Topology {
    private func node(_ index: Int) -> NamespacePlan {
        var node = NamespacePlan(sysctls: Topology.routerSysctls(configuration.families))
        for ranges in configuration.ranges {
            let address = addresses(ranges).node(index)
            var routes = [defaultRoute(ranges, "a node reaches the others through the edge", source: address)]
            if let pods = podRange(index, ranges) {
                let reason = because("no Pod of this node has such an address")
                routes.append(Route(pods, interface: nil, because: reason))
            }
            for route in routes { node.routes[route.destination] = route }
        }
        node.tables = nodeTables
        setRules(of: index, &node)
        return node
    }

    /// Gives a node's namespace, the nodes counted from 0, the rules and the settings of the proxy mode, without Pods and
    /// Services.
    func setRules(of index: Int, in plan: inout Plan) {
        guard var node = plan.namespaces.removeValue(forKey: namespace(index)) else { return }
        setRules(of: index, &node)
        plan.namespaces[namespace(index)] = node
    }

    private func setRules(of index: Int, _ node: inout NamespacePlan) {
        (node.rulesets, node.iptables) = ([:], [:])
        for ranges in configuration.ranges {
            let (address, family) = (addresses(ranges).node(index), ranges.family)
            // Another mode takes back what iptables needed.
            for path in IPTables.sysctls(family).keys where node.sysctls[path] != nil { node.sysctls[path] = "0" }
            switch configuration.proxyMode {
            case .nftables:
                let rules = Ruleset.node(
                    nodeAddress: address, serviceRange: ranges.services, podRange: ranges.pods)
                node.rulesets[family] = configuration.sabotage.map(rules.spoiled) ?? rules
            case .iptables:
                node.iptables[family] = .node(nodeAddress: address, podRange: ranges.pods)
                node.iptables[family]?.sabotage = configuration.sabotage
                node.sysctls.merge(IPTables.sysctls(family)) { $1 }
            case .none: break
            }
        }
        guard configuration.proxyMode != .none else { return }
        node.sysctls.merge(Topology.connectionTracking) { $1 }
    }

    /// D81: how long connections are remembered that nothing comes of. The number of connections (`nf_conntrack_max`) is
    /// the machine's: the kernel lets no namespace but the first write it.
    private static let connectionTracking = [
        "netfilter/nf_conntrack_tcp_timeout_established": "86400",
        "netfilter/nf_conntrack_tcp_timeout_close_wait": "3600",
    ]

    private func defaultRoute(_ ranges: Configuration.Ranges, _ purpose: String, source: Address) -> Route {
        Route(
            Prefix(Address(0, ranges.family), 0), via: addresses(ranges).edge, interface: "eth0", source: source,
            because: because(purpose))
    }

    /// What makes a namespace pass on packets of the families.
    private static func routerSysctls(_ families: [Family]) -> [String: String] {
        var sysctls = endSysctls(families)
        if families.contains(.v4) {
            sysctls["ipv4/ip_forward"] = "1"
            sysctls["ipv4/conf/all/rp_filter"] = "0"
            sysctls["ipv4/conf/default/rp_filter"] = "0"
            // A router that sends a packet back the way it came says so to the sender, and so uses up what it may say to
            // that sender of ports where nobody listens.
            sysctls["ipv4/conf/all/send_redirects"] = "0"
            sysctls["ipv4/conf/default/send_redirects"] = "0"
        }
        if families.contains(.v6) {
            sysctls["ipv6/conf/all/forwarding"] = "1"
            // As IPv4 does: what goes down and comes up again has its addresses.
            sysctls["ipv6/conf/default/keep_addr_on_down"] = "1"
        }
        return sysctls
    }

    /// What a namespace has whose processes run without privileges and yet may listen on any port and ping.
    static func programSysctls(_ families: [Family]) -> [String: String] {
        var sysctls = endSysctls(families)
        sysctls["ipv4/ip_unprivileged_port_start"] = "0"
        sysctls["ipv4/ping_group_range"] = "0 2147483647"
        return sysctls
    }

    /// What every namespace has. `addr_gen_mode` 1 keeps link-local addresses, and the traffic that goes with them, off
    /// new links; nobody in a lab announces a router.
    static func endSysctls(_ families: [Family]) -> [String: String] {
        var sysctls = ["ipv6/conf/default/addr_gen_mode": "1"]
        if families.contains(.v6) {
            sysctls["ipv6/conf/all/disable_ipv6"] = "0"
            sysctls["ipv6/conf/default/accept_ra"] = "0"
        }
        return sysctls
    }
}
