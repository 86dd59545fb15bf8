// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

@Suite struct ApplyTests {
    @Test func `a manifest is created, then unchanged, then configured`() throws {
        var lab = try Fixture()
        let text = Text.all(
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}", Text.deployment(), Text.service(),
            "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: c}, spec: {podSelector: {}}}")
        let first = try lab.apply(text)
        #expect(first.map(\.verb) == [.created, .created, .created, .created])
        #expect(first.map(\.isKept) == [false, false, false, true])
        lab.run()
        let revision = lab.cluster.store.revision
        let again = try lab.apply(text).map(\.verb)
        #expect(again == [.unchanged, .unchanged, .unchanged, .unchanged])
        #expect(lab.cluster.store.revision == revision)
        #expect(
            try lab.apply(text.replacing("replicas: 3", "replicas: 4")).map(\.verb)
                == [.unchanged, .configured, .unchanged, .unchanged])
    }

    @Test func `all or nothing: one bad object leaves the cluster as it was, addresses and all`() throws {
        var lab = try Fixture()
        try lab.apply(Text.service("a", type: "NodePort", more: "  clusterIP: 10.96.1.1"))
        lab.run()
        let revision = lab.cluster.store.revision
        let text = Text.all(
            Text.service("b", type: "NodePort", more: "  clusterIP: 10.96.1.2"),
            Text.service("a", type: "ClusterIP"), Text.service("c", more: "  clusterIP: 10.96.1.2"))
        #expect(try lab.refusal(of: text).contains(#"Service "c": spec.clusterIPs"#))
        #expect(lab.cluster.store.revision == revision)
        #expect(lab.settle().events.isEmpty)
        try lab.apply(Text.service("d", more: "  clusterIP: 10.96.1.2"))
        let port = try #require(try lab.service("a").ports[0].nodePort)
        let thief = Text.service("e", type: "NodePort").replacing("port: 80,", "port: 80, nodePort: \(port),")
        #expect(try lab.refusal(of: thief).contains("already allocated"))
    }

    @Test func `every fault of a manifest is told, each with its line`() throws {
        var lab = try Fixture()
        let text = Text.all(
            Text.service("a", more: "  clusterIP: 10.96.0.1"), Text.service("b", more: "  clusterIP: 9.9.9.9"))
        let lines = try lab.refusal(of: text).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("test.yaml:"))
        #expect(lines[1].contains(#"Service "b""#))
    }

    @Test func `a namespace must exist or stand in the same manifest, wherever in it`() throws {
        var lab = try Fixture()
        let service = Text.service().replacing("{name: web}", "{name: web, namespace: shop}")
        #expect(try lab.refusal(of: service).contains(#"namespaces "shop" not found"#))
        try lab.apply(Text.all(service, "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}"))
        #expect(lab.cluster.store[ObjectKey("Service", "shop", "web")] != nil)
        let events = lab.settle().events.map(\.key.kind)
        #expect(try #require(events.lastIndex(of: "Namespace")) < (try #require(events.lastIndex(of: "Service"))))
    }

    @Test func `an apply takes away what it gave, and leaves what others gave`() throws {
        var lab = try Fixture()
        let first = """
            apiVersion: v1
            kind: Service
            metadata: {name: web, labels: {a: "1", b: "2"}}
            spec:
              selector: {app: web, tier: front}
              sessionAffinity: ClientIP
              ports: [{name: http, port: 80}, {name: https, port: 443}]
            """
        try lab.apply(first)
        lab.cluster.update(ObjectKey("Service", "default", "web"), now: lab.now) {
            $0.labels["other"] = "3"
            var ports = $0.value["spec", "ports"]?.elements ?? []
            ports.append(["name": "extra", "port": 9000, "protocol": "TCP", "targetPort": 9000])
            $0.value["spec", "ports"] = .array(ports)
        }
        let address = try lab.service("web").clusterAddresses
        try lab.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web, labels: {a: "1"}}
            spec:
              selector: {app: web}
              ports: [{name: https, port: 443, targetPort: 8443}]
            """)
        let service = try lab.service("web")
        #expect(service.labels == ["a": "1", "other": "3"])
        #expect(service.selector == ["app": "web"])
        #expect(service.ports.map(\.port) == [443, 9000])
        #expect(service.ports[0].targetPort == .number(8443))
        #expect(service.sessionAffinityTimeout == nil)
        #expect(service.clusterAddresses == address)
    }

    @Test func `the containers of a Deployment are merged by name`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.cluster.update(ObjectKey("Deployment", "default", "web"), now: lab.now) {
            var containers = $0.value["spec", "template", "spec", "containers"]?.elements ?? []
            containers.append(["name": "sidecar", "image": "s"])
            $0.value["spec", "template", "spec", "containers"] = .array(containers)
        }
        try lab.apply(Text.deployment(image: "img:2"))
        let containers =
            try lab.object("Deployment", "web").value["spec", "template", "spec", "containers"]?.elements ?? []
        #expect(containers.map { $0["image"]?.string } == ["img:2", "s"])
        #expect(try lab.object("Deployment", "web").generation == 3)
    }

    @Test func `what is applied and deleted again frees everything`() throws {
        var lab = try Fixture()
        lab.run()
        let plan = lab.cluster.plan
        // Events stay, to say what was.
        let objects = lab.cluster.store.count - lab.cluster.store.keys("Event").count
        for _ in 0..<3 {
            try lab.apply(
                Text.all(
                    Text.deployment(replicas: 9), Text.service(type: "LoadBalancer", more: "  clusterIP: 10.96.5.5")))
            lab.run()
            #expect(try lab.service("web").loadBalancerIngress.count == 1)
            lab.cluster.delete(
                [ObjectKey("Service", "default", "web"), ObjectKey("Deployment", "default", "web")], now: lab.now)
            lab.run()
            #expect(lab.cluster.store.count - lab.cluster.store.keys("Event").count == objects)
        }
        for (name, before) in plan.namespaces {
            let after = try #require(lab.cluster.plan.namespaces[name])
            #expect(after.interfaces == before.interfaces)
            #expect(after.routes == before.routes)
            #expect(after.neighbours == before.neighbours)
            // What draws among so many endpoints stays once it was needed.
            let parts = after.rulesets[.v4]?.parts.filter { $0.key != "draws" }
            #expect(parts == before.rulesets[.v4]?.parts.filter { $0.key != "draws" })
        }
        #expect(lab.cluster.plan.namespaces.count == plan.namespaces.count)
    }

    @Test func `a deleted namespace takes its contents with it and goes last`() throws {
        var lab = try Fixture()
        let inShop = { (text: String) in text.replacing("{name: web}", "{name: web, namespace: shop}") }
        try lab.apply(
            Text.all(
                "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}", inShop(Text.deployment()),
                inShop(Text.service())))
        lab.run()
        #expect(
            lab.cluster.delete([ObjectKey("Namespace", "", "shop")], now: lab.now) == [
                ObjectKey("Namespace", "", "shop")
            ])
        let changes = lab.settle()
        #expect(changes.podsToStop.count == 3)
        #expect(try lab.object("Namespace", "shop", "").value["status", "phase"] == "Terminating")
        #expect(lab.cluster.store.keys(inNamespace: "shop").allSatisfy { $0.kind == "Pod" })
        #expect(try lab.refusal(of: inShop(Text.service())).contains("because it is being terminated"))
        for key in changes.podsToStop { lab.cluster.podRemoved(key, now: lab.now) }
        lab.run()
        #expect(lab.cluster.store[ObjectKey("Namespace", "", "shop")] == nil)
        #expect(lab.cluster.delete([ObjectKey("Namespace", "", "kube-system")], now: lab.now).isEmpty)
    }

    @Test func `a deleted Pod keeps its address until its processes are gone`() throws {
        var lab = try Fixture(nodes: 1)
        try lab.apply(Text.pod("a", spec: "  terminationGracePeriodSeconds: 7"))
        lab.run()
        let key = ObjectKey("Pod", "default", "a")
        lab.cluster.delete([key], now: lab.now)
        lab.cluster.delete([key], now: lab.now)
        #expect(lab.settle().podsToStop == [key])
        #expect(lab.cluster.store[key]?.value["metadata", "deletionGracePeriodSeconds"]?.int == 7)
        #expect(lab.cluster.plan.namespaces["default/a"] != nil)
        lab.cluster.podRemoved(key, now: lab.now)
        #expect(lab.cluster.store[key] == nil)
        #expect(lab.cluster.plan.namespaces["default/a"] == nil)
    }

    @Test func `the same calls with the same seed make the same cluster`() throws {
        func run(_ seed: UInt64) throws -> (plan: Plan, names: [ObjectKey], uids: [String]) {
            var lab = try Fixture(seed: seed)
            try lab.apply(Text.all(Text.deployment(replicas: 20), Text.service(type: "LoadBalancer")))
            lab.run()
            try lab.apply(Text.deployment(replicas: 12, image: "img:2"))
            lab.run()
            let keys = ["Pod", "EndpointSlice", "ReplicaSet"].flatMap { lab.cluster.store.keys($0) }
            return (lab.cluster.plan, keys, keys.compactMap { lab.cluster.store[$0]?.uid })
        }
        let (first, second, third) = (try run(7), try run(7), try run(8))
        #expect(first.plan == second.plan && first.names == second.names && first.uids == second.uids)
        #expect(first.names != third.names)
    }
}
