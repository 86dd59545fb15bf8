// SPDX-License-Identifier: Apache-2.0
public import Net

/// The tables of iptables that kube-proxy writes to. The raw values are the names on the command line.
public enum IPTablesTable: String, Sendable, Hashable, CaseIterable {
    case mangle, filter, nat
}

/// A chain of one of the tables.
public struct IPTablesChainName: Sendable, Hashable {
    /// The table.
    public var table: IPTablesTable
    /// The chain's name: `KUBE-SERVICES`, or a built-in one as `PREROUTING`.
    public var name: String

    /// Puts one together from its parts.
    public init(_ table: IPTablesTable, _ name: String) {
        self.table = table
        self.name = name
    }

    /// True for the chains that the kernel's hooks call, which are always there and may have others' rules too.
    public var isBuiltIn: Bool { table.builtInChains.contains(name) }
}

/// What one chain becomes. Changes of one update are one `iptables-restore --noflush`, atomic for each table.
public enum ChainChange: Sendable, Hashable {
    /// Removes whatever kube-proxy or a CNI plugin left, before all other changes: the beginning of a whole installation.
    case clear
    /// Makes the chain if it is not there, and gives it these rules.
    case set(IPTablesChainName, [IPTablesRule])
    /// Takes our rules out of a built-in chain, and puts these in at its top; others' rules stay.
    case replace(IPTablesChainName, [IPTablesRule], with: [IPTablesRule])
    /// Deletes a chain that nothing jumps to any more.
    case delete(IPTablesChainName)
}

/// The iptables rules of one namespace and one family, as kube-proxy's iptables mode writes them.
///
/// Each Service has chains of its own, so that an endpoint that comes or goes rewrites those alone. In the chains that
/// all share (`KUBE-SERVICES` and its like), rules stand in the order of the Services' names; kube-proxy's own order
/// there is that of a Go map. The corresponding command is `iptables-restore`.
public struct IPTables: Sendable, Hashable {
    /// `iptables` or `ip6tables`.
    public let family: Family
    /// The node's address: a load balancer's source ranges that hold it let its own traffic in.
    public let nodeAddress: Address
    /// The Pods' addresses: whoever has another is masqueraded on the way to a cluster address. kube-proxy's `clusterCIDR`.
    public let podRange: Prefix
    /// How the rules are broken on purpose; nil for rules as they should be.
    public var sabotage: Sabotage?
    /// The rules of objects, by the part's name (`Ruleset.partName`).
    var parts: [String: Part] = [:]
    /// How many Pods have host ports: with the first one come the chains that all of them share.
    var hostPortPods = 0

    /// The rules of one object.
    struct Part: Sendable, Hashable {
        /// What stands in chains that all objects share.
        var shared: [IPTablesChainName: [IPTablesRule]] = [:]
        /// The chains of its own.
        var own: [IPTablesChainName: [IPTablesRule]] = [:]

        var isEmpty: Bool { shared.isEmpty && own.isEmpty }
    }

    /// The rules of a node before it knows any Service; the family is the address'.
    public static func node(nodeAddress: Address, podRange: Prefix) -> IPTables {
        IPTables(family: nodeAddress.family, nodeAddress: nodeAddress, podRange: podRange)
    }

    /// The settings (paths below `/proc/sys/net`) without which the rules do not do what they say: a node port on
    /// 127.0.0.1 (D48) is an address of this machine until it is translated, and the kernel routes no such packet out.
    /// `KUBE-FIREWALL` keeps others from using that. IPv6 has no such setting, and no such node ports.
    public static func sysctls(_ family: Family) -> [String: String] {
        family == .v4 ? ["ipv4/conf/all/route_localnet": "1"] : [:]
    }
}

extension IPTablesTable {
    /// The table's built-in chains, in the order in which `iptables-save` prints them.
    public var builtInChains: [String] {
        switch self {
        case .mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]
        case .filter: ["INPUT", "FORWARD", "OUTPUT"]
        case .nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]
        }
    }
}

extension IPTablesChainName: Comparable {
    /// By table (mangle, filter, nat), then by name.
    public static func < (left: Self, right: Self) -> Bool {
        left.table == right.table ? left.name < right.name : left.table.rank < right.table.rank
    }
}

extension IPTablesTable {
    fileprivate var rank: Int {
        switch self {
        case .mangle: 0
        case .filter: 1
        case .nat: 2
        }
    }
}
