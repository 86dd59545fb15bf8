// SPDX-License-Identifier: Apache-2.0

/// What server-side apply asks of an applied object: which fields it sets, and what comes of it over another object.
///
/// The corresponding Go type is `typed.TypedValue`.
struct AppliedObject {
    private let value: Value
    private let shape: MergeShape

    init(_ value: Value, _ shape: MergeShape) {
        self.value = value
        self.shape = shape
    }

    /// The fields that it sets.
    var fields: FieldSet { FieldSet(below: Self.node(value, shape)) }

    private static func node(_ value: Value, _ shape: MergeShape) -> Value {
        switch shape.form(of: value) {
        case .leaf: return FieldNode.leaf
        case .map:
            var nodes: Fields = [:]
            for (name, child) in value.fields {
                let node = node(child, shape.member(name).shape)
                nodes["f:" + name] = shape.isNamed(name) ? node : FieldNode.make(true, node.fields)
            }
            return .object(nodes)
        case .list:
            guard let entries = shape.entries(of: value) else { return FieldNode.leaf }
            let nodes = entries.values.mapValues {
                FieldNode.make(true, node($0, shape.element).fields) ?? FieldNode.leaf
            }
            return .object(Fields(nodes))
        }
    }

    /// What comes of it over another object: what it sets is set, the rest stays.
    func merged(onto live: Value?) -> Value { Self.merge(value, live, shape) ?? .object([:]) }

    /// Nil for a field that is to be absent.
    private static func merge(_ value: Value, _ live: Value?, _ shape: MergeShape) -> Value? {
        switch shape.form(of: value) {
        case .leaf: return value.isNull ? nil : value
        case .map:
            var fields = live?.fields ?? [:]
            for (name, child) in value.fields {
                fields[name] = merge(child, fields[name], shape.member(name).shape)
            }
            return .object(fields)
        case .list:
            guard let new = shape.entries(of: value), let old = shape.entries(of: live) else { return value }
            return .array(merge(new, old, shape.element))
        }
    }

    /// The entries of both lists: those that only the live list has stand before the shared entry that they stood
    /// before, as far as the applied list's order allows.
    private static func merge(_ new: MergeShape.Entries, _ old: MergeShape.Entries, _ shape: MergeShape) -> [Value] {
        var shared = new.order.filter { old.values[$0] != nil }[...]
        var rest = old.order[...]
        var result: [Value] = []
        for key in new.order {
            // Whatever only the live list has goes first, up to the shared entry that is due.
            while let next = rest.first, next != shared.first {
                rest = rest.dropFirst()
                if new.values[next] == nil, let entry = old.values[next] { result.append(entry) }
            }
            if key == shared.first {
                shared = shared.dropFirst()
                rest = rest.dropFirst()
            }
            if let entry = new.values[key] { result.append(merge(entry, old.values[key], shape) ?? .null) }
        }
        return result + rest.compactMap { new.values[$0] == nil ? old.values[$0] : nil }
    }
}
