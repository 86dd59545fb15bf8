// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

@Suite struct WriteTests {
    private let url = APIFixture.services
    private let configMaps = "/api/v1/namespaces/default/configmaps"

    @Test(arguments: [
        ("", "application/json", 400), ("[]", "application/json", 400), ("{", "application/json", 400),
        ("{]", "application/json", 400), ("{\"kind\":7}", "application/json", 400), ("x=1", "text/plain", 415),
        ("a: [", "application/yaml", 400), ("{}{}", "application/json", 400),
        ("k8s\0\u{1}", "application/vnd.kubernetes.protobuf", 400), ("null", "application/json", 400),
        ("{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\"}", "application/json", 400),
        ("{\"apiVersion\":\"v1\",\"kind\":\"Nothing\"}", "application/json", 400),
        ("{\"metadata\":7}", "application/json", 400),
    ])
    func `a body that is no object of the kind is refused`(_ text: String, _ type: String, _ code: Int) throws {
        var fixture = try APIFixture()
        guard case .answer(let answer) = fixture.send(.post, url, text: text, type: type) else {
            return #expect(Bool(false))
        }
        #expect(answer.status == code, "\(answer.text)")
        #expect(try Value(json: answer.body())["kind"] == "Status")
    }

    @Test func `what a body leaves out is taken from the path`() throws {
        var fixture = try APIFixture()
        let made = try fixture.value(.post, configMaps, ["metadata": ["name": "a"]], status: 201)
        #expect(made["kind"] == "ConfigMap")
        #expect(made["metadata"]?["namespace"] == "default")
        let manager = try fixture.answer(
            .post, configMaps, ["metadata": ["name": "b"], "data": ["k": "v"]],
            headers: ["user-agent": "kubectl/v1.36.0 (linux/amd64)"])
        let fields = try Value(json: manager.body())["metadata"]?["managedFields"]?.elements.first
        #expect(fields?["manager"] == "kubectl")
    }

