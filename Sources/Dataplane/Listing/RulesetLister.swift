// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Lists a table of nftables: with the elements of all its parts, or of some.
struct RulesetLister {
    private let ruleset: Ruleset
    /// True if only sets are listed in which those parts have elements, and the chains that only such elements lead to.
    private let isExcerpt: Bool
    private let table: String
    private let elements: [String: [Listed]]
    private let types: ReadableTypes

    /// An element, and the part that has it.
    private struct Listed {
        var element: Element
        var part: String
    }

    init(_ ruleset: Ruleset, parts: Set<String>? = nil, isExcerpt: Bool = false) {
        self.ruleset = ruleset
        self.isExcerpt = isExcerpt
        table = "\(ruleset.familyKeyword) \(ruleset.table)"
        types = ReadableTypes(ruleset.chains, ruleset.family)
        elements = RulesetLister.elements(of: ruleset, parts, isExcerpt)
    }

    /// The lines; none if it is an excerpt of nothing.
    var lines: [RuleLine] {
        let sets = ruleset.sets.flatMap(lines)
        let chains = ruleset.chains.filter { shownChains?.contains($0.name) ?? true }.flatMap(lines)
        guard !sets.isEmpty || !chains.isEmpty else { return [] }
        return [frame("", 0, "table \(table) {")] + sets + chains + [frame("", 0, "}")]
    }

    private func frame(_ place: String, _ depth: Int, _ text: String, readable: String? = nil) -> RuleLine {
        RuleLine(.frame, table: table, place: place, depth: depth, text, readable: readable)
    }

    // MARK: Elements

    private static func elements(
        of ruleset: Ruleset, _ names: Set<String>?, _ isExcerpt: Bool
    ) -> [String: [Listed]] {
        var elements: [String: [Listed]] = [:]
        func add(_ part: String, _ isShown: (String, Element) -> Bool) {
            for (set, all) in ruleset.parts[part]?.elements ?? [:] {
                for element in all where ruleset.owns(element.key, set: set, part) && isShown(set, element) {
                    elements[set, default: []].append(Listed(element: element, part: part))
                }
            }
        }
        for part in names ?? Set(ruleset.parts.keys) { add(part) { _, _ in true } }
        if isExcerpt {
            // Of the draws, those that the pools ask for.
            let needed = [
                SetName.draws: numbers(elements[SetName.pools]),
                SetName.stickyDraws: numbers(elements[SetName.stickyPools]),
            ]
            add(Ruleset.drawsPart) { set, element in
                if case .number(let number) = element.key.first { needed[set]?.contains(number) == true } else { false }
            }
        }
        return elements.mapValues { $0.sorted { $0.element.key.lexicographicallyPrecedes($1.element.key) } }
    }

    private static func numbers(_ pools: [Listed]?) -> Set<UInt32> {
        Set(
            (pools ?? []).compactMap { pool in
                if case .data(let data) = pool.element.value, case .number(let number) = data.first {
                    number
                } else {
                    nil
                }
            })
    }

    private func lines(of set: SetDeclaration) -> [RuleLine] {
        let listed = elements[set.name] ?? []
        guard !isExcerpt || !listed.isEmpty || shownSets.contains(set.name) else { return [] }
        let place = "\(set.keyword) \(set.name)"
        var lines = [
            frame(place, 1, place + " {"), frame(place, 2, "type \(set.typeText)", readable: types.text(of: set)),
        ]
        lines += set.flagTexts.map { frame(place, 2, $0) }
        lines.append(frame(place, 2, "comment \"\(set.comment)\""))
        guard !listed.isEmpty else { return lines + [frame(place, 1, "}")] }
        lines.append(frame(place, 2, "elements = {"))
        lines += listed.map { item in
            RuleLine(
                .element, table: table, place: place, depth: 3, item.element.text, because: item.element.because,
                part: item.part == Ruleset.drawsPart ? nil : item.part)
        }
        return lines + [frame(place, 2, "}"), frame(place, 1, "}")]
    }

    // MARK: Chains

    /// The chains that the verdicts of the listed elements lead to; nil for all.
    private var shownChains: Set<String>? {
        guard isExcerpt else { return nil }
        return Set(
            elements.values.joined().compactMap { item in
                if case .verdict(let verdict) = item.element.value { verdict.target } else { nil }
            })
    }

    /// The maps without listed elements that those chains use: where clients are remembered.
    private var shownSets: Set<String> {
        let chains = ruleset.chains.filter { shownChains?.contains($0.name) ?? true }
        let used = chains.flatMap { $0.rules.flatMap { $0.statements.compactMap(\.set) } }
        return Set(used.filter { $0.hasPrefix(SetName.affinityPrefix) })
    }

    private func lines(of chain: Chain) -> [RuleLine] {
        let place = "chain \(chain.name)"
        var lines = [frame(place, 1, place + " {")]
        if let base = chain.base { lines.append(frame(place, 2, base.text)) }
        lines += chain.rules.map { rule in
            RuleLine(
                .rule, table: table, place: place, depth: 2, rule.text(ruleset.family),
                readable: rule.readableText(ruleset.family), because: rule.because)
        }
        return lines + [frame(place, 1, "}")]
    }
}
