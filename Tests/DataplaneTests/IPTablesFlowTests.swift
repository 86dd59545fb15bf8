// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

extension Fixture {
    /// The same lab with nodes in iptables mode: each node's view of the Services, and host ports, as rules of iptables.
    func inIPTables(
        _ services: (_ node: Int) -> [ServiceEntry], hostPorts: [Int: [(pod: String, port: HostPortEntry)]] = [:]
    ) -> Fixture {
        var lab = self
        for number in 1...3 {
            var rules = IPTables.node(
                nodeAddress: Fixture.nodeAddress(number).of(family), podRange: Fixture.podRange.of(family))
            _ = rules.setServices(services(number).map { $0.of(family).withNamedPorts })
            for (pod, port) in hostPorts[number] ?? [] { _ = rules.setHostPorts(pod: pod, [port]) }
            let name = Fixture.nodeName(number)
            lab.plan.namespaces[name]?.rulesets = [:]
            lab.plan.namespaces[name]?.iptables = [family: rules]
        }
        return lab
    }

    static func shopInIPTables(_ family: Family) -> Fixture { shop(family).inIPTables { _ in shopServices } }

    static func policiesInIPTables(_ family: Family) -> Fixture {
        let port = HostPortEntry(
            pool: 40, transport: .tcp, hostPort: 8080, target: socket("10.244.2.11:80").of(family),
            because: Because("Pod web/b", field: "spec.containers[0].ports[0].hostPort"))
        return policies(family).inIPTables(policyServices, hostPorts: [2: [("web/b", port)]])
    }
}

extension ServiceEntry {
    /// The same Service with a name for each port, if it has several: chains are named by port.
    fileprivate var withNamedPorts: ServiceEntry {
        var entry = self
        guard ports.count > 1 else { return entry }
        for index in ports.indices { entry.ports[index].name = "port-\(ports[index].port)" }
        return entry
    }
}

/// The rows of the tables for nftables, run by iptables' rules.
@Suite struct IPTablesFlowTests {
    /// Where the modes differ: D41 and D48. (D47, that node ports answer at every address of the node, has rows of its own.)
    private static func expected(_ flow: Flow, _ family: Family) -> (outcomes: Set<String>, masqueraded: Bool?) {
        switch flow.name.prefix(3) {
        case "D41":
            // No rule knows the address: the packet leaves, and ends where the way out ends.
            (["lost"], false)
        case "D48" where family == .v4:
            (["web/a 10.244.1.10:8080 sees 172.18.0.2", "web/b 10.244.2.11:8080 sees 172.18.0.2"], true)
        default: (flow.outcomes, flow.masqueraded)
        }
    }

    private static func summaries(_ journeys: [Journey], of flow: Flow) -> Set<String> {
        Set(
            journeys.map { journey in
                guard flow.name.hasPrefix("D41") else { return summary(journey.outcome) }
                return switch journey.outcome {
                case .dropped(_, let because) where because.object == "kernel" || because.object == "lab": "lost"
                case .unreachable: "lost"
                default: summary(journey.outcome)
                }
            })
    }

    @Test(arguments: PacketFlowTests.flows, Family.allCases)
    func `a packet goes where Kubernetes says`(_ flow: Flow, _ family: Family) {
        let journeys = Fixture.shopInIPTables(family).plan.walk(flow.packet(family), from: flow.from)
        let (outcomes, masqueraded) = Self.expected(flow, family)
        #expect(Self.summaries(journeys, of: flow) == outcomes)
        #expect(journeys.count == outcomes.count)
        #expect(journeys.allSatisfy { masqueraded == nil || $0.isMasqueraded == masqueraded })
        #expect(Set(journeys.map(\.probability)) == [Probability(1, of: UInt64(journeys.count))])
    }

    @Test(arguments: PolicyFlowTests.flows, Family.allCases)
    func `a packet goes where the policy says`(_ flow: Flow, _ family: Family) {
        let journeys = Fixture.policiesInIPTables(family).plan.walk(flow.packet(family), from: flow.from)
        #expect(Set(journeys.map { summary($0.outcome) }) == flow.outcomes)
        #expect(journeys.allSatisfy { flow.masqueraded == nil || $0.isMasqueraded == flow.masqueraded })
        #expect(journeys.map(\.probability).reduce(Probability(0, of: 1), +) == .certain)
    }

    @Test(arguments: Family.allCases) func `D47 a node port answers at every address of the node`(_ family: Family) {
        var lab = Fixture.shopInIPTables(family)
        lab.plan.namespaces["node-1"]?.loopback.append(prefix("172.18.9.9").of(family))
        let packet = Packet(.tcp, from: socket("0.0.0.0:1").of(family), to: socket("172.18.9.9:30080").of(family))
        let journeys = lab.plan.walk(packet, from: "web/client")
        #expect(Set(journeys.map(\.destination)) == ["web/a", "web/b"] && journeys.allSatisfy(\.isMasqueraded))
    }

