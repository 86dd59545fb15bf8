// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// Which endpoints traffic may use, from where (D42, D49–D57), in both engines.
@Suite struct TrafficPolicyTests {
    static let modes: [Configuration.ProxyMode] = [.nftables, .iptables]

    private func lab(_ mode: Configuration.ProxyMode, _ type: String, _ more: String, pods: [Int]) throws -> Fixture {
        var lab = try Fixture()
        lab.cluster.setProxyMode(mode, now: lab.now)
        try lab.apply(Text.service(type: type, more: more))
        try lab.pods(on: pods)
        try lab.pods(on: [1, 2, 3], app: "client")
        return lab
    }

    @Test(arguments: modes)
    func `D42 D49 from outside, the policy Local keeps to the node and keeps the client's address`(
        mode: Configuration.ProxyMode
    ) throws {
        let lab = try lab(mode, "NodePort", "  externalTrafficPolicy: Local", pods: [1, 1, 2])
        #expect(lab.ends("host", try lab.nodePort(1)) == ["a-1", "a-2"])
        #expect(lab.ends("host", try lab.nodePort(2)) == ["a-3"])
        #expect(lab.ends("host", try lab.nodePort(3)) == ["dropped"])
        #expect(lab.sources("host", try lab.nodePort(1)) == [Address(172, 18, 0, 254)])
    }

    @Test(arguments: modes)
    func `D50 Pods and nodes reach all endpoints by external addresses, whatever the policy`(
        mode: Configuration.ProxyMode
    ) throws {
        let lab = try lab(mode, "LoadBalancer", "  externalTrafficPolicy: Local", pods: [1, 2])
        for place in ["client-3", "client-1", "node-3", "node-1"] {
            #expect(lab.ends(place, try lab.external()) == ["a-1", "a-2"], "\(place)")
        }
        #expect(lab.sources("client-3", try lab.external()) == [try lab.address(ofPod: "client-3")])
        #expect(lab.sources("node-3", try lab.external()) == [Address(172, 18, 0, 4)])
        #expect(lab.ends("host", try lab.external()) == ["a-1", "a-2"])
    }

