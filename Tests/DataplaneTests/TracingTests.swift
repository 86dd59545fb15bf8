// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

/// What kernels tell, read as journeys.
@Suite struct TracingTests {
    static let plans: [(name: String, plan: Plan)] = [
        ("nftables", Fixture.shop(.v4).plan), ("nftables, IPv6", Fixture.shop(.v6).plan),
        ("iptables", Fixture.shopInIPTables(.v4).plan),
    ]

    /// Joins and reads what would be told of a journey.
    private func trace(_ journey: Journey, in plan: Plan, shuffled: Bool = false) -> [TracedJourney] {
        let telling = KernelTelling(journey, in: plan)
        var joiner = TraceJoiner(
            from: journey.origin, TracedFlows([journey]), links: plan.links, tellers: telling.tellers)
        // Namespaces are listened to one after another: what one tells comes before or after what others do.
        let places = Dictionary(grouping: telling.sightings, by: \.namespace).sorted { $0.key < $1.key }
        for sighting in shuffled ? places.flatMap(\.value) : telling.sightings { joiner.add(sighting) }
        return joiner.take(now: 9_000_000_000).compactMap { flow in
            guard let seen = TraceReading.read(flow, in: plan, telling.handles) else { return nil }
            var traced = seen.traced
            traced.compare(with: plan.walk(journey.packet, from: journey.origin, flows: seen.remembered))
            return traced
        }
    }

    /// The journeys of all rows of which a kernel has something to tell.
    private func journeys(_ plan: Plan, _ family: Family) -> [Journey] {
        PacketFlowTests.flows.flatMap { plan.walk($0.packet(family), from: $0.from) }.filter { journey in
            journey.hops.contains { $0.action == .sent } || !(plan.namespaces[journey.origin]?.hasNoRules ?? true)
        }
    }

