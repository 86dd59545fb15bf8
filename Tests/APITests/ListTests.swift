// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

@Suite struct ListTests {
    private func fixture(_ names: [String] = ["a", "b", "c", "d", "e"]) throws -> APIFixture {
        var fixture = try APIFixture()
        for name in names { try fixture.make(APIFixture.services, APIFixture.service(name, labels: "app: \(name)")) }
        return fixture
    }

    private func names(_ list: Value) -> [String] {
        list["items"]?.elements.compactMap { $0["metadata"]?["name"]?.string } ?? []
    }

    @Test func `a list says what it is and as of when, and its items do not repeat it`() throws {
        var fixture = try fixture(["a"])
        let list = try fixture.value(.get, APIFixture.services)
        #expect(list["kind"] == "ServiceList")
        #expect(list["apiVersion"] == "v1")
        #expect(list["metadata"]?["resourceVersion"]?.string == String(fixture.cluster.store.revision))
        #expect(list["items"]?.elements.allSatisfy { $0["kind"] == nil && $0["spec"] != nil } == true)
        #expect(names(list) == ["a", "kubernetes"])
    }

    @Test func `parts of a list are all as of the first`() throws {
        var fixture = try fixture()
        let first = try fixture.value(.get, APIFixture.services + "?limit=2")
        #expect(names(first) == ["a", "b"])
        #expect(first["metadata"]?["remainingItemCount"] == 4)
        try fixture.value(.delete, APIFixture.services + "/d")
        try fixture.make(APIFixture.services, APIFixture.service("cc"))
        let token = try #require(first["metadata"]?["continue"]?.string)
        let second = try fixture.value(.get, APIFixture.services + "?limit=3&continue=\(token)")
        #expect(names(second) == ["c", "d", "e"])
        #expect(second["metadata"]?["resourceVersion"] == first["metadata"]?["resourceVersion"])
        let next = try #require(second["metadata"]?["continue"]?.string)
        let last = try fixture.value(.get, APIFixture.services + "?limit=3&continue=\(next)")
        #expect(names(last) == ["kubernetes"])
        #expect(last["metadata"]?["continue"] == nil)
    }

    @Test func `a list as of an earlier write shows what there was`() throws {
        var fixture = try fixture(["a"])
        let revision = fixture.cluster.store.revision
        try fixture.value(.delete, APIFixture.services + "/a")
        let url = APIFixture.services + "?resourceVersion=\(revision)"
        #expect(names(try fixture.value(.get, url + "&resourceVersionMatch=Exact")) == ["a", "kubernetes"])
        #expect(names(try fixture.value(.get, url + "&resourceVersionMatch=NotOlderThan")) == ["kubernetes"])
        let early = try fixture.value(.get, APIFixture.services + "?resourceVersion=999999", status: 504)
        #expect(early["reason"] == "Timeout")
    }

    @Test(arguments: [
        ("labelSelector=app%3Da", ["a"]), ("labelSelector=app%20in%20(a,b)", ["a", "b"]),
        ("labelSelector=app", ["a", "b"]), ("labelSelector=!app", ["kubernetes"]),
        ("fieldSelector=metadata.name%3Db", ["b"]), ("fieldSelector=metadata.name!%3Db", ["a", "kubernetes"]),
        ("fieldSelector=spec.type%3DClusterIP,metadata.namespace%3D%3Ddefault", ["a", "b", "kubernetes"]),
        ("fieldSelector=spec.clusterIP%3DNone", []), ("fieldSelector=", ["a", "b", "kubernetes"]),
    ])
    func `selectors choose`(_ query: String, _ expected: [String]) throws {
        var fixture = try fixture(["a", "b"])
        #expect(names(try fixture.value(.get, "\(APIFixture.services)?\(query)")) == expected)
    }

    @Test(arguments: [
        ("services?fieldSelector=spec.foo%3Dx", "field label not supported: spec.foo"),
        (
            "configmaps?fieldSelector=spec.foo%3Dx",
            #""spec.foo" is not a known field selector: only "metadata.name", "metadata.namespace""#
        ),
        ("services?fieldSelector=foo", "invalid selector: 'foo'; can't understand 'foo'"),
        ("services?limit=many", #"strconv.ParseInt: parsing "many": invalid syntax"#),
        ("services?continue=xyz", "continue key is not valid: invalid token"),
        ("services?continue=%00", "continue key is not valid: invalid token"),
    ])
    func `a query that cannot be understood is refused`(_ url: String, _ message: String) throws {
        var fixture = try APIFixture()
        let value = try fixture.value(.get, "/api/v1/namespaces/default/\(url)", status: 400)
        #expect(value["message"] == .string(message))
    }

    @Test func `a list can be a table, or metadata alone`() throws {
        var fixture = try fixture(["a"])
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
        let table = try fixture.value(.get, APIFixture.services, headers: ["accept": accept])
        #expect(table["kind"] == "Table")
        #expect(table["rows"]?.elements.first?["cells"]?.elements.first == "a")
        #expect(table["rows"]?.elements.first?["object"]?["kind"] == "PartialObjectMetadata")
        let partial = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
        let metadata = try fixture.value(.get, APIFixture.services, headers: ["accept": partial])
        #expect(metadata["kind"] == "PartialObjectMetadataList")
        #expect(metadata["items"]?.elements.allSatisfy { $0["spec"] == nil } == true)
    }

    @Test func `the same Event reads in both of its groups`() throws {
        var fixture = try APIFixture()
        try fixture.make(
            "/api/v1/namespaces/default/events",
            """
            {apiVersion: v1, kind: Event, metadata: {name: e}, reason: Because, message: why, type: Normal,
             involvedObject: {kind: Pod, name: p, namespace: default}}
            """)
        let url = "/apis/events.k8s.io/v1/namespaces/default/events"
        let event = try fixture.value(.get, url + "/e")
        #expect(event["note"] == "why")
        #expect(event["regarding"]?["name"] == "p")
        #expect(names(try fixture.value(.get, url + "?fieldSelector=regarding.name%3Dp")) == ["e"])
    }
}
