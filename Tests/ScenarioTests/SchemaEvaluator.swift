// SPDX-License-Identifier: Apache-2.0
import Kubernetes

/// As much of JSON schema (draft 2020-12) as the schemas of Lab and Scenario use; a word that it does not know is a fault.
struct SchemaEvaluator {
    let root: Value

    /// Whether a value is as the schema says.
    func accepts(_ value: Value) -> Bool { accepts(value, root) }

    private func accepts(_ value: Value, _ schema: Value) -> Bool {
        schema.fields.allSatisfy { word, operand in accepts(value, word, operand, schema) }
    }

    private func accepts(_ value: Value, _ word: String, _ operand: Value, _ schema: Value) -> Bool {
        switch word {
        case "$schema", "$id", "$defs", "title", "description", "format", "then": true
        case "$ref":
            accepts(value, root["$defs", String((operand.string ?? "").dropFirst("#/$defs/".count))] ?? ["not": [:]])
        case "type": (operand.elements.isEmpty ? [operand] : operand.elements).contains { isA(value, $0.string ?? "") }
        case "enum": operand.elements.contains(value)
        case "pattern": value.string.map { matches($0, operand.string ?? "") } ?? true
        case "minimum": value.number.map { $0 >= operand.number ?? 0 } ?? true
        case "maximum": value.number.map { $0 <= operand.number ?? 0 } ?? true
        case "minItems": isA(value, "array") ? value.elements.count >= operand.int ?? 0 : true
        case "items": value.elements.allSatisfy { accepts($0, operand) }
        case "required": isA(value, "object") ? operand.elements.allSatisfy { value[$0.string ?? ""] != nil } : true
        case "properties":
            value.fields.allSatisfy { name, field in operand[name].map { accepts(field, $0) } ?? true }
        case "additionalProperties":
            value.fields.allSatisfy { name, field in
                schema["properties", name] != nil || (operand.bool ?? accepts(field, operand))
            }
        case "allOf": operand.elements.allSatisfy { accepts(value, $0) }
        case "anyOf": operand.elements.contains { accepts(value, $0) }
        case "oneOf": operand.elements.count { accepts(value, $0) } == 1
        case "not": !accepts(value, operand)
        case "if": !accepts(value, operand) || accepts(value, schema["then"] ?? [:])
        default: false
        }
    }

    private func isA(_ value: Value, _ type: String) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("integer", .int), ("number", .int), ("number", .double),
            ("string", .string), ("array", .array), ("object", .object):
            true
        default: false
        }
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern) else { return false }
        return text.firstMatch(of: regex) != nil
    }
}
