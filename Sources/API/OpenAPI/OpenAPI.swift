// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What the API's objects look like, told to clients that ask: OpenAPI 3.0, one document for each group and version.
///
/// kubectl reads there which queries and patches a server takes, and `kubectl explain` reads the descriptions.
public enum OpenAPI {
    /// Answers `/openapi/v3`, `/openapi/v3/api/v1` and `/openapi/v3/apis/GROUP/VERSION`, and `/openapi/v2` to clients
    /// that take it as protobuf; nil for groups and versions that are not served, and for any other path.
    ///
    /// - Parameters:
    ///   - path: the path, without the query.
    ///   - hash: the query parameter `hash`: a client that has it from the index may keep the document for good.
    ///   - accept: the header `Accept`; empty for anything.
    ///   - ifNoneMatch: the header `If-None-Match`: a client that has the document is told 304.
    ///   - catalog: all that is served.
    ///   - definition: finds the CustomResourceDefinition of a custom resource.
    public static func answer(
        _ path: String, hash: String? = nil, accept: String = "", ifNoneMatch: String = "", _ catalog: ResourceCatalog,
        definition: (Resource) -> Object?
    ) -> Answer? {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count >= 2, parts[0] == "openapi", ["v2", "v3"].contains(parts[1]) else { return nil }
        let documents = documents(catalog, definition)
        if parts[1] == "v2" {
            guard parts.count == 2, OpenAPIv2.isAccepted(accept) else { return nil }
            return OpenAPIv2(documents).answer(ifNoneMatch: ifNoneMatch)
        }
        if parts.count == 2 { return takesJSON(accept) ? index(documents) : .notAcceptable }
        let name = parts.dropFirst(2).joined(separator: "/")
        guard let document = documents.first(where: { $0.name == name }) else { return nil }
        return takesJSON(accept) ? answer(document, hash, ifNoneMatch) : .notAcceptable
    }

    /// Every served group and version, by name.
    private static func documents(_ catalog: ResourceCatalog, _ definition: (Resource) -> Object?) -> [OpenAPIDocument]
    {
        var resources: [String: [Resource]] = [:]
        for resource in catalog.all {
            for apiVersion in Set(resource.apiVersions) { resources[apiVersion, default: []].append(resource) }
        }
        return resources.sorted { $0.key < $1.key }.map { apiVersion, resources in
            var document = OpenAPIDocument(apiVersion, resources)
            for resource in resources where resource.isCustom {
                document.definitions[resource.kind] = definition(resource)
            }
            return document
        }
    }

    /// Where each document is. The hash in its address changes with the document.
    private static func index(_ documents: [OpenAPIDocument]) -> Answer {
        Answer(200) {
            let paths = documents.map { document -> (String, Value) in
                (document.name, ["serverRelativeURL": .string("/openapi/v3/\(document.name)?hash=\(document.hash)")])
            }
            let index: Value = ["paths": .object(Fields(paths) { first, _ in first })]
            return Array(index.json().utf8) + [0x0a]
        }
    }

    private static func answer(_ document: OpenAPIDocument, _ hash: String?, _ ifNoneMatch: String) -> Answer {
        let tag = "\"\(document.hash)\""
        let isKnown = ifNoneMatch.split(separator: ",").contains { $0.drop { " W/".contains($0) } == tag }
        var answer = Answer(isKnown ? 304 : 200) { isKnown ? [] : document.bytes }
        answer.headers = ["ETag": tag, "Vary": "Accept"]
        answer.headers["Cache-Control"] =
            hash == document.hash ? "public, immutable, max-age=31536000" : "no-cache, private"
        return answer
    }

    private static func takesJSON(_ accept: String) -> Bool {
        let ranges = accept.split(separator: ",").map { range in
            range.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        }
        return ranges.isEmpty || ranges.contains { ["application/json", "application/*", "*/*"].contains($0) }
    }
}

extension Answer {
    /// Whoever wants it as protobuf only goes on to ask for JSON, or does without.
    fileprivate static let notAcceptable = Answer(
        Status(.notAcceptable, "only the following media types are accepted: application/json"))
}
