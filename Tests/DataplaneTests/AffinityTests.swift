// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

@Suite struct AffinityTests {
    private static let client = NamespaceName("web/client")

    private static func journeys(
        _ lab: Fixture, _ from: NamespaceName = client, _ to: String = "10.96.1.5:80", _ flows: Flows = Flows()
    ) -> [Journey] {
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000").of(lab.family), to: socket(to).of(lab.family))
        return lab.plan.walk(packet, from: from, flows: flows)
    }

    @Test(arguments: Family.allCases) func `D44 a client that is remembered goes where it went`(_ family: Family) {
        let lab = Fixture.policies(family)
        let first = Self.journeys(lab)
        #expect(first.count == 2)
        for journey in first {
            let next = Self.journeys(lab, Self.client, "10.96.1.5:80", Flows().adding(journey))
            #expect(next.map { summary($0.outcome) } == [summary(journey.outcome)])
            #expect(next.first?.remembered == journey.remembered)
            #expect(next.first?.probability == .certain)
        }
    }

    @Test(arguments: ["172.18.0.2:31004", "203.0.113.25:80"])
    func `D44 it is the Service port that counts, not which address of it`(_ other: String) {
        let lab = Fixture.policies(.v4)
        for journey in Self.journeys(lab) {
            let next = Self.journeys(lab, Self.client, other, Flows().adding(journey))
            #expect(next.count == 1 && next.first.map(Self.endpoint) == Self.endpoint(journey))
        }
    }

    @Test func `D44 every node remembers for itself, and every client is another`() {
        let lab = Fixture.policies(.v4)
        let flows = Flows().adding(Self.journeys(lab)[0])
        #expect(Self.journeys(lab, "web/a", "10.96.1.5:80", flows).count == 2)
        #expect(Self.journeys(lab, "node-2", "10.96.1.5:80", flows).count == 2)
        #expect(Self.journeys(lab, .host, "172.18.0.3:31004", flows).count == 2)
    }

    @Test func `D44 the load balancer remembers, too`() {
        let lab = Fixture.policies(.v4)
        let first = Self.journeys(lab, .host, "203.0.113.25:80")
        #expect(first.count == 6)
        for journey in first {
            #expect(Set(journey.remembered.endpoints.keys.map(\.namespace)).contains(.edge))
            let next = Self.journeys(lab, .host, "203.0.113.25:80", Flows().adding(journey))
            #expect(next.map { summary($0.outcome) } == [summary(journey.outcome)])
        }
    }

    @Test(arguments: Family.allCases)
    func `D44 an endpoint that is gone loses its clients, and each keeps the one it is given`(_ family: Family) {
        var lab = Fixture.policies(family)
        var entry = Fixture.policyServices(node: 1)[5]
        let all = ["10.244.1.10:8080", "10.244.2.11:8080", "10.244.3.12:8080"].map(socket)
        entry.ports[0].endpoints = all
        lab.setService(entry, node: 1)
        let atFirst = Self.journeys(lab)
        #expect(atFirst.count == 3)
        for gone in all {
            entry.ports[0].endpoints = SlotOrder.settle(previous: all, ready: all.filter { $0 != gone })
            lab.setService(entry, node: 1)
            for journey in atFirst {
                let next = Self.journeys(lab, Self.client, "10.96.1.5:80", Flows().adding(journey))
                guard Self.endpoint(journey) == gone else {
                    #expect(next.map(Self.endpoint) == [Self.endpoint(journey)])
                    continue
                }
                #expect(Set(next.map(Self.endpoint)) == Set(all.filter { $0 != gone }))
                for moved in next {
                    let flows = Flows().adding(journey).adding(moved)
                    let later = Self.journeys(lab, Self.client, "10.96.1.5:80", flows)
                    #expect(later.map(Self.endpoint) == [Self.endpoint(moved)])
                }
            }
        }
    }

    @Test func `a policy Local remembers among the local endpoints`() {
        var lab = Fixture.policies(.v4)
        var entry = Fixture.policyServices(node: 1)[0]
        entry.ports[0].affinityTimeout = 60
        entry.ports[0].localEndpoints.append(socket("10.244.1.9:8080"))
        entry.ports[0].endpoints.append(socket("10.244.1.9:8080"))
        lab.setService(entry, node: 1)
        let first = Self.journeys(lab, .host, "172.18.0.2:31000")
        #expect(first.count == 2)
        for journey in first {
            let next = Self.journeys(lab, .host, "172.18.0.2:31000", Flows().adding(journey))
            #expect(next.map(Self.endpoint) == [Self.endpoint(journey)])
        }
    }

    private static func endpoint(_ journey: Journey) -> SocketAddress? {
        guard case .delivered(_, let endpoint, _) = journey.outcome else { return nil }
        return SocketAddress(endpoint.address.inV4, endpoint.port)
    }

    @Test func `what a table gets for affinity it gets once for each timeout and number of endpoints`() {
        var ruleset = Samples.node
        func changes(_ number: Int, endpoints: Int, timeout: UInt32?) -> [TableChange] {
            var entry = Samples.service(number, endpoints: endpoints)
            entry.ports[0].affinityTimeout = timeout
            return ruleset.setService(entry)
        }
        func structure(_ changes: [TableChange]) -> [String] {
            changes.compactMap { change in
                switch change {
                case .addSet(let set): set.name
                case .addChain(let chain): chain.name
                case .addElements("draws", let list), .addElements("sticky-draws", let list): list[0].text
                default: nil
                }
            }
        }
        #expect(
            structure(changes(1, endpoints: 2, timeout: 60)) == [
                "affinity-60", "sticky-60", "0x8000003c : jump sticky-60", "pick-2", "0x00000002 : jump pick-2",
            ])
        #expect(structure(changes(2, endpoints: 2, timeout: 60)).isEmpty)
        #expect(structure(changes(3, endpoints: 2, timeout: nil)) == ["0x00000002 : jump pick-2"])
        #expect(structure(changes(4, endpoints: 3, timeout: nil)) == ["pick-3", "0x00000003 : jump pick-3"])
        #expect(structure(changes(4, endpoints: 3, timeout: 60)) == ["0x00000003 : jump pick-3"])
        #expect(
            structure(changes(4, endpoints: 3, timeout: 61)) == [
                "affinity-61", "sticky-61", "0x8000003d : jump sticky-61",
            ])
    }

    /// When a rule with a map comes, the kernel walks every element of the map.
    @Test func `a chain that comes for affinity looks into no set but its own, which is empty`() {
        var ruleset = Samples.node
        var entry = Samples.service(1, endpoints: 2)
        entry.ports[0].affinityTimeout = 60
        for case .addChain(let chain) in ruleset.setService(entry) {
            #expect(Set(chain.rules.flatMap(\.statements).compactMap(\.set)).isSubset(of: ["affinity-60"]))
        }
    }
}
