// SPDX-License-Identifier: Apache-2.0
public import Net

/// The names of the sets and maps in Lab's table.
public enum SetName {
    /// Address, protocol and port of a Service, to its pool.
    public static let serviceAddresses = "service-ips"
    /// Protocol and node port, to the pool.
    public static let serviceNodePorts = "service-nodeports"
    /// Pool, to the number of its endpoints.
    public static let pools = "pools"
    /// A number of endpoints, to the chain that draws among so many.
    public static let draws = "draws"
    /// Pool and slot, to the endpoint.
    public static let endpoints = "endpoints"
    /// Services without endpoints.
    public static let noEndpointServices = "no-endpoint-services"
    /// Node ports without endpoints.
    public static let noEndpointNodePorts = "no-endpoint-nodeports"
    /// All cluster addresses in use.
    public static let clusterAddresses = "cluster-ips"
    /// The node's addresses where node ports answer.
    public static let nodePortAddresses = "nodeport-ips"
    /// The Pods of this node, each paired with itself.
    public static let hairpin = "hairpin"
}

extension Ruleset {
    /// The table of a node before it knows any Service: chains, sets, and the node's own address.
    /// The address' family is the table's.
    public static func node(nodeAddress: Address, serviceRange: Prefix, podRange: Prefix) -> Ruleset {
        let ranges = Ranges(services: serviceRange, pods: podRange)
        var ruleset = Ruleset(
            family: nodeAddress.family, sets: nodeSets(nodeAddress.family),
            chains: [services([.addresses, .nodePorts]), deliver, masquerading(ranges), endpointsCheck]
                + [clusterAddressesCheck(ranges)] + nodeHooks)
        let own = Element([.address(nodeAddress)], because: lab("the node's address, where node ports answer"))
        _ = ruleset.replace("node", with: [SetName.nodePortAddresses: [own]])
        return ruleset
    }

    /// The table of the edge: it sends what comes for an address of the range on to the endpoints, which are nodes'
    /// node ports, and leaves the client's own address in place.
    public static func edge(externalRange: Prefix) -> Ruleset {
        let jump = Rule(
            [.within(.destinationAddress, externalRange, negated: false), .verdict(.jump("services"))],
            because: lab("connections to the load balancer's addresses"))
        return Ruleset(
            family: externalRange.family, sets: balancingSets(externalRange.family),
            chains: [
                services([.addresses]), deliver,
                Chain("nat-prerouting", base: Base(.nat, .prerouting, priority: -100), [jump]),
                Chain("nat-output", base: Base(.nat, .output, priority: -100), [jump]),
            ])
    }

    /// The chain that draws one of so many slots of a pool, and leaves the number in the packet's priority.
    ///
    /// It looks into no set, for it may be made in a table that is large already: when a rule with a map comes, the
    /// kernel walks every element of the map (`nf_tables_bind_set`).
    static func pick(_ count: UInt32) -> Chain {
        let because = lab("draws one of \(count) endpoint\(count == 1 ? "" : "s")")
        return Chain(
            pickPrefix + String(count),
            [Rule([.setPriority(.random(modulus: count)), .verdict(.goto(deliver.name))], because: because)])
    }

    static let pickPrefix = "pick-"

    private struct Ranges {
        var services: Prefix
        var pods: Prefix
    }

    private enum Reach { case addresses, nodePorts }

    private static func lab(_ purpose: String) -> Because { Because("lab", field: purpose) }

    private static let destination: [Selector] = [.destinationAddress, .transport, .destinationPort]
    private static let port: [Selector] = [.transport, .destinationPort]

    // MARK: Sets

    private static func balancingSets(_ family: Family) -> [SetDeclaration] {
        let address = DatumType(family)
        return [
            SetDeclaration(
                SetName.serviceAddresses, key: [address, .transport, .port], value: .data([.number]),
                comment: "address and port of a Service, to its pool"),
            SetDeclaration(
                SetName.pools, key: [.number], value: .data([.number]), comment: "pool, to the number of its endpoints"),
            SetDeclaration(
                SetName.draws, key: [.number], value: .verdict, comment: "number of endpoints, to the draw among them"),
            SetDeclaration(
                SetName.endpoints, key: [.number, .number], value: .data([address, .port]),
                comment: "pool and slot, to the endpoint"),
        ]
    }

    private static func nodeSets(_ family: Family) -> [SetDeclaration] {
        let address = DatumType(family)
        return balancingSets(family) + [
            SetDeclaration(
                SetName.serviceNodePorts, key: [.transport, .port], value: .data([.number]),
                comment: "node port, to its pool"),
            SetDeclaration(
                SetName.noEndpointServices, key: [address, .transport, .port], comment: "Services without endpoints"),
            SetDeclaration(
                SetName.noEndpointNodePorts, key: [.transport, .port], comment: "node ports without endpoints"),
            SetDeclaration(SetName.clusterAddresses, key: [address], comment: "cluster addresses in use"),
            SetDeclaration(SetName.nodePortAddresses, key: [address], comment: "addresses where node ports answer"),
            SetDeclaration(SetName.hairpin, key: [address, address], comment: "Pods of this node, each to itself"),
        ]
    }

