// SPDX-License-Identifier: Apache-2.0
public import Net

/// The name of a namespace within a lab: `host`, `edge`, `node-1`, `control-plane`, or a Pod's as `NAMESPACE/NAME`.
public struct NamespaceName: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name.
    public let text: String
    /// A name.
    public init(_ text: String) { self.text = text }
    /// A name that is written in the source.
    public init(stringLiteral text: String) { self.text = text }
    /// The name.
    public var description: String { text }
    /// By their text.
    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    /// The host's own namespace, or the private one that stands for it in an isolated lab.
    public static let host: NamespaceName = "host"
    /// The router and load balancer between the outside and the nodes.
    public static let edge: NamespaceName = "edge"
    /// Where the API server's address lives.
    public static let controlPlane: NamespaceName = "control-plane"
}

/// One end of a veth pair.
public struct Interface: Sendable, Hashable {
    /// `IFLA_IFNAME`: at most 15 bytes.
    public var name: String
    /// The interface's number, chosen by the plan so that routes can name it before it exists; 0 lets the kernel
    /// choose.
    public var index: UInt32
    /// The hardware address.
    public var mac: MACAddress
    /// Its addresses with their lengths; a routed end may have none.
    public var addresses: [Prefix]
    /// The namespace and interface name of the pair's other end.
    public var peerNamespace: NamespaceName
    /// The name of the other end's interface.
    public var peerName: String

    /// Puts one together from its parts.
    public init(
        _ name: String, index: UInt32, mac: MACAddress, addresses: [Prefix], peerNamespace: NamespaceName,
        peerName: String
    ) {
        self.name = name
        self.index = index
        self.mac = mac
        self.addresses = addresses
        self.peerNamespace = peerNamespace
        self.peerName = peerName
    }
}

/// One route of a namespace's main table.
public struct Route: Sendable, Hashable {
    /// Where it leads.
    public var destination: Prefix
    /// The next hop, taken as reachable on the interface (`RTNH_F_ONLINK`); nil for a route to the link itself.
    public var gateway: Address?
    /// The interface's name; nil for an `unreachable` route.
    public var interface: String?
    /// `RTA_PREFSRC`: the source address of what this namespace itself sends along the route.
    public var source: Address?
    /// What asked for the route.
    public var because: Because

    /// Puts one together from its parts.
    public init(
        _ destination: Prefix, via gateway: Address? = nil, interface: String?, source: Address? = nil,
        because: Because
    ) {
        self.destination = destination
        self.gateway = gateway
        self.interface = interface
        self.source = source
        self.because = because
    }
}

/// One permanent entry of the neighbour table, so that no ARP is ever sent on a lab's links.
public struct Neighbour: Sendable, Hashable {
    /// The neighbour's address.
    public var address: Address
    /// Its hardware address.
    public var mac: MACAddress
    /// The interface that it is reached by.
    public var interface: String

    /// Puts one together from its parts.
    public init(_ address: Address, _ mac: MACAddress, interface: String) {
        self.address = address
        self.mac = mac
        self.interface = interface
    }
}

/// One namespace as it should be: links, addresses, routes, neighbours, sysctls, and its table.
public struct NamespacePlan: Sendable, Hashable {
    /// Interfaces by name. Of a veth pair, each end stands in its own namespace's plan.
    public var interfaces: [String: Interface]
    /// Routes by destination.
    public var routes: [Prefix: Route]
    /// Neighbours by address.
    public var neighbours: [Address: Neighbour]
    /// Further addresses of the loopback interface (`lo`).
    public var loopback: [Prefix]
    /// `/proc/sys/net` settings, path below that folder to value: `ipv4/ip_forward` to `1`.
    public var sysctls: [String: String]
    /// The nftables tables, by the family of their addresses; none for a namespace without rules.
    public var rulesets: [Family: Ruleset]
    /// The iptables rules, by family; none for a namespace whose rules nftables has.
    public var iptables: [Family: IPTables]
    /// Further nftables tables beside the Services', which no Service changes: those of the network itself. No two have
    /// the same name and family.
    public var tables: [Ruleset]

    /// Puts one together from its parts.
    public init(
        interfaces: [Interface] = [], routes: [Route] = [], neighbours: [Neighbour] = [], loopback: [Prefix] = [],
        sysctls: [String: String] = [:], rulesets: [Ruleset] = [], iptables: [IPTables] = [],
        tables: [Ruleset] = []
    ) {
        self.interfaces = Dictionary(interfaces.map { ($0.name, $0) }) { $1 }
        self.routes = Dictionary(routes.map { ($0.destination, $0) }) { $1 }
        self.neighbours = Dictionary(neighbours.map { ($0.address, $0) }) { $1 }
        self.loopback = loopback
        self.sysctls = sysctls
        self.rulesets = Dictionary(rulesets.map { ($0.family, $0) }) { $1 }
        self.iptables = Dictionary(iptables.map { ($0.family, $0) }) { $1 }
        self.tables = tables
    }
}

/// What a lab should be: a value that a pure function of the cluster's objects makes.
///
/// It has two readers: the kernel edge, which turns differences into netlink messages, and the walker.
public struct Plan: Sendable, Hashable {
    /// All namespaces, by name.
    public var namespaces: [NamespaceName: NamespacePlan]

    /// A plan of these namespaces.
    public init(_ namespaces: [NamespaceName: NamespacePlan] = [:]) { self.namespaces = namespaces }
}
