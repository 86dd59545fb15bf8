// SPDX-License-Identifier: Apache-2.0

import API
import Kubernetes
import Testing

@Suite struct OpenAPITests {
    private let widgets: ResourceCatalog
    private let definition: Object

    init() {
        var definition = Object(
            apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: "widgets.shop.example.com")
        definition.uid = "1"
        let schema: Value = [
            "type": "object", "description": "Something to sell.",
            "properties": ["spec": ["type": "object", "properties": ["price": ["type": "integer"]]]],
        ]
        definition.spec = [
            "group": "shop.example.com", "scope": "Namespaced", "names": ["kind": "Widget", "plural": "widgets"],
            "versions": [["name": "v1", "served": true, "storage": true, "schema": ["openAPIV3Schema": schema]]],
        ]
        self.definition = definition
        var catalog = ResourceCatalog()
        catalog.define(definition)
        widgets = catalog
    }

    private func answer(_ path: String, accept: String = "", hash: String? = nil, ifNoneMatch: String = "") -> Answer? {
        OpenAPI.answer(path, hash: hash, accept: accept, ifNoneMatch: ifNoneMatch, widgets) { _ in definition }
    }

    private func document(_ name: String) throws -> Value {
        let found = try #require(answer("/openapi/v3/\(name)"))
        #expect(found.status == 200)
        return try Value(json: found.body())
    }

    private static let names =
        ["api/v1", "apis/shop.example.com/v1"]
        + Set(Resource.all.flatMap(\.apiVersions)).filter { $0.contains("/") }.sorted().map { "apis/\($0)" }

    @Test func `the index names a document for each group and version, by its hash`() throws {
        let index = try Value(json: try #require(answer("/openapi/v3")).body())
        #expect(Set(index["paths"]?.fields.keys ?? []) == Set(Self.names))
        let url = try #require(index["paths", "apis/apps/v1", "serverRelativeURL"]?.string)
        #expect(url.hasPrefix("/openapi/v3/apis/apps/v1?hash="))
        let hash = String(url.split(separator: "=")[1])
        let kept = try #require(answer("/openapi/v3/apis/apps/v1", hash: hash))
        #expect(kept.headers["Cache-Control"]?.contains("immutable") == true)
        #expect(kept.headers["ETag"] == "\"\(hash)\"")
        let known = try #require(answer("/openapi/v3/apis/apps/v1", ifNoneMatch: "\"\(hash)\""))
        #expect(known.status == 304)
        #expect(known.body().isEmpty)
        #expect(
            answer("/openapi/v3/apis/apps/v1", hash: "other")?.headers["Cache-Control"]?.contains("immutable") == false)
    }

    @Test(arguments: ["/openapi/v2", "/openapi", "/openapi/v3/api/v2", "/openapi/v3/apis/apps", "/openapi/v3/x/y/z"])
    func `there is nothing anywhere else`(_ path: String) {
        #expect(answer(path) == nil)
    }

    @Test func `a client that only takes protobuf is told so`() {
        let protobuf = "application/com.github.proto-openapi.spec.v3.v1.0+protobuf"
        #expect(answer("/openapi/v3/api/v1", accept: protobuf)?.status == 406)
        #expect(answer("/openapi/v3/api/v1", accept: "\(protobuf), application/json;q=0.5")?.status == 200)
        #expect(answer("/openapi/v3", accept: "*/*")?.status == 200)
    }

    @Test func `kubectl up to 1_28 has the older form, as protobuf only`() throws {
        let old = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
        let found = try #require(answer("/openapi/v2", accept: old))
        #expect(found.status == 200)
        #expect(found.body().starts(with: [0x0a, 3] + Array("2.0".utf8)))
        let tag = try #require(found.headers["ETag"])
        #expect(answer("/openapi/v2", accept: old, ifNoneMatch: tag)?.status == 304)
        #expect(answer("/openapi/v2", accept: "application/json") == nil)
    }

    @Test(arguments: names)
    func `every reference leads to a schema`(_ name: String) throws {
        let document = try document(name)
        let schemas = try #require(document["components", "schemas"]?.fields)
        var references: Set<String> = []
        document.collect("$ref", into: &references)
        #expect(!references.isEmpty)
        for reference in references {
            let schema = reference.dropFirst("#/components/schemas/".count)
            #expect(schemas[String(schema)] != nil, "\(reference)")
        }
    }

