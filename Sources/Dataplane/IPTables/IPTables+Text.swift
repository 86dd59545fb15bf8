// SPDX-License-Identifier: Apache-2.0
internal import Net

extension IPTables {
    /// The rules as `iptables-save` prints them in a namespace that has no others, without its lines of comment.
    public var text: String { text(counting: true) }

    /// The same; without `-m nfacct` where the kernel has none.
    public func text(counting: Bool) -> String {
        let chains = chains
        let sorted = chains.keys.sorted()
        return IPTablesTable.allCases.map { table in
            let own = sorted.filter { $0.table == table }
            let builtIn = table.builtInChains.map { IPTablesChainName(table, $0) }
            var lines = ["*\(table.rawValue)"]
            lines += builtIn.map { ":\($0.name) ACCEPT [0:0]" } + own.map { ":\($0.name) - [0:0]" }
            for chain in builtIn {
                lines += builtInRules(chain).map { "-A \(chain.name)" + $0.text(family, counting: counting) }
            }
            for chain in own {
                lines += (chains[chain] ?? []).map { "-A \(chain.name)" + $0.text(family, counting: counting) }
            }
            return (lines + ["COMMIT"]).joined(separator: "\n") + "\n"
        }.joined()
    }
}
