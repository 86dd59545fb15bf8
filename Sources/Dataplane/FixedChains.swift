// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The chains that a table has from its beginning.
///
/// They are in such an order that a Pod's connection to a cluster address pays least: four look-ups and a draw
/// translate it, one more finds that it is no hairpin, and the filter chains look at no more than a flag.
struct FixedChains {
    /// The Services' range; at the edge that of the load balancers.
    var services: Prefix
    /// The Pods' range.
    var pods: Prefix?

    private static let destination: [Selector] = [.destinationAddress, .transport, .destinationPort]
    private static let port: [Selector] = [.transport, .destinationPort]
    private static let balance = Statement.verdict(.goto("balance"))
    /// The mark of connections whose source stays although they come from outside.
    private static let preserved: UInt32 = 1

    var ofNode: [Chain] {
        [
            FixedChains.deliver, FixedChains.stickyDraw, FixedChains.balancing, external, FixedChains.externalOutput,
            nodePorts, FixedChains.nodePortsOutput, masquerading, FixedChains.nodePortsCheck,
            FixedChains.endpointsCheck, clusterAddressesCheck,
            FixedChains.unanswered,
        ] + FixedChains.nodeHooks
    }

    // MARK: Balancing

    /// The endpoint of the pool in the mark and the slot (or the endpoint's number) in the priority.
    static let deliver = Chain(
        "deliver",
        [
            FixedChains.rule(
                "sends the connection to the endpoint that was drawn",
                .dnatFromMap([.mark, .priority], map: SetName.endpoints))
        ])

    /// Draws an endpoint of a pool with affinity, and leaves its number in the priority.
    static let stickyDraw = Chain(
        "sticky-draw",
        [
            FixedChains.rule(
                "draws among the pool's endpoints", .setPriorityFromMap([.mark], map: SetName.stickyPools),
                .verdictMap([.priority], map: SetName.stickyDraws)),
            FixedChains.rule(
                "finds the number of the endpoint, which it keeps whatever its slot",
                .setPriorityFromMap([.mark, .priority], map: SetName.stickySlots)),
        ])

    private static let balancing = Chain(
        "balance",
        [
            rule(
                "draws among the pool's endpoints", .setPriorityFromMap([.mark], map: SetName.pools),
                .verdictMap([.priority], map: SetName.draws)),
            rule("that was the slot", .verdict(.goto(deliver.name))),
        ])

    // MARK: Where connections come in

    private static let firewall = rule(
        "not from an address that may use the load balancer",
        .member(destination, of: SetName.firewalled, negated: false),
        .member(destination + [.sourceAddress], of: SetName.allowedSources, negated: true), .verdict(.drop))

    private static let externalOutput = Chain(
        "external-output", [firewall, rule("the node itself may use all endpoints", balance)])

    private var external: Chain {
        Chain(
            "external",
            [FixedChains.firewall]
                + localPolicy(FixedChains.destination, SetName.localAddresses)
                + [FixedChains.rule("the pool is known", FixedChains.balance)])
    }

    private var nodePorts: Chain {
        Chain(
            "nodeports",
            [
                FixedChains.rule(
                    "a Pod has this port of the node",
                    .setMarkFromMap(FixedChains.port, map: SetName.hostPorts),
                    .setConnectionMark(FixedChains.preserved), FixedChains.balance),
                FixedChains.rule(
                    "policy Local keeps the source address",
                    .setPriorityFromMap(FixedChains.port, map: SetName.localNodePorts),
                    .setConnectionMark(FixedChains.preserved)),
            ] + outsiders([.setMarkFromMap(FixedChains.port, map: SetName.localNodePorts), FixedChains.balance]) + [
                FixedChains.rule(
                    "finds the pool of a node port",
                    .setMarkFromMap(FixedChains.port, map: SetName.serviceNodePorts), FixedChains.balance)
            ])
    }

    private func localPolicy(_ key: [Selector], _ map: String) -> [Rule] {
        [
            FixedChains.rule(
                "policy Local keeps the source address", .setPriorityFromMap(key, map: map),
                .setConnectionMark(FixedChains.preserved))
        ] + outsiders([.setMarkFromMap(key, map: map)])
    }

    private func outsiders(_ statements: [Statement]) -> [Rule] {
        let condition = pods.map { [Statement.within(.sourceAddress, $0, negated: true)] } ?? []
        return [
            Rule(
                condition + statements,
                because: Ruleset.lab("policy Local sends what comes from outside to this node's endpoints"))
        ]
    }

    private static let nodePortsOutput = Chain(
        "nodeports-output",
        [
            rule("a Pod has this port of the node", .setMarkFromMap(port, map: SetName.hostPorts), balance),
            rule("finds the pool of a node port", .setMarkFromMap(port, map: SetName.serviceNodePorts), balance),
        ])

    // MARK: Source addresses

    private var masquerading: Chain {
        var common: [Statement] = [.within(.originalDestinationAddress, services, negated: false)]
        if let pods { common.insert(.within(.sourceAddress, pods, negated: false), at: 0) }
        return Chain(
            "masquerading",
            [
                FixedChains.rule(
                    "a Pod that reaches itself through a Service would answer itself directly",
                    .member([.sourceAddress, .destinationAddress], of: SetName.hairpin, negated: false), .masquerade),
                Rule(
                    common + [.verdict(.return)],
                    because: Ruleset.lab("a Pod that uses a cluster address is seen as itself")),
                FixedChains.rule(
                    "the source address is to be kept", .equals(.connectionMark, FixedChains.preserved),
                    .verdict(.return)),
                FixedChains.rule("replies must come back through this node", .masquerade),
            ])
    }

