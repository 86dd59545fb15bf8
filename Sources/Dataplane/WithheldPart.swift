// SPDX-License-Identifier: Apache-2.0

/// What the kernel lacks of one part of a table, because it refused a batch: the difference between what it has of the
/// part and what it should have. It grows with each later change of the part, and is sent again until it goes through.
///
///     var withheld = WithheldPart(changes.ofPart)
///     withheld.append(laterChanges)
///     socket.commit(withheld.changes)
public struct WithheldPart: Sendable, Hashable {
    private struct Place: Sendable, Hashable {
        var set: String
        var key: [Datum]
    }
    /// What the kernel has and should not have any more.
    private var gone: [Place: Element] = [:]
    /// What the kernel should have.
    private var come: [Place: Element] = [:]

    /// What a refused batch was to change of the part.
    public init(_ changes: [TableChange] = []) { append(changes) }

    /// True if the kernel has of the part what it should have.
    public var isEmpty: Bool { gone.isEmpty && come.isEmpty }

    /// Takes in later changes of the part, none of which was sent.
    public mutating func append(_ changes: [TableChange]) {
        for change in changes {
            switch change {
            case .deleteElements(let set, let elements):
                for element in elements { delete(element, Place(set: set, key: element.key)) }
            case .addElements(let set, let elements):
                for element in elements { add(element, Place(set: set, key: element.key)) }
            case .destroyTable, .addTable, .addSet, .addChain: break  // No part's own: see `TableChange.isShared`.
            }
        }
    }

    private mutating func delete(_ element: Element, _ place: Place) {
        // What never got there need not go.
        if come.removeValue(forKey: place) == nil { gone[place] = element }
    }

    private mutating func add(_ element: Element, _ place: Place) {
        if gone[place] == element { gone[place] = nil } else { come[place] = element }
    }

    /// The changes that bring the kernel up to date, in the order in which it takes them.
    public var changes: [TableChange] {
        WithheldPart.grouped(gone).map { .deleteElements(set: $0, $1) }
            + WithheldPart.grouped(come).map { .addElements(set: $0, $1) }
    }

    private static func grouped(_ elements: [Place: Element]) -> [(String, [Element])] {
        Dictionary(grouping: elements, by: \.key.set).sorted { $0.key < $1.key }.map { set, list in
            (set, list.map(\.value).sorted { $0.text < $1.text })
        }
    }
}

extension TableChange {
    /// True for what all parts of a table share: sets and chains, and the elements that lead to chains. It is needed
    /// whatever becomes of the part that was the first to want it.
    public var isShared: Bool {
        switch self {
        case .destroyTable, .addTable, .addSet, .addChain: true
        case .deleteElements(_, let elements), .addElements(_, let elements):
            elements.contains { if case .verdict = $0.value { true } else { false } }
        }
    }
}

extension Ruleset {
    /// What makes the table from nothing, in pieces: what all parts share, and each part's own elements.
    ///
    /// One after another they have the effect of `difference(from: nil)`.
    public func installation() -> (shared: [TableChange], parts: [PartChange]) {
        var shared: [TableChange] = [.destroyTable, .addTable]
        var own: [PartChange] = []
        shared += sets.map { .addSet($0) }
        shared += (chains.filter { $0.base == nil } + chains.filter { $0.base != nil }).map { .addChain($0) }
        for (name, part) in parts.sorted(by: { $0.key < $1.key }) {
            let all = part.elements
            let changes = sets.compactMap { set -> TableChange? in
                let elements = (all[set.name] ?? []).filter { owns($0.key, set: set.name, name) }
                return elements.isEmpty ? nil : .addElements(set: set.name, elements)
            }
            shared += changes.filter(\.isShared)
            let rest = changes.filter { !$0.isShared }
            if !rest.isEmpty { own.append(PartChange(name, .table(rest))) }
        }
        return (shared, own)
    }
}
