// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

/// Who connects to what, and what becomes of it.
struct Flow: CustomTestStringConvertible, Sendable {
    var name: String
    var from: NamespaceName
    var to: String
    var transport = TransportProtocol.tcp
    /// One text for each journey that may be taken.
    var outcomes: Set<String>
    /// Nil where it is not the same for all journeys.
    var masqueraded: Bool? = false

    init(
        _ name: String, _ from: NamespaceName, _ to: String, _ transport: TransportProtocol = .tcp,
        masqueraded: Bool? = false, gives outcomes: String...
    ) {
        self.name = name
        self.from = from
        self.to = to
        self.transport = transport
        self.outcomes = Set(outcomes)
        self.masqueraded = masqueraded
    }

    var testDescription: String { name }
    var packet: Packet { packet(.v4) }

    func packet(_ family: Family) -> Packet {
        Packet(transport, from: socket("0.0.0.0:40000").of(family), to: socket(to).of(family))
    }
}

/// An outcome in a few words: `web/a 10.244.1.10:8080 sees 10.244.1.9`, `rejected by node-1`.
func summary(_ outcome: Journey.Outcome) -> String {
    switch outcome {
    case .delivered(let name, let socket, let source):
        "\(name) \(SocketAddress(socket.address.inV4, socket.port)) sees \(source.address.inV4)"
    case .rejected(let name, _): "rejected by \(name)"
    case .dropped(let name, _): "dropped by \(name)"
    case .unreachable(let name, _): "unreachable from \(name)"
    }
}

