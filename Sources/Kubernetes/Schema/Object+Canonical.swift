// SPDX-License-Identifier: Apache-2.0

extension Object {
    /// The object as it is once Go's types have read and written it: without `null`s, without lists and maps that have
    /// nothing in them (their fields are marked `omitempty`), and with amounts in their canonical form, as `1Gi` for
    /// `1024Mi`. A custom object stays as it is.
    public var canonical: Object {
        // Clients want these lists even if there is nothing in them.
        guard kind != "EndpointSlice", case .structure(let type) = MergeShape(of: self) else { return self }
        return value.canonical(type).map { Object($0) } ?? self
    }
}

extension Value {
    /// The canonical form of an object of a type; nil if it has it, as most have.
    fileprivate func canonical(_ type: TypeSchema) -> Value? {
        rewritten { name, child in
            guard let field = type.fields[name] else { return .same }
            return child.isNothing(field) ? .gone : child.canonical(field.type)
        }
    }

    /// What becomes of a value in an object.
    private enum Outcome {
        case same
        case gone
        case changed(Value)

        init(_ value: Value?) { self = value.map { .changed($0) } ?? .same }
    }

    private func canonical(_ schema: Schema) -> Outcome {
        switch (schema, self) {
        case (.quantity, .string(let text)):
            guard let canonical = Quantity(text)?.description, canonical != text else { return .same }
            return .changed(.string(canonical))
        case (.quantity, _): return Outcome(Quantity(self).map { .string($0.description) })
        case (.list(let element), .array(let elements)): return Outcome(Self.canonical(elements, element))
        case (.map(let element), .object): return Outcome(rewritten { $1.canonical(element) })
        case (.object, .object): return Outcome(schema.typeSchema.flatMap { canonical($0) })
        default: return .same
        }
    }

    private static func canonical(_ elements: [Value], _ element: Schema) -> Value? {
        var result = elements
        var isSame = true
        for (index, child) in elements.enumerated() {
            guard case .changed(let new) = child.canonical(element) else { continue }
            result[index] = new
            isSame = false
        }
        return isSame ? nil : .array(result)
    }

    /// The object with some of its fields other; nil if all are the same.
    private func rewritten(_ outcome: (String, Value) -> Outcome) -> Value? {
        guard case .object(let fields) = self else { return nil }
        var result = fields
        var isSame = true
        for (name, child) in fields {
            switch outcome(name, child) {
            case .same: continue
            case .gone: result[name] = nil
            case .changed(let new): result[name] = new
            }
            isSame = false
        }
        return isSame ? nil : .object(result)
    }

    /// True for what Go does not write: `null`, and a list or map that is empty and need not be there.
    private func isNothing(_ field: FieldSchema) -> Bool {
        switch (field.type, self) {
        case (_, .null): true
        // An empty one says that its writer wants them gone, see `ManagedFields.recordUpdate`.
        case (.list, _) where field.name == "managedFields": false
        case (.list, .array(let elements)): elements.isEmpty && !field.isRequired
        case (.map, .object(let fields)): fields.isEmpty && !field.isRequired
        default: false
        }
    }
}
