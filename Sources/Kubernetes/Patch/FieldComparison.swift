// SPDX-License-Identifier: Apache-2.0

/// What differs between two states of an object, field by field. The corresponding Go type is `typed.Comparison`.
struct FieldComparison {
    /// Fields that only the new state has.
    var added: FieldSet
    /// Fields whose value is another.
    var modified: FieldSet
    /// Fields that only the old state has.
    var removed: FieldSet

    /// Compares two states; nil is an object with nothing in it.
    init(_ old: Value?, _ new: Value?, _ shape: MergeShape) {
        let change = Self.compare(old ?? .null, new ?? .null, shape)
        added = FieldSet(below: change.added)
        modified = FieldSet(below: change.modified)
        removed = FieldSet(below: change.removed)
    }

    /// True if nothing differs.
    var isEmpty: Bool { added.isEmpty && modified.isEmpty && removed.isEmpty }

    /// The fields that have a value they did not have before.
    var written: FieldSet { added.union(modified) }

    /// The comparison without some fields and all that is below them.
    func excluding(_ fields: FieldSet) -> FieldComparison {
        var result = self
        result.added = added.subtracting(treesOf: fields)
        result.modified = modified.subtracting(treesOf: fields)
        result.removed = removed.subtracting(treesOf: fields)
        return result
    }

    /// The nodes of the three sets at one place; nil where a set has nothing there.
    private struct Change {
        var added: Value?
        var modified: Value?
        var removed: Value?
    }

    /// Compares two values: nil is absent, null is there and empty.
    private static func compare(_ old: Value?, _ new: Value?, _ shape: MergeShape) -> Change {
        guard !isBlank(old) || !isBlank(new) else { return leaf(old, new) }
        // Most of an object stays as it was, and often is the very same storage.
        if old == new { return Change() }
        switch shape.form(of: isBlank(new) ? old : new) {
        case .map: return compareMaps(old, new, shape)
        case .list: return compareLists(old, new, shape) ?? leaf(old, new)
        case .leaf: return leaf(old, new)
        }
    }

    private static func isBlank(_ value: Value?) -> Bool {
        switch value {
        case nil, .null: true
        case .object(let fields): fields.isEmpty
        case .array(let elements): elements.isEmpty
        default: false
        }
    }

    private static func leaf(_ old: Value?, _ new: Value?) -> Change {
        guard let old else { return new == nil ? Change() : Change(added: FieldNode.leaf) }
        guard let new else { return Change(removed: FieldNode.leaf) }
        let isSame = old == new || (isBlank(old) && isBlank(new))
        return isSame ? Change() : Change(modified: FieldNode.leaf)
    }

    private static func compareMaps(_ old: Value?, _ new: Value?, _ shape: MergeShape) -> Change {
        let before = old?.fields ?? [:]
        let after = new?.fields ?? [:]
        var children = Children()
        func visit(_ name: String) {
            let empty = shape.isAlwaysThere(name) ? Value.null : nil
            children.add(
                "f:" + name,
                compare(
                    before[name].nonNull ?? (old == nil ? nil : empty),
                    after[name].nonNull ?? (new == nil ? nil : empty), shape.member(name).shape))
        }
        for name in after.keys { visit(name) }
        for name in before.keys where after[name] == nil { visit(name) }
        return children.change(old, new)
    }

    /// Nil for lists whose entries cannot be told apart.
    private static func compareLists(_ old: Value?, _ new: Value?, _ shape: MergeShape) -> Change? {
        guard let before = shape.entries(of: old), let after = shape.entries(of: new) else { return nil }
        let element = shape.element
        var children = Children()
        for (key, entry) in after.values { children.add(key, compare(before.values[key], entry, element)) }
        for (key, entry) in before.values where after.values[key] == nil {
            children.add(key, compare(entry, nil, element))
        }
        return children.change(old, new)
    }

    /// What was found below one node.
    private struct Children {
        var added: Fields = [:]
        var modified: Fields = [:]
        var removed: Fields = [:]

        mutating func add(_ element: String, _ change: Change) {
            if let node = change.added { added[element] = node }
            if let node = change.modified { modified[element] = node }
            if let node = change.removed { removed[element] = node }
        }

        func change(_ old: Value?, _ new: Value?) -> Change {
            Change(
                added: FieldNode.make(old == nil, added), modified: FieldNode.make(false, modified),
                removed: FieldNode.make(new == nil, removed))
        }
    }
}

extension Value? {
    /// Nil for null, too.
    var nonNull: Value? { self == .some(.null) ? nil : self }
}
