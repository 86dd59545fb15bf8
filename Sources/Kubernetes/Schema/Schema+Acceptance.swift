// SPDX-License-Identifier: Apache-2.0

extension Schema {
    /// Whether a value, and everything in it, is of the right type and without unknown fields.
    func accepts(_ value: Value) -> Bool {
        switch (self, value) {
        case (_, .null), (.any, _), (.raw, _), (.string, .string), (.word, .string), (.bool, .bool),
            (.intOrString, .string), (.quantity, .int), (.quantity, .double):
            true
        case (.int(let bits), .int(let number)): bits == 64 || Int32(exactly: number) != nil
        case (.intOrString, .int(let number)): Int32(exactly: number) != nil
        case (.quantity, .string(let text)): Quantity(text) != nil
        case (.time, .string(let text)), (.microTime, .string(let text)): Timestamp(text) != nil
        case (.bytes, .string(let text)): Base64.fault(in: text) == nil
        case (.list(let element), .array(let elements)): elements.allSatisfy(element.accepts)
        case (.map(let element), .object(let fields)): fields.values.allSatisfy(element.accepts)
        case (.object(let name), .object(let fields)):
            SchemaTable.type(name).map { type in
                fields.allSatisfy { type.fields[$0.key]?.type.accepts($0.value) ?? false }
            } ?? true
        default: false
        }
    }
}

extension Schema {
    /// What is wrong with a value that is not accepted, for someone who reads a manifest.
    func complaint(of value: Value) -> String {
        switch (self, value) {
        case (.int(32), .int), (.intOrString, .int): "must be a number of 32 bits"
        case (.quantity, .string): Self.quantityRule
        case (.bytes, .string): "must be base64"
        case (.time, .string), (.microTime, .string): "must be a time, as 2026-11-21T01:22:09Z"
        default: "must be \(article), not \(value.article)"
        }
    }

    static let quantityRule =
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

    /// The type for a sentence: `a string`, `an integer`, ….
    private var article: String {
        switch self {
        case .string, .word: "a string"
        case .int: "an integer"
        case .bool: "a boolean"
        case .intOrString: "an integer or a string"
        case .quantity: "a quantity"
        case .time, .microTime: "a time"
        case .bytes: "base64 text"
        case .list: "a list"
        case .map, .object: "an object"
        case .any, .raw: "anything"
        }
    }
}