    @Test(arguments: modes)
    func `D51 D42 within the cluster, the policy Local keeps to the node, but not at node ports`(
        mode: Configuration.ProxyMode
    ) throws {
        let lab = try lab(mode, "NodePort", "  internalTrafficPolicy: Local", pods: [1, 2, 2])
        #expect(lab.ends("client-1", try lab.clusterAddress()) == ["a-1"])
        #expect(lab.ends("client-2", try lab.clusterAddress()) == ["a-2", "a-3"])
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["dropped"])
        #expect(lab.ends("host", try lab.nodePort(1)) == ["a-1", "a-2", "a-3"])
    }

    @Test(arguments: modes)
    func `D40 without endpoints anywhere a Service of any policy is refused, not dropped`(
        mode: Configuration.ProxyMode
    ) throws {
        let policies = "  internalTrafficPolicy: Local\n  externalTrafficPolicy: Local"
        let lab = try lab(mode, "NodePort", policies, pods: [])
        #expect(lab.ends("client-1", try lab.clusterAddress()) == ["refused"])
        #expect(lab.ends("host", try lab.nodePort(1)) == ["refused"])
    }

    @Test(arguments: modes)
    func `D53 endpoints that end serve on while there is none that is ready`(mode: Configuration.ProxyMode) throws {
        var lab = try lab(mode, "ClusterIP", "", pods: [1, 2])
        lab.drain("a-1")
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["a-2"])
        lab.drain("a-2")
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["a-1", "a-2"])
        lab.setReady("a-1", false)
        lab.settle()
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["a-2"])
        lab.setReady("a-2", false)
        lab.settle()
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["refused"])
    }

    @Test(arguments: modes)
    func `D53 with the policy Local each node falls back by itself`(mode: Configuration.ProxyMode) throws {
        var lab = try lab(mode, "NodePort", "  externalTrafficPolicy: Local", pods: [1, 1, 2])
        lab.drain("a-3")
        #expect(lab.ends("host", try lab.nodePort(2)) == ["a-3"])
        lab.drain("a-1")
        #expect(lab.ends("host", try lab.nodePort(1)) == ["a-2"])
        // For everyone else those that are ready win.
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["a-2"])
    }

    @Test(arguments: modes)
    func `D54 a Service labelled as headless or as another proxy's has no rules`(mode: Configuration.ProxyMode) throws {
        var lab = try lab(mode, "ClusterIP", "", pods: [1])
        let address = try lab.clusterAddress()
        for label in ["service.kubernetes.io/headless", "service.kubernetes.io/service-proxy-name"] {
            lab.edit("web") { $0.labels[label] = "x" }
            #expect(lab.ends("client-2", address) != ["a-1"])
            lab.edit("web") { $0.labels[label] = nil }
            #expect(lab.ends("client-2", address) == ["a-1"])
        }
    }

    @Test(arguments: modes)
    func `D57 endpoints on their node's network count as the node's own`(mode: Configuration.ProxyMode) throws {
        var lab = try Fixture()
        lab.cluster.setProxyMode(mode, now: lab.now)
        try lab.apply(Text.service(type: "NodePort", more: "  externalTrafficPolicy: Local"))
        try lab.pods(on: [2], more: "  hostNetwork: true")
        #expect(lab.ends("host", try lab.nodePort(2)) == ["node-2"])
        #expect(lab.ends("host", try lab.nodePort(1)) == ["dropped"])
        #expect(lab.ends("node-1", try lab.clusterAddress()) == ["node-2"])
    }

    @Test func `publishNotReadyAddresses sends to Pods that are not ready`() throws {
        var lab = try lab(.nftables, "ClusterIP", "  publishNotReadyAddresses: true", pods: [1])
        lab.setReady("a-1", false)
        lab.settle()
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["a-1"])
        lab.edit("web") { $0.value["spec", "publishNotReadyAddresses"] = false }
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["refused"])
    }

    @Test(arguments: modes)
    func `a policy that changes takes effect at once`(mode: Configuration.ProxyMode) throws {
        var lab = try lab(mode, "NodePort", "", pods: [1, 2])
        #expect(lab.ends("host", try lab.nodePort(3)) == ["a-1", "a-2"])
        lab.edit("web") { $0.value["spec", "externalTrafficPolicy"] = "Local" }
        #expect(lab.ends("host", try lab.nodePort(3)) == ["dropped"])
        lab.edit("web") { $0.value["spec", "externalTrafficPolicy"] = "Cluster" }
        #expect(lab.ends("host", try lab.nodePort(3)) == ["a-1", "a-2"])
    }

    @Test(arguments: modes)
    func `D44 a client keeps its endpoint, at the load balancer too`(mode: Configuration.ProxyMode) throws {
        let affinity = "  sessionAffinity: ClientIP\n  sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}"
        let lab = try lab(mode, "LoadBalancer", affinity, pods: [1, 2, 3])
        for (place, target) in [("client-1", try lab.clusterAddress()), ("host", try lab.external())] {
            let first = lab.walk(place, target)
            #expect(Set(first.map(Fixture.end)) == ["a-1", "a-2", "a-3"])
            for journey in first {
                let second = lab.walk(place, target, flows: Flows().adding(journey))
                #expect(second.map(Fixture.end) == [Fixture.end(journey)])
            }
        }
    }

    @Test(arguments: modes)
    func `a hostPort leads to its Pod, on the node that it is on`(mode: Configuration.ProxyMode) throws {
        var lab = try Fixture()
        lab.cluster.setProxyMode(mode, now: lab.now)
        try lab.apply(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: a, labels: {app: web}}
            spec:
              nodeName: node-2
              containers: [{name: c, image: img, ports: [{containerPort: 8080, hostPort: 9090}]}]
            """)
        lab.run()
        let target = SocketAddress(Address(172, 18, 0, 3), 9090)
        #expect(lab.ends("host", target) == ["a"])
        #expect(lab.sources("host", target) == [Address(172, 18, 0, 254)])
        #expect(lab.ends("host", SocketAddress(Address(172, 18, 0, 2), 9090)) == ["node-1"])
        lab.cluster.delete([ObjectKey("Pod", "default", "a")], now: lab.now)
        lab.run()
        #expect(lab.ends("host", target) == ["node-2"])
    }

    @Test func `all changes together are the difference of the rules, through switches of the mode`() throws {
        var lab = try lab(.nftables, "NodePort", "  externalTrafficPolicy: Local", pods: [1, 2])
        let before = lab.cluster.plan.namespaces["node-1"]?.rulesets[.v4]
        lab.cluster.setProxyMode(.iptables, now: lab.now)
        let node = try #require(lab.cluster.plan.namespaces["node-1"])
        #expect(node.rulesets.isEmpty && node.iptables[.v4] != nil)
        #expect(node.sysctls["ipv4/conf/all/route_localnet"] == "1")
        #expect(node.sysctls["netfilter/nf_conntrack_tcp_timeout_established"] == "86400")
        #expect(lab.settle().rules.isEmpty)
        lab.cluster.setProxyMode(.nftables, now: lab.now)
        #expect(lab.settle().rules.isEmpty)
        let after = lab.cluster.plan.namespaces["node-1"]?.rulesets[.v4]
        #expect(after?.parts == before?.parts)
        lab.cluster.setProxyMode(.none, now: lab.now)
        #expect(lab.cluster.plan.namespaces["node-1"]?.rulesets.isEmpty == true)
        #expect(lab.cluster.plan.namespaces[.edge]?.rulesets[.v4] != nil)
    }
}
