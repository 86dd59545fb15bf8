// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// Nodes that see the same endpoints have the same rules, and change together; the others are left alone.
@Suite struct ServiceViewTests {
    private func lab(_ more: String, type: String = "ClusterIP", pods: [Int]) throws -> Fixture {
        var lab = try Fixture(nodes: 4)
        try lab.apply(Text.service(type: type, more: more))
        try lab.pods(on: pods)
        return lab
    }

    /// The nodes whose rules change with a Pod's readiness, those together that change alike.
    private func changed(_ lab: inout Fixture, by pod: String) -> Set<Set<String>> {
        lab.setReady(pod, false)
        return Set(lab.settle().rules.map { Set($0.namespaces.map(\.text)) })
    }

    @Test func `an endpoint of a plain Service is one change for all nodes`() throws {
        var lab = try lab("", pods: [1, 2, 3])
        let nodes = changed(&lab, by: "a-1")
        #expect(nodes == [["node-1", "node-2", "node-3", "node-4"]])
    }

    @Test func `D85 a zone's endpoint is a change for the zone's nodes alone`() throws {
        var lab = try lab("  trafficDistribution: PreferSameZone", pods: [1, 1, 2, 2])
        let nodes = changed(&lab, by: "a-1")
        #expect(nodes == [["node-1", "node-3"]])
    }

    @Test func `D86 a node's endpoint is a change for the node, and for those of its zone that have none`() throws {
        var lab = try lab("  trafficDistribution: PreferSameNode", pods: [1, 1, 2, 2])
        let nodes = changed(&lab, by: "a-1")
        #expect(Set(nodes.flatMap(\.self)) == ["node-1", "node-3"])
    }

    @Test func `D51 with the policy Local an endpoint is a change for its node alone`() throws {
        var lab = try lab("  internalTrafficPolicy: Local", pods: [1, 1, 2])
        let own = changed(&lab, by: "a-1")
        #expect(own == [["node-1"]])
        // Where there is nothing at all any more, and where there never was, it is refused instead of dropped.
        lab.setReady("a-2", false)
        lab.settle()
        let all = changed(&lab, by: "a-3")
        #expect(all == [["node-2"], ["node-1", "node-3", "node-4"]])
    }

    @Test func `what all changes made of a node's rules is what its plan says`() throws {
        var lab = try lab("  externalTrafficPolicy: Local", type: "NodePort", pods: [1, 1, 2])
        var model = TableModel()
        let start = try #require(lab.cluster.plan.namespaces["node-1"]?.rulesets[.v4])
        try model.apply(start.difference(from: nil))
        let steps: [(String, Bool)] = [
            ("a-1", false), ("a-3", false), ("a-2", false), ("a-3", true), ("a-1", true), ("a-2", true),
        ]
        for (pod, isReady) in steps {
            lab.setReady(pod, isReady)
            for update in lab.settle().rules where update.namespaces.contains("node-1") {
                for part in update.parts {
                    if case .table(let changes) = part.changes { try model.apply(changes) }
                }
            }
        }
        let end = try #require(lab.cluster.plan.namespaces["node-1"]?.rulesets[.v4])
        var whole = TableModel()
        try whole.apply(end.difference(from: nil))
        #expect(model == whole)
    }

    // MARK: Further lines

    @Test(arguments: TrafficPolicyTests.modes)
    func `D58 a Service may speak SCTP`(mode: Configuration.ProxyMode) throws {
        var lab = try Fixture()
        lab.cluster.setProxyMode(mode, now: lab.now)
        let service = Text.service().replacing("targetPort: 8080", with: "targetPort: 8080, protocol: SCTP")
        try lab.apply(service)
        try lab.pods(on: [1, 2])
        #expect(lab.ends("node-3", try lab.clusterAddress(), .sctp) == ["a-1", "a-2"])
        #expect(lab.ends("node-3", try lab.clusterAddress(), .tcp) != ["a-1", "a-2"])
    }

    @Test(arguments: TrafficPolicyTests.modes)
    func `D55 one node port in two protocols leads to each one's target`(mode: Configuration.ProxyMode) throws {
        var lab = try Fixture()
        lab.cluster.setProxyMode(mode, now: lab.now)
        try lab.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              type: NodePort
              selector: {app: web}
              ports:
              - {name: t, port: 53, targetPort: 8080, protocol: TCP, nodePort: 30053}
              - {name: u, port: 53, targetPort: 9090, protocol: UDP, nodePort: 30053}
            """)
        try lab.pods(on: [1])
        for (transport, port) in [(TransportProtocol.tcp, UInt16(8080)), (.udp, 9090)] {
            let journey = try #require(lab.walk("host", try lab.nodePort(2), transport).first)
            guard case .delivered(_, let to, _) = journey.outcome else {
                Issue.record("\(journey.outcome)")
                continue
            }
            #expect(to.port == port)
        }
    }

    @Test(arguments: TrafficPolicyTests.modes)
    func `D52 D49 external addresses keep the policy Local`(mode: Configuration.ProxyMode) throws {
        var lab = try Fixture()
        lab.cluster.setProxyMode(mode, now: lab.now)
        try lab.apply(
            Text.service(type: "NodePort", more: "  externalIPs: [198.51.100.7]\n  externalTrafficPolicy: Local"))
        try lab.pods(on: [1, 2])
        let target = SocketAddress(Address(198, 51, 100, 7), 80)
        #expect(lab.ends("node-3", target) == ["a-1", "a-2"])
        #expect(lab.ends("a-1", target) == ["a-1", "a-2"])
    }
}
