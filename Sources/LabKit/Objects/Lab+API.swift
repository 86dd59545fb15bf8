// SPDX-License-Identifier: Apache-2.0
internal import Engine
public import Kubernetes

/// What the API server answered.
public struct APIAnswer: Sendable, Hashable {
    /// The HTTP status.
    public var status: Int
    /// The body: an object, a list, a `Status`; a log's text.
    public var body: Value

    /// The body, or what the API refused.
    func get() throws(LabFailure) -> Value {
        guard status >= 400 else { return body }
        throw LabFailure(body["message"]?.string ?? "the API answered \(status)")
    }
}

extension Lab {
    /// Asks the lab's API server as its administrator.
    /// - Parameter path: with the query, as `/api/v1/namespaces/default/pods?labelSelector=app%3Dweb`.
    public func api(
        _ method: String = "GET", _ path: String, body: Value? = nil, contentType: String? = nil
    ) async throws -> APIAnswer {
        var request: Value = ["verb": "api", "method": .string(method), "path": .string(path)]
        request["contentType"] = contentType.map { .string($0) }
        request["body"] = body
        let answer = try await ask(request)
        return APIAnswer(status: answer["status"]?.int ?? 0, body: answer["body"] ?? .null)
    }

    /// The object of a reference; nil if there is none.
    public func find(_ reference: ObjectReference) async throws -> Object? {
        let answer = try await api("GET", try await path(of: reference))
        if answer.status == 404 { return nil }
        return Object(try answer.get())
    }

    /// An object, as `service/web` or `deployment/shop/web`.
    public func get(_ object: String) async throws -> Object {
        let reference = try ObjectReference(named: object)
        guard let found = try await find(reference) else { throw LabFailure("there is no \(reference)") }
        return found
    }

    /// What a JSONPath leads to in an object, as text: `lab.get("service/web", "{.spec.clusterIP}")`; nil for nothing.
    public func get(_ object: String, _ path: String) async throws -> String? {
        guard let value = try JSONPath(path).first(in: try await get(object).value) else { return nil }
        return value.string ?? value.json()
    }

    /// All objects that are chosen.
    public func objects(_ selection: ObjectSelection) async throws -> [Object] {
        switch selection {
        case .object(let reference): return try await find(reference).map { [$0] } ?? []
        case .all(let kind, let namespace, let selector):
            let list = try await api("GET", try await path(ofKind: kind, namespace: namespace)).get()
            return (list["items"]?.elements ?? []).map { Object($0) }.filter {
                selector.isEmpty || selector.matches($0.labels)
            }
        }
    }

    /// The path of an object in the API.
    func path(of reference: ObjectReference) async throws -> String {
        try await path(ofKind: reference.kind, namespace: reference.namespace) + "/" + reference.name
    }

    /// The path of all objects of a kind; within a namespace if the kind has them.
    func path(ofKind kind: String, namespace: String) async throws -> String {
        if let resource = Resource.named(kind) ?? Resource.of(kind: kind) {
            return Lab.path(
                resource.apiVersion, resource.plural, namespace: resource.isNamespaced ? namespace : nil)
        }
        return try await customPath(ofKind: kind, namespace: namespace)
    }

    /// A kind that a CustomResourceDefinition made.
    private func customPath(ofKind kind: String, namespace: String) async throws -> String {
        let word = kind.lowercased()
        let definitions =
            try await api(
                "GET", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
            ).get()["items"]?.elements ?? []
        for definition in definitions {
            let names = definition["spec", "names"] ?? .null
            let words =
                ["plural", "singular", "kind"].compactMap { names[$0]?.string }
                + (names["shortNames"]?.elements ?? []).compactMap(\.string)
            guard words.contains(where: { $0.lowercased() == word }),
                let version = definition["spec", "versions"]?.elements.first?["name"]?.string,
                let group = definition["spec", "group"]?.string, let plural = names["plural"]?.string
            else { continue }
            let isNamespaced = definition["spec", "scope"]?.string == "Namespaced"
            return Lab.path("\(group)/\(version)", plural, namespace: isNamespaced ? namespace : nil)
        }
        throw LabFailure("the lab knows no kind \"\(kind)\"")
    }

    private static func path(_ apiVersion: String, _ plural: String, namespace: String?) -> String {
        let root = apiVersion.contains("/") ? "/apis/\(apiVersion)" : "/api/\(apiVersion)"
        return "\(root)\(namespace.map { "/namespaces/\($0)" } ?? "")/\(plural)"
    }
}

extension ObjectReference {
    /// What `service/web` or `service/shop/web` refers to.
    init(named text: String) throws(LabFailure) {
        guard let found = ObjectReference(text: text) else {
            throw LabFailure("\"\(text)\" names no object: write KIND/NAME or KIND/NAMESPACE/NAME, as service/web")
        }
        self = found
    }
}
