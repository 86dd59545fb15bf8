// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// The JSON schema (draft 2020-12) of Scenario documents, for editors.
public enum ScenarioSchema {
    /// What names this version of the schema.
    public static let identifier = "urn:x-lab:v1:scenario"

    /// The schema.
    public static var json: Value { ShapeSchema.schema(of: "Scenario", identifier, "A scenario of lab test") }
}

/// The JSON schema (draft 2020-12) of Lab documents, for editors.
public enum LabSchema {
    /// What names this version of the schema.
    public static let identifier = "urn:x-lab:v1:lab"

    /// The schema.
    public static var json: Value { ShapeSchema.schema(of: "Lab", identifier, "What a manifest says about its lab") }
}

/// Writes the table of shapes as JSON schema.
enum ShapeSchema {
    static func schema(of record: String, _ identifier: String, _ title: String) -> Value {
        var definitions: Fields = [:]
        define(record, &definitions)
        var schema = definitions[record] ?? [:]
        definitions[record] = nil
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["$id"] = .string(identifier)
        schema["title"] = .string(title)
        schema["$defs"] = .object(definitions)
        return schema
    }

    private static func define(_ name: String, _ definitions: inout Fields) {
        guard definitions[name] == nil else { return }
        let record = ShapeTable.record(name)
        definitions[name] = .object([:])
        var properties: Fields = [:]
        for field in record.fields {
            var schema = schema(field.shape, &definitions)
            schema["description"] = .string(field.summary.filter { $0 != "`" })
            properties[field.name] = schema
        }
        var schema: Value = ["type": "object", "properties": .object(properties)]
        if !record.isOpen { schema["additionalProperties"] = false }
        let required = record.fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
        let rules = record.rules.map(rule)
        if !rules.isEmpty { schema["allOf"] = .array(rules) }
        definitions[name] = schema
    }

    private static func rule(_ rule: RecordShape.Rule) -> Value {
        func having(_ names: [String]) -> [Value] { names.map { ["required": [.string($0)]] } }
        return switch rule {
        case .exactlyOne(let names): ["oneOf": .array(having(names))]
        case .atLeastOne(let names): ["anyOf": .array(having(names))]
        case .atMostOne(let names): ["oneOf": .array(having(names) + [["not": ["anyOf": .array(having(names))]]])]
        case .needs(let name, let others):
            ["if": ["required": [.string(name)]], "then": ["anyOf": .array(having(others))]]
        }
    }

    private static func schema(_ shape: Shape, _ definitions: inout Fields) -> Value {
        switch shape {
        case .any: return [:]
        case .scalar: return ["type": ["string", "number", "boolean"]]
        case .text(let form): return form.schema
        case .whole(let range):
            return [
                "type": "integer", "minimum": .int(Int64(range.lowerBound)), "maximum": .int(Int64(range.upperBound)),
            ]
        case .number(let range):
            return [
                "type": "number", "minimum": Value(number: range.lowerBound),
                "maximum": Value(number: range.upperBound),
            ]
        case .flag: return ["type": "boolean"]
        case .null: return ["type": "null"]
        case .choice(let words): return ["enum": .array(words.map { .string($0) })]
        case .list(let element, let least):
            var list: Value = ["type": "array", "items": schema(element, &definitions)]
            if least > 0 { list["minItems"] = .int(Int64(least)) }
            return list
        case .map(let field): return ["type": "object", "additionalProperties": schema(field, &definitions)]
        case .record(let name):
            define(name, &definitions)
            return ["$ref": .string("#/$defs/\(name)")]
        case .either(let shapes): return ["anyOf": .array(shapes.map { schema($0, &definitions) })]
        }
    }
}