    @Test func `D48 nobody outside reaches what listens at a node's 127.0.0.1`() {
        // A program of the node's that sends from another address stands for a packet from outside: no Pod's kernel would
        // let one out.
        let packet = Packet(.tcp, from: socket("10.244.1.9:1"), to: socket("127.0.0.1:9999"))
        let outcomes = Fixture.shopInIPTables(.v4).plan.walk(packet, from: "node-1").map(\.outcome)
        #expect(outcomes.map(summary) == ["dropped by node-1"])
        let own = Packet(.tcp, from: socket("127.0.0.1:1"), to: packet.destination)
        #expect(
            Fixture.shopInIPTables(.v4).plan.walk(own, from: "node-1").map { summary($0.outcome) } == [
                "node-1 127.0.0.1:9999 sees 127.0.0.1"
            ])
    }

    @Test func `an outcome names the field that it is due to`() {
        func outcome(_ plan: Plan, _ from: NamespaceName, _ to: String) -> Journey.Outcome? {
            plan.walk(Packet(.tcp, from: socket("0.0.0.0:1"), to: socket(to)), from: from).first?.outcome
        }
        func field(_ service: String, _ field: String) -> Because {
            Because("Service \(service)", field: "spec." + field)
        }
        let policies = Fixture.policiesInIPTables(.v4).plan
        let local = field("web/local", "externalTrafficPolicy")
        #expect(outcome(policies, .host, "172.18.0.4:31000") == .dropped("node-3", local))
        #expect(outcome(policies, .host, "198.51.100.10:80") == .dropped("node-3", local))
        let inner = field("web/inner", "internalTrafficPolicy")
        #expect(outcome(policies, "web/far", "10.96.1.2:80") == .dropped("node-3", inner))
        let guarded = field("web/guarded", "loadBalancerSourceRanges")
        #expect(outcome(policies, "web/far", "203.0.113.22:80") == .dropped("node-3", guarded))
        let shop = Fixture.shopInIPTables(.v4).plan
        #expect(outcome(shop, "web/client", "10.96.0.11:80") == .rejected("node-1", field("web/empty", "ports[0]")))
    }

    @Test func `a journey tells the rules in iptables' words, table by table`() {
        let plan = Fixture.shopInIPTables(.v4).plan
        let packet = Packet(.tcp, from: socket("0.0.0.0:1"), to: socket("10.96.0.14:53"))
        let udp = Packet(.udp, from: packet.source, to: packet.destination)
        let journey = plan.walk(udp, from: "web/client")[0]
        let rules = journey.hops.compactMap { hop -> String? in
            guard case .matched(let match) = hop.action, hop.namespace == "node-1" else { return nil }
            return match.rule
        }
        let first = "-A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES"
        let second =
            "-A KUBE-SERVICES -d 10.96.0.14/32 -p udp -m comment --comment \"web/dns cluster IP\" -m udp --dport 53"
        #expect(rules.first == first)
        #expect(rules.dropFirst().first?.hasPrefix(second + " -j KUBE-SVC-") == true)
        #expect(rules.contains { $0.hasSuffix("-j DNAT --to-destination 10.244.2.11:5353") })
        #expect(rules.contains("-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN"))
    }

    // MARK: Affinity

    private static func journeys(
        _ lab: Fixture, _ from: NamespaceName = "web/client", _ to: String = "10.96.1.5:80", _ flows: Flows = Flows()
    ) -> [Journey] {
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000").of(lab.family), to: socket(to).of(lab.family))
        return lab.plan.walk(packet, from: from, flows: flows)
    }

    @Test(arguments: Family.allCases) func `D44 a client that is remembered goes where it went`(_ family: Family) {
        let lab = Fixture.policiesInIPTables(family)
        let first = Self.journeys(lab)
        #expect(first.count == 2)
        for journey in first {
            for other in ["10.96.1.5:80", "172.18.0.2:31004", "203.0.113.25:80"] {
                let next = Self.journeys(lab, "web/client", other, Flows().adding(journey))
                #expect(next.count == 1 && next[0].probability == .certain)
                #expect(next.map(\.destination) == [journey.destination])
            }
        }
    }

    @Test func `D44 every node remembers for itself, and every client is another`() {
        let lab = Fixture.policiesInIPTables(.v4)
        let flows = Flows().adding(Self.journeys(lab)[0])
        #expect(Self.journeys(lab, "web/a", "10.96.1.5:80", flows).count == 2)
        #expect(Self.journeys(lab, "web/far", "10.96.1.5:80", flows).count == 2)
    }

    @Test func `D43 no endpoint is drawn more often than another, whatever their number`() {
        for count in [1, 2, 3, 7, 100] {
            var lab = Fixture()
            lab.addPod("web/client", node: 1, last: 9)
            let tables = lab.inIPTables { _ in [Samples.service(1, endpoints: count)] }
            let packet = Packet(.tcp, from: socket("10.244.1.9:40000"), to: socket("10.96.0.1:80"))
            let journeys = tables.plan.walk(packet, from: "web/client")
            #expect(journeys.count == count)
            #expect(journeys.allSatisfy { $0.probability == Probability(1, of: UInt64(count)) })
        }
    }

    @Test(arguments: [
        (1, "1.00000000000"), (2, "0.50000000000"), (3, "0.33333333349"), (4, "0.25000000000"), (5, "0.20000000019"),
        (6, "0.16666666651"), (7, "0.14285714272"), (10, "0.10000000009"), (1000, "0.00100000016"),
    ])
    func `a probability is printed as the kernel keeps it`(_ cases: UInt32, _ text: String) {
        let lab = Fixture().inIPTables { _ in [Samples.service(1, endpoints: Int(cases))] }
        let rules = lab.plan.namespaces["node-1"]?.iptables[.v4]?.text ?? ""
        #expect(cases == 1 || rules.contains("--probability \(text) "))
    }
}
