// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The schemas of a document: `components.schemas`, by the names that a real API server gives them.
struct OpenAPISchemas {
    /// The schemas so far.
    private(set) var components: Fields = [:]

    /// Adds a kind, its lists, and every type that they are made of.
    mutating func add(_ resource: Resource, apiVersion: String) {
        guard let name = SchemaTable.type(ofKind: resource.kind, apiVersion: apiVersion) else { return }
        add(type: name)
        add(type: name + "List")
        let fallback = resource.handling == .kept ? "Kept by the lab as it is, without any effect." : nil
        let isDescribed = components[Self.name(name)]?["description"] != nil
        if !isDescribed, let fallback { components[Self.name(name)]?["description"] = .string(fallback) }
        mark(name, "", resource.kind, apiVersion)
        mark(name, "List", resource.kind, apiVersion)
    }

    /// Adds what a subresource sends and answers, if it is no type of the resource's own.
    mutating func add(_ subresource: DiscoveredSubresource) {
        guard let (group, version) = subresource.foreign else { return }
        guard let name = SchemaTable.type(ofKind: subresource.kind, apiVersion: "\(group)/\(version)") else { return }
        add(type: name)
        mark(name, "", subresource.kind, "\(group)/\(version)")
    }

    /// Adds what every document refers to.
    mutating func addShared() {
        add(type: "meta.v1.DeleteOptions")
        add(type: "meta.v1.Status")
        mark("meta.v1.DeleteOptions", "", "DeleteOptions", "v1")
        mark("meta.v1.Status", "", "Status", "v1")
        components[Self.patch] = [
            "type": "object", "description": "A change of an object, in the form that the Content-Type names.",
        ]
    }

    /// Adds a custom kind by what its definition says of it.
    mutating func addCustom(_ resource: Resource, version: String, _ definition: Object?) {
        add(type: "meta.v1.ObjectMeta")
        add(type: "meta.v1.ListMeta")
        let name = Self.name(ofCustom: resource, version: version)
        let versions = definition?.spec["versions"]?.elements ?? []
        var schema =
            versions.first { $0["name"]?.string == version }?["schema", "openAPIV3Schema"]
            ?? ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        for field in ["apiVersion", "kind", "metadata"] {
            schema["properties", field] = Self.head(field, Self.reference("meta.v1.ObjectMeta"))
        }
        let kind = Self.kind(resource.kind, "\(resource.group)/\(version)")
        schema["x-kubernetes-group-version-kind"] = kind
        components[name] = schema
        components[name + "List"] = [
            "type": "object", "description": .string("A list of objects of kind \(resource.kind)."),
            "properties": [
                "apiVersion": Self.head("apiVersion", .null), "kind": Self.head("kind", .null),
                "metadata": Self.head("metadata", Self.reference("meta.v1.ListMeta")),
                "items": ["type": "array", "items": Self.reference(component: name)],
            ],
            "required": ["items"],
            "x-kubernetes-group-version-kind": Self.kind(resource.kind + "List", "\(resource.group)/\(version)"),
        ]
    }

    /// Adds a type and every type that it is made of.
    private mutating func add(type name: String) {
        var open = [name]
        while let name = open.popLast() {
            guard components[Self.name(name)] == nil, let type = SchemaTable.type(name) else { continue }
            components[Self.name(name)] = schema(of: type)
            for field in type.fields.values { open += used(by: field.type) }
        }
    }

    /// The types that a field is made of. Those that are no objects with named fields are added at once.
    private mutating func used(by schema: Schema) -> [String] {
        switch schema {
        case .object(let name): return [name]
        case .list(let element), .map(let element): return used(by: element)
        default:
            if let scalar = OpenAPIScalar(schema) { components[scalar.name] = scalar.schema }
            return []
        }
    }

    private func schema(of type: TypeSchema) -> Value {
        let descriptions = OpenAPIDescriptions(of: type)
        var properties: Fields = [:]
        for field in type.fields.values {
            properties[field.name] = property(field, descriptions.fields[field.name])
        }
        var schema: Value = ["type": "object", "properties": .object(properties)]
        let required = type.order.filter { type.fields[$0]?.isRequired == true }
        if !required.isEmpty { schema["required"] = .array(required.map(Value.string)) }
        if let text = descriptions.type { schema["description"] = .string(text) }
        if type.isAtomic { schema["x-kubernetes-map-type"] = "atomic" }
        return schema
    }

    private func property(_ field: FieldSchema, _ description: String?) -> Value {
        var value = Self.schema(field.type)
        if let description { value["description"] = .string(description) }
        if let key = field.patchMergeKey { value["x-kubernetes-patch-merge-key"] = .string(key) }
        let words = [(FieldSchema.PatchStrategy.merge, "merge"), (.retainKeys, "retainKeys"), (.replace, "replace")]
        let strategy = words.filter { field.patchStrategy.contains($0.0) }.map(\.1).joined(separator: ",")
        if !strategy.isEmpty { value["x-kubernetes-patch-strategy"] = .string(strategy) }
        if case .list = field.type { Self.mark(list: field.listType, &value) }
        if case .map = field.type, field.isWhole { value["x-kubernetes-map-type"] = "atomic" }
        return value
    }

