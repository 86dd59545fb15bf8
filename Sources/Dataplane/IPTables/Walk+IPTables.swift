// SPDX-License-Identifier: Apache-2.0

extension Walk {
    /// Runs a chain of iptables' on the packet.
    mutating func run(_ iptables: IPTables, _ chain: IPTablesChainName, _ context: RuleContext) -> ChainEnd { .reached }
}
