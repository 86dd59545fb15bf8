// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

/// What the policies of a Service say of who connects from where.
@Suite struct PolicyFlowTests {
    private static let host = "172.18.0.254"

    static let flows = [
        Flow("D40 no endpoints anywhere, policy Local", .host, "172.18.0.4:31002", gives: "rejected by node-3"),
        Flow(
            "D40 no endpoints anywhere, policy Local, from a Pod", "web/far", "10.96.1.3:80",
            gives: "rejected by node-3"),
        Flow(
            "D40 no endpoints anywhere, load balancer, from a Pod", "web/far", "203.0.113.21:80",
            gives: "rejected by node-3"),
        Flow("D42 policy Local without a local endpoint", .host, "172.18.0.4:31000", gives: "dropped by node-3"),
        Flow(
            "D42 policy Local without a local endpoint, external address", .host, "198.51.100.10:80",
            gives: "dropped by node-3"),
        Flow(
            "D42 internal policy Local without a local endpoint", "web/far", "10.96.1.2:80", gives: "dropped by node-3"),
        Flow("D42 the same from the node itself", "node-3", "10.96.1.2:80", gives: "dropped by node-3"),
        Flow(
            "D49 policy Local keeps the client's address", .host, "172.18.0.2:31000",
            gives: "web/a 10.244.1.10:8080 sees \(host)"),
        Flow(
            "D49 external address, policy Local", .host, "198.51.100.9:80", gives: "web/a 10.244.1.10:8080 sees \(host)"
        ),
        Flow(
            "D49 load balancer, policy Local: nodes with endpoints", .host, "203.0.113.20:80",
            gives: "web/a 10.244.1.10:8080 sees \(host)", "web/b 10.244.2.11:8080 sees \(host)"),
        Flow(
            "D50 Pod to the load balancer's address: all endpoints, its address stays", "web/far", "203.0.113.20:80",
            gives: "web/a 10.244.1.10:8080 sees 10.244.3.12", "web/b 10.244.2.11:8080 sees 10.244.3.12"),
        Flow(
            "D50 Pod to its node's port", "web/far", "172.18.0.4:31000",
            gives: "web/a 10.244.1.10:8080 sees 10.244.3.12", "web/b 10.244.2.11:8080 sees 10.244.3.12"),
        Flow(
            "D50 node to the load balancer's address: all endpoints", "node-3", "203.0.113.20:80",
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.4", "web/b 10.244.2.11:8080 sees 172.18.0.4"),
        Flow(
            "D50 node to its own port", "node-3", "172.18.0.4:31000", gives: "web/a 10.244.1.10:8080 sees 172.18.0.4",
            "web/b 10.244.2.11:8080 sees 172.18.0.4"),
        Flow(
            "D46, D50 Pod to itself through the load balancer's address of a policy Local", "web/a", "203.0.113.20:80",
            masqueraded: nil, gives: "web/a 10.244.1.10:8080 sees 172.18.0.2", "web/b 10.244.2.11:8080 sees 10.244.1.10"
        ),
        Flow(
            "D49 the cluster address has another policy", "web/far", "10.96.1.1:80",
            gives: "web/a 10.244.1.10:8080 sees 10.244.3.12", "web/b 10.244.2.11:8080 sees 10.244.3.12"),
        Flow(
            "D51 internal policy Local: the Pod of the same node", "web/client", "10.96.1.2:80",
            gives: "web/a 10.244.1.10:8080 sees 10.244.1.9"),
        Flow(
            "D51 internal policy Local, from a node", "node-2", "10.96.1.2:80",
            gives: "web/b 10.244.2.11:8080 sees 172.18.0.3"),
        Flow(
            "D51 internal policy Local, from outside", .host, "10.96.1.2:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2"),
        Flow(
            "D51 node ports know nothing of the internal policy", .host, "172.18.0.4:31001", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.4", "web/b 10.244.2.11:8080 sees 172.18.0.4"),
        Flow(
            "D52 an external address goes as if from outside", .host, "198.51.100.8:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.3"),
        Flow("D61 outside the source ranges", .host, "203.0.113.22:80", gives: "dropped by edge"),
        Flow("D61 Pod outside the source ranges", "web/far", "203.0.113.22:80", gives: "dropped by node-3"),
        Flow("D61 node outside the source ranges", "node-2", "203.0.113.22:80", gives: "dropped by node-2"),
        Flow(
            "D61 Pod within the source ranges", "web/client", "203.0.113.22:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2"),
        Flow(
            "D61 a node port is not filtered", .host, "172.18.0.2:31003", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2"),
        Flow(
            "D61 a cluster address is not filtered", "web/far", "10.96.1.4:80",
            gives: "web/a 10.244.1.10:8080 sees 10.244.3.12"),
        Flow(
            "D61 within the source ranges", .host, "203.0.113.23:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2"),
        Flow(
            "D61 a range of everything", "web/far", "203.0.113.23:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.4"),
        Flow(
            "D60 ipMode Proxy: the load balancer answers Pods, too", "web/far", "203.0.113.24:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2", "web/b 10.244.2.11:8080 sees 172.18.0.2",
            "web/a 10.244.1.10:8080 sees 172.18.0.3", "web/b 10.244.2.11:8080 sees 172.18.0.3"),
        Flow("host port, from outside", .host, "172.18.0.3:8080", gives: "web/b 10.244.2.11:80 sees \(host)"),
        Flow("host port, from a Pod", "web/far", "172.18.0.3:8080", gives: "web/b 10.244.2.11:80 sees 10.244.3.12"),
        Flow("host port, from its node", "node-2", "172.18.0.3:8080", gives: "web/b 10.244.2.11:80 sees 172.18.0.3"),
        Flow(
            "host port, from the Pod itself", "web/b", "172.18.0.3:8080", masqueraded: true,
            gives: "web/b 10.244.2.11:80 sees 172.18.0.3"),
        Flow("host port of another node", .host, "172.18.0.4:8080", gives: "node-3 172.18.0.4:8080 sees \(host)"),
    ]

    @Test(arguments: flows, Family.allCases)
    func `a packet goes where the policy says`(_ flow: Flow, _ family: Family) {
        let journeys = Fixture.policies(family).plan.walk(flow.packet(family), from: flow.from)
        #expect(Set(journeys.map { summary($0.outcome) }) == flow.outcomes)
        #expect(journeys.allSatisfy { flow.masqueraded == nil || $0.isMasqueraded == flow.masqueraded })
        #expect(journeys.map(\.probability).reduce(Probability(0, of: 1), +) == .certain)
    }

    @Test func `what is dropped is due to the field that says so`() {
        func outcome(_ from: NamespaceName, _ to: String) -> Journey.Outcome? {
            let packet = Packet(.tcp, from: socket("0.0.0.0:40000"), to: socket(to))
            return Fixture.policies(.v4).plan.walk(packet, from: from).first?.outcome
        }
        func field(_ service: String, _ field: String) -> Because {
            Because("Service \(service)", field: "spec." + field)
        }
        #expect(outcome(.host, "172.18.0.4:31000") == .dropped("node-3", field("web/local", "externalTrafficPolicy")))
        #expect(outcome(.host, "198.51.100.10:80") == .dropped("node-3", field("web/local", "externalTrafficPolicy")))
        #expect(outcome("web/far", "10.96.1.2:80") == .dropped("node-3", field("web/inner", "internalTrafficPolicy")))
        #expect(
            outcome("web/far", "203.0.113.22:80")
                == .dropped("node-3", field("web/guarded", "loadBalancerSourceRanges")))
    }

    @Test(arguments: Family.allCases)
    func `D41 what no node's rules take goes to the edge and no further, the host's as far as a node and back`(
        _ family: Family
    ) {
        var lab = Fixture.policies(family)
        for number in 1...3 { lab.plan.namespaces[Fixture.nodeName(number)]?.rulesets = [:] }
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000").of(family), to: socket("10.96.1.1:80").of(family))
        for (from, nodes) in [(NamespaceName("web/far"), 1), ("node-2", 0), (.host, 1)] {
            let journeys = lab.plan.walk(packet, from: from)
            #expect(journeys.map { summary($0.outcome) } == ["dropped by edge"])
            let received = journeys[0].hops.filter { $0.action == .received && $0.namespace.text.hasPrefix("node") }
            #expect(received.count == nodes)
        }
    }

    /// The Pod's address is kept (D50), and the answers of a third node come straight to it.
    @Test(arguments: Family.allCases)
    func `an answer that comes by another way is no answer`(_ family: Family) {
        let lab = Fixture.policies(family)
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000").of(family), to: socket("172.18.0.3:31000").of(family))
        let journeys = lab.plan.walk(packet, from: "web/far")
        #expect(
            Set(journeys.map { summary($0.outcome) })
                == ["web/b 10.244.2.11:8080 sees 10.244.3.12", "unreachable from web/far"])
        guard case .unreachable(_, let reason)? = journeys.map(\.outcome).first(where: { $0.isUnreachable }) else {
            return
        }
        #expect(reason.hasPrefix("the answer comes from "))
    }
}

extension Journey.Outcome {
    fileprivate var isUnreachable: Bool { if case .unreachable = self { true } else { false } }
}
