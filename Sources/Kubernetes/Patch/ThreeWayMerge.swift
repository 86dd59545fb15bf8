// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// The three-way merge of `kubectl apply`: this is what the user writes now. It is set; what they wrote last time and
    /// no longer write goes; the rest of the current object stays.
    ///
    /// Entries of lists are told apart by the keys of their type, as in server-side apply; lists without keys are
    /// replaced.
    /// - Parameter lastWritten: what the user wrote last time; nil if that is not known.
    public func merged(onto current: Object, lastWritten: Value?) -> Object {
        let merge = ThreeWayMerge(shape: MergeShape(of: self))
        return Object(merge.value(value, lastWritten, current.value))
    }
}

/// The three-way merge of values of one shape.
private struct ThreeWayMerge {
    let shape: MergeShape

    func value(_ new: Value, _ last: Value?, _ current: Value?) -> Value {
        switch (new, current) {
        case (.object(let new), .object(let current)): return .object(fields(new, last?.fields ?? [:], current))
        case (.array, .array): return list(new, last, current) ?? new.withoutNulls
        default: return new.withoutNulls
        }
    }

    private func fields(
        _ new: Fields, _ last: Fields, _ current: Fields
    ) -> Fields {
        var result = current
        for field in last.keys where new[field] == nil { result[field] = nil }
        for (field, value) in new {
            let below = ThreeWayMerge(shape: shape.member(field).shape)
            result[field] = value.isNull ? nil : below.value(value, last[field], current[field])
        }
        return result
    }

    /// Nil for a list whose entries cannot be told apart.
    private func list(_ new: Value, _ last: Value?, _ current: Value?) -> Value? {
        guard shape.form(of: new) == .list, let written = shape.entries(of: new),
            let old = shape.entries(of: current)
        else { return nil }
        let before = shape.entries(of: last) ?? MergeShape.Entries()
        let element = ThreeWayMerge(shape: shape.element)
        let merged = written.order.compactMap { key in
            written.values[key].map { element.value($0, before.values[key], old.values[key]) }
        }
        let others = old.order.filter { written.values[$0] == nil && before.values[$0] == nil }
        return .array(merged + others.compactMap { old.values[$0] })
    }
}

extension Value {
    /// Without the fields that are null, which in a manifest mean that the field is to be absent.
    fileprivate var withoutNulls: Value {
        switch self {
        case .object(let fields): .object(fields.filter { !$0.value.isNull }.mapValues(\.withoutNulls))
        case .array(let elements): .array(elements.map(\.withoutNulls))
        default: self
        }
    }
}
