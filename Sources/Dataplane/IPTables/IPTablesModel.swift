// SPDX-License-Identifier: Apache-2.0

/// The iptables of one namespace and family as the kernel keeps them, in memory: what changes are tried on without root.
///
/// Like the kernel, it refuses a chain that jumps to one that is not there, and to delete one that is jumped to.
public struct IPTablesModel: Sendable, Equatable {
    /// Chains with their rules; built-in ones have only ours.
    public private(set) var chains: [IPTablesChainName: [IPTablesRule]] = [:]

    /// Nothing but empty built-in chains.
    public init() {}

    /// What the kernel has when the rules are in place.
    public init(_ iptables: IPTables) {
        chains = iptables.chains
        for table in IPTablesTable.allCases {
            for name in table.builtInChains.map({ IPTablesChainName(table, $0) }) {
                let rules = iptables.builtInRules(name)
                if !rules.isEmpty { chains[name] = rules }
            }
        }
    }

    /// Why changes were refused.
    public struct Refusal: Error, CustomStringConvertible {
        /// The reason.
        public var description: String
    }

    /// Makes the changes, all of them or none.
    public mutating func apply(_ changes: [ChainChange]) throws(Refusal) {
        var new = chains
        for change in changes {
            switch change {
            case .clear: new = [:]
            case .set(let chain, let rules):
                guard !chain.isBuiltIn else { throw Refusal(description: "\(chain.name) is not ours") }
                new[chain] = rules
            case .replace(let chain, let old, let rules):
                guard chain.isBuiltIn else { throw Refusal(description: "\(chain.name) is ours alone") }
                guard new[chain] ?? [] == old else { throw Refusal(description: "\(chain.name) has other rules") }
                new[chain] = rules.isEmpty ? nil : rules
            case .delete(let chain):
                guard new.removeValue(forKey: chain) != nil else {
                    throw Refusal(description: "there is no chain \(chain.name)")
                }
            }
        }
        for (chain, rules) in new {
            for case .jump(let target) in rules.compactMap(\.target)
            where new[IPTablesChainName(chain.table, target)] == nil {
                throw Refusal(description: "\(chain.name) jumps to \(target), which is not there")
            }
        }
        chains = new
    }
}
