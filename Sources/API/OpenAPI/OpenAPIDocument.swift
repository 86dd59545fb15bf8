// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The OpenAPI document of one group and version. It is made when it is asked for.
struct OpenAPIDocument: Sendable {
    /// Group and version, as `apps/v1`.
    let apiVersion: String
    /// What is served there.
    let resources: [Resource]
    /// The CustomResourceDefinitions of custom resources, by kind.
    var definitions: [String: Object] = [:]

    init(_ apiVersion: String, _ resources: [Resource]) {
        self.apiVersion = apiVersion
        self.resources = resources.sorted { $0.plural < $1.plural }
    }

    /// What follows `/openapi/v3/`: `api/v1`, `apis/apps/v1`.
    var name: String { apiVersion.contains("/") ? "apis/\(apiVersion)" : "api/\(apiVersion)" }

    /// The group; empty for the one without a name.
    var group: String { apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : "" }
    /// The version without the group.
    var version: String { String(apiVersion.split(separator: "/").last ?? "") }

    /// What changes whenever the document does.
    var hash: String {
        if definitions.isEmpty, let hash = Self.builtInHashes[apiVersion] { return hash }
        var sources = StableHash("")
        for (kind, definition) in definitions.sorted(by: { $0.key < $1.key }) {
            sources = StableHash("\(sources.value) \(kind) \(definition.uid) \(definition.generation)")
        }
        return Self.text(sources)
    }

    /// The document as JSON.
    var bytes: [UInt8] { Array(value.json().utf8) }

    /// The document.
    var value: Value {
        var schemas = OpenAPISchemas()
        for resource in resources {
            if resource.isCustom {
                schemas.addCustom(resource, version: version, definitions[resource.kind])
            } else {
                schemas.add(resource, apiVersion: apiVersion)
            }
        }
        let paths = OpenAPIPaths(self).value
        for part in resources.flatMap(\.discoveredSubresources) { schemas.add(part) }
        schemas.addShared()
        return [
            "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": .string(EmulatedVersion.text)],
            "paths": paths,
            "components": ["schemas": .object(schemas.components)],
        ]
    }

    /// The hashes of the documents that are the same in every lab. Only the hashes are kept: a document is asked for
    /// once by each client, and is half a megabyte.
    private static let builtInHashes: [String: String] = {
        let versions = Set(Resource.all.flatMap(\.apiVersions))
        let hashes = versions.map { apiVersion in
            let resources = Resource.all.filter { $0.apiVersions.contains(apiVersion) }
            return (apiVersion, text(StableHash(OpenAPIDocument(apiVersion, resources).bytes)))
        }
        return Dictionary(hashes) { first, _ in first }
    }()

    private static func text(_ hash: StableHash) -> String { String(hash.value, radix: 16, uppercase: true) }
}