    @Test(arguments: names)
    func `every PATCH says what it is of, and takes fieldValidation`(_ name: String) throws {
        let paths = try #require(try document(name)["paths"]?.fields)
        var identifiers: [String] = []
        for (path, operations) in paths {
            for (verb, operation) in operations.fields where verb != "parameters" {
                identifiers += [operation["operationId"]?.string ?? ""]
                #expect(operation["x-kubernetes-group-version-kind", "kind"]?.string != nil, "\(verb) \(path)")
                guard verb == "patch" else { continue }
                let parameters = (operation["parameters"]?.elements ?? []).compactMap { $0["name"]?.string }
                #expect(parameters.contains("fieldValidation"), "\(path)")
                let forms = operation["requestBody", "content"]?.fields.count
                #expect(forms == (name.contains("shop") ? 3 : 4), "\(path)")
            }
        }
        #expect(Set(identifiers).count == identifiers.count)
    }

    @Test func `a Service's schema says how its ports are merged, and what they are`() throws {
        let schemas = try #require(try document("api/v1")["components", "schemas"])
        let service = try #require(schemas["io.k8s.api.core.v1.Service"])
        #expect(service["x-kubernetes-group-version-kind"] == [["group": "", "kind": "Service", "version": "v1"]])
        let ports = try #require(schemas["io.k8s.api.core.v1.ServiceSpec", "properties", "ports"])
        #expect(ports["x-kubernetes-patch-merge-key"] == "port")
        #expect(ports["x-kubernetes-patch-strategy"] == "merge")
        #expect(ports["x-kubernetes-list-map-keys"] == ["port", "protocol"])
        #expect(ports["description"]?.string?.isEmpty == false)
        let type = try #require(schemas["io.k8s.api.core.v1.ServiceSpec", "properties", "type"])
        #expect(type["enum"] == ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"])
        #expect(schemas["io.k8s.api.core.v1.ServicePort", "required"] == ["port"])
    }

    @Test func `a custom kind has its definition's schema`() throws {
        let schemas = try #require(try document("apis/shop.example.com/v1")["components", "schemas"])
        let widget = try #require(schemas["com.example.shop.v1.Widget"])
        #expect(widget["properties", "spec", "properties", "price", "type"] == "integer")
        #expect(widget["properties", "metadata", "allOf"] != nil)
        #expect(widget["description"] == "Something to sell.")
    }

    @Test(arguments: [
        ("api/v1", "core.v1.ServiceSpec"), ("api/v1", "core.v1.ServicePort"), ("api/v1", "core.v1.PodSpec"),
        ("api/v1", "core.v1.Container"), ("api/v1", "core.v1.Probe"), ("api/v1", "core.v1.Endpoints"),
        ("api/v1", "core.v1.NodeSpec"), ("api/v1", "core.v1.ConfigMap"), ("api/v1", "core.v1.Secret"),
        ("apis/apps/v1", "apps.v1.DeploymentSpec"), ("apis/apps/v1", "apps.v1.ReplicaSetSpec"),
        ("apis/apps/v1", "apps.v1.StatefulSetSpec"), ("apis/apps/v1", "apps.v1.DaemonSetSpec"),
        ("apis/discovery.k8s.io/v1", "discovery.v1.EndpointSlice"),
        ("apis/discovery.k8s.io/v1", "discovery.v1.Endpoint"),
    ])
    func `every field that a lab acts on is described`(_ document: String, _ type: String) throws {
        let schemas = try #require(try self.document(document)["components", "schemas"])
        let properties = try #require(schemas["io.k8s.api.\(type)", "properties"]?.fields)
        let silent = properties.filter { ($0.value["description"]?.string ?? "").isEmpty }.map(\.key)
        #expect(silent.allSatisfy { ["workloadRef", "schedulingGroup", "configSource", "externalID"].contains($0) })
    }
}

extension Value {
    /// Gathers the strings of all fields of a name, however deep.
    fileprivate func collect(_ name: String, into found: inout Set<String>) {
        switch self {
        case .array(let elements): for element in elements { element.collect(name, into: &found) }
        case .object(let fields):
            if let text = fields[name]?.string { found.insert(text) }
            for value in fields.values { value.collect(name, into: &found) }
        default: break
        }
    }
}
