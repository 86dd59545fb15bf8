// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// The value as Go's `%v` prints it: `map[name:web ports:[80 443]]`. Messages of patches that fail are made so.
    var goText: String {
        switch self {
        case .null: "<nil>"
        case .bool(let value): String(value)
        case .int(let value): String(value)
        case .double(let value): value.description
        case .string(let value): value
        case .array(let elements): "[" + elements.map(\.goText).joined(separator: " ") + "]"
        case .object(let fields):
            "map["
                + fields.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.goText)" }.joined(separator: " ") + "]"
        }
    }

    /// The type as Go's JSON decoder names it: `string`, `number`, `bool`, `array`, `object`.
    public var jsonType: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .int, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// The Go type that a decoded value has: `map[string]interface {}`, `[]interface {}`, `int64`, ….
    var goType: String {
        switch self {
        case .null: "%!s(<nil>)"
        case .bool: "bool"
        case .int: "int64"
        case .double: "float64"
        case .string: "string"
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        }
    }
}
