// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

@Suite struct TracedAgreementTests {
    private static let client = socket("172.18.0.3:40000")
    private static let server = socket("10.244.1.2:8080")
    private static let because = Because("Service web/hello", field: "spec.ports[0]", location: "hello.yaml:31")

    /// A journey from node-1 to a Pod of node-2, whose source has a port on the way.
    private func journey(port: UInt16, to end: SocketAddress = server, _ first: [Journey.Action] = []) -> Journey {
        let packet = Packet(.tcp, from: Self.client, to: Self.server)
        var sent = packet
        sent.source.port = port
        sent.destination = end
        let hops = first.map { Journey.Hop("node-1", interface: "eth0", $0, sent) }
        return Journey(
            from: "node-1", packet,
            hops: hops + [
                Journey.Hop("node-1", interface: "eth0", .sent, sent),
                Journey.Hop("web/hello-1", interface: "eth0", .received, sent),
            ], outcome: .delivered("web/hello-1", end, source: sent.source))
    }

    private func agreement(_ seen: Journey, _ predicted: Journey...) -> TracedJourney.Agreement {
        var traced = TracedJourney(seen, times: seen.hops.map { _ in 0 }, agreement: .notPredicted("not yet"))
        traced.compare(with: predicted)
        return traced.agreement
    }

    @Test func `the port that a kernel gives a source of the same address is not for the walker to know`() {
        let given = Journey.Action.masquerade(from: Self.client, to: socket("172.18.0.3:50000"))
        let text = "-A KUBE-POSTROUTING -j MASQUERADE --random-fully"
        let rule = Journey.Action.matched(RuleMatch(chain: "KUBE-POSTROUTING", rule: text, because: Self.because))
        #expect(agreement(journey(port: 50000, [rule, given]), journey(port: 40000, [rule])) == .asPredicted)
    }

    @Test func `another address of the source is another journey`() {
        let other = Journey.Action.masquerade(from: Self.client, to: socket("172.18.0.9:40000"))
        guard case .differs(let difference) = agreement(journey(port: 40000, [other]), journey(port: 40000)) else {
            Issue.record("a source was translated that should not be")
            return
        }
        #expect(difference.hop == 0 && difference.seen.contains("172.18.0.9"))
    }

    @Test func `a journey is held against each that was predicted, and differs from the nearest`() {
        let (one, other) = (journey(port: 40000), journey(port: 40000, to: socket("10.244.2.2:8080")))
        #expect(agreement(one, other, one) == .asPredicted)
        guard case .differs(let difference) = agreement(one, other) else {
            Issue.record("it went elsewhere")
            return
        }
        #expect(difference.hop == 0 && difference.expected.count == 1)
        let rule = RuleMatch(chain: "nat", rule: "drop", because: Self.because)
        guard case .differs(let late) = agreement(journey(port: 40000, [.matched(rule)]), one) else {
            Issue.record("a rule matched that should not")
            return
        }
        #expect(late.seen.contains("hello.yaml:31"))
    }
}
