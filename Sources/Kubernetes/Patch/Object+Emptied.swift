// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// The object without the lists and maps that a patch left empty. In Go they are gone once the object is written:
    /// the fields are marked `omitempty`.
    var withoutEmptied: Object {
        // Clients want these lists even if there is nothing in them.
        guard kind != "EndpointSlice", case .structure(let type) = MergeShape(of: self) else { return self }
        return value.hasEmptied(type) ? Object(value.withoutEmptied(type)) : self
    }
}

extension Value {
    /// True if there is anything to take away: next to never, and to look costs less than to write.
    fileprivate func hasEmptied(_ type: TypeSchema) -> Bool {
        fields.contains { name, child in
            switch child {
            case .array(let elements):
                guard let field = type.fields[name] else { return false }
                guard !elements.isEmpty else { return !field.isRequired }
                guard let element = field.type.element?.typeSchema else { return false }
                return elements.contains { $0.hasEmptied(element) }
            case .object(let fields):
                guard let field = type.fields[name] else { return false }
                if case .map = field.type { return fields.isEmpty && !field.isRequired }
                return field.type.typeSchema.map { child.hasEmptied($0) } ?? false
            default: return false
            }
        }
    }

    fileprivate func withoutEmptied(_ type: TypeSchema) -> Value {
        guard case .object(var fields) = self else { return self }
        for (name, child) in fields {
            guard let field = type.fields[name] else { continue }
            fields[name] = child.withoutEmptied(field.type, isKept: field.isRequired)
        }
        return .object(fields)
    }

    /// Nil for an empty list or map, unless it is kept.
    private func withoutEmptied(_ type: Schema, isKept: Bool) -> Value? {
        switch (type, self) {
        case (.list, .array(let elements)) where elements.isEmpty: return isKept ? self : nil
        case (.map, .object(let fields)) where fields.isEmpty: return isKept ? self : nil
        case (.list(let element), .array(let elements)):
            guard let schema = element.typeSchema else { return self }
            return .array(elements.map { $0.withoutEmptied(schema) })
        case (.object, .object):
            return type.typeSchema.map { withoutEmptied($0) } ?? self
        default: return self
        }
    }
}