    @Test(arguments: 0..<3) func `what kernels tell of a journey reads as that journey`(_ index: Int) throws {
        let (name, plan) = Self.plans[index]
        let all = journeys(plan, index == 1 ? .v6 : .v4)
        #expect(all.count > 10)
        for journey in all {
            for shuffled in [false, true] {
                let traced = trace(journey, in: plan, shuffled: shuffled)
                #expect(traced.count == 1, "\(name): \(journey.text(everyRule: true))")
                guard let first = traced.first else { continue }
                let text = first.journey.text(everyRule: true)
                #expect(
                    first.agreement == .asPredicted,
                    "\(name): \(first.agreement)\n\(text)\nnot\n\(journey.text(everyRule: true))")
                #expect(first.times.count == first.journey.hops.count)
                #expect(first.times == first.times.sorted())
            }
        }
    }

    @Test func `a rule that the plan does not have, and an endpoint that no element leads to, are found`() throws {
        let plan = Fixture.shop.plan
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000"), to: socket("10.96.0.10:80"))
        let journey = try #require(plan.walk(packet, from: "web/client").first)
        var telling = KernelTelling(journey, in: plan)
        for index in telling.sightings.indices {
            guard case .message(var message) = telling.sightings[index].content, message.chain == "deliver" else {
                continue
            }
            message.handle = 99
            telling.sightings[index].content = .message(message)
        }
        var joiner = TraceJoiner(
            from: "web/client", TracedFlows([journey]), links: plan.links, tellers: telling.tellers)
        for sighting in telling.sightings { joiner.add(sighting) }
        let flow = try #require(joiner.take(now: 9_000_000_000).first)
        var traced = try #require(TraceReading.read(flow, in: plan, telling.handles)).traced
        traced.compare(with: plan.walk(journey.packet, from: journey.origin))
        guard case .differs(let difference) = traced.agreement else {
            Issue.record("\(traced.agreement)")
            return
        }
        #expect(difference.seen.contains("handle 99"))
        #expect(difference.expected.contains { $0.contains("deliver") })
        #expect(traced.journey.hops[difference.hop].namespace == "node-1")
    }

    @Test func `a first packet that is sent again is no other connection`() throws {
        let plan = Fixture.shop.plan
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000"), to: socket("10.96.0.10:80"))
        let journey = try #require(plan.walk(packet, from: "web/client").first)
        let telling = KernelTelling(journey, in: plan)
        var joiner = TraceJoiner(
            from: "web/client", TracedFlows([journey]), links: plan.links, tellers: telling.tellers)
        for _ in 0..<2 { for sighting in telling.sightings { joiner.add(sighting) } }
        #expect(joiner.take(now: 1_100_000_000).isEmpty)
        #expect(joiner.take(now: 9_000_000_000).count == 1)
        for sighting in telling.sightings { joiner.add(sighting) }
        #expect(joiner.take(now: 12_000_000_000).isEmpty)
        #expect(joiner.isIdle)
    }

    @Test func `what the sender sends to the endpoint itself is another connection`() throws {
        let plan = Fixture.shop.plan
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000"), to: socket("10.96.0.10:80"))
        let chosen = plan.walk(packet, from: "web/client")
        let direct = Packet(.tcp, from: socket("0.0.0.0:40001"), to: socket("10.244.1.10:8080"))
        let journey = try #require(plan.walk(direct, from: "web/client").first)
        let telling = KernelTelling(journey, in: plan)
        var joiner = TraceJoiner(
            from: "web/client", TracedFlows(chosen), links: plan.links, tellers: telling.tellers)
        for sighting in telling.sightings { joiner.add(sighting) }
        #expect(joiner.take(now: 9_000_000_000).isEmpty)
    }

    @Test func `an answer ends the wait`() throws {
        let plan = Fixture.shop.plan
        let packet = Packet(.tcp, from: socket("0.0.0.0:40000"), to: socket("10.96.0.10:80"))
        let journey = try #require(plan.walk(packet, from: "web/client").first)
        let telling = KernelTelling(journey, in: plan)
        var joiner = TraceJoiner(
            from: "web/client", TracedFlows([journey]), links: plan.links, tellers: telling.tellers)
        for sighting in telling.sightings { joiner.add(sighting) }
        let answer = CapturedFrame(
            "web/client", interface: "eth0", .incoming, time: 1_000_100_000,
            bytes: KernelTelling.frame(journey.packet.answer))
        #expect(joiner.take(now: 1_050_000_000).isEmpty)
        joiner.add(TraceSighting("web/client", time: 1_000_100_000, .frame(answer)))
        var flow = try #require(joiner.take(now: 1_050_000_000).first)
        flow.tracked = flow.passages.filter { $0.namespace == "node-1" }.map {
            TrackedConnection($0.namespace, original: $0.entry, reply: $0.exit.answer, isAnswered: true)
        }
        let traced = try #require(TraceReading.read(flow, in: plan, telling.handles)).traced
        #expect(traced.reply.last?.packet.source == journey.packet.destination)
        #expect(traced.reply.contains { $0.namespace == "node-1" })
        #expect(traced.frames.last?.replyHop != nil)
    }

    @Test func `the tracer's table marks the chosen connections and changes nothing`() {
        var flows = TracedFlows()
        flows.looks = [
            TracedFlows.Look(.tcp, from: address("10.244.1.9"), to: socket("10.96.0.10:80"))
        ]
        var tracer = Ruleset.tracer(.v4, flows, isOrigin: true)
        let text = tracer.text
        #expect(text.contains("ct state new ip saddr . meta l4proto . ip daddr . th dport @flows goto chosen"))
        #expect(text.contains("meta nftrace set 1"))
        #expect(text.contains("10.244.1.9 . tcp . 10.96.0.10 . 80"))
        #expect(text.contains("type filter hook prerouting priority -199; policy accept;"))
        #expect(!Ruleset.tracer(.v4, flows, isOrigin: false).text.contains("hook output"))
        let waiting = Tracer.Waiting(queue: 3, .native, interfaces: ["pod3"])
        tracer.set(.wait(waiting))
        #expect(tracer.text.contains("iifname \"pod3\" queue flags bypass to 3") && !tracer.text.contains("nftrace"))
        tracer.set(.waitOrTrace(waiting))
        #expect(tracer.text.contains("queue flags bypass to 3") && tracer.text.contains("nftrace"))
        tracer.set(.pass)
        #expect(!tracer.text.contains("nftrace") && !tracer.text.contains("queue"))
        #expect(Ruleset.tracer(.v6, flows, isOrigin: false).elementsBySet.isEmpty)
    }
}

extension NamespacePlan {
    fileprivate var hasNoRules: Bool { rulesets.isEmpty && iptables.isEmpty }
}
