// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

@Suite struct EndpointTests {
    private func endpoints(_ lab: Fixture, _ name: String = "web") throws -> (ready: Set<String>, notReady: Set<String>)
    {
        let subsets = try lab.object("Endpoints", name).value["subsets"]?.elements ?? []
        func addresses(_ field: String) -> Set<String> {
            Set(subsets.flatMap { $0[field]?.elements ?? [] }.compactMap { $0["ip"]?.string })
        }
        return (addresses("addresses"), addresses("notReadyAddresses"))
    }

    @Test func `D28 a Service's slice has its name, labels, owner, ports and endpoints`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.deployment(), Text.service()))
        lab.run()
        let slice = try #require(lab.slices("web").first)
        #expect(lab.slices("web").count == 1)
        #expect(slice.name.wholeMatch(of: try Regex("web-[bcdfghjklmnpqrstvwxz2456789]{5}")) != nil)
        #expect(slice.labels["kubernetes.io/service-name"] == "web")
        #expect(slice.labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.k8s.io")
        #expect(slice.object.controller?.uid == (try lab.service("web").object.uid))
        #expect(slice.ports.map(\.port) == [8080])
        #expect(slice.ports.map(\.name) == ["http"])
        #expect(Set(slice.endpoints.compactMap(\.targetPod)) == Set(lab.pods().map(\.name)))
        #expect(slice.endpoints.allSatisfy { $0.isReady && $0.isServing && !$0.isTerminating })
        #expect(Set(slice.endpoints.compactMap(\.nodeName)) == ["node-1", "node-2", "node-3"])
        #expect(try endpoints(lab).ready == Set(lab.pods().compactMap { $0.address?.description }))
    }

    @Test func `D28 a slice holds at most 100 endpoints`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.deployment(replicas: 250), Text.service()))
        lab.run()
        let counts = lab.slices("web").map { $0.endpoints.count }
        #expect(counts.reduce(0, +) == 250)
        #expect(counts.allSatisfy { $0 <= 100 })
        #expect(counts.count <= 5)
    }

    @Test func `D28 one Pod's change writes one slice`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.deployment(replicas: 250), Text.service()))
        lab.run()
        lab.setReady(lab.pods()[7].key, false)
        let written = lab.settle().events.filter { $0.key.kind == "EndpointSlice" }
        #expect(written.count == 1)
    }

    @Test func `D29 no selector makes neither slices nor Endpoints, one that matches nothing makes empty ones`() throws
    {
        var lab = try Fixture()
        try lab.apply("{apiVersion: v1, kind: Service, metadata: {name: bare}, spec: {ports: [{port: 80}]}}")
        try lab.apply(Text.service("empty"))
        lab.run()
        #expect(lab.slices("bare").isEmpty)
        #expect(lab.cluster.store[ObjectKey("Endpoints", "default", "bare")] == nil)
        #expect(lab.slices("empty").map(\.endpoints.count) == [0])
        #expect(try lab.object("Endpoints", "empty").value["subsets"] == nil)
    }

    @Test func `D30 D31 a Pod that ends stays in the slice as serving and terminating, and leaves the Endpoints`()
        throws
    {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.pod("a"), Text.pod("b"), Text.service()))
        lab.run()
        let address = try #require(Pod(try lab.object("Pod", "a")).address?.description)
        lab.cluster.delete([ObjectKey("Pod", "default", "a")], now: lab.now)
        lab.settle()
        let entry = try #require(lab.slices("web").flatMap(\.endpoints).first { $0.targetPod == "a" })
        #expect(!entry.isReady && entry.isServing && entry.isTerminating)
        #expect(try !endpoints(lab).ready.contains(address) && !endpoints(lab).notReady.contains(address))
        lab.cluster.podRemoved(ObjectKey("Pod", "default", "a"), now: lab.now)
        lab.settle()
        #expect(lab.slices("web").flatMap(\.endpoints).compactMap(\.targetPod) == ["b"])
    }

    @Test(arguments: ["Succeeded", "Failed"]) func `D31 a Pod that has ended for good is in no slice`(phase: String)
        throws
    {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.pod("a"), Text.service()))
        lab.run()
        lab.cluster.update(ObjectKey("Pod", "default", "a"), now: lab.now) {
            $0.value["status", "phase"] = .string(phase)
        }
        lab.settle()
        #expect(lab.slices("web").flatMap(\.endpoints).isEmpty)
        #expect(lab.slices("web").count == 1)
    }

    @Test func `D31 a Pod without an address is in no slice`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.pod("a"), Text.service()))
        lab.run(makesReady: false)
        #expect(lab.slices("web").flatMap(\.endpoints).isEmpty)
    }

    @Test(arguments: [false, true]) func `D32 publishNotReadyAddresses shows Pods that are not ready as ready`(
        publishes: Bool
    ) throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.pod("a"), Text.service(more: "  publishNotReadyAddresses: \(publishes)")))
        for pod in lab.settle().podsToStart { lab.start(pod, isReady: false) }
        lab.settle()
        #expect(lab.slices("web").flatMap(\.endpoints).map(\.isReady) == [publishes])
        #expect(try endpoints(lab).ready.isEmpty == !publishes)
        #expect(try endpoints(lab).notReady.isEmpty == publishes)
    }

    @Test func `D33 a named target port is each Pod's own, and a Pod without it is left out`() throws {
        var lab = try Fixture()
        let pod = Text.pod("a")
        try lab.apply(
            Text.all(
                pod, pod.replacing("name: a,", "name: b,").replacing("8080", "9090"),
                pod.replacing("name: a,", "name: c,").replacing("name: http", "name: other"),
                Text.service().replacing("targetPort: 8080", "targetPort: http")))
        lab.run()
        var found: [String: UInt16?] = [:]
        for slice in lab.slices("web") {
            for endpoint in slice.endpoints { found[endpoint.targetPod ?? ""] = slice.ports.first?.port }
        }
        #expect(found == ["a": 8080, "b": 9090])
        #expect(try lab.object("Endpoints", "web").value["subsets"]?.elements.count == 2)
    }

    @Test func `D34 Endpoints stop at 1000 addresses and say so`() throws {
        var lab = try Fixture(nodes: 5)
        try lab.apply(Text.all(Text.deployment(replicas: 1010), Text.service()))
        lab.run()
        #expect(try endpoints(lab).ready.count == 1000)
        #expect(try lab.object("Endpoints", "web").annotations["endpoints.kubernetes.io/over-capacity"] == "truncated")
        #expect(lab.readyAddresses("web").count == 1010)
        try lab.apply(Text.deployment(replicas: 3))
        lab.run()
        #expect(try lab.object("Endpoints", "web").annotations["endpoints.kubernetes.io/over-capacity"] == nil)
    }

    @Test func `D35 hand-written Endpoints become a slice, unless they say otherwise`() throws {
        var lab = try Fixture()
        try lab.apply("{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {ports: [{port: 80}]}}")
        let text = """
            apiVersion: v1
            kind: Endpoints
            metadata: {name: db, labels: {x: other}}
            subsets: [{addresses: [{ip: 192.0.2.1}, {ip: 192.0.2.2}], ports: [{port: 3000}]}]
            """
        try lab.apply(text)
        lab.run()
        let slice = try #require(lab.slices("db").first)
        #expect(slice.labels["endpointslice.kubernetes.io/managed-by"] == "endpointslicemirroring-controller.k8s.io")
        #expect(lab.readyAddresses("db") == ["192.0.2.1", "192.0.2.2"])
        #expect(slice.ports.map(\.port) == [3000])
        try lab.apply(text.replacing(", {ip: 192.0.2.2}", ""))
        lab.run()
        #expect(lab.readyAddresses("db") == ["192.0.2.1"])
        #expect(lab.slices("db").map(\.name) == [slice.name])
        try lab.apply(text.replacing("x: other", #"endpointslice.kubernetes.io/skip-mirror: "true""#))
        lab.run()
        #expect(lab.slices("db").isEmpty)
    }

    @Test func `D36 a headless Service has slices with the label, and no rules`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.pod("a"), Text.service(more: "  clusterIP: None")))
        lab.run()
        #expect(lab.slices("web").map { $0.labels["service.kubernetes.io/headless"] } == [""])
        let ruleset = try #require(lab.cluster.plan.namespaces["node-1"]?.rulesets[.v4])
        #expect(ruleset.parts["service default/web"] == nil)
    }

    @Test func `D37 an endpoint has a hostname if its Pod has one under the Service's name`() throws {
        var lab = try Fixture()
        try lab.apply(
            Text.all(
                Text.pod("a", spec: "  hostname: first\n  subdomain: web"),
                Text.pod("b", spec: "  hostname: second\n  subdomain: other"), Text.service()))
        lab.run()
        #expect(lab.slices("web").flatMap(\.endpoints).compactMap(\.hostname) == ["first"])
    }

    @Test func `D38 changed labels, a changed selector and readiness move endpoints in one settle`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.pod("a"), Text.pod("b", labels: "app: api"), Text.service()))
        lab.run()
        func targets() -> [String] { lab.slices("web").flatMap(\.endpoints).filter(\.isReady).compactMap(\.targetPod) }
        #expect(targets() == ["a"])
        try lab.apply(Text.service(app: "api"))
        lab.settle()
        #expect(targets() == ["b"])
        lab.cluster.update(ObjectKey("Pod", "default", "a"), now: lab.now) { $0.labels = ["app": "api"] }
        lab.settle()
        #expect(targets().sorted() == ["a", "b"])
        lab.setReady(ObjectKey("Pod", "default", "a"), false)
        lab.settle()
        #expect(targets() == ["b"])
        lab.setReady(ObjectKey("Pod", "default", "a"), true)
        lab.settle()
        #expect(targets().sorted() == ["a", "b"])
    }

    @Test func `D39 two endpoints with one address and port are one for the proxy`() throws {
        var lab = try Fixture(nodes: 1)
        let pod = Text.pod("a", spec: "  hostNetwork: true")
        try lab.apply(
            Text.all(
                pod, pod.replacing("name: a,", "name: b,").replacing("containerPort: 8080", "containerPort: 8081"),
                Text.service()))
        lab.run()
        #expect(lab.slices("web").flatMap(\.endpoints).count == 2)
        let part = try #require(lab.cluster.plan.namespaces["node-1"]?.rulesets[.v4]?.parts["service default/web"])
        #expect(part["endpoints"]?.count == 1)
    }

    @Test func `D53 when no endpoint is ready, those that end and still serve are used`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.pod("a"), Text.service()))
        lab.run()
        lab.cluster.delete([ObjectKey("Pod", "default", "a")], now: lab.now)
        lab.settle()
        let part = try #require(lab.cluster.plan.namespaces["node-2"]?.rulesets[.v4]?.parts["service default/web"])
        #expect(part["endpoints"]?.count == 1)
    }

    @Test func `a slice that someone deletes comes back, and a deleted Service takes all with it`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.pod("a"), Text.service()))
        lab.run()
        lab.cluster.delete([try #require(lab.slices("web").first).key], now: lab.now)
        lab.run()
        #expect(lab.slices("web").count == 1)
        lab.cluster.delete([ObjectKey("Service", "default", "web")], now: lab.now)
        lab.run()
        #expect(lab.slices("web").isEmpty)
        #expect(lab.cluster.store[ObjectKey("Endpoints", "default", "web")] == nil)
    }
}
