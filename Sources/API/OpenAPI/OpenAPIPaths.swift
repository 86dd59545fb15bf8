// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The URLs of a group and version, and what may be done with each: the document's `paths`.
struct OpenAPIPaths {
    private let document: OpenAPIDocument

    init(_ document: OpenAPIDocument) { self.document = document }

    /// The paths of all resources.
    var value: Value {
        var paths: Fields = [:]
        for resource in document.resources { add(resource, to: &paths) }
        return .object(paths)
    }

    private func add(_ resource: Resource, to paths: inout Fields) {
        let root = document.group.isEmpty ? "/api/\(document.version)" : "/apis/\(document.apiVersion)"
        let collection = "\(root)/\(resource.isNamespaced ? "namespaces/{namespace}/" : "")\(resource.plural)"
        let type = typeName(resource)
        let isStored = resource.handling != .answered
        let own = OpenAPIOperation(document, resource, type: type)
        var operations: Fields = ["post": own.create]
        if isStored {
            operations["get"] = own.list(isEverywhere: false)
            if resource.verbs.contains("deletecollection") { operations["delete"] = own.deleteCollection }
        }
        paths[collection] = own.path(operations, isItem: false)
        guard isStored else { return }
        paths["\(collection)/{name}"] = own.path(
            ["get": own.read, "put": own.replace, "patch": own.patch, "delete": own.delete], isItem: true)
        if resource.isNamespaced {
            paths["\(root)/\(resource.plural)"] = ["get": own.list(isEverywhere: true)]
        }
        for part in resource.discoveredSubresources {
            paths["\(collection)/{name}/\(part.name)"] = subresource(part, resource, type)
        }
    }

    private func subresource(_ part: DiscoveredSubresource, _ resource: Resource, _ type: String) -> Value {
        let apiVersion = part.foreign.map { "\($0.group)/\($0.version)" } ?? document.apiVersion
        let name = SchemaTable.type(ofKind: part.kind, apiVersion: apiVersion).map(OpenAPISchemas.name)
        let operation = OpenAPIOperation(
            document, resource, type: name ?? type, subresource: part.name, kind: part.kind, apiVersion: apiVersion)
        var operations: Fields = [:]
        for verb in part.verbs {
            switch verb {
            case "get": operations["get"] = operation.read
            case "update": operations["put"] = operation.replace
            case "patch": operations["patch"] = operation.patch
            case "create": operations["post"] = operation.create
            case "delete": operations["delete"] = operation.delete
            default: break
            }
        }
        return operation.path(operations, isItem: true)
    }

    private func typeName(_ resource: Resource) -> String {
        if resource.isCustom { return OpenAPISchemas.name(ofCustom: resource, version: document.version) }
        return SchemaTable.type(ofKind: resource.kind, apiVersion: document.apiVersion).map(OpenAPISchemas.name) ?? ""
    }
}