    // MARK: What no Service took

    private static let unanswered = Chain(
        "unanswered",
        [
            rule("a Service took it", .translated, .verdict(.return)),
            rule("Services that have no endpoints", .verdict(.jump("endpoints-check"))),
            rule("what no Service took", .verdict(.goto("cluster-ips-check"))),
        ])

    private static let nodePortsCheck = Chain(
        "nodeports-check",
        [
            rule(
                "a node port without endpoints", .member(port, of: SetName.noEndpointNodePorts, negated: false),
                .reject),
            rule(
                "a node port with policy Local, and no endpoint here",
                .member(port, of: SetName.noLocalEndpointNodePorts, negated: false), .verdict(.drop)),
        ])

    private static let endpointsCheck = Chain(
        "endpoints-check",
        [
            rule(
                "a Service without endpoints", .member(destination, of: SetName.noEndpointServices, negated: false),
                .reject),
            rule(
                "a Service with policy Local, and no endpoint here",
                .member(destination, of: SetName.noLocalEndpointServices, negated: false), .verdict(.drop)),
            rule(
                "the node's own ports", .member([.destinationAddress], of: SetName.nodePortAddresses, negated: false),
                .verdict(.goto("nodeports-check"))),
        ])

    private var clusterAddressesCheck: Chain {
        Chain(
            "cluster-ips-check",
            [
                FixedChains.rule(
                    "a port that the Service does not have",
                    .member([.destinationAddress], of: SetName.clusterAddresses, negated: false), .reject),
                FixedChains.rule(
                    "an address of the Service range that no Service has",
                    .within(.destinationAddress, services, negated: false), .verdict(.drop)),
            ])
    }

    // MARK: Hooks

    private static func translating(_ hook: Hook, external: String, nodePorts: String) -> Chain {
        Chain(
            "nat-\(hook)", base: Base(.nat, hook, priority: -100),
            [
                rule(
                    "finds the pool of a cluster address and port",
                    .setMarkFromMap(destination, map: SetName.serviceAddresses), balance),
                rule(
                    "finds the pool of an external address and port",
                    .setMarkFromMap(destination, map: SetName.externalAddresses), .verdict(.goto(external))),
                rule(
                    "connections to the node's own ports",
                    .member([.destinationAddress], of: SetName.nodePortAddresses, negated: false),
                    .verdict(.goto(nodePorts))),
            ])
    }

    private static var nodeHooks: [Chain] {
        let check = rule("connections that no Service took", .newConnection, .verdict(.jump("unanswered")))
        return [
            translating(.prerouting, external: "external", nodePorts: "nodeports"),
            translating(.output, external: "external-output", nodePorts: "nodeports-output"),
            sourceHook,
        ]
            + [Hook.input, .forward, .output].map {
                Chain("filter-\($0)", base: Base(.filter, $0, priority: 0), [check])
            }
    }

    private static var sourceHook: Chain {
        Chain(
            "nat-postrouting", base: Base(.nat, .postrouting, priority: 100),
            [rule("source addresses of what Services took", .translated, .verdict(.jump("masquerading")))])
    }

    // MARK: The edge

    var ofEdge: [Chain] {
        let entry = FixedChains.rule(
            "connections to the load balancer's addresses", .within(.destinationAddress, services, negated: false),
            .setMarkFromMap(FixedChains.destination, map: SetName.externalAddresses), .verdict(.goto("external")))
        let inside = "replies to a Pod or a node must come back through the load balancer"
        var masquerading = [
            FixedChains.rule(inside, .member([.sourceAddress], of: SetName.nodeAddresses, negated: false), .masquerade)
        ]
        if let pods {
            masquerading.insert(
                FixedChains.rule(inside, .within(.sourceAddress, pods, negated: false), .masquerade), at: 0)
        }
        return [
            FixedChains.deliver, FixedChains.stickyDraw, FixedChains.balancing,
            Chain("external", [FixedChains.firewall, FixedChains.rule("the pool is known", FixedChains.balance)]),
            Chain("masquerading", masquerading),
            Chain("nat-prerouting", base: Base(.nat, .prerouting, priority: -100), [entry]),
            Chain("nat-output", base: Base(.nat, .output, priority: -100), [entry]), FixedChains.sourceHook,
        ]
    }

    /// A packet for a cluster address that comes from a node would go to a node again, and in circles. (The edge's
    /// interfaces are called as what they lead to.)
    static func untaken(_ services: Prefix) -> Chain {
        Chain(
            "filter-forward", base: Base(.filter, .forward, priority: 0),
            [
                rule(
                    "a cluster address that no node's rules took",
                    .within(.destinationAddress, services, negated: false),
                    .incoming(NamespaceName.host.text, negated: true),
                    .incoming(NamespaceName.controlPlane.text, negated: true), .verdict(.drop))
            ])
    }

    private static func rule(_ purpose: String, _ statements: Statement...) -> Rule {
        Rule(statements, because: Ruleset.lab(purpose))
    }
}
