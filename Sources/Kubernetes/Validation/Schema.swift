// SPDX-License-Identifier: Apache-2.0

/// What JSON type a field has. The corresponding document is Kubernetes' OpenAPI schema.
indirect enum Schema: Sendable {
    case string
    /// A whole number of so many bits.
    case int(Int)
    case bool
    /// A number, or a string: `intstr.IntOrString`.
    case intOrString
    /// An amount, as `500m` or `1Gi`: `resource.Quantity`.
    case quantity
    case list(Schema)
    case map(Schema)
    /// An object with named fields: the name of its type in `SchemaTable`.
    case object(String)
    /// Anything: the lab does not look inside.
    case any

    /// Reads the notation of the table: `string`, `int32`, `[]ServicePort`, `{}string`, `any`.
    init(_ text: Substring) {
        if text.hasPrefix("[]") {
            self = .list(Schema(text.dropFirst(2)))
        } else if text.hasPrefix("{}") {
            self = .map(Schema(text.dropFirst(2)))
        } else {
            switch text {
            case "string": self = .string
            case "int32": self = .int(32)
            case "int64": self = .int(64)
            case "bool": self = .bool
            case "intOrString": self = .intOrString
            case "quantity": self = .quantity
            case "any": self = .any
            default: self = .object(String(text))
            }
        }
    }
}

/// Finds values of the wrong type, and fields that their object does not have.
struct SchemaCheck {
    /// Values of the wrong JSON type.
    private(set) var typeProblems: [Problem] = []
    /// Fields that are unknown.
    private(set) var unknownFields: [Problem] = []

    /// Checks an object of a kind that the table knows; any other is left alone.
    init(_ object: Object) {
        guard SchemaTable.types[object.kind] != nil else { return }
        check(object.value, .object(object.kind), "")
    }

    private mutating func check(_ value: Value, _ schema: Schema, _ path: String) {
        guard !value.isNull else { return }
        switch (schema, value) {
        case (.any, _), (.string, .string), (.bool, .bool), (.intOrString, .string): break
        case (.int(let bits), .int(let number)):
            if bits == 32, Int32(exactly: number) == nil { mistyped(value, path, "must be a number of 32 bits") }
        case (.intOrString, .int(let number)):
            if Int32(exactly: number) == nil { mistyped(value, path, "must be a number of 32 bits") }
        case (.quantity, .int), (.quantity, .double): break
        case (.quantity, .string(let text)): if !Self.isQuantity(text) { mistyped(value, path, Self.quantityRule) }
        case (.list(let element), .array(let elements)):
            for (index, child) in elements.enumerated() { check(child, element, "\(path)[\(index)]") }
        case (.map(let element), .object(let fields)):
            for (name, child) in fields.sorted(by: { $0.key < $1.key }) { check(child, element, "\(path)[\(name)]") }
        case (.object(let type), .object(let fields)): check(fields, type, path)
        default: mistyped(value, path, "must be \(schema.article), not \(value.article)")
        }
    }

    private mutating func check(_ fields: [String: Value], _ type: String, _ path: String) {
        guard let known = SchemaTable.types[type] else { return }
        for (name, child) in fields.sorted(by: { $0.key < $1.key }) {
            let below = FieldPath.join(path, name)
            if let schema = known[name] {
                check(child, schema, below)
            } else {
                unknownFields.append(Problem.unknownField(below, name, among: known.keys))
            }
        }
    }

    private mutating func mistyped(_ value: Value, _ path: String, _ detail: String) {
        typeProblems.append(Problem(path, .typeInvalid, value: value.json(), detail))
    }

    private static let quantityRule =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

    private static func isQuantity(_ text: String) -> Bool {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let number = rest.prefix { 48...57 ~= $0 || $0 == UInt8(ascii: ".") }
        guard number.contains(where: { 48...57 ~= $0 }), number.count(where: { $0 == UInt8(ascii: ".") }) <= 1 else {
            return false
        }
        let suffix = String(rest.dropFirst(number.count)) ?? "?"
        let units = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
        if units.contains(suffix) { return true }
        return (suffix.hasPrefix("e") || suffix.hasPrefix("E")) && Int(suffix.dropFirst()) != nil
    }
}

extension Schema {
    /// The type for a sentence: `a string`, `an integer`, ….
    fileprivate var article: String {
        switch self {
        case .string: "a string"
        case .int: "an integer"
        case .bool: "a boolean"
        case .intOrString: "an integer or a string"
        case .quantity: "a quantity"
        case .list: "a list"
        case .map, .object: "an object"
        case .any: "anything"
        }
    }
}
