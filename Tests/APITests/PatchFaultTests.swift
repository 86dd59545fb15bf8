// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

@Suite struct PatchFaultTests {
    private let url = "/api/v1/namespaces/default/services"

    private func fixture() throws -> APIFixture {
        var fixture = try APIFixture()
        try fixture.make(url, "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}")
        return fixture
    }

    @Test(arguments: [
        ("application/merge-patch+json", #"{"spec":{"ports":"x"}}"#),
        ("application/strategic-merge-patch+json", #"{"spec":"x"}"#),
        ("application/json-patch+json", #"[{"op":"replace","path":"/spec/ports/0/port","value":"x"}]"#),
    ])
    func `a patch that leaves no Service is invalid for the field patch`(_ type: String, _ patch: String) throws {
        var fixture = try fixture()
        let body = try Value(json: Array(patch.utf8))
        let status = try fixture.value(.patch, url + "/web", body, type: type, status: 422)
        #expect(status["reason"] == "Invalid")
        #expect(status["details", "causes"]?.elements.map { $0["field"] } == ["patch"])
        #expect(status["message"]?.string?.hasPrefix(" \"\" is invalid: patch: Invalid value: \"") == true)
        #expect(status["message"]?.string?.contains("json: cannot unmarshal string into Go") == true)
    }

    @Test func `a field that nobody knows is told of, or with Strict refused`() throws {
        var fixture = try fixture()
        let patch: Value = ["spec": ["bogus": 1]]
        let type = "application/strategic-merge-patch+json"
        let status = try fixture.value(.patch, url + "/web?fieldValidation=Strict", patch, type: type, status: 422)
        #expect(
            status["message"]?.string
                == #" "" is invalid: patch: Invalid value: "map[spec:map[bogus:1]]": strict decoding error: "#
                + #"unknown field "spec.bogus""#)
        let value = try fixture.value(.patch, url + "/web", patch, type: type)
        #expect(value["spec", "bogus"] == nil)
    }

    @Test func `a field that stands twice is told of, or with Strict refused`() throws {
        var fixture = try fixture()
        let text =
            #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"ports":[{"port":1,"port":2}]}}"#
        guard case .answer(let strict) = fixture.send(.post, url + "?fieldValidation=Strict", text: text),
            case .answer(let lax) = fixture.send(.post, url, text: text)
        else {
            Issue.record("no answer")
            return
        }
        #expect(strict.status == 400)
        let message = try Value(json: strict.body())["message"]?.string
        #expect(message?.contains(#"strict decoding error: duplicate field "spec.ports[0].port""#) == true)
        #expect(lax.status == 201)
        #expect(lax.warnings == [#"duplicate field "spec.ports[0].port""#])
        #expect(try Value(json: lax.body())["spec", "ports"]?.elements.first?["port"] == 2)
    }

    @Test func `the last label goes with its map, as in Go`() throws {
        var fixture = try fixture()
        let type = "application/merge-patch+json"
        _ = try fixture.value(.patch, url + "/web", ["metadata": ["labels": ["a": "b"]]], type: type)
        let value = try fixture.value(.patch, url + "/web", ["metadata": ["labels": ["a": .null]]], type: type)
        #expect(value["metadata", "labels"] == nil)
        let scheme: Value = ["spec": ["ports": [["port": 80, "$patch": "delete"], ["port": 81]]]]
        let ports = try fixture.value(
            .patch, url + "/web", scheme, type: "application/strategic-merge-patch+json")["spec", "ports"]
        #expect(ports?.elements.compactMap { $0["port"]?.int } == [81])
    }

    @Test func `who scales has the number under the name of the subresource`() throws {
        var fixture = try APIFixture()
        let url = "/apis/apps/v1/namespaces/default/deployments"
        func wanted(_ replicas: Int64) -> Value {
            [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web"],
                "spec": [
                    "replicas": .int(replicas), "selector": ["matchLabels": ["app": "web"]],
                    "template": [
                        "metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "c", "image": "i"]]],
                    ],
                ],
            ]
        }
        let apply = url + "/web?fieldManager=one"
        _ = try fixture.value(.patch, apply, wanted(1), type: "application/apply-patch+yaml", status: 201)
        _ = try fixture.value(
            .patch, url + "/web/scale?fieldManager=kubectl", ["spec": ["replicas": 3]],
            type: "application/merge-patch+json")
        let status = try fixture.value(
            .patch, apply, wanted(1), type: "application/apply-patch+yaml", status: 409)
        #expect(
            status["message"]?.string
                == #"Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: "#
                + ".spec.replicas")
    }

    @Test func `an apply must be of the type of its path`() throws {
        var fixture = try fixture()
        let body: Value = ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web"]]
        let status = try fixture.value(
            .patch, url + "/web?fieldManager=m", body, type: "application/apply-patch+yaml", status: 400)
        #expect(status["message"] == "invalid object type: apps/v1, Kind=Deployment")
    }

    @Test func `a custom resource is applied by the schema of its definition`() throws {
        var fixture = try APIFixture()
        try fixture.make(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            """
            {apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: routes.example.com},
             spec: {group: example.com, scope: Namespaced, names: {plural: routes, singular: route, kind: Route},
             versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties:
             {spec: {type: object, properties: {rules: {type: array, x-kubernetes-list-type: map,
             x-kubernetes-list-map-keys: [host], items: {type: object, properties: {host: {type: string}}}}}}}}}}]}}
            """)
        let url = "/apis/example.com/v1/namespaces/default/routes/a"
        for host in ["one", "two"] {
            let body: Value = [
                "apiVersion": "example.com/v1", "kind": "Route", "metadata": ["name": "a"],
                "spec": ["rules": [["host": .string(host)]]],
            ]
            let status = host == "one" ? 201 : 200
            _ = try fixture.value(
                .patch, url + "?fieldManager=\(host)", body, type: "application/apply-patch+yaml", status: status)
        }
        let rules = try fixture.value(.get, url)["spec", "rules"]?.elements.compactMap { $0["host"]?.string }
        #expect(rules == ["one", "two"])
        _ = try fixture.value(
            .patch, url, ["spec": [:]], type: "application/strategic-merge-patch+json", status: 415)
    }
}
