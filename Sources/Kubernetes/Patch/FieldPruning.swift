// SPDX-License-Identifier: Apache-2.0

/// Takes away what a manager applied last time and no longer applies, as far as nobody else has it.
///
/// The corresponding Go function is `merge.Updater.prune`.
struct FieldPruning {
    /// What the manager applied last time.
    let last: FieldSet
    /// What anybody has now, the manager itself among them.
    let owned: FieldSet

    /// The value without what is to go.
    func pruned(_ value: Value, _ shape: MergeShape) -> Value { Self.prune(value, shape, last, owned) }

    private static func prune(_ value: Value, _ shape: MergeShape, _ last: FieldSet, _ owned: FieldSet) -> Value {
        guard !last.isEmpty else { return value }
        switch shape.form(of: value) {
        case .leaf: return value
        case .map:
            var fields = value.fields
            for (name, child) in fields {
                let (old, new) = (last.nodes["f:" + name], owned.nodes["f:" + name])
                guard let old else { continue }
                let isStructure = shape.isNamed(name)
                if goes(old, new, isStructure) {
                    fields[name] = nil
                } else {
                    fields[name] = prune(child, shape.member(name).shape, FieldSet(below: old), FieldSet(below: new))
                }
            }
            return .object(fields)
        case .list:
            guard let entries = shape.entries(of: value) else { return value }
            return .array(
                entries.order.compactMap { key in
                    guard let entry = entries.values[key] else { return nil }
                    guard let old = last.nodes[key] else { return entry }
                    let new = owned.nodes[key]
                    guard !goes(old, new, false) else { return nil }
                    return prune(entry, shape.element, FieldSet(below: old), FieldSet(below: new))
                })
        }
    }

    /// True if the manager had the place and nobody has it now. A field of a type is had by whoever has one below it.
    private static func goes(_ old: Value, _ new: Value?, _ isStructure: Bool) -> Bool {
        let wasOwn = isStructure || FieldNode.isMember(old)
        let isOwned = new.map { isStructure || FieldNode.isMember($0) } ?? false
        return wasOwn && !isOwned
    }
}
