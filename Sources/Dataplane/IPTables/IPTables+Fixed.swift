// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The chains that all Services or all Pods share, by the names that kube-proxy and the CNI plugin `portmap` give them.
extension IPTablesChainName {
    static let services = IPTablesChainName(.nat, "KUBE-SERVICES")
    static let nodePorts = IPTablesChainName(.nat, "KUBE-NODEPORTS")
    static let servicesFilter = IPTablesChainName(.filter, "KUBE-SERVICES")
    static let externalServicesFilter = IPTablesChainName(.filter, "KUBE-EXTERNAL-SERVICES")
    static let nodePortsFilter = IPTablesChainName(.filter, "KUBE-NODEPORTS")
    static let firewallFilter = IPTablesChainName(.filter, "KUBE-PROXY-FIREWALL")
    static let hostPorts = IPTablesChainName(.nat, "CNI-HOSTPORT-DNAT")
    static let hostPortsMark = IPTablesChainName(.nat, "CNI-HOSTPORT-SETMARK")
    static let hostPortsMasquerade = IPTablesChainName(.nat, "CNI-HOSTPORT-MASQ")

    /// Those that objects put rules into.
    static let shared: [IPTablesChainName] = [
        externalServicesFilter, nodePortsFilter, firewallFilter, servicesFilter, nodePorts, services,
    ]
}

extension IPTables {
    /// The bit of the packet's mark that asks for masquerading: kube-proxy's, and the CNI plugin's.
    static let masqueradeMark: UInt32 = 0x4000
    static let hostPortMark: UInt32 = 0x2000
    static let markMasquerade = "KUBE-MARK-MASQ"

    /// What `nfacct` counts packets by; the objects must be there before a rule names them.
    public enum Counter {
        /// Packets of no connection that the kernel knows.
        public static let invalid = "ct_state_invalid_dropped_pkts"
        /// Packets to a node port at a loopback address.
        public static let localNodePorts = "localhost_nps_accepted_pkts"
        /// Both.
        public static let all = [invalid, localNodePorts]
    }

    static func lab(_ purpose: String) -> Because { Because("lab", field: purpose) }

    /// The chains whose rules no object changes.
    var fixedChains: [IPTablesChainName: [IPTablesRule]] {
        var chains = IPTables.fixedChains(family)
        sabotage?.spoil(&chains)
        return chains
    }

    static func fixedChains(_ family: Family) -> [IPTablesChainName: [IPTablesRule]] {
        family == .v4 ? fixedChains4 : fixedChains6
    }

    private static let fixedChains4 = makeFixedChains(.v4)
    private static let fixedChains6 = makeFixedChains(.v6)

    private static func makeFixedChains(_ family: Family) -> [IPTablesChainName: [IPTablesRule]] {
        var chains: [IPTablesChainName: [IPTablesRule]] = [
            IPTablesChainName(.filter, "KUBE-FIREWALL"): family == .v4 ? [localnetGuard] : [],
            IPTablesChainName(.filter, "KUBE-FORWARD"): forwardRules,
            IPTablesChainName(.nat, markMasquerade): [
                IPTablesRule(
                    [], .mark(masqueradeMark, mask: masqueradeMark),
                    because: lab("marks a connection whose replies must come back through this node"))
            ],
            IPTablesChainName(.nat, "KUBE-POSTROUTING"): postroutingRules,
        ]
        for table in IPTablesTable.allCases { chains[IPTablesChainName(table, canary)] = [] }
        return chains
    }

    /// The chain that is in every table for nothing but to be missed when someone deletes all chains.
    static let canary = "KUBE-PROXY-CANARY"

    /// `route_localnet` lets packets for 127.0.0.0/8 in from outside: this keeps them out.
    private static var localnetGuard: IPTablesRule {
        let loopback = Prefix(Address(127, 0, 0, 0), 8)
        return IPTablesRule(
            [
                .source(loopback, negated: true), .destination(loopback),
                .comment("block incoming localnet connections"),
                .state([.related, .established, .translated], negated: true),
            ], .drop, because: lab("nobody else reaches what listens at 127.0.0.1"))
    }

