// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// The load balancer at the edge (D60–D65), and the health checks that it goes by (D82–D84).
@Suite struct LoadBalancerTests {
    private func lab(_ more: String = "", pods: [Int] = [1, 2, 3]) throws -> Fixture {
        var lab = try Fixture()
        try lab.apply(Text.service(type: "LoadBalancer", more: more))
        try lab.pods(on: pods)
        return lab
    }

    private func probe(_ lab: inout Fixture, _ node: Int, _ port: UInt16, _ succeeded: Bool) throws {
        let probe = try #require(
            lab.cluster.loadBalancerProbes.first { $0.node == "node-\(node)" && $0.port == port },
            "\(lab.cluster.loadBalancerProbes)")
        lab.cluster.setProbe(probe, succeeded: succeeded, now: lab.now)
        lab.settle()
    }

    private let all: Set<String> = ["172.18.0.2", "172.18.0.3", "172.18.0.4"]

    // MARK: D60

    @Test func `D60 an address of ipMode VIP is the nodes' own, others are not`() throws {
        var lab = try lab()
        func passesEdge(_ target: SocketAddress) -> Bool {
            lab.walk("node-1", target).allSatisfy {
                $0.hops.contains { $0.namespace == .edge && $0.action == .received }
            }
        }
        let target = try lab.external()
        #expect(!passesEdge(target))
        let proxied: Value = ["ip": .string(target.address.description), "ipMode": "Proxy"]
        lab.edit("web") { $0.value["status", "loadBalancer", "ingress"] = [proxied] }
        #expect(passesEdge(target))
        #expect(lab.ends("node-1", target) == ["a-1", "a-2", "a-3"])
    }

    @Test func `D60 the lab file may ask for ipMode Proxy`() throws {
        var configuration = try Fixture.configuration()
        configuration.ipMode = .proxy
        var lab = try Fixture()
        lab.cluster = Cluster(configuration, seed: 1, now: lab.now)
        try lab.apply(Text.service(type: "LoadBalancer"))
        lab.run()
        #expect(try lab.service("web").loadBalancerIngress.map(\.ipMode) == [.proxy])
    }

    // MARK: D61

    @Test(arguments: [
        (["198.51.100.0/24"], ["dropped"]), (["172.18.0.254/32"], ["a-1"]), ([" 172.18.0.0/24 "], ["a-1"]),
        (["198.51.100.0/24", "0.0.0.0/0"], ["a-1"]), (["172.16.0.0/12", "172.18.0.0/24"], ["a-1"]),
    ])
    func `D61 source ranges keep out clients of the load balancer, not of the node port`(
        ranges: [String], ends: [String]
    ) throws {
        let list = ranges.map { "\"\($0)\"" }.joined(separator: ", ")
        let lab = try lab("  loadBalancerSourceRanges: [\(list)]", pods: [1])
        #expect(lab.ends("host", try lab.external()) == Set(ends))
        #expect(lab.ends("host", try lab.nodePort(2)) == ["a-1"])
        #expect(lab.ends("node-2", try lab.clusterAddress()) == ["a-1"])
    }

    @Test func `D61 source ranges hold for Pods too, who take the short cut`() throws {
        let lab = try lab("  loadBalancerSourceRanges: [172.18.0.254/32]", pods: [1, 2])
        #expect(lab.ends("a-2", try lab.external()) == ["dropped"])
    }

    @Test func `D61 the reason of a drop is the field`() throws {
        let lab = try lab("  loadBalancerSourceRanges: [198.51.100.0/24]", pods: [1])
        guard case .dropped(_, let because) = try #require(lab.walk("a-1", try lab.external()).first).outcome else {
            Issue.record("it was not dropped")
            return
        }
        #expect(because.field == "spec.loadBalancerSourceRanges" && because.location.hasPrefix("test.yaml:"))
    }

    // MARK: D63

    @Test func `D63 the load balancer leaves out nodes that are excluded, not ready, or about to go`() throws {
        var lab = try lab()
        #expect(lab.balanced() == all)
        lab.updateNode(1) { $0.labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "" }
        #expect(lab.balanced() == ["172.18.0.3", "172.18.0.4"])
        lab.updateNode(2) {
            $0.value["spec", "taints"] = [["key": "ToBeDeletedByClusterAutoscaler", "effect": "NoSchedule"]]
        }
        #expect(lab.balanced() == ["172.18.0.4"])
        #expect(!lab.cluster.takesTraffic(node: "node-2") && lab.cluster.takesTraffic(node: "node-1"))
        lab.cluster.setNode("node-3", isReachable: false, now: lab.now)
        lab.settle()
        #expect(lab.balanced() == [])
        #expect(lab.ends("host", try lab.external()) == ["unreachable"])
        lab.cluster.setNode("node-3", isReachable: true, now: lab.now)
        lab.settle()
        #expect(lab.balanced() == ["172.18.0.4"])
    }

    @Test func `D63 a node that does not answer at its health port is left out until it does`() throws {
        var lab = try lab()
        #expect(Set(lab.cluster.loadBalancerProbes.map(\.port)) == [10256])
        try probe(&lab, 2, 10256, false)
        #expect(lab.balanced() == ["172.18.0.2", "172.18.0.4"])
        try probe(&lab, 2, 10256, true)
        #expect(lab.balanced() == all)
    }

    @Test func `D63 D82 with the policy Local, the nodes whose health check succeeds`() throws {
        var lab = try lab("  externalTrafficPolicy: Local", pods: [1, 1, 2])
        let port = try #require(try lab.service("web").healthCheckNodePort)
        let key = ObjectKey("Service", "default", "web")
        #expect(lab.cluster.healthChecks == [HealthCheck(port: port, service: key)])
        #expect(["node-1", "node-2", "node-3"].map { lab.cluster.localEndpoints(of: key, on: $0) } == [2, 1, 0])
        #expect(Set(lab.cluster.loadBalancerProbes.map(\.port)) == [10256, port])
        // Before it was asked, a node counts as what it would answer.
        #expect(lab.balanced() == ["172.18.0.2", "172.18.0.3"])
        #expect(lab.sources("host", try lab.external()) == [Address(172, 18, 0, 254)])
        lab.setReady("a-3", false)
        lab.settle()
        #expect(lab.balanced() == ["172.18.0.2"])
        for (node, answer) in [(1, true), (2, false), (3, false)] { try probe(&lab, node, port, answer) }
        lab.setReady("a-3", true)
        lab.settle()
        #expect(lab.balanced() == ["172.18.0.2"])
        try probe(&lab, 2, port, true)
        #expect(lab.balanced() == ["172.18.0.2", "172.18.0.3"])
    }

    @Test func `D83 endpoints that end do not count for the health check though traffic flows`() throws {
        var lab = try lab("  externalTrafficPolicy: Local", pods: [1])
        lab.drain("a-1")
        let key = ObjectKey("Service", "default", "web")
        #expect(lab.cluster.localEndpoints(of: key, on: "node-1") == 0)
        #expect(lab.ends("host", try lab.nodePort(1)) == ["a-1"])
    }

    @Test func `health checks come and go with the policy, and it is said`() throws {
        var lab = try lab()
        #expect(lab.cluster.healthChecks.isEmpty)
        lab.cluster.update(ObjectKey("Service", "default", "web"), now: lab.now) {
            $0.value["spec", "externalTrafficPolicy"] = "Local"
            $0.value["spec", "healthCheckNodePort"] = 30999
        }
        #expect(lab.settle().healthChecksChanged)
        #expect(lab.cluster.healthChecks.map(\.port) == [30999])
        #expect(!lab.settle().healthChecksChanged)
        lab.cluster.delete([ObjectKey("Service", "default", "web")], now: lab.now)
        #expect(lab.settle().healthChecksChanged)
        #expect(lab.cluster.healthChecks.isEmpty && lab.cluster.loadBalancerProbes.isEmpty)
    }

    // MARK: Addresses

    @Test func `a pool that is used up leaves Services pending, and who comes next gets what is freed`() throws {
        var lab = try Fixture(loadBalancers: "203.0.113.0/30")
        for name in ["a", "b", "c"] { try lab.apply(Text.service(name, type: "LoadBalancer")) }
        lab.run()
        #expect(try lab.service("c").loadBalancerIngress.isEmpty)
        #expect(lab.events("SyncLoadBalancerFailed").contains { $0.hasSuffix("no address of 203.0.113.0/30 is free") })
        lab.cluster.delete([ObjectKey("Service", "default", "a")], now: lab.now)
        lab.run()
        #expect(try lab.service("c").loadBalancerIngress.compactMap(\.address) == [Address(203, 0, 113, 1)])
    }

    @Test func `loadBalancerIP is given, or waited for`() throws {
        var lab = try Fixture()
        try lab.apply(Text.service("a", type: "LoadBalancer", more: "  loadBalancerIP: 203.0.113.7"))
        try lab.apply(Text.service("b", type: "LoadBalancer", more: "  loadBalancerIP: 203.0.113.7"))
        try lab.apply(Text.service("c", type: "LoadBalancer", more: "  loadBalancerIP: 192.0.2.1"))
        lab.run()
        #expect(try lab.external("a").address == Address(203, 0, 113, 7))
        #expect(try lab.service("b").loadBalancerIngress.isEmpty && lab.service("c").loadBalancerIngress.isEmpty)
        #expect(lab.events("SyncLoadBalancerFailed").count == 2)
        lab.edit("a") { $0.value["spec", "loadBalancerIP"] = "203.0.113.8" }
        #expect(try lab.external("a").address == Address(203, 0, 113, 8))
        #expect(try lab.external("b").address == Address(203, 0, 113, 7))
    }

    @Test func `D65 one address has the same port in TCP and in UDP`() throws {
        var lab = try Fixture()
        try lab.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              type: LoadBalancer
              selector: {app: web}
              ports:
              - {name: t, port: 53, targetPort: 8080, protocol: TCP}
              - {name: u, port: 53, targetPort: 9090, protocol: UDP}
            """)
        try lab.pods(on: [1])
        for (transport, port) in [(TransportProtocol.tcp, UInt16(8080)), (.udp, 9090)] {
            let journeys = lab.walk("host", try lab.external(port: 53), transport)
            let ports = journeys.compactMap { journey in
                if case .delivered(_, let to, _) = journey.outcome { to.port } else { nil }
            }
            #expect(Set(ports) == [port])
        }
    }

    @Test func `D25 without node ports and with the policy Local, endpoints of nodes that are well`() throws {
        var lab = try lab("  allocateLoadBalancerNodePorts: false\n  externalTrafficPolicy: Local", pods: [1, 2])
        let port = try #require(try lab.service("web").healthCheckNodePort)
        #expect(lab.ends("host", try lab.external()) == ["a-1", "a-2"])
        #expect(lab.sources("host", try lab.external()) == [Address(172, 18, 0, 254)])
        try probe(&lab, 1, port, false)
        #expect(lab.ends("host", try lab.external()) == ["a-2"])
    }

    @Test func `D62 D54 a load balancer has its address though another proxy takes care of the Service`() throws {
        var lab = try lab(pods: [1])
        lab.edit("web") { $0.labels["service.kubernetes.io/service-proxy-name"] = "other" }
        #expect(lab.ends("host", try lab.external()) == ["unreachable"])
        try lab.apply(
            Text.service("late", type: "LoadBalancer").replacing(
                "{name: late}", with: "{name: late, labels: {service.kubernetes.io/service-proxy-name: other}}"))
        lab.run()
        #expect(try lab.service("late").loadBalancerIngress.count == 1)
        #expect(Progress(lab.cluster).isReady)
    }

    @Test func `a Service of both families has an external address of each, and answers at both`() throws {
        var configuration = try Fixture.configuration()
        configuration.ranges.append(
            Configuration.Ranges(
                nodes: try #require(Prefix("fd00:172:18::/64")), pods: try #require(Prefix("fd00:10:244::/56")),
                services: try #require(Prefix("fd00:10:96::/112")),
                loadBalancers: try #require(Prefix("fd00:203:113::/120"))))
        var lab = try Fixture()
        lab.cluster = Cluster(configuration, seed: 1, now: lab.now)
        try lab.apply(Text.service(type: "LoadBalancer", more: "  ipFamilyPolicy: RequireDualStack"))
        try lab.pods(on: [1, 2])
        let addresses = try lab.service("web").loadBalancerIngress.compactMap(\.address)
        #expect(addresses.map(\.family) == [.v4, .v6])
        for address in try addresses + lab.service("web").clusterAddresses {
            #expect(lab.ends("host", SocketAddress(address, 80)) == ["a-1", "a-2"], "\(address)")
        }
        lab.edit("web") {
            $0.value["spec", "ipFamilyPolicy"] = "SingleStack"
            $0.value["spec", "ipFamilies"] = ["IPv4"]
            $0.value["spec", "clusterIPs"] = .array(Array($0.value["spec", "clusterIPs"]?.elements.prefix(1) ?? []))
        }
        #expect(try lab.service("web").loadBalancerIngress.compactMap(\.address) == [addresses[0]])
        #expect(lab.ends("host", SocketAddress(addresses[1], 80)) == ["unreachable"])
    }

    // MARK: D79

    private func datagrams(_ more: String = "", type: String = "NodePort", pods: [Int]) throws -> Fixture {
        var lab = try Fixture()
        try lab.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              type: \(type)
              selector: {app: web}
              ports: [{name: u, port: 53, targetPort: 5353, protocol: UDP, nodePort: 30053}]
            \(more)
            """)
        try lab.pods(on: pods)
        return lab
    }

    @Test func `D79 where datagrams may go is told when their endpoints change`() throws {
        var lab = try datagrams(pods: [1, 2])
        let (first, second) = (try lab.address(ofPod: "a-1"), try lab.address(ofPod: "a-2"))
        lab.setReady("a-1", false)
        let flows = try #require(lab.settle().datagramFlows.first)
        #expect(flows.destinations == [try lab.clusterAddress(port: 53)] && flows.nodePort == 30053)
        #expect(flows.namespaces == ["node-1", "node-2", "node-3"])
        #expect(flows.endpoints == [SocketAddress(second, 5353)])
        // With none left there is nowhere better to go.
        lab.setReady("a-2", false)
        #expect(lab.settle().datagramFlows.isEmpty)
        lab.setReady("a-1", true)
        #expect(lab.settle().datagramFlows.map(\.endpoints) == [[SocketAddress(first, 5353)]])
    }

    @Test func `D79 D80 an endpoint that ends and serves keeps its clients, and TCP is left alone`() throws {
        var lab = try datagrams(pods: [1, 2])
        lab.cluster.delete([ObjectKey("Pod", "default", "a-1")], now: lab.now)
        #expect(lab.settle().datagramFlows.isEmpty)
        lab.cluster.podRemoved(ObjectKey("Pod", "default", "a-1"), now: lab.now)
        #expect(lab.settle().datagramFlows.count == 1)
        try lab.apply(Text.service("tcp"))
        try lab.pods(on: [1], app: "tcp")
        lab.setReady("tcp-1", false)
        #expect(lab.settle().datagramFlows.isEmpty)
    }

    @Test func `D79 before a Pod is told to end its conversations leave it, if there is another endpoint`() throws {
        var lab = try datagrams(pods: [1, 2])
        let (first, second) = (ObjectKey("Pod", "default", "a-1"), ObjectKey("Pod", "default", "a-2"))
        let ends = [try lab.address(ofPod: "a-1"), try lab.address(ofPod: "a-2")].map { SocketAddress($0, 5353) }
        #expect(lab.cluster.datagrams(leaving: first).isEmpty, "the rules lead to it")
        lab.cluster.delete([first], now: lab.now)
        _ = lab.settle()
        let flows = lab.cluster.datagrams(leaving: first)
        #expect(flows.map(\.leaving) == [[ends[0]]] && flows.map(\.endpoints) == [Set(ends)])
        #expect(flows.first?.destinations == [try lab.clusterAddress(port: 53)] && flows.first?.nodePort == 30053)
        #expect(lab.cluster.datagrams(leaving: second).isEmpty)
        // With the other one ending, too, there is nowhere better to go.
        lab.cluster.delete([second], now: lab.now)
        _ = lab.settle()
        #expect(lab.cluster.datagrams(leaving: first).isEmpty && lab.cluster.datagrams(leaving: second).isEmpty)
    }

    @Test func `D79 the load balancer forgets nodes that are gone`() throws {
        var lab = try datagrams(type: "LoadBalancer", pods: [1])
        lab.cluster.setNode("node-3", isReachable: false, now: lab.now)
        let flows = try #require(lab.settle().datagramFlows.first { $0.namespaces == [.edge] })
        #expect(
            flows.endpoints
                == [2, 3].map { SocketAddress(Address(172, 18, 0, $0), 30053) }.reduce(into: []) { $0.insert($1) })
        #expect(flows.destinations == [try lab.external(port: 53)])
    }
}