    private static func mark(list type: FieldSchema.ListType, _ value: inout Value) {
        switch type {
        case .atomic: value["x-kubernetes-list-type"] = "atomic"
        case .set: value["x-kubernetes-list-type"] = "set"
        case .map(let keys):
            value["x-kubernetes-list-type"] = "map"
            value["x-kubernetes-list-map-keys"] = .array(keys.map(Value.string))
        }
    }

    private mutating func mark(_ type: String, _ suffix: String, _ kind: String, _ apiVersion: String) {
        components[Self.name(type + suffix)]?["x-kubernetes-group-version-kind"] = Self.kind(kind + suffix, apiVersion)
    }
}

extension OpenAPISchemas {
    /// The schema of a value.
    static func schema(_ schema: Schema) -> Value {
        switch schema {
        case .string: ["type": "string"]
        case .word(let name):
            SchemaTable.values(of: name).map { ["type": "string", "enum": .array($0.map(Value.string))] }
                ?? ["type": "string"]
        case .int(let bits): ["type": "integer", "format": .string("int\(bits)")]
        case .bool: ["type": "boolean"]
        case .bytes: ["type": "string", "format": "byte"]
        case .any: ["type": "object", "x-kubernetes-preserve-unknown-fields": true]
        case .list(let element): ["type": "array", "items": self.schema(element)]
        case .map(let element): ["type": "object", "additionalProperties": self.schema(element)]
        case .object(let name): ["allOf": [reference(name)]]
        case .intOrString, .quantity, .time, .microTime, .raw:
            ["allOf": [OpenAPIScalar(schema).map { reference(component: $0.name) } ?? .null]]
        }
    }

    /// A reference to a type, as `core.v1.Service`.
    static func reference(_ type: String) -> Value { reference(component: name(type)) }

    static func reference(component: String) -> Value { ["$ref": .string("#/components/schemas/\(component)")] }

    /// The name of a type in OpenAPI: `io.k8s.api.core.v1.Service`.
    static func name(_ type: String) -> String {
        switch type.prefix(while: { $0 != "." }) {
        case "meta": "io.k8s.apimachinery.pkg.apis.\(type)"
        case "apiextensions": "io.k8s.apiextensions-apiserver.pkg.apis.\(type)"
        case "apiregistration": "io.k8s.kube-aggregator.pkg.apis.\(type)"
        default: "io.k8s.api.\(type)"
        }
    }

    /// The name of a custom kind in OpenAPI: `io.cert-manager.v1.Certificate`.
    static func name(ofCustom resource: Resource, version: String) -> String {
        let group = resource.group.split(separator: ".").reversed().joined(separator: ".")
        return "\(group).\(version).\(resource.kind)"
    }

    /// The name of the body of a patch.
    static let patch = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch"

    static func kind(_ kind: String, _ apiVersion: String) -> Value {
        let parts = apiVersion.split(separator: "/").map(String.init)
        let group = parts.count == 2 ? parts[0] : ""
        return [["group": .string(group), "kind": .string(kind), "version": .string(parts.last ?? "")]]
    }

    /// One of the fields that all objects have.
    private static func head(_ field: String, _ metadata: Value) -> Value {
        let text = OpenAPIDescriptions.common[field].map(Value.string) ?? ""
        return field == "metadata"
            ? ["allOf": [metadata], "description": text] : ["type": "string", "description": text]
    }
}

/// A type that is written in JSON as text or as a number, and that OpenAPI knows by a name.
struct OpenAPIScalar {
    /// The name in OpenAPI.
    let name: String
    /// What it looks like.
    let schema: Value

    init?(_ schema: Schema) {
        switch schema {
        case .time: self.init("apis.meta.v1.Time", ["type": "string", "format": "date-time"])
        case .microTime: self.init("apis.meta.v1.MicroTime", ["type": "string", "format": "date-time"])
        case .quantity: self.init("api.resource.Quantity", ["oneOf": [["type": "string"], ["type": "number"]]])
        case .intOrString:
            self.init(
                "util.intstr.IntOrString",
                ["format": "int-or-string", "oneOf": [["type": "integer"], ["type": "string"]]])
        case .raw: self.init("runtime.RawExtension", ["type": "object", "x-kubernetes-preserve-unknown-fields": true])
        default: return nil
        }
    }

    private init(_ name: String, _ schema: Value) {
        self.name = "io.k8s.apimachinery.pkg.\(name)"
        self.schema = schema
    }
}