    private static var forwardRules: [IPTablesRule] {
        [
            IPTablesRule(
                [.state([.invalid]), .count(Counter.invalid)], .drop,
                because: lab("a packet of no known connection would be answered with a reset")),
            IPTablesRule(
                [.comment("kubernetes forwarding rules"), .mark(masqueradeMark, mask: masqueradeMark)], .accept,
                because: lab("connections to Services are passed on")),
            IPTablesRule(
                [.comment("kubernetes forwarding conntrack rule"), .state([.related, .established])], .accept,
                because: lab("and so are their replies")),
        ]
    }

    private static var postroutingRules: [IPTablesRule] {
        [
            IPTablesRule(
                [.mark(masqueradeMark, mask: masqueradeMark, negated: true)], .return,
                because: lab("what is not marked keeps its source address")),
            IPTablesRule(
                [], .mark(masqueradeMark, mask: 0), because: lab("takes the mark off, should the packet come by again")),
            IPTablesRule(
                [.comment("kubernetes service traffic requiring SNAT")], .masquerade(randomPort: true),
                because: lab("replies must come back through this node")),
        ]
    }

    /// The rules at the end of a shared chain.
    static func lastRules(of chain: IPTablesChainName, _ family: Family) -> [IPTablesRule] {
        guard chain == .services else { return [] }
        // A node port at ::1 is routed nowhere.
        let notLoopback = IPTablesMatch.destination(Prefix(host: .v6(1)), negated: true)
        let comment = "kubernetes service nodeports; NOTE: this must be the last rule in this chain"
        return [
            IPTablesRule(
                (family == .v6 ? [notLoopback] : []) + [.comment(comment), .local(.destination)],
                .jump("KUBE-NODEPORTS"),
                because: lab("node ports answer at every address of the node"))
        ]
    }

    // MARK: Built-in chains

    /// Our rules in the built-in chains that have any.
    static func jumps(withHostPorts: Bool) -> [IPTablesChainName: [IPTablesRule]] {
        let firewall = jump("kubernetes load balancer firewall", to: "KUBE-PROXY-FIREWALL", "source ranges")
        let portals = jump("kubernetes service portals", to: "KUBE-SERVICES", "Services that have no endpoints")
        let external = jump(
            "kubernetes externally-visible service portals", to: "KUBE-EXTERNAL-SERVICES",
            "external addresses and node ports without endpoints")
        let localnet = IPTablesRule([], .jump("KUBE-FIREWALL"), because: lab("what may not come in"))
        let healthChecks = jump(
            "kubernetes health check service ports", to: "KUBE-NODEPORTS", isNew: false, "health checks are let in")
        let forward = jump("kubernetes forwarding rules", to: "KUBE-FORWARD", isNew: false, "what passes through")
        var chains: [IPTablesChainName: [IPTablesRule]] = [
            IPTablesChainName(.filter, "INPUT"): [localnet, firewall, healthChecks, external],
            IPTablesChainName(.filter, "FORWARD"): [firewall, forward, portals, external],
            IPTablesChainName(.filter, "OUTPUT"): [localnet, firewall, portals],
        ]
        chains.merge(translationJumps(withHostPorts: withHostPorts)) { $1 }
        return chains
    }

    private static func translationJumps(withHostPorts: Bool) -> [IPTablesChainName: [IPTablesRule]] {
        let services = jump(
            "kubernetes service portals", to: "KUBE-SERVICES", isNew: false, "connections to Services")
        let postrouting = jump(
            "kubernetes postrouting rules", to: "KUBE-POSTROUTING", isNew: false, "source addresses")
        let hostPorts = IPTablesRule(
            [.local(.destination)], .jump(IPTablesChainName.hostPorts.name), because: lab("host ports of Pods"))
        let masquerade = jump(
            "CNI portfwd requiring masquerade", to: IPTablesChainName.hostPortsMasquerade.name, isNew: false,
            "source addresses of connections to host ports")
        return [
            IPTablesChainName(.nat, "PREROUTING"): [services] + (withHostPorts ? [hostPorts] : []),
            IPTablesChainName(.nat, "OUTPUT"): [services] + (withHostPorts ? [hostPorts] : []),
            IPTablesChainName(.nat, "POSTROUTING"): (withHostPorts ? [masquerade] : []) + [postrouting],
        ]
    }

    private static func jump(
        _ comment: String, to chain: String, isNew: Bool = true, _ purpose: String
    ) -> IPTablesRule {
        IPTablesRule((isNew ? [.state([.new])] : []) + [.comment(comment)], .jump(chain), because: lab(purpose))
    }
}
