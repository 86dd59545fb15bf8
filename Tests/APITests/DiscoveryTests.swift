// SPDX-License-Identifier: Apache-2.0
import API
import Foundation
import Kubernetes
import Testing

/// Discovery against that of a real API server: what a lab serves is told in the same words.
@Suite struct DiscoveryTests {
    static let aggregated =
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
        + "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"

    private func document(
        _ path: String, accept: String = "application/json", _ catalog: ResourceCatalog = ResourceCatalog()
    ) throws -> Value {
        let answer = try #require(Discovery.answer(path, accept: accept, catalog, serverAddress: "10.200.0.1:6443"))
        #expect(answer.status == 200)
        return try Value(json: answer.body())
    }

    /// A lab serves fewer kinds than a real server; what it serves is to be told in the same words and order.
    private func isServed(_ name: Value?, _ group: String, _ version: Value?) -> Bool {
        let plural = String(name?.string?.split(separator: "/").first ?? "")
        return ResourceCatalog().resource(group: group, version: version?.string ?? "", plural: plural) != nil
    }

    /// A recorded group of the aggregated document, without what a lab does not serve; nil if nothing is left.
    private func served(_ group: Value) -> Value? {
        let name = group["metadata"]?["name"]?.string ?? ""
        let versions = (group["versions"]?.elements ?? []).compactMap { version -> Value? in
            var version = version
            let resources = version["resources"]?.elements ?? []
            let left = resources.filter { isServed($0["resource"], name, version["version"]) }
            version["resources"] = .array(left)
            return left.isEmpty ? nil : version
        }
        var group = group
        group["versions"] = .array(versions)
        return versions.isEmpty ? nil : group
    }

