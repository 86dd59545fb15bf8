// SPDX-License-Identifier: Apache-2.0

extension Ruleset {
    /// What turns the old table into this one; with nil, whatever is there gives way to a table made from nothing.
    ///
    /// A table whose sets and chains are not all in this one is made anew: one batch all the same, so that no packet
    /// ever meets half a table.
    public func difference(from old: Ruleset?) -> [TableChange] {
        guard let old, old.family == family, old.table == table, let structure = additions(to: old) else {
            return [.destroyTable, .addTable] + sets.map { .addSet($0) } + orderedChains.map { .addChain($0) }
                + addElements(elementsBySet)
        }
        guard contested.isEmpty, old.contested.isEmpty else { return structure + compareElements(with: old) }
        return structure + compareParts(with: old)
    }

    /// The sets and chains that the old table lacks, as changes; nil if it has others, which only a new table is rid
    /// of.
    private func additions(to old: Ruleset) -> [TableChange]? {
        let newSets = Dictionary(sets.map { ($0.name, $0) }) { first, _ in first }
        let newChains = Dictionary(chains.map { ($0.name, $0) }) { first, _ in first }
        guard old.sets.allSatisfy({ newSets[$0.name] == $0 }), old.chains.allSatisfy({ newChains[$0.name] == $0 })
        else { return nil }
        let oldSets = Set(old.sets.map(\.name))
        let oldChains = Set(old.chains.map(\.name))
        return sets.filter { !oldSets.contains($0.name) }.map { .addSet($0) }
            + orderedChains.filter { !oldChains.contains($0.name) }.map { .addChain($0) }
    }

    /// The chains in an order in which each comes after those that it jumps to, base chains last.
    ///
    /// `chains` is in that order but for the `pick-N` chains, which are added as they are needed and which elements
    /// alone go to.
    private var orderedChains: [Chain] { chains.filter { $0.base == nil } + chains.filter { $0.base != nil } }

    /// All elements that the kernel has, by set, in the order of the parts' names.
    public var elementsBySet: [String: [Element]] {
        var result: [String: [Element]] = [:]
        for (name, part) in parts.sorted(by: { $0.key < $1.key }) {
            for (set, elements) in part.elements {
                let live = contested.isEmpty ? elements : elements.filter { owns($0.key, set: set, name) }
                result[set, default: []].append(contentsOf: live)
            }
        }
        return result
    }

    private func addElements(_ elements: [String: [Element]]) -> [TableChange] {
        sets.compactMap { set in
            guard let elements = elements[set.name], !elements.isEmpty else { return nil }
            return .addElements(set: set.name, elements)
        }
    }

    /// Compares part with part; those that share their storage are equal at a glance.
    private func compareParts(with old: Ruleset) -> [TableChange] {
        var gone: [String: [Element]] = [:]
        var come: [String: [Element]] = [:]
        let names = Set(parts.keys).union(old.parts.keys).filter { parts[$0] != old.parts[$0] }
        for name in names.sorted() {
            let before = old.parts[name]?.elements ?? [:]
            let after = parts[name]?.elements ?? [:]
            for set in sets.map(\.name) where before[set] != nil || after[set] != nil {
                let difference = ElementDifference(from: before[set] ?? [], to: after[set] ?? [])
                gone[set, default: []].append(contentsOf: difference.removed + difference.changed.map(\.old))
                come[set, default: []].append(contentsOf: difference.changed.map(\.new) + difference.added)
            }
        }
        return deleteElements(gone) + addElements(come)
    }

    /// Compares what the kernel has with what it should have, when some keys are contested and parts do not tell.
    private func compareElements(with old: Ruleset) -> [TableChange] {
        var gone: [String: [Element]] = [:]
        var come: [String: [Element]] = [:]
        let (before, after) = (old.elementsBySet, elementsBySet)
        for set in sets.map(\.name) {
            let difference = ElementDifference(from: before[set] ?? [], to: after[set] ?? [])
            gone[set] = difference.removed + difference.changed.map(\.old)
            come[set] = difference.changed.map(\.new) + difference.added
        }
        return deleteElements(gone) + addElements(come)
    }

    private func deleteElements(_ elements: [String: [Element]]) -> [TableChange] {
        sets.compactMap { set in
            guard let elements = elements[set.name], !elements.isEmpty else { return nil }
            return .deleteElements(set: set.name, elements)
        }
    }
}
