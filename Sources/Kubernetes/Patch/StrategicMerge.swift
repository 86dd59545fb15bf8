// SPDX-License-Identifier: Apache-2.0

/// The patch that knows what lists mean: entries are told apart by the merge key of the field's type, and directives say
/// what goes. `application/strategic-merge-patch+json`; the corresponding Go package is `strategicpatch`.
enum StrategicMerge {
    static let directive = "$patch"
    static let retainKeys = "$retainKeys"
    static let deletions = "$deleteFromPrimitiveList/"
    static let order = "$setElementOrder/"

    /// Merges a patch into an object of a shape.
    /// - Throws: what a server answers to directives that it cannot follow.
    static func merge(
        _ patch: Fields, into fields: inout Fields, _ shape: MergeShape
    ) throws(Status) {
        if let directive = patch[directive] {
            fields = try follow(directive, patch)
            return
        }
        var patch = patch
        try retainKeys(&patch, &fields)
        for (name, order) in patch where name.hasPrefix(Self.order) {
            patch[name] = nil
            let field = String(name.dropFirst(Self.order.count))
            try mergeOrdered(field, patch.removeValue(forKey: field), order, &fields, shape.member(field))
        }
        for (name, change) in patch {
            if name.hasPrefix(deletions) {
                try delete(change, from: String(name.dropFirst(deletions.count)), &fields)
            } else if change.isNull {
                fields[name] = nil
            } else {
                try merge(change, into: &fields[name], shape.member(name))
            }
        }
    }

    private static func merge(
        _ change: Value, into field: inout Value?, _ member: MergeShape.Member
    ) throws(Status) {
        switch (field, change) {
        case (.object(var fields), .object(let patch)) where !member.isReplaced:
            field = nil
            try merge(patch, into: &fields, member.shape)
            field = .object(fields)
        case (.array(let elements), .array(let patch)) where member.isMergedList:
            field = .array(try StrategicList(member).merge(patch, into: elements))
        default: field = change.withoutDirectives ?? .object([:])
        }
    }

    /// `$patch` in an object: it is replaced by what stands beside it, or emptied.
    private static func follow(_ directive: Value, _ patch: Fields) throws(Status) -> Fields {
        switch directive {
        case "replace": patch.filter { $0.key != Self.directive }
        case "delete": [:]
        default: throw unknown(directive, patch)
        }
    }

    static func unknown(_ directive: Value, _ patch: Fields) -> Status {
        Status.unforeseen("unknown patch type: \(directive.goText) in map: \(Value.object(patch).goText)")
    }

    /// `$retainKeys`: every field that is not in the list goes. Used for unions, as a volume or a strategy.
    private static func retainKeys(_ patch: inout Fields, _ fields: inout Fields) throws(Status) {
        guard let list = patch.removeValue(forKey: retainKeys) else { return }
        let malformed = Status(.badRequest, "invalid patch format of retainKeys")
        guard case .array(let names) = list else { throw malformed }
        let kept = Set(names.compactMap(\.string))
        let hasOthers = patch.contains { name, value in
            !value.isNull && !name.hasPrefix(deletions) && !name.hasPrefix(order) && !kept.contains(name)
        }
        guard !hasOthers else { throw malformed }
        fields = fields.filter { kept.contains($0.key) }
    }

    /// `$deleteFromPrimitiveList/NAME`: values that go from a list of plain values.
    private static func delete(_ list: Value, from name: String, _ fields: inout Fields) throws(Status) {
        guard case .array(let values) = list else {
            throw Status(.badRequest, "invalid patch format of primitive list")
        }
        guard let old = fields[name] else { return }
        let gone = Set(values)
        fields[name] = .array(old.elements.filter { !gone.contains($0) })
    }

    /// `$setElementOrder/NAME`: the order that the entries of a list are to have, with the patch of the list, if any.
    private static func mergeOrdered(
        _ name: String, _ patch: Value?, _ order: Value, _ fields: inout Fields, _ member: MergeShape.Member
    ) throws(Status) {
        let old = fields[name]
        for value in [order, patch, old].compactMap(\.self) {
            guard case .array = value else {
                throw Status.unforeseen("expected a []interface {}, but received a \(value.goType)")
            }
        }
        guard patch != nil || old != nil else { return }
        let list = StrategicList(member)
        try list.check(patch?.elements ?? [], follows: order.elements)
        let merged = try list.merge(patch?.elements ?? [], into: old?.elements ?? [])
        fields[name] = .array(try list.arranged(merged, order.elements, old?.elements ?? []))
    }
}

extension Value {
    /// The value as it is taken where there is nothing to merge it with; nil if it asked to be deleted.
    fileprivate var withoutDirectives: Value? {
        switch self {
        case .array(let elements): return .array(elements.compactMap(\.withoutDirectives))
        case .object(let fields):
            if let directive = fields[StrategicMerge.directive] {
                guard directive == "replace" || directive == "merge", fields.count > 1 else { return nil }
            }
            return .object(
                fields.filter { !$0.key.isDirective && !$0.value.isNull }.compactMapValues(\.withoutDirectives))
        default: return self
        }
    }
}

extension String {
    fileprivate var isDirective: Bool {
        self == StrategicMerge.directive || self == StrategicMerge.retainKeys
            || hasPrefix(StrategicMerge.deletions) || hasPrefix(StrategicMerge.order)
    }
}
