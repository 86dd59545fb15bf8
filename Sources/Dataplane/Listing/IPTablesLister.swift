// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Lists a namespace's rules of iptables: all of them, or those of some parts.
struct IPTablesLister {
    private let iptables: IPTables
    /// The parts whose rules are listed; nil for all.
    private let parts: Set<String>?
    /// True if what no part has is left out.
    private let isExcerpt: Bool
    private var program: String { iptables.family == .v4 ? "iptables" : "ip6tables" }

    init(_ iptables: IPTables, parts: Set<String>? = nil, isExcerpt: Bool = false) {
        self.iptables = iptables
        self.isExcerpt = isExcerpt
        self.parts = parts
    }

    /// The lines, table by table; none of a table in which the parts have no rules.
    var lines: [RuleLine] {
        let rules = rules
        return IPTablesTable.allCases.flatMap { table in
            let builtIn = table.builtInChains.map { IPTablesChainName(table, $0) }
            let own = rules.keys.filter { $0.table == table && !$0.isBuiltIn }.sorted()
            return lines(of: table, isExcerpt ? [] : builtIn, own, rules)
        }
    }

    private func lines(
        of table: IPTablesTable, _ builtIn: [IPTablesChainName], _ own: [IPTablesChainName],
        _ rules: [IPTablesChainName: [Listed]]
    ) -> [RuleLine] {
        guard !builtIn.isEmpty || !own.isEmpty else { return [] }
        let name = "\(program) \(table.rawValue)"
        func frame(_ place: String, _ text: String) -> RuleLine {
            RuleLine(.frame, table: name, place: place, depth: 0, text)
        }
        var lines = [frame("", "*\(table.rawValue)")]
        lines += builtIn.map { frame("chain \($0.name)", ":\($0.name) ACCEPT [0:0]") }
        lines += own.map { frame("chain \($0.name)", ":\($0.name) - [0:0]") }
        for chain in builtIn + own {
            lines += (rules[chain] ?? []).map { item in
                RuleLine(
                    .rule, table: name, place: "chain \(chain.name)", depth: 0,
                    "-A \(chain.name)" + item.rule.text(iptables.family), because: item.rule.because, part: item.part)
            }
        }
        return lines + [frame("", "COMMIT")]
    }

    // MARK: Rules

    /// A rule, and the part that has it.
    private struct Listed {
        var rule: IPTablesRule
        var part: String?
    }

    /// The rules by chain; of built-in chains only ours.
    private var rules: [IPTablesChainName: [Listed]] {
        var rules = isExcerpt ? [:] : commonRules
        for (name, part) in iptables.parts.sorted(by: { $0.key < $1.key }) where parts?.contains(name) ?? true {
            for (chain, own) in part.own { rules[chain] = own.map { Listed(rule: $0, part: name) } }
            for (chain, shared) in part.shared {
                rules[chain, default: []] += shared.map { Listed(rule: $0, part: name) }
            }
        }
        guard !isExcerpt else { return rules }
        rules[.services, default: []] += IPTables.lastRules(of: .services, iptables.family).map { Listed(rule: $0) }
        return rules
    }

    /// What no object's part has.
    private var commonRules: [IPTablesChainName: [Listed]] {
        var chains = iptables.fixedChains
        if iptables.hostPortPods > 0 {
            chains.merge(IPTables.hostPortChains) { $1 }
            chains[.hostPorts] = []
        }
        for chain in IPTablesChainName.shared { chains[chain] = [] }
        for table in IPTablesTable.allCases {
            for chain in table.builtInChains.map({ IPTablesChainName(table, $0) }) {
                chains[chain] = iptables.builtInRules(chain)
            }
        }
        return chains.mapValues { $0.map { Listed(rule: $0) } }
    }
}
