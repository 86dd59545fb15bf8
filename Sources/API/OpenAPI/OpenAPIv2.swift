// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// All documents in one, in the older form that kubectl up to 1.28 asks for before it writes anything: OpenAPI 2.0 as
/// protobuf. The numbers of the fields are those of gnostic's `OpenAPIv2.proto`.
struct OpenAPIv2 {
    private let documents: [OpenAPIDocument]

    init(_ documents: [OpenAPIDocument]) { self.documents = documents }

    /// What such clients accept, with a dot or with an `@` before the version.
    static func isAccepted(_ accept: String) -> Bool { accept.contains("com.github.proto-openapi.spec.v2") }

    /// The answer, or 304 for a client that has it.
    func answer(ifNoneMatch: String) -> Answer {
        let hash = StableHash(documents.map { "\($0.name) \($0.hash)" }.joined(separator: "\n"))
        let tag = "\"\(String(hash.value, radix: 16, uppercase: true))\""
        let isKnown = ifNoneMatch.split(separator: ",").contains { $0.drop { " W/".contains($0) } == tag }
        return Answer(
            isKnown ? 304 : 200, contentType: "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
            headers: ["ETag": tag, "Vary": "Accept"]
        ) { isKnown ? [] : bytes }
    }

    /// `Document`: 1 swagger, 2 info, 8 paths, 9 definitions.
    private var bytes: [UInt8] {
        var paths: Fields = [:]
        var schemas: Fields = [:]
        for document in documents {
            let value = document.value
            paths.merge(value["paths"]?.fields ?? [:]) { first, _ in first }
            schemas.merge(value["components", "schemas"]?.fields ?? [:]) { first, _ in first }
        }
        var writer = ProtobufWriter()
        writer.text(1, "2.0")
        writer.message(2) { info in
            info.text(1, "Kubernetes")
            info.text(2, EmulatedVersion.text)
        }
        writer.message(8) { list in
            for (path, operations) in paths.sorted(by: { $0.key < $1.key }) {
                Self.write(path: path, operations, to: &list)
            }
        }
        writer.message(9) { list in
            for (name, schema) in schemas.sorted(by: { $0.key < $1.key }) { Self.write(name: name, schema, to: &list) }
        }
        return writer.bytes
    }

    /// `Paths`: 2 entries of 1 name and 2 `PathItem`.
    private static func write(path: String, _ operations: Value, to writer: inout ProtobufWriter) {
        let numbers: [(String, UInt64)] = [("get", 2), ("put", 3), ("post", 4), ("delete", 5), ("patch", 8)]
        writer.message(2) { entry in
            entry.text(1, path)
            entry.message(2) { item in
                for (verb, number) in numbers {
                    guard let operation = operations[verb] else { continue }
                    item.message(number) { write(operation: operation, to: &$0) }
                }
            }
        }
    }

    /// `Operation`: 5 the identifier, 7 the forms of the body, 8 parameters, 13 extensions.
    private static func write(operation: Value, to writer: inout ProtobufWriter) {
        writer.text(5, operation["operationId"]?.string)
        for form in (operation["requestBody", "content"]?.fields.keys ?? []).sorted() { writer.text(7, form) }
        for parameter in operation["parameters"]?.elements ?? [] {
            // A parameter that is not in the body, and that is in the query: 2 where, 3 what, 4 its name, 6 its type.
            writer.message(8) {
                $0.message(1) {
                    $0.message(2) {
                        $0.message(3) { query in
                            query.text(2, "query")
                            query.text(3, parameter["description"]?.string)
                            query.text(4, parameter["name"]?.string)
                            query.text(6, parameter["schema", "type"]?.string)
                        }
                    }
                }
            }
        }
        extensions(of: operation, 13, to: &writer)
    }

    /// An entry of `Definitions` or `Properties`: 1 the name, 2 the schema.
    private static func write(name: String, _ schema: Value, to writer: inout ProtobufWriter) {
        writer.message(1) { entry in
            entry.text(1, name)
            entry.message(2) { write(schema: schema, to: &$0) }
        }
    }

    /// `Schema`: 1 a reference, 2 format, 4 description, 19 required, 21 additionalProperties, 22 type, 23 items,
    /// 25 properties, 31 extensions.
    private static func write(schema: Value, to writer: inout ProtobufWriter) {
        let reference = schema["$ref"] ?? schema["allOf"]?.elements.first?["$ref"]
        let name = reference?.string?.split(separator: "/").last
        writer.text(1, name.map { "#/definitions/\($0)" })
        writer.text(2, schema["format"]?.string)
        writer.text(4, schema["description"]?.string)
        for field in schema["required"]?.elements ?? [] { writer.text(19, field.string) }
        if case .object? = schema["additionalProperties"], let element = schema["additionalProperties"] {
            writer.message(21) { $0.message(1) { write(schema: element, to: &$0) } }
        }
        if name == nil, let type = type(of: schema) { writer.message(22) { $0.text(1, type) } }
        if let element = schema["items"] { writer.message(23) { $0.message(1) { write(schema: element, to: &$0) } } }
        let properties = schema["properties"]?.fields ?? [:]
        if !properties.isEmpty {
            writer.message(25) { list in
                for (name, property) in properties.sorted(by: { $0.key < $1.key }) {
                    write(name: name, property, to: &list)
                }
            }
        }
        extensions(of: schema, 31, to: &writer)
    }

    /// The one type that the older form allows; nil for anything. A list of nothing in particular is not allowed.
    private static func type(of schema: Value) -> String? {
        if schema["oneOf"] != nil, schema["type"] == nil { return schema["properties"] == nil ? "string" : "object" }
        guard let type = schema["type"]?.string, type != "array" || schema["items"] != nil else { return nil }
        return ["object", "array", "string", "number", "integer", "boolean"].contains(type) ? type : nil
    }

    /// Fields that OpenAPI does not know: 1 the name, 2 the value as YAML, of which JSON is a part.
    private static func extensions(of value: Value, _ number: UInt64, to writer: inout ProtobufWriter) {
        for (name, content) in value.fields.sorted(by: { $0.key < $1.key }) where name.hasPrefix("x-") {
            writer.message(number) { entry in
                entry.text(1, name)
                entry.message(2) { $0.text(2, content.json()) }
            }
        }
    }
}
