// SPDX-License-Identifier: Apache-2.0
public import Net

/// What `iptables-restore --noflush` reads to make changes, and what each of its lines is for.
public struct IPTablesInput: Sendable {
    /// What a line of the input says.
    public struct Line: Sendable, Hashable, CustomStringConvertible {
        /// The table's section that the line is in.
        public var table: IPTablesTable
        /// The chain; empty for a line of the table as a whole.
        public var chain = ""
        /// The rule's place in its chain, from 1; 0 for a line that is no rule.
        public var number = 0
        /// What asked for the rule.
        public var because: Because?

        /// `rule 2 of the chain KUBE-SVC-… in nat [Service web/shop spec.ports[0] (shop.yaml:12)]`.
        public var description: String {
            guard !chain.isEmpty else { return "the table \(table.rawValue)" }
            let place = "the chain \(chain) in \(table.rawValue)"
            guard number > 0 else { return place }
            return "rule \(number) of \(place)" + (because.map { " [\($0)]" } ?? "")
        }
    }

    /// The input.
    public private(set) var text = ""
    /// What each line is for, the first line first.
    public private(set) var lines: [Line] = []

    /// The input for changes, table by table: mangle, filter, nat.
    /// - Parameters:
    ///   - present: what is there, which a whole installation clears away.
    ///   - counting: false leaves out `-m nfacct`.
    public init(
        _ changes: [ChainChange], family: Family, present: IPTablesListing = IPTablesListing(), counting: Bool = true
    ) {
        var sections = Sections(changes)
        if sections.clears { sections.clear(present) }
        for table in IPTablesTable.allCases where !sections.isEmpty(table) {
            write(sections, table, family, counting)
        }
    }

    /// The tables that have a section, in order.
    public var tables: [IPTablesTable] {
        IPTablesTable.allCases.filter { table in lines.contains { $0.table == table } }
    }

    private mutating func write(_ sections: Sections, _ table: IPTablesTable, _ family: Family, _ counting: Bool) {
        append("*\(table.rawValue)", Line(table: table))
        let set = sections.set.keys.filter { $0.table == table }.sorted()
        let gone = sections.gone.filter { $0.table == table }.sorted()
        // Naming a chain makes it, or empties it.
        for chain in set + gone { append(":\(chain.name) - [0:0]", Line(table: table, chain: chain.name)) }
        for line in sections.removals where line.table == table {
            append("-D \(line.rule)", Line(table: table, chain: line.chain))
        }
        for replacement in sections.replacements where replacement.chain.table == table {
            write(replacement, family, counting)
        }
        for chain in set {
            for (index, rule) in (sections.set[chain] ?? []).enumerated() {
                append(
                    "-A \(chain.name)" + rule.text(family, counting: counting),
                    Line(table: table, chain: chain.name, number: index + 1, because: rule.because))
            }
        }
        for chain in gone { append("-X \(chain.name)", Line(table: table, chain: chain.name)) }
        append("COMMIT", Line(table: table))
    }

    private mutating func write(_ replacement: Sections.Replacement, _ family: Family, _ counting: Bool) {
        let chain = replacement.chain
        for rule in replacement.old {
            append(
                "-D \(chain.name)" + rule.text(family, counting: counting),
                Line(table: chain.table, chain: chain.name, because: rule.because))
        }
        for (index, rule) in replacement.new.enumerated() {
            append(
                "-I \(chain.name) \(index + 1)" + rule.text(family, counting: counting),
                Line(table: chain.table, chain: chain.name, number: index + 1, because: rule.because))
        }
    }

    private mutating func append(_ line: String, _ meaning: Line) {
        text += line
        text += "\n"
        lines.append(meaning)
    }
}

/// Changes by chain: of several for the same one, the last counts.
private struct Sections {
    struct Replacement {
        var chain: IPTablesChainName
        var old: [IPTablesRule]
        var new: [IPTablesRule]
    }

    /// A rule that is there and goes, as it was listed.
    struct Removal {
        var table: IPTablesTable
        var chain: String
        var rule: String
    }

    var clears = false
    var set: [IPTablesChainName: [IPTablesRule]] = [:]
    var gone: Set<IPTablesChainName> = []
    var replacements: [Replacement] = []
    var removals: [Removal] = []

    init(_ changes: [ChainChange]) {
        for change in changes {
            switch change {
            case .clear: self = Sections(clears: true)
            case .set(let chain, let rules):
                set[chain] = rules
                gone.remove(chain)
            case .replace(let chain, let old, let new):
                replacements.append(Replacement(chain: chain, old: old, new: new))
            case .delete(let chain):
                set[chain] = nil
                gone.insert(chain)
            }
        }
    }

    private init(clears: Bool) { self.clears = clears }

    /// Takes away what is there and ours.
    mutating func clear(_ present: IPTablesListing) {
        for chain in present.chains.keys where chain.isOurs && set[chain] == nil { gone.insert(chain) }
        for (chain, rule) in present.jumps {
            removals.append(Removal(table: chain.table, chain: chain.name, rule: "\(chain.name) \(rule)"))
        }
    }

    func isEmpty(_ table: IPTablesTable) -> Bool {
        !set.keys.contains { $0.table == table } && !gone.contains { $0.table == table }
            && !replacements.contains { $0.chain.table == table } && !removals.contains { $0.table == table }
    }
}