    @Test(arguments: [
        ("/api/v1", "api_v1.json"), ("/apis/apps/v1", "apis_apps_v1.json"),
        ("/apis/discovery.k8s.io/v1", "apis_discovery_v1.json"),
    ])
    func `a version's resources are those of a real server`(_ path: String, _ file: String) throws {
        let recorded = try OracleFile.value(file)
        let made = try document(path)
        let parts = path.split(separator: "/").map(String.init)
        let (group, version) = (parts.count == 3 ? parts[1] : "", parts.last ?? "")
        for field in ["kind", "apiVersion", "groupVersion"] { #expect(made[field] == recorded[field]) }
        let expected = try #require(recorded["resources"]).elements.map(\.withoutHash)
            .filter { isServed($0["name"], group, .string(version)) }
        let resources = try #require(made["resources"]).elements
        #expect(resources.map(\.withoutHash) == expected)
    }

    @Test func `the groups are those of a real server, in its order`() throws {
        #expect(try document("/api") == OracleFile.value("api.json"))
        let aggregated = try OracleFile.value("apis_aggregated.json")
        let names = Set((aggregated["items"]?.elements ?? []).compactMap(served).map { $0["metadata"]?["name"] })
        let recorded = try OracleFile.value("apis.json")["groups"]?.elements.filter { names.contains($0["name"]) }
        let made = try document("/apis")
        #expect(made["groups"]?.elements == recorded)
        #expect(made["kind"] == "APIGroupList")
        for group in recorded ?? [] {
            var alone = group
            alone["kind"] = "APIGroup"
            alone["apiVersion"] = "v1"
            #expect(try document("/apis/\(try #require(group["name"]?.string))") == alone)
        }
    }

    @Test(arguments: [("/api", "api_aggregated"), ("/apis", "apis_aggregated")])
    func `the aggregated document is that of a real server`(_ path: String, _ file: String) throws {
        let made = try document(path, accept: Self.aggregated)
        let recorded = try OracleFile.value("\(file).json")
        let expected = try #require(recorded["items"]).elements.compactMap(served)
        #expect(expected.count > (path == "/api" ? 0 : 10))
        #expect(made["items"]?.elements == expected)
        for field in ["kind", "apiVersion", "metadata"] { #expect(made[field] == recorded[field]) }
    }

    @Test func `an aggregated answer carries exactly the parameters that clients know it by`() throws {
        let answer = try #require(Discovery.answer("/apis", accept: Self.aggregated, ResourceCatalog()))
        #expect(answer.contentType == "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")
        #expect(answer.headers["Vary"] == "Accept")
        #expect(answer.headers["Cache-Control"] == "public")
        let tag = try #require(answer.headers["ETag"])
        let again = Discovery.answer("/apis", accept: Self.aggregated, ResourceCatalog(), ifNoneMatch: tag)
        #expect(again?.status == 304)
        #expect(again?.body() == [])
        #expect(Discovery.answer("/api", accept: Self.aggregated, ResourceCatalog(), ifNoneMatch: tag)?.status == 200)
    }

    @Test(arguments: [
        ("application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList", "v=v2beta1"),
        ("application/json; as=APIGroupDiscoveryList; v=v2; g=apidiscovery.k8s.io", "v=v2;"),
        (
            "application/vnd.kubernetes.protobuf;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\(aggregated)",
            "v=v2;"
        ),
        ("application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json", nil),
        ("application/json,\(aggregated)", nil), ("", nil), ("*/*", nil),
    ])
    func `what a client accepts says which telling it gets`(_ accept: String, _ parameter: String?) throws {
        let type = try #require(Discovery.answer("/apis", accept: accept, ResourceCatalog())).contentType
        if let parameter { #expect(type.contains(parameter)) } else { #expect(type == "application/json") }
    }

    @Test(arguments: [
        "/api/v2", "/apis/none", "/apis/apps/v2", "/apis/apps/v1/deployments", "/", "/version", "/apis/none/v1",
    ])
    func `nothing is told of what is not served`(_ path: String) {
        #expect(Discovery.answer(path, accept: "", ResourceCatalog()) == nil)
    }

    static let definition = """
        {"metadata": {"name": "widgets.example.com"},
         "spec": {"group": "example.com", "scope": "Cluster",
          "names": {"kind": "Widget", "plural": "widgets", "singular": "widget", "shortNames": ["wd"], "categories": ["all"]},
          "versions": [{"name": "v1beta1", "served": true}, {"name": "v1", "served": true, "subresources": {"status": {}}},
           {"name": "v2", "served": false}]}}
        """

    @Test func `a custom resource is told of after all others, its best version first`() throws {
        var catalog = ResourceCatalog()
        catalog.define(Object(try Value(json: Array(Self.definition.utf8))))
        let group = try #require(try document("/apis", catalog)["groups"]?.elements.last)
        #expect(group["name"] == "example.com")
        #expect(group["versions"]?.elements.map { $0["version"] } == ["v1", "v1beta1"])
        #expect(group["preferredVersion"]?["groupVersion"] == "example.com/v1")
        let item = try #require(try document("/apis", accept: Self.aggregated, catalog)["items"]?.elements.last)
        let resource = try #require(item["versions"]?.elements.first?["resources"]?.elements.first)
        #expect(resource["responseKind"] == ["group": "example.com", "version": "v1", "kind": "Widget"])
        #expect(resource["scope"] == "Cluster")
        #expect(resource["shortNames"] == ["wd"])
        #expect(resource["subresources"]?.elements.map { $0["subresource"] } == ["status"])
        let plain = try document("/apis/example.com/v1beta1", catalog)
        #expect(plain["resources"]?.elements.map { $0["name"] } == ["widgets", "widgets/status"])
    }

    private func document(_ path: String, _ catalog: ResourceCatalog) throws -> Value {
        try document(path, accept: "application/json", catalog)
    }
}

extension Value {
    /// An entry with a blank for the hash of the form in which it is stored, which is each server's own.
    fileprivate var withoutHash: Value {
        var entry = self
        if entry["storageVersionHash"] != nil { entry["storageVersionHash"] = "" }
        return entry
    }
}