@Suite struct PacketFlowTests {
    static let flows = [
        Flow(
            "D43, D45 Pod to cluster address: each endpoint, the Pod's own address stays", "web/client",
            "10.96.0.10:80", gives: "web/a 10.244.1.10:8080 sees 10.244.1.9", "web/b 10.244.2.11:8080 sees 10.244.1.9"),
        Flow("D40 Pod to a Service without endpoints", "web/client", "10.96.0.11:80", gives: "rejected by node-1"),
        Flow("D40 node to a Service without endpoints", "node-2", "10.96.0.11:80", gives: "rejected by node-2"),
        Flow("D40 outside to a Service without endpoints", .host, "10.96.0.11:80", gives: "rejected by node-1"),
        Flow("D40 outside to a node port without endpoints", .host, "172.18.0.4:30081", gives: "rejected by node-3"),
        Flow(
            "D40 node to its own node port without endpoints", "node-3", "172.18.0.4:30081", gives: "rejected by node-3"
        ),
        Flow("D41 port that the Service does not have", "web/client", "10.96.0.10:81", gives: "rejected by node-1"),
        Flow(
            "D41 protocol that the Service does not have", "web/client", "10.96.0.10:80", .udp,
            gives: "rejected by node-1"),
        Flow("D41 unallocated address of the Service range", "web/client", "10.96.5.5:80", gives: "dropped by node-1"),
        Flow("D41 unallocated address, from a node", "node-1", "10.96.5.5:80", gives: "dropped by node-1"),
        Flow("D41 unallocated address, from outside", .host, "10.96.5.5:80", gives: "dropped by node-1"),
        Flow(
            "D45 outside to cluster address: the node stands in", .host, "10.96.0.10:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2", "web/b 10.244.2.11:8080 sees 172.18.0.2"),
        Flow(
            "D45 Pod to Pod is never translated", "web/client", "10.244.2.11:8080",
            gives: "web/b 10.244.2.11:8080 sees 10.244.1.9"),
        Flow(
            "D46 Pod to itself through its Service", "web/a", "10.96.0.12:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2"),
        Flow(
            "D47 node port on a node without endpoints", .host, "172.18.0.4:30080", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.4", "web/b 10.244.2.11:8080 sees 172.18.0.4"),
        Flow(
            "D47 Pod to the node port of its own node", "web/client", "172.18.0.2:30080", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2", "web/b 10.244.2.11:8080 sees 172.18.0.2"),
        Flow(
            "D47 node to its own node port", "node-1", "172.18.0.2:30080",
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2", "web/b 10.244.2.11:8080 sees 172.18.0.2"),
        Flow(
            "D48 node port on 127.0.0.1 is nobody's", "node-1", "127.0.0.1:30080",
            gives: "node-1 127.0.0.1:30080 sees 127.0.0.1"),
        Flow(
            "D52 external address, at whichever node it arrives", .host, "198.51.100.7:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.4", "web/b 10.244.2.11:8080 sees 172.18.0.4"),
        Flow(
            "D55 second port of a Service", "web/client", "10.96.0.12:443",
            gives: "web/a 10.244.1.10:8443 sees 10.244.1.9"),
        Flow(
            "D55 the same node port with another protocol", .host, "172.18.0.2:30080", .udp, masqueraded: true,
            gives: "web/b 10.244.2.11:5353 sees 172.18.0.2"),
        Flow(
            "D57 node as client", "node-2", "10.96.0.10:80", gives: "web/a 10.244.1.10:8080 sees 172.18.0.3",
            "web/b 10.244.2.11:8080 sees 172.18.0.3"),
        Flow(
            "D57 endpoint in the node's own network", "web/client", "10.96.0.13:9100",
            gives: "node-2 172.18.0.3:9100 sees 10.244.1.9"),
        Flow(
            "D57 node to itself through a Service", "node-2", "10.96.0.13:9100",
            gives: "node-2 172.18.0.3:9100 sees 172.18.0.3"),
        Flow("D58 SCTP", "web/client", "10.96.0.15:7", .sctp, gives: "web/b 10.244.2.11:7 sees 10.244.1.9"),
        Flow(
            "load balancer from outside: any node, then any endpoint", .host, "203.0.113.10:80", masqueraded: true,
            gives: "web/a 10.244.1.10:8080 sees 172.18.0.2", "web/b 10.244.2.11:8080 sees 172.18.0.2",
            "web/a 10.244.1.10:8080 sees 172.18.0.3", "web/b 10.244.2.11:8080 sees 172.18.0.3",
            "web/a 10.244.1.10:8080 sees 172.18.0.4", "web/b 10.244.2.11:8080 sees 172.18.0.4"),
        Flow(
            "D60 load balancer from a Pod: the node takes the short cut", "web/client", "203.0.113.10:80",
            masqueraded: true, gives: "web/a 10.244.1.10:8080 sees 172.18.0.2", "web/b 10.244.2.11:8080 sees 172.18.0.2"
        ),
        Flow("load balancer without nodes", .host, "203.0.113.11:80", gives: "unreachable from edge"),
        Flow("load balancer, a port that it does not have", .host, "203.0.113.10:81", gives: "unreachable from edge"),
        Flow(
            "D40 load balancer without endpoints, from a Pod", "web/client", "203.0.113.11:80",
            gives: "rejected by node-1"),
        Flow(
            "an address of the node's Pods that no Pod has", "web/client", "10.244.1.77:80",
            gives: "unreachable from node-1"),
        Flow("an address that the host has no route to", .host, "192.0.2.1:80", gives: "unreachable from host"),
        Flow("from nowhere", "web/nobody", "10.96.0.10:80", gives: "unreachable from web/nobody"),
    ]

    @Test(arguments: flows, Family.allCases)
    func `a packet goes where Kubernetes says`(_ flow: Flow, _ family: Family) {
        let journeys = Fixture.shop(family).plan.walk(flow.packet(family), from: flow.from)
        #expect(Set(journeys.map { summary($0.outcome) }) == flow.outcomes)
        #expect(journeys.count == flow.outcomes.count)
        #expect(journeys.allSatisfy { $0.isMasqueraded == flow.masqueraded })
    }

    @Test(arguments: flows) func `the journeys of a packet are equally likely and all there are`(_ flow: Flow) {
        let journeys = Fixture.shop.plan.walk(flow.packet, from: flow.from)
        #expect(Set(journeys.map(\.probability)) == [Probability(1, of: UInt64(journeys.count))])
        #expect(journeys.map(\.probability).reduce(Probability(0, of: 1), +) == .certain)
    }

    @Test func `D43 no endpoint is drawn more often than another, whatever their number`() {
        for count in [1, 2, 3, 7, 100] {
            var lab = Fixture()
            lab.addPod("web/client", node: 1, last: 9)
            lab.setService(Samples.service(1, endpoints: count))
            let packet = Packet(.tcp, from: socket("10.244.1.9:40000"), to: socket("10.96.0.1:80"))
            let journeys = lab.plan.walk(packet, from: "web/client")
            #expect(journeys.count == count)
            #expect(journeys.allSatisfy { $0.probability == Probability(1, of: UInt64(count)) })
        }
    }

    @Test func `a walk has a limit`() {
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000"), to: socket("203.0.113.10:80"))
        #expect(Fixture.shop.plan.walk(packet, from: .host, limit: 4).count == 4)
    }

    @Test func `D60 the short cut does not pass the edge's load balancer`() {
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000"), to: socket("203.0.113.10:80"))
        for journey in Fixture.shop.plan.walk(packet, from: "web/client") {
            let translations = journey.hops.filter { if case .dnat = $0.action { true } else { false } }
            #expect(translations.map(\.namespace) == ["node-1"])
        }
    }

    @Test func `the edge leaves the client's address in place`() {
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000"), to: socket("203.0.113.10:80"))
        for journey in Fixture.shop.plan.walk(packet, from: .host) {
            let atNode = journey.hops.first { $0.namespace.text.hasPrefix("node-") }
            #expect(atNode?.packet.source == socket("172.18.0.254:40000"))
        }
    }

    @Test func `an outcome names the Service that it is due to`() {
        let empty = Because("Service web/empty", field: "spec.ports[0]")
        let web = Because("Service web/web", field: "spec.ports[0]")
        let plan = Fixture.shop.plan
        func outcome(_ to: String) -> Journey.Outcome? {
            plan.walk(Packet(.tcp, from: socket("0.0.0.0:1"), to: socket(to)), from: "web/client").first?.outcome
        }
        #expect(outcome("10.96.0.11:80") == .rejected("node-1", empty))
        #expect(outcome("203.0.113.11:80") == .rejected("node-1", empty))
        #expect(outcome("172.18.0.2:30081") == .rejected("node-1", empty))
        #expect(outcome("10.96.0.10:81") == .rejected("node-1", web))
        #expect(
            outcome("10.96.5.5:80")
                == .dropped("node-1", Because("lab", field: "an address of the Service range that no Service has")))
    }

    @Test func `D40 a rejection is due to the field that gave the address or the node port`() {
        let port = Because("Service web/empty", field: "spec.ports[0]", location: "empty.yaml:9")
        let nodePort = Because("Service web/empty", field: "spec.ports[0].nodePort")
        let external = Because("Service web/empty", field: "spec.externalIPs[0]")
        var lab = Fixture()
        lab.addPod("web/client", node: 1, last: 9)
        lab.setService(
            ServiceEntry(
                "web/empty",
                ports: [
                    ServicePortEntry(
                        pool: 1, port: 80, clusterAddresses: [address("10.96.0.11")],
                        externalAddresses: [address("198.51.100.7")], nodePort: 30081, endpoints: [],
                        reasons: ServicePortReasons(
                            port: port,
                            addresses: [address("198.51.100.7"): external], nodePort: nodePort))
                ]))
        for (to, because) in [
            ("10.96.0.11:80", port), ("198.51.100.7:80", external), ("172.18.0.2:30081", nodePort),
        ] {
            let journeys = lab.plan.walk(Packet(.tcp, from: socket("0.0.0.0:1"), to: socket(to)), from: "web/client")
            #expect(journeys.map(\.outcome) == [.rejected("node-1", because)])
            guard case .matched(let match)? = journeys.first?.hops.last?.action else {
                Issue.record("the last hop is no rule")
                continue
            }
            #expect(match.because == because && match.rule.hasSuffix(" reject"))
        }
    }

    @Test func `a routing loop ends`() {
        var lab = Fixture(nodes: 1)
        lab.route("node-1", "192.0.2.0/24", via: "172.18.0.1", dev: "eth0")
        lab.route(.edge, "192.0.2.0/24", via: "172.18.0.2", dev: "node-1")
        let packet = Packet(.tcp, from: socket("172.18.0.2:1"), to: socket("192.0.2.1:80"))
        let journeys = lab.plan.walk(packet, from: "node-1")
        #expect(journeys.map { summary($0.outcome) } == ["dropped by node-1"])
    }

    @Test func `a wrong neighbour, a missing one and a namespace that does not forward are found`() {
        let packet = Packet(.tcp, from: socket("0.0.0.0:1"), to: socket("10.244.2.11:80"))
        func outcome(_ change: (inout Plan) -> Void) -> [String] {
            var plan = Fixture.shop.plan
            change(&plan)
            return plan.walk(packet, from: "web/client").map { summary($0.outcome) }
        }
        let gateway = address("169.254.1.1")
        #expect(outcome { _ in } == ["web/b 10.244.2.11:80 sees 10.244.1.9"])
        #expect(
            outcome { $0.namespaces["web/client"]?.neighbours[gateway]?.mac = MACAddress(local: 4711) }
                == ["dropped by node-1"])
        #expect(
            outcome { $0.namespaces["web/client"]?.neighbours[gateway] = nil } == ["unreachable from web/client"])
        #expect(outcome { $0.namespaces[.edge]?.sysctls = [:] } == ["dropped by edge"])
        #expect(outcome { $0.namespaces["web/b"] = nil } == ["unreachable from node-2"])
    }
}
