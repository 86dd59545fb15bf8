// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Two Services may ask for the same external address and port. The first that asked has the key; the others wait in
/// the order in which they asked, and the next takes over when it goes.
extension Ruleset {
    /// A key that begins with a pool's number belongs to that pool's Service alone: no list of claims is kept for it,
    /// and that spares most of a large table.
    private static func isExclusive(_ key: [Datum]) -> Bool {
        if case .number = key.first { true } else { false }
    }

    /// The key of a set, as claims know it.
    private func contest(_ set: String, _ key: [Datum]) -> ContestedKey {
        ContestedKey(set: sets.firstIndex { $0.name == set } ?? -1, key)
    }

    /// Asks for a key on behalf of a part; false if the part has to wait for it.
    mutating func claim(_ key: [Datum], set: String, for name: String) -> Bool {
        guard !Ruleset.isExclusive(key) else { return true }
        let contest = contest(set, key)
        guard owners[contest] != nil else {
            owners[contest] = name
            return true
        }
        contested[contest, default: []].append(name)
        return false
    }

    /// True if the part's element with this key is the one in the kernel.
    func owns(_ key: [Datum], set: String, _ name: String) -> Bool {
        Ruleset.isExclusive(key) || owners[contest(set, key)] == name
    }

    /// Gives up a part's element: it goes from the kernel if the part had the key, and the next in line has it then.
    mutating func release(
        _ element: Element, set: String, of name: String, _ gone: inout [Element], _ come: inout [Element]
    ) {
        guard owns(element.key, set: set, name) else {
            return stopWaiting(contest(set, element.key), name)
        }
        gone.append(element)
        guard !Ruleset.isExclusive(element.key) else { return }
        let contest = contest(set, element.key)
        owners[contest] = nil
        guard let next = contested[contest]?.first else { return }
        owners[contest] = next
        stopWaiting(contest, next)
        if let heir = parts[next]?.element(set, key: element.key) { come.append(heir) }
    }

    private mutating func stopWaiting(_ contest: ContestedKey, _ name: String) {
        guard var waiting = contested[contest] else { return }
        waiting.removeAll { $0 == name }
        contested[contest] = waiting.isEmpty ? nil : waiting
    }

    /// The element that the kernel finds under this key of the set; of a set of intervals, the one that the key is in.
    public func element(of set: String, key: [Datum]) -> Element? {
        if case .address(let last) = key.last, key.count > 1,
            sets.contains(where: { $0.name == set && $0.kind == .intervals })
        {
            return interval(of: set, key.dropLast(), holding: last)
        }
        if !Ruleset.isExclusive(key) {
            guard let owner = owners[contest(set, key)] else { return nil }
            return parts[owner]?.element(set, key: key)
        }
        for part in parts.values { if let element = part.element(set, key: key) { return element } }
        return nil
    }

    private func interval(of set: String, _ start: ArraySlice<Datum>, holding address: Address) -> Element? {
        for part in parts.values {
            let found = part.ranges(set).first { element in
                guard element.key.dropLast() == start, case .prefix(let range) = element.key.last else { return false }
                return range.contains(address)
            }
            if let found { return found }
        }
        return nil
    }
}