    @Test func `a dry run answers as if, and leaves nothing`() throws {
        var fixture = try APIFixture()
        let body: Value = ["metadata": ["name": "a"], "spec": ["ports": [["port": 80]]]]
        let revision = fixture.cluster.store.revision
        let made = try fixture.value(.post, url + "?dryRun=All", body, status: 201)
        #expect(made["spec"]?["clusterIP"]?.string?.isEmpty == false)
        #expect(fixture.cluster.store.revision == revision)
        try fixture.value(.delete, url + "/kubernetes?dryRun=All")
        #expect(fixture.cluster.store.revision == revision)
        #expect(
            try fixture.value(.post, url + "?dryRun=Some", body, status: 422)["details"]?["kind"] == "CreateOptions")
    }

    @Test func `unknown fields are refused, told of, or passed over`() throws {
        var fixture = try APIFixture()
        func body(_ name: String) -> Value {
            ["metadata": ["name": .string(name)], "spec": ["ports": [["port": 80]], "bogus": 1]]
        }
        let strict = try fixture.value(.post, url + "?fieldValidation=Strict", body("a"), status: 400)
        #expect(strict["message"]?.string?.contains("strict decoding error: unknown field \"spec.bogus\"") == true)
        let warned = try fixture.answer(.post, url, body("b"))
        #expect(warned.warnings == ["unknown field \"spec.bogus\""])
        #expect(try fixture.answer(.post, url + "?fieldValidation=Ignore", body("c")).warnings == [])
        #expect(try fixture.answer(.post, url + "?fieldValidation=Often", body("d")).status == 422)
    }

    @Test func `an object of another name or namespace is not written here`() throws {
        var fixture = try APIFixture()
        try fixture.make(configMaps, "{metadata: {name: a}}")
        let name = try fixture.value(.put, configMaps + "/a", ["metadata": ["name": "b"]], status: 400)
        #expect(name["message"] == "the name of the object (b) does not match the name on the URL (a)")
        let namespace: Value = ["metadata": ["name": "a", "namespace": "other"]]
        try fixture.value(.put, configMaps + "/a", namespace, status: 400)
        try fixture.value(.post, configMaps, namespace, status: 400)
        let missing = try fixture.value(
            .post, "/api/v1/namespaces/nope/configmaps", ["metadata": ["name": "a"]], status: 404)
        #expect(missing["message"] == "namespaces \"nope\" not found")
    }

    @Test func `writing over an object asks for its latest revision`() throws {
        var fixture = try APIFixture()
        var object = try fixture.make(configMaps, "{metadata: {name: a}, data: {k: one}}").value
        let old = object
        object["data"] = ["k": "two"]
        try fixture.value(.put, configMaps + "/a", object)
        let conflict = try fixture.value(.put, configMaps + "/a", old, status: 409)
        #expect(conflict["reason"] == "Conflict")
    }

    @Test func `deleting answers Success where nothing is left, and the object where it is`() throws {
        var fixture = try APIFixture()
        try fixture.make(configMaps, "{metadata: {name: a}}")
        let gone = try fixture.value(.delete, configMaps + "/a")
        #expect(gone["status"] == "Success")
        #expect(gone["details"]?["kind"] == "configmaps")
        #expect(gone["details"]?["uid"]?.string?.isEmpty == false)
        try fixture.value(.delete, configMaps + "/a", status: 404)
        try fixture.make(configMaps, "{metadata: {name: b, finalizers: [example.com/wait]}}")
        let waiting = try fixture.value(.delete, configMaps + "/b")
        #expect(waiting["metadata"]?["deletionTimestamp"] != nil)
        let free: Value = ["metadata": ["finalizers": .null]]
        try fixture.value(.patch, configMaps + "/b", free, type: "application/merge-patch+json")
        try fixture.value(.get, configMaps + "/b", status: 404)
    }

    @Test func `options of a deletion come in its body or its query`() throws {
        var fixture = try APIFixture()
        try fixture.make(configMaps, "{metadata: {name: a}}")
        let options: Value = ["apiVersion": "v1", "kind": "DeleteOptions", "preconditions": ["uid": "x"]]
        #expect(try fixture.value(.delete, configMaps + "/a", options, status: 409)["reason"] == "Conflict")
        try fixture.value(.delete, configMaps + "/a", ["propagationPolicy": "Never"], status: 422)
        try fixture.value(.delete, configMaps + "/a?propagationPolicy=Never", status: 422)
        try fixture.value(.delete, configMaps + "/a?gracePeriodSeconds=soon", status: 400)
        try fixture.value(.delete, configMaps + "/a?gracePeriodSeconds=0&propagationPolicy=Background")
    }

    @Test func `a collection can be deleted, all of it or what a selector lets through`() throws {
        var fixture = try APIFixture()
        for name in ["a", "b", "c"] {
            try fixture.make(configMaps, "{metadata: {name: \(name), labels: {part: \(name), test: yes-it-is}}}")
        }
        let list = try fixture.value(.delete, configMaps + "?labelSelector=part%20in%20(a,b)")
        #expect(list["kind"] == "ConfigMapList")
        #expect(list["items"]?.elements.count == 2)
        #expect(fixture.cluster.store[ObjectKey("ConfigMap", "default", "c")] != nil)
        try fixture.value(.delete, configMaps + "?labelSelector=test")
        #expect(fixture.cluster.store[ObjectKey("ConfigMap", "default", "c")] == nil)
    }

    @Test func `a kind that a lab only keeps says so`() throws {
        var fixture = try APIFixture()
        let body: Value = ["metadata": ["name": "a"], "spec": ["podSelector": .object([:])]]
        let url = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies"
        let answer = try fixture.answer(.post, url, body)
        #expect(answer.status == 201)
        #expect(answer.warnings == ["networkpolicies.networking.k8s.io are kept; a lab does not act on them"])
    }

    @Test func `custom resources are served once they are defined`() throws {
        var fixture = try APIFixture()
        let things = "/apis/example.com/v1/namespaces/default/things"
        try fixture.value(.get, things, status: 404)
        try fixture.make(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            """
            {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: things.example.com},
             spec: {group: example.com, scope: Namespaced, names: {kind: Thing, plural: things, singular: thing},
             versions: [{name: v1, served: true, storage: true,
               schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]}}
            """)
        let thing = try fixture.make(things, "{metadata: {name: a}, spec: {any: [1, two]}}")
        #expect(thing.kind == "Thing")
        #expect(thing.spec["any"] == [1, "two"])
        let list = try fixture.value(.get, things)
        #expect(list["kind"] == "ThingList")
        #expect(list["items"]?.elements.first?["kind"] == "Thing")
        let patch = try fixture.value(
            .patch, things + "/a", ["spec": ["any": 2]], type: "application/strategic-merge-patch+json", status: 415)
        #expect(patch["reason"] == "UnsupportedMediaType")
        try fixture.value(.patch, things + "/a", ["spec": ["any": 2]], type: "application/merge-patch+json")
        try fixture.value(.delete, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com")
        try fixture.value(.get, things, status: 404)
    }
}
