// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What may be done with one resource, or with a part of it, as OpenAPI's operations.
struct OpenAPIOperation {
    private let resource: Resource
    private let group: String
    private let version: String
    /// The group and version of what is sent, and its kind.
    private let kind: Value
    /// The name of the schema of what is sent and answered.
    private let type: String
    /// `status`, or empty for the whole object.
    private let subresource: String

    init(
        _ document: OpenAPIDocument, _ resource: Resource, type: String, subresource: String = "",
        kind: String? = nil, apiVersion: String? = nil
    ) {
        self.resource = resource
        self.type = type
        self.subresource = subresource
        group = document.group
        version = document.version
        let kinds = OpenAPISchemas.kind(kind ?? resource.kind, apiVersion ?? document.apiVersion)
        self.kind = kinds.elements.first ?? .null
    }

    /// `GET` of one object.
    var read: Value { operation("read", "get", [], answer: type) }
    /// `POST`.
    var create: Value { operation("create", "post", Self.writing, body: body(type), answer: type, code: "201") }
    /// `PUT`.
    var replace: Value { operation("replace", "put", Self.writing, body: body(type), answer: type) }
    /// `DELETE` of one object.
    var delete: Value {
        operation("delete", "delete", Self.deleting, body: body(Self.deleteOptions), answer: Self.status)
    }

    /// `DELETE` of all objects that match.
    var deleteCollection: Value {
        let parameters = Self.deleting + Self.listing
        return operation(
            "deleteCollection", "deletecollection", parameters, body: body(Self.deleteOptions), answer: Self.status)
    }

    /// `GET` of many objects, of one namespace or of all.
    func list(isEverywhere: Bool) -> Value {
        var value = operation("list", "list", Self.listing, answer: type + "List", isEverywhere: isEverywhere)
        if isEverywhere { value["parameters"] = .array(value["parameters"]?.elements ?? []) }
        return value
    }

    /// `PATCH`, in each form that the resource takes.
    var patch: Value {
        let custom = ["json-patch+json", "merge-patch+json", "apply-patch+yaml"]
        let forms = resource.isCustom ? custom : custom + ["strategic-merge-patch+json"]
        let schema: Value = ["schema": OpenAPISchemas.reference(component: OpenAPISchemas.patch)]
        let content = Fields(forms.map { ("application/\($0)", schema) }) { first, _ in first }
        return operation(
            "patch", "patch", Self.writing + ["force"], body: ["content": .object(content), "required": true],
            answer: type)
    }

    /// Operations with the parameters that are in their path.
    func path(_ operations: Fields, isItem: Bool) -> Value {
        var path = operations
        var parameters: [Value] = []
        if isItem { parameters.append(Self.inPath("name", "The name of the object.")) }
        if resource.isNamespaced { parameters.append(Self.inPath("namespace", "The namespace of the object.")) }
        if !parameters.isEmpty { path["parameters"] = .array(parameters) }
        return .object(path)
    }

    private func operation(
        _ verb: String, _ action: String, _ parameters: [String], body: Value? = nil, answer: String,
        code: String = "200", isEverywhere: Bool = false
    ) -> Value {
        let content: Value = ["schema": OpenAPISchemas.reference(component: answer)]
        var value: Value = [
            "operationId": .string(identifier(verb, isEverywhere)), "tags": [.string(tag)],
            "responses": [
                code: ["description": "Done.", "content": ["application/json": content]],
                "401": ["description": "Unauthorized"],
            ],
            "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": kind,
        ]
        let known = (parameters + ["pretty"]).compactMap { OpenAPIParameter.all[$0] }
        value["parameters"] = .array(known)
        value["requestBody"] = body
        return value
    }

    /// `createCoreV1NamespacedService`, `readAppsV1NamespacedDeploymentStatus`.
    private func identifier(_ verb: String, _ isEverywhere: Bool) -> String {
        let scope = resource.isNamespaced && !isEverywhere ? "Namespaced" : ""
        let groupName = group.isEmpty ? "core" : String(group.prefix { $0 != "." })
        let words = [groupName, version, scope, resource.kind, subresource].map(Self.capitalized)
        return verb + words.joined() + (isEverywhere ? "ForAllNamespaces" : "")
    }

    private var tag: String { "\(group.isEmpty ? "core" : group.prefix { $0 != "." })_\(version)" }

    private func body(_ type: String) -> Value {
        [
            "content": ["application/json": ["schema": OpenAPISchemas.reference(component: type)]],
            "required": .bool(type != Self.deleteOptions),
        ]
    }

    private static func capitalized(_ word: some StringProtocol) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }

    private static func inPath(_ name: String, _ description: String) -> Value {
        [
            "name": .string(name), "in": "path", "required": true, "description": .string(description),
            "schema": ["type": "string", "uniqueItems": true],
        ]
    }

    private static let deleteOptions = OpenAPISchemas.name("meta.v1.DeleteOptions")
    private static let status = OpenAPISchemas.name("meta.v1.Status")
    private static let writing = ["dryRun", "fieldManager", "fieldValidation"]
    private static let deleting = ["dryRun", "gracePeriodSeconds", "propagationPolicy"]
    private static let listing = [
        "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion",
        "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds", "watch",
    ]
}

/// The query parameters that operations share.
enum OpenAPIParameter {
    /// Each as OpenAPI describes it, by name.
    static let all = Dictionary(texts.map { ($0.name, value($0.name, $0.type, $0.description)) }) { first, _ in first }

    private static func value(_ name: String, _ type: String, _ description: String) -> Value {
        [
            "name": .string(name), "in": "query", "description": .string(description),
            "schema": ["type": .string(type), "uniqueItems": true],
        ]
    }

    private static let texts: [(name: String, type: String, description: String)] = [
        ("pretty", "string", "Whether the answer is indented."),
        ("dryRun", "string", "With All, everything is checked and nothing is written."),
        ("fieldManager", "string", "In whose name the fields are kept in metadata.managedFields."),
        (
            "fieldValidation", "string",
            "What becomes of fields that the kind does not have: Strict refuses, Warn warns, Ignore says nothing."
        ),
        ("force", "boolean", "For apply patches: takes over the fields of other managers."),
        ("gracePeriodSeconds", "integer", "How many seconds a Pod has to end."),
        ("propagationPolicy", "string", "What becomes of dependents: Background, Foreground or Orphan."),
        ("allowWatchBookmarks", "boolean", "Whether a watch sends bookmarks."),
        ("continue", "string", "The token of the page before this one."),
        ("fieldSelector", "string", "Only objects whose fields match."),
        ("labelSelector", "string", "Only objects whose labels match."),
        ("limit", "integer", "At most so many objects; the answer says how to go on."),
        ("resourceVersion", "string", "The state of the cluster that the answer is to begin at."),
        ("resourceVersionMatch", "string", "How exactly resourceVersion is meant: Exact or NotOlderThan."),
        ("sendInitialEvents", "boolean", "Whether a watch begins with an event for each object that is there."),
        ("timeoutSeconds", "integer", "After how many seconds a watch ends."),
        ("watch", "boolean", "Whether changes are told as they happen, instead of a list."),
    ]
}
