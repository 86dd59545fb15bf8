// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

@Suite struct RouteTests {
    @Test(arguments: [
        ("/api/v1/nothings", "NotFound", 404), ("/apis/apps/v2/namespaces/default/deployments", "NotFound", 404),
        ("/apis/none.example/v1/things", "NotFound", 404), ("/api/v1/namespaces/default/nodes", "NotFound", 404),
        ("/api/v1/namespaces/default/services/web", "NotFound", 404),
        ("/api/v1/namespaces/default/services/kubernetes/nothing", "NotFound", 404), ("/nothing", "NotFound", 404),
        ("/api/v1/services/web", "NotFound", 404), ("/api/v1/namespaces/%zz/services", "BadRequest", 400),
        ("/api/v1/namespaces/%ff/services", "BadRequest", 400), ("nothing", "BadRequest", 400), ("", "BadRequest", 400),
    ])
    func `a path that leads nowhere is answered with a Status`(_ url: String, _ reason: String, _ code: Int) throws {
        var fixture = try APIFixture()
        let value = try fixture.value(.get, url, status: code)
        #expect(value["kind"] == "Status")
        #expect(value["reason"] == .string(reason))
    }

    @Test func `what is missing is named as a real server names it`() throws {
        var fixture = try APIFixture()
        let value = try fixture.value(.get, "/apis/apps/v1/namespaces/default/deployments/web", status: 404)
        #expect(value["message"] == "deployments.apps \"web\" not found")
        #expect(value["details"] == ["name": "web", "group": "apps", "kind": "deployments"])
    }

    @Test(arguments: [
        (Request.Method.post, "/api/v1/namespaces/default/services/kubernetes"), (.put, APIFixture.services),
        (.patch, APIFixture.services), (.delete, "/api/v1/namespaces"), (.options, APIFixture.services),
        (.get, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"),
        (.post, "/api/v1/namespaces/default/services/kubernetes/status"),
    ])
    func `a method that a path does not have is refused`(_ method: Request.Method, _ url: String) throws {
        var fixture = try APIFixture()
        let value = try fixture.value(method, url, [:], status: 405)
        #expect(value["reason"] == "MethodNotAllowed")
    }

    @Test func `a namespace is an object and a place`() throws {
        var fixture = try APIFixture()
        #expect(try fixture.value(.get, "/api/v1/namespaces/default")["kind"] == "Namespace")
        #expect(try fixture.value(.get, "/api/v1/namespaces/default/status")["kind"] == "Namespace")
        #expect(try fixture.value(.get, "/api/v1/namespaces/default/services")["kind"] == "ServiceList")
        #expect(try fixture.value(.get, "/api/v1/namespaces/status/services")["kind"] == "ServiceList")
    }

    @Test func `a name may be percent-encoded`() throws {
        var fixture = try APIFixture()
        let value = try fixture.value(.get, "/api/v1/namespaces/%64efault/services/kubernete%73")
        #expect(value["metadata"]?["name"] == "kubernetes")
    }

    @Test func `HEAD is answered as GET is`() throws {
        var fixture = try APIFixture()
        #expect(try fixture.answer(.head, APIFixture.services + "/kubernetes").status == 200)
    }

    @Test(arguments: ["/healthz", "/livez", "/readyz", "/healthz/ping", "/version", "/readyz?verbose"])
    func `health and version are anyone's to know`(_ url: String) throws {
        var fixture = try APIFixture()
        fixture.user = nil
        #expect(try fixture.answer(.get, url).status == 200)
    }

    @Test(arguments: ["/", "/api", "/apis", "/metrics", "/openapi/v3", "/api/v1/namespaces", "/nothing", "/version/x"])
    func `a client without a token learns nothing else`(_ url: String) throws {
        var fixture = try APIFixture()
        fixture.user = nil
        let value = try fixture.value(.get, url, status: 401)
        #expect(value["message"] == "Unauthorized")
        #expect(try fixture.value(.post, "/healthz", [:], status: 401)["reason"] == "Unauthorized")
    }

    @Test func `metrics are in Prometheus' text format`() throws {
        let counted = Metric("lab_requests_total", "Requests.", .counter, labels: ["verb": "a\"b"], 3)
        var fixture = try APIFixture(api: KubernetesAPI(metrics: { [counted] }))
        let text = try fixture.answer(.get, "/metrics").text
        #expect(text.contains("# TYPE lab_requests_total counter\nlab_requests_total{verb=\"a\\\"b\"} 3\n"))
    }

    @Test(arguments: [
        ("application/yaml", 200), ("application/json;q=0.1, text/html", 200), ("*/*", 200), ("text/html", 406),
        ("application/vnd.kubernetes.protobuf,application/json", 200), ("application/vnd.kubernetes.protobuf", 406),
        ("application/json;as=Nothing;v=v1;g=meta.k8s.io,application/json", 200), (";;;,,,", 406),
    ])
    func `the format is the first that can be given of what is accepted`(_ accept: String, _ code: Int) throws {
        var fixture = try APIFixture()
        let answer = try fixture.answer(.get, APIFixture.services, headers: ["accept": accept])
        #expect(answer.status == code)
        if code == 406 { #expect(answer.text.contains("NotAcceptable")) }
    }
}
