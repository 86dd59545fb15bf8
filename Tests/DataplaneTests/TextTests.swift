// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

@Suite struct TextTests {
    @Test func `a node's table reads as nft prints it`() {
        var ruleset = Samples.node
        let because = Because("Service web/hello", field: "spec.ports[0]", location: "Labs/hello.yaml:31")
        var hello = ServicePortEntry(
            pool: 1, port: 80, clusterAddresses: [address("10.96.0.10")], externalAddresses: [address("203.0.113.10")],
            nodePort: 30080, endpoints: ["10.244.1.10:8080", "10.244.2.11:8080"].map(socket),
            reasons: ServicePortReasons(port: because))
        hello.reasons.nodePort = Because("Service web/hello", field: "spec.ports[0].nodePort")
        _ = ruleset.setService(ServiceEntry("web/hello", ports: [hello]))
        let empty = ServicePortEntry(
            pool: 42, transport: .udp, port: 53, clusterAddresses: [address("10.96.0.11")], endpoints: [],
            reasons: ServicePortReasons(port: Because("Service web/empty")))
        _ = ruleset.setService(ServiceEntry("web/empty", ports: [empty]))
        _ = ruleset.setLocalPod(name: "web/a", address: address("10.244.1.10"))
        #expect(ruleset.text == Goldens.node)
    }

    @Test func `the edge's table reads as nft prints it`() {
        #expect(Ruleset.edge(externalRange: prefix("203.0.113.0/24")).text == Goldens.edge)
    }

    @Test(arguments: [
        (Statement.within(.sourceAddress, prefix("10.0.0.1"), negated: false), "ip saddr 10.0.0.1"),
        (.within(.sourceAddress, prefix("10.0.0.0/8"), negated: true), "ip saddr != 10.0.0.0/8"),
        (.member([.sourceAddress, .destinationPort], of: "x", negated: true), "ip saddr . th dport != @x"),
        (.setMark(42), "meta mark set 0x0000002a"), (.verdict(.accept), "accept"), (.verdict(.drop), "drop"),
        (.verdict(.return), "return"), (.verdict(.jump("x")), "jump x"), (.verdict(.goto("x")), "goto x"),
        (.verdictMap([.mark, .random(modulus: 5)], map: "x"), "meta mark . numgen random mod 5 vmap @x"),
        (.setPriority(.random(modulus: 5)), "meta priority set numgen random mod 5"),
        (
            .setPriorityFromMap([.destinationAddress, .destinationPort], map: "x"),
            "meta priority set ip daddr . th dport map @x"
        ),
        (.verdictMap([.priority], map: "x"), "meta priority vmap @x"),
        (.dnatFromMap([.mark, .priority], map: "x"), "dnat ip to meta mark . meta priority map @x"),
        (.member([.sourcePort], of: "x", negated: false), "th sport @x"),
        (.setConnectionMark(1), "ct mark set 0x00000001"),
        (.equals(.connectionMark, 1), "ct mark 0x00000001"),
        (
            .update(map: "x", key: [.mark, .sourceAddress], value: .priority),
            "update @x { meta mark . ip saddr : meta priority }"
        ),
        (
            .delete(map: "x", key: [.mark, .sourceAddress], value: .priority),
            "delete @x { meta mark . ip saddr : meta priority }"
        ),
    ])
    func `a statement reads as nft prints it`(_ statement: Statement, _ text: String) {
        #expect(statement.text() == text)
    }

    @Test func `a comment has no quotation marks of its own`() {
        var ruleset = Ruleset(sets: [SetDeclaration("s", key: [.number], comment: "test")])
        let because = Because("a", location: "my \"lab\".yaml:1")
        _ = ruleset.replace("x", with: ["s": [Element([.number(1)], because: because)]])
        #expect(ruleset.text.contains("0x00000001 comment \"a (my 'lab'.yaml:1)\""))
    }

    @Test func `a journey can be read by someone who has never seen one`() {
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000"), to: socket("172.18.0.4:30080"))
        let journeys = Fixture.shop.plan.walk(packet, from: .host)
        #expect(journeys.first?.text() == Goldens.journey)
        let every = journeys.first?.text(everyRule: true) ?? ""
        #expect(every.contains("nat-postrouting: ct status dnat jump masquerading # lab: source addresses of what"))
        let service = "# Service web/web spec.ports[0]"
        for rule in [
            "balance: meta priority set meta mark map @pools meta priority vmap @draws"
                + " { 0x00000001 : 0x00000002 } \(service)",
            "pick-2: meta priority set numgen random mod 2 # lab: draws one of 2 endpoints",
            "deliver: dnat ip to meta mark . meta priority map @endpoints"
                + " { 0x00000001 . 0x00000000 : 10.244.1.10 . 8080 } \(service)",
        ] { #expect(every.contains(rule), "\(every)") }
    }

    @Test func `every kind of outcome can be read`() {
        let plan = Fixture.shop.plan
        func last(_ to: String) -> String? {
            let packet = Packet(.tcp, from: socket("0.0.0.0:1"), to: socket(to))
            let text = plan.walk(packet, from: "web/client").first?.text()
            return text?.split(separator: "\n").last?.split(separator: "  ").last.map(String.init)
        }
        #expect(last("10.96.0.11:80") == "rejects it (connection refused) because of Service web/empty spec.ports[0]")
        #expect(
            last("10.96.5.5:80")
                == "drops it (the client waits in vain) because of lab: "
                + "an address of the Service range that no Service has")
        #expect(
            last("10.244.1.77:80")
                == "has no way to go on: the route unreachable 10.244.1.0/24 because of test")
    }

    @Test func `a probability is in lowest terms`() {
        #expect(Probability(2, of: 6).description == "1/3")
        #expect(Probability.certain.divided(by: 3).divided(by: 2) + Probability(1, of: 2) == Probability(2, of: 3))
        #expect(Probability(5, of: 5).description == "1")
    }
}
