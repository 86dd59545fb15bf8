// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

@Suite struct PatchRequestTests {
    private let url = "/apis/apps/v1/namespaces/default/deployments"

    private func fixture() throws -> APIFixture {
        var fixture = try APIFixture()
        try fixture.make(
            url,
            """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 1,
             selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}},
             spec: {containers: [{name: c, image: "img:1"}, {name: d, image: "img:1"}]}}}}
            """)
        return fixture
    }

    @Test func `a strategic patch merges lists by their keys`() throws {
        var fixture = try fixture()
        let patch: Value = [
            "spec": ["template": ["spec": ["containers": [["name": "d", "image": "img:2"]]]]]
        ]
        let value = try fixture.value(.patch, url + "/web", patch, type: "application/strategic-merge-patch+json")
        let images = value["spec"]?["template"]?["spec"]?["containers"]?.elements.map { $0["image"] }
        #expect(Set((images ?? []).compactMap { $0?.string }) == ["img:1", "img:2"])
        #expect(value["metadata"]?["generation"] == 2)
    }

    @Test func `JSON and merge patches do what they say`() throws {
        var fixture = try fixture()
        let operations: Value = [["op": "replace", "path": "/spec/replicas", "value": 3]]
        let one = try fixture.value(.patch, url + "/web", operations, type: "application/json-patch+json")
        #expect(one["spec"]?["replicas"] == 3)
        let two = try fixture.value(
            .patch, url + "/web", ["spec": ["replicas": 2]], type: "application/merge-patch+json")
        #expect(two["spec"]?["replicas"] == 2)
        let stale: Value = ["metadata": ["resourceVersion": "1"], "spec": ["replicas": 5]]
        try fixture.value(.patch, url + "/web", stale, type: "application/merge-patch+json", status: 409)
        let name: Value = ["metadata": ["name": "other"]]
        try fixture.value(.patch, url + "/web", name, type: "application/merge-patch+json", status: 400)
    }

    @Test func `an apply makes what is missing, merges, and names whom it disturbs`() throws {
        var fixture = try fixture()
        func wanted(_ replicas: Int64, _ name: String = "web") -> Value {
            [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": .string(name)],
                "spec": [
                    "replicas": .int(replicas), "selector": ["matchLabels": ["app": "web"]],
                    "template": [
                        "metadata": ["labels": ["app": "web"]],
                        "spec": ["containers": [["name": "c", "image": "img:1"]]],
                    ],
                ],
            ]
        }
        let type = "application/apply-patch+yaml"
        let made = try fixture.value(.patch, url + "/new?fieldManager=me", wanted(1, "new"), type: type, status: 201)
        #expect(made["metadata"]?["managedFields"]?.elements.first?["operation"] == "Apply")
        try fixture.value(.patch, url + "/new?fieldManager=me", wanted(2, "new"), type: type)
        let conflict = try fixture.value(.patch, url + "/web?fieldManager=me", wanted(7), type: type, status: 409)
        #expect(conflict["details"]?["causes"]?.elements.first?["reason"] == "FieldManagerConflict")
        let forced = try fixture.value(.patch, url + "/web?fieldManager=me&force=true", wanted(7), type: type)
        #expect(forced["spec"]?["replicas"] == 7)
        let nobody = try fixture.value(.patch, url + "/web", wanted(7), type: type, status: 422)
        #expect(nobody["details"]?["causes"]?.elements.first?["field"] == "fieldManager")
        let merge = "application/merge-patch+json"
        try fixture.value(.patch, url + "/web?force=true", ["spec": ["replicas": 1]], type: merge, status: 422)
    }

    @Test func `a scale is read, written and patched alone`() throws {
        var fixture = try fixture()
        let scale = try fixture.value(.get, url + "/web/scale")
        #expect(scale["kind"] == "Scale")
        #expect(scale["status"]?["selector"] == "app=web")
        let patched = try fixture.value(
            .patch, url + "/web/scale", ["spec": ["replicas": 4]], type: "application/merge-patch+json")
        #expect(patched["spec"]?["replicas"] == 4)
        #expect(try fixture.value(.get, url + "/web")["spec"]?["replicas"] == 4)
        let wrong: Value = ["metadata": ["name": "web"], "spec": ["replicas": -1]]
        try fixture.value(.put, url + "/web/scale", wrong, status: 422)
        try fixture.value(.get, "/api/v1/namespaces/default/services/kubernetes/scale", status: 404)
    }

    @Test func `a status is written by its own path, and by that alone`() throws {
        var fixture = try APIFixture()
        let pods = "/api/v1/namespaces/default/pods"
        try fixture.make(pods, "{metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}")
        let status: Value = ["status": ["message": "hello"]]
        let type = "application/merge-patch+json"
        #expect(try fixture.value(.patch, pods + "/p", status, type: type)["status"]?["message"] == nil)
        #expect(try fixture.value(.patch, pods + "/p/status", status, type: type)["status"]?["message"] == "hello")
    }
}
