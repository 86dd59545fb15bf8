// SPDX-License-Identifier: Apache-2.0

/// Finds values of the wrong type, and fields that their object does not have.
struct SchemaCheck {
    /// Values of the wrong JSON type.
    private(set) var typeProblems: [Problem] = []
    /// Fields that are unknown.
    private(set) var unknownFields: [Problem] = []
    /// The first value of the wrong type in Go's words; nil if there is none.
    private(set) var failure: String?

    /// Checks an object of a kind that the table knows; any other is left alone.
    init(_ object: Object) {
        guard let name = SchemaTable.type(ofKind: object.kind, apiVersion: object.apiVersion) else { return }
        // Most objects are right: only for others is it worth while to keep account of where one is.
        guard !Schema.object(name).accepts(object.value) else { return }
        check(object.value, .object(name), Place())
    }

    /// Where in the object the check is.
    private struct Place {
        /// As Kubernetes writes it: `spec.ports[0].port`.
        var path = ""
        /// As Go's JSON decoder does: `spec.ports.port`.
        var goField = ""
        /// The Go struct that the field is in: `ServicePort`.
        var goStruct = ""

        func field(_ name: String, of type: TypeSchema) -> Place {
            Place(
                path: FieldPath.join(path, name), goField: FieldPath.join(goField, name),
                goStruct: String(type.goName))
        }

        func element(_ name: String) -> Place { Place(path: "\(path)[\(name)]", goField: goField, goStruct: goStruct) }
    }

    private mutating func check(_ value: Value, _ schema: Schema, _ place: Place) {
        guard !value.isNull else { return }
        switch (schema, value) {
        case (.list(let element), .array(let elements)):
            for (index, child) in elements.enumerated() { check(child, element, place.element(String(index))) }
        case (.map(let element), .object(let fields)):
            for (name, child) in fields.sorted(by: { $0.key < $1.key }) { check(child, element, place.element(name)) }
        case (.object(let name), .object(let fields)):
            if let type = SchemaTable.type(name) { check(fields, type, place) }
        default: if !schema.accepts(value) { mistyped(value, schema, place) }
        }
    }

    private mutating func check(_ fields: Fields, _ type: TypeSchema, _ place: Place) {
        for (name, child) in fields.sorted(by: { $0.key < $1.key }) {
            let below = place.field(name, of: type)
            if let field = type.fields[name] {
                check(child, field.type, below)
            } else {
                unknownFields.append(Problem.unknownField(below.path, name, among: type.fields.keys))
            }
        }
    }

    private mutating func mistyped(_ value: Value, _ schema: Schema, _ place: Place) {
        let detail = schema.complaint(of: value)
        typeProblems.append(Problem(place.path, .typeInvalid, value: value.json(), detail))
        if failure == nil { failure = schema.goComplaint(of: value, field: "\(place.goStruct).\(place.goField)") }
    }
}
