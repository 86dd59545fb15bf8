// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The rules of one namespace, line by line, each with what asked for it.
///
/// Of nftables it reads as `nft list ruleset` prints it, of iptables as `iptables-save` does; what nft lists and cannot
/// read back stands there as it can. With the reasons as comments (`text`) it is a file that both programs load.
public struct RuleListing: Sendable, Hashable {
    /// The lines, table after table.
    public var lines: [RuleLine]

    /// A listing of these lines.
    public init(_ lines: [RuleLine] = []) { self.lines = lines }

    /// The rules of a namespace: those that the Services have, by family, then the other tables.
    /// - Parameter part: only what this part of the rules has, as `service web/hello`, and what only that needs.
    public init(_ namespace: NamespacePlan, part: String? = nil) {
        let parts = part.map { Set([$0]) }
        lines = Family.allCases.flatMap { family in
            let table = namespace.rulesets[family].map { RulesetLister($0, parts: parts, isExcerpt: part != nil).lines }
            let chains = namespace.iptables[family].map {
                IPTablesLister($0, parts: parts, isExcerpt: part != nil).lines
            }
            return (table ?? []) + (chains ?? [])
        }
        guard part == nil else { return }
        lines += namespace.tables.flatMap { RulesetLister($0).lines }
    }
}

extension RuleDifference {
    /// Compares the rules of a namespace before and after a change; what is the same in both costs little.
    public init(from old: NamespacePlan?, to new: NamespacePlan?) {
        let (old, new) = (old ?? NamespacePlan(), new ?? NamespacePlan())
        var (before, after) = (RuleListing(), RuleListing())
        for family in Family.allCases {
            let tables = (old.rulesets[family], new.rulesets[family])
            let parts = RuleDifference.changedParts(tables.0, tables.1)
            before.lines += tables.0.map { RulesetLister($0, parts: parts).lines } ?? []
            after.lines += tables.1.map { RulesetLister($0, parts: parts).lines } ?? []
            let chains = (old.iptables[family], new.iptables[family])
            let changed = RuleDifference.changedParts(chains.0, chains.1)
            before.lines += chains.0.map { IPTablesLister($0, parts: changed).lines } ?? []
            after.lines += chains.1.map { IPTablesLister($0, parts: changed).lines } ?? []
        }
        before.lines += old.tables.flatMap { RulesetLister($0).lines }
        after.lines += new.tables.flatMap { RulesetLister($0).lines }
        self.init(from: before, to: after)
    }

    /// The parts that are not the same in both; nil for all, where that is not to be told part by part.
    private static func changedParts(_ old: Ruleset?, _ new: Ruleset?) -> Set<String>? {
        guard let old, let new, old.contested.isEmpty, new.contested.isEmpty else { return nil }
        return Set(Set(old.parts.keys).union(new.parts.keys).filter { old.parts[$0] != new.parts[$0] })
    }

    private static func changedParts(_ old: IPTables?, _ new: IPTables?) -> Set<String>? {
        guard let old, let new else { return nil }
        return Set(Set(old.parts.keys).union(new.parts.keys).filter { old.parts[$0] != new.parts[$0] })
    }
}