    // MARK: Chains

    /// What all draws lead to, made with the table: the endpoint of the pool in the mark and the slot in the priority.
    private static let deliver = Chain(
        "deliver",
        [
            Rule(
                [.dnatFromMap([.mark, .priority], map: SetName.endpoints)],
                because: lab("sends the connection to the endpoint that was drawn"))
        ])

    private static func services(_ reach: [Reach]) -> Chain {
        var rules = [
            Rule([.setMark(0)], because: lab("no pool as yet")),
            Rule(
                [.setMarkFromMap(destination, map: SetName.serviceAddresses)],
                because: lab("finds the pool of a Service's address and port")),
        ]
        if reach.contains(.nodePorts) {
            rules.append(
                Rule(
                    [
                        .member([.destinationAddress], of: SetName.nodePortAddresses, negated: false),
                        .setMarkFromMap(port, map: SetName.serviceNodePorts),
                    ], because: lab("finds the pool of a node port")))
        }
        rules.append(
            Rule(
                [
                    .setPriorityFromMap([.mark], map: SetName.pools), .verdictMap([.priority], map: SetName.draws),
                ],
                because: lab("draws among the pool's endpoints")))
        return Chain("services", rules)
    }

    private static func masquerading(_ ranges: Ranges) -> Chain {
        Chain(
            "masquerading",
            [
                Rule(
                    [
                        .translated,
                        .member([.sourceAddress, .destinationAddress], of: SetName.hairpin, negated: false),
                        .masquerade,
                    ], because: lab("a Pod that reaches itself through a Service would answer itself directly")),
                Rule(
                    [.translated, .within(.sourceAddress, ranges.pods, negated: true), .masquerade],
                    because: lab("replies to a client outside the Pod range must come back through this node")),
                Rule(
                    [.translated, .within(.originalDestinationAddress, ranges.services, negated: true), .masquerade],
                    because: lab("replies for a node port or external address must come back through this node")),
            ])
    }

    private static var endpointsCheck: Chain {
        Chain(
            "endpoints-check",
            [
                Rule(
                    [.member(destination, of: SetName.noEndpointServices, negated: false), .reject],
                    because: lab("a Service without endpoints")),
                Rule(
                    [
                        .member([.destinationAddress], of: SetName.nodePortAddresses, negated: false),
                        .member(port, of: SetName.noEndpointNodePorts, negated: false), .reject,
                    ], because: lab("a node port without endpoints")),
            ])
    }

    private static func clusterAddressesCheck(_ ranges: Ranges) -> Chain {
        Chain(
            "cluster-ips-check",
            [
                Rule(
                    [.member([.destinationAddress], of: SetName.clusterAddresses, negated: false), .reject],
                    because: lab("a port that the Service does not have")),
                Rule(
                    [.within(.destinationAddress, ranges.services, negated: false), .verdict(.drop)],
                    because: lab("an address of the Service range that no Service has")),
            ])
    }

    private static var nodeHooks: [Chain] {
        let toServices = Rule([.verdict(.jump("services"))], because: lab("connections to Services"))
        let toEndpointsCheck = Rule(
            [.newConnection, .verdict(.jump("endpoints-check"))], because: lab("Services that have no endpoints"))
        let toClusterAddressesCheck = Rule(
            [.newConnection, .verdict(.jump("cluster-ips-check"))], because: lab("what no Service took"))
        let toMasquerading = Rule([.verdict(.jump("masquerading"))], because: lab("source addresses"))
        return [
            Chain("nat-prerouting", base: Base(.nat, .prerouting, priority: -100), [toServices]),
            Chain("nat-output", base: Base(.nat, .output, priority: -100), [toServices]),
            Chain("nat-postrouting", base: Base(.nat, .postrouting, priority: 100), [toMasquerading]),
            Chain("filter-input", base: Base(.filter, .input, priority: 0), [toEndpointsCheck]),
            Chain(
                "filter-forward", base: Base(.filter, .forward, priority: 0),
                [toEndpointsCheck, toClusterAddressesCheck]),
            Chain(
                "filter-output", base: Base(.filter, .output, priority: 0),
                [toEndpointsCheck, toClusterAddressesCheck]),
        ]
    }
}

extension DatumType {
    /// The type of an address of the family.
    public init(_ family: Family) { self = family == .v4 ? .address : .address6 }
}
