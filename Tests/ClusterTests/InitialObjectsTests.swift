// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Net
import Testing

@Suite struct InitialObjectsTests {
    @Test func `every namespace has an account and the cluster's certificate, and gets them back`() throws {
        var lab = try Fixture()
        try lab.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n")
        let account = ObjectKey("ServiceAccount", "shop", "default")
        let certificate = ObjectKey("ConfigMap", "shop", "kube-root-ca.crt")
        #expect(lab.cluster.store[account] != nil)
        #expect(lab.cluster.store[certificate] != nil)
        lab.cluster.delete([account, certificate], now: lab.now)
        lab.run()
        #expect(lab.cluster.store[account] != nil)
        #expect(lab.cluster.store[certificate] != nil)
    }

    @Test func `D26 the API server's Service comes back with its address when someone deletes it`() throws {
        var lab = try Fixture()
        lab.run()
        let key = ObjectKey("Service", "default", "kubernetes")
        let old = try #require(lab.cluster.store[key])
        lab.cluster.delete([key, ObjectKey("EndpointSlice", "default", "kubernetes")], now: lab.now)
        lab.run()
        let new = try #require(lab.cluster.store[key])
        #expect(new.uid != old.uid)
        #expect(new.spec["clusterIP"] == "10.96.0.1")
        #expect(lab.cluster.store[ObjectKey("EndpointSlice", "default", "kubernetes")] != nil)
    }

    @Test func `D22 each cluster IP is an IPAddress that goes with its Service`() throws {
        var lab = try Fixture()
        try lab.apply(
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.7.7, ports: [{port: 80}]}\n")
        let key = ObjectKey("IPAddress", "", "10.96.7.7")
        #expect(lab.cluster.store[key]?.value["spec", "parentRef", "name"] == "web")
        lab.cluster.delete([ObjectKey("Service", "default", "web")], now: lab.now)
        #expect(lab.cluster.store[key] == nil)
    }

    @Test func `the Service range is an object, and stands on the command lines of the control plane`() throws {
        let lab = try Fixture(services: "10.111.0.0/16")
        let range = try #require(lab.cluster.store[ObjectKey("ServiceCIDR", "", "kubernetes")])
        #expect(range.value["spec", "cidrs"] == ["10.111.0.0/16"])
        #expect(range.condition("Ready")?.status == .true)
        let server = lab.cluster.store[ObjectKey("Pod", "kube-system", "kube-apiserver-control-plane")]
        let command = server.map { Pod($0).containers.flatMap(\.command) } ?? []
        #expect(command.contains("--service-cluster-ip-range=10.111.0.0/16"))
    }

    @Test func `Pods that stand for the lab itself are neither scheduled nor started, and come back`() throws {
        var lab = try Fixture()
        let changes = lab.settle()
        #expect(changes.podsToStart.isEmpty)
        #expect(Progress(lab.cluster).wantedPods == 0)
        let proxy = ObjectKey("Pod", "kube-system", "kube-proxy-node-2")
        #expect(lab.cluster.store[proxy] != nil)
        lab.cluster.delete([proxy], now: lab.now)
        lab.run()
        #expect(lab.cluster.store[proxy] != nil)
    }
}

@Suite struct NamespaceDelayTests {
    @Test func `a namespace that ends keeps its contents as long as the cluster is told to`() throws {
        var configuration = try Fixture.configuration()
        configuration.namespaceDelay = 500
        let now = Timestamp(seconds: 1_800_000_000)
        var cluster = Cluster(configuration, seed: 1, now: now)
        let manifest = """
            {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
            ---
            {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}}
            """
        _ = try cluster.apply(try Manifest.read(Array(manifest.utf8), file: "test.yaml"), now: now)
        let (namespace, content) = (ObjectKey("Namespace", "", "shop"), ObjectKey("ConfigMap", "shop", "a"))
        _ = cluster.settle(now: now)
        cluster.delete([namespace], now: now)
        #expect((500...501).contains(try #require(cluster.settle(now: now).wakeAfter)))
        #expect(cluster.store[namespace]?.isTerminating == true)
        #expect(cluster.store[content] != nil)
        let later = now.advanced(milliseconds: 500)
        for _ in 0..<3 { _ = cluster.settle(now: later) }
        #expect(cluster.store[content] == nil)
        #expect(cluster.store[namespace] == nil)
    }
}
