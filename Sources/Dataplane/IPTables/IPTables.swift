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
}

/// What one chain becomes: all of its rules anew, or nothing of it. Changes of one update are one atomic
/// `iptables-restore --noflush`.
public enum ChainChange: Sendable, Hashable {
    /// Makes the chain if it is not there, and gives it these rules.
    case set(IPTablesChainName, [IPTablesRule])
    /// Deletes a chain that nothing jumps to any more.
    case delete(IPTablesChainName)
}

/// The iptables rules of one namespace and one family, as kube-proxy's iptables mode writes them.
public struct IPTables: Sendable, Hashable {
    /// `iptables` or `ip6tables`.
    public let family: Family
}
