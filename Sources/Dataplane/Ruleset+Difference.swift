// SPDX-License-Identifier: Apache-2.0

extension Ruleset {
    /// Gives a part new elements (nil: none) and returns what that changes in the kernel: first the elements that go,
    /// then the chains that are needed, then the elements that come. The cost is that of the part, whatever the
    /// number of others.
    ///
    /// No set of the part may name a key twice. A key that another part already has waits until that part lets go of
    /// it.
    /// - Parameter elements: the part's, for those who have made them already, for other tables.
    public mutating func replace(
        _ name: String, with part: Part?, elements: [String: [Element]]? = nil
    ) -> [TableChange] {
        let old = parts[name]?.elements ?? [:]
        let new = elements ?? part?.elements ?? [:]
        var batch = ElementBatch()
        for declaration in sets {
            let set = declaration.name
            guard let (before, after) = Ruleset.changed(old[set], new[set]) else { continue }
            collect(ElementDifference(from: before, to: after), set: set, of: name, into: &batch)
        }
        parts[name] = new.isEmpty ? nil : part
        return batch.deletes + structure(neededBy: batch.adds) + batch.adds
    }

    private static func changed(_ old: [Element]?, _ new: [Element]?) -> (old: [Element], new: [Element])? {
        old == nil && new == nil ? nil : (old ?? [], new ?? [])
    }

    private mutating func collect(
        _ difference: ElementDifference, set: String, of name: String, into batch: inout ElementBatch
    ) {
        var gone: [Element] = []
        var come: [Element] = []
        for element in difference.removed { release(element, set: set, of: name, &gone, &come) }
        for (old, new) in difference.changed where owns(old.key, set: set, name) {
            gone.append(old)
            come.append(new)
        }
        for element in difference.added where claim(element.key, set: set, for: name) { come.append(element) }
        batch.delete(gone, from: set)
        batch.add(come, to: set)
    }
}

/// The elements that a batch deletes and adds, grouped by set.
struct ElementBatch: Sendable {
    var deletes: [TableChange] = []
    var adds: [TableChange] = []

    mutating func delete(_ elements: [Element], from set: String) {
        if !elements.isEmpty { deletes.append(.deleteElements(set: set, elements)) }
    }

    mutating func add(_ elements: [Element], to set: String) {
        if !elements.isEmpty { adds.append(.addElements(set: set, elements)) }
    }
}

/// What turns one list of a set's elements into another.
struct ElementDifference {
    var removed: [Element] = []
    var changed: [(old: Element, new: Element)] = []
    var added: [Element] = []

    /// Elements mostly keep their places (slots do by design): those are compared in place, and only the rest by key.
    init(from old: [Element], to new: [Element]) {
        let common = min(old.count, new.count)
        var moved: [Int] = []
        // Through spans an element is looked at in its place, without counting references to all that it holds.
        let (before, after) = (old.span, new.span)
        for index in 0..<common {
            if before[index].key != after[index].key {
                moved.append(index)
            } else if before[index].value != after[index].value || before[index].because != after[index].because {
                changed.append((old[index], new[index]))
            }
        }
        let olds = moved.map { old[$0] } + old[common...]
        let news = moved.map { new[$0] } + new[common...]
        guard !olds.isEmpty, !news.isEmpty else {
            removed = olds
            added = news
            return
        }
        compareByKey(olds, news)
    }

    private mutating func compareByKey(_ olds: [Element], _ news: [Element]) {
        var places: [[Datum]: Int] = [:]
        for (place, element) in olds.enumerated() { places[element.key] = place }
        for element in news {
            guard let place = places.removeValue(forKey: element.key) else {
                added.append(element)
                continue
            }
            if olds[place] != element { changed.append((olds[place], element)) }
        }
        removed = places.values.sorted().map { olds[$0] }
    }
}
