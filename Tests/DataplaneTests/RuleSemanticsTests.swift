// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

/// What nftables says of chains, verdicts, maps and translations, tried on two namespaces with one link.
@Suite struct RuleSemanticsTests {
    private static let test = Because("test")
    private static let one = Because("Object one", field: "spec")

    private static func filter(_ hook: Hook, priority: Int32 = 0, _ rules: [[Statement]]) -> Chain {
        chain("filter-\(hook)-\(priority)", base: Base(.filter, hook, priority: priority), rules)
    }

    private static func nat(_ hook: Hook, priority: Int32 = -100, _ rules: [[Statement]]) -> Chain {
        chain("nat-\(hook)-\(priority)", base: Base(.nat, hook, priority: priority), rules)
    }

    private static func chain(_ name: String, base: Base? = nil, _ rules: [[Statement]]) -> Chain {
        Chain(name, base: base, rules.map { Rule($0, because: test) })
    }

    private static let sets = [
        SetDeclaration("ports", key: [.port], comment: "test"),
        SetDeclaration("verdicts", key: [.port], value: .verdict, comment: "test"),
        SetDeclaration("marks", key: [.port], value: .data([.number]), comment: "test"),
        SetDeclaration("numbered", key: [.number], value: .verdict, comment: "test"),
        SetDeclaration("targets", key: [.port], value: .data([.address, .port]), comment: "test"),
    ]

    /// Elements for port 80, and one chain that every verdict may lead to.
    private static let elements: Ruleset.Part = [
        "ports": [Element([.port(80)], because: one)],
        "verdicts": [Element([.port(80)], .verdict(.goto("target")), because: one)],
        "marks": [
            Element([.port(80)], .data([.number(7)]), because: one),
            Element([.port(82)], .data([.number(8)]), because: one),
        ],
        "numbered": [Element([.number(7)], .verdict(.goto("target")), because: test)],
        "targets": [
            Element([.port(80)], .data([.address(address("10.0.0.2")), .port(8080)]), because: one),
            Element([.port(99)], .data([.address(address("10.0.0.2")), .port(99)]), because: one),
        ],
    ]

    /// The outcome of `tcp 10.0.0.1:1 → 10.0.0.2:PORT` from `left` to `right`, with these chains in each.
    private static func outcome(left: [Chain] = [], right: [Chain] = [], port: UInt16 = 80) -> String {
        var plan = Plan()
        for (number, (name, peer, chains)) in [("left", "right", left), ("right", "left", right)].enumerated() {
            let own = address("10.0.0.\(1 + number)")
            let other = address("10.0.0.\(2 - number)")
            var ruleset = Ruleset(sets: sets, chains: chains)
            _ = ruleset.replace("test", with: elements)
            plan.namespaces[NamespaceName(name)] = NamespacePlan(
                interfaces: [
                    Interface(
                        "eth0", index: 2, mac: MACAddress(local: UInt32(number)), addresses: [Prefix(host: own)],
                        peerNamespace: NamespaceName(peer), peerName: "eth0")
                ], routes: [Route(Prefix(host: other), interface: "eth0", because: test)], rulesets: [ruleset])
        }
        let packet = Packet(.tcp, from: socket("10.0.0.1:1"), to: SocketAddress(address("10.0.0.2"), port))
        return plan.walk(packet, from: "left").map { summary($0.outcome) }.joined(separator: ", ")
    }

    private static let delivered = "right 10.0.0.2:80 sees 10.0.0.1"
    private static let dropped = "dropped by right"
    private static let drop: Statement = .verdict(.drop)

    @Test func `without rules a packet arrives`() {
        #expect(Self.outcome() == Self.delivered)
    }

    @Test func `accept ends its base chain, not the others of the hook`() {
        let accepting = Self.filter(.input, priority: -10, [[.verdict(.accept)], [Self.drop]])
        #expect(Self.outcome(right: [accepting]) == Self.delivered)
        #expect(Self.outcome(right: [accepting, Self.filter(.input, [[Self.drop]])]) == Self.dropped)
    }

    @Test func `base chains run in the order of their priorities, whatever the order in which they were made`() {
        let late = Self.filter(.input, priority: 10, [[.reject]])
        let early = Self.filter(.input, priority: -10, [[Self.drop]])
        #expect(Self.outcome(right: [late, early]) == Self.dropped)
    }

    @Test func `jump comes back, goto comes back to the caller's caller`() {
        let target = Self.chain("target", [[.setMark(1)]])
        func base(_ verdict: Verdict) -> Chain { Self.filter(.input, [[.verdict(verdict)], [Self.drop]]) }
        #expect(Self.outcome(right: [target, base(.jump("target"))]) == Self.dropped)
        #expect(Self.outcome(right: [target, base(.goto("target"))]) == Self.delivered)
        let middle = Self.chain("middle", [[.verdict(.goto("target"))], [.reject]])
        #expect(Self.outcome(right: [target, middle, base(.jump("middle"))]) == Self.dropped)
        let returning = Self.chain("middle", [[.verdict(.return)], [.reject]])
        #expect(Self.outcome(right: [returning, base(.jump("middle"))]) == Self.dropped)
    }

    @Test func `a verdict map goes where its element says, and falls through without one`() {
        let target = Self.chain("target", [[Self.drop]])
        let base = Self.filter(.input, [[.verdictMap([.destinationPort], map: "verdicts")], [.reject]])
        #expect(Self.outcome(right: [target, base], port: 80) == Self.dropped)
        #expect(Self.outcome(right: [target, base], port: 81) == "rejected by right")
    }

    @Test func `a verdict for a map's number falls through where either map has no such key`() {
        let target = Self.chain("target", [[Self.drop]])
        let through: [Statement] = [
            .setPriorityFromMap([.destinationPort], map: "marks"), .verdictMap([.priority], map: "numbered"),
        ]
        let base = Self.filter(.input, [through + [.verdict(.accept)], [.reject]])
        #expect(Self.outcome(right: [target, base], port: 80) == Self.dropped)
        #expect(Self.outcome(right: [target, base], port: 81) == "rejected by right")
        #expect(Self.outcome(right: [target, base], port: 82) == "rejected by right")
    }

    @Test func `a rule finds in the priority what an earlier one left there`() {
        let target = Self.chain("target", [[Self.drop]])
        func base(_ number: UInt32) -> Chain {
            Self.filter(
                .input, [[.setMark(number)], [.setPriority(.mark)], [.verdictMap([.priority], map: "numbered")]])
        }
        #expect(Self.outcome(right: [target, base(7)]) == Self.dropped)
        #expect(Self.outcome(right: [target, base(6)]) == Self.delivered)
    }

    @Test func `a map without the key ends the rule, not the chain`() {
        let base = Self.filter(
            .input,
            [
                [.setMarkFromMap([.destinationPort], map: "marks"), Self.drop], [.reject],
            ])
        #expect(Self.outcome(right: [base], port: 80) == Self.dropped)
        #expect(Self.outcome(right: [base], port: 81) == "rejected by right")
    }

    @Test func `a condition and its negation are never both true`() {
        for port in [UInt16(80), 81] {
            for conditions in [
                (
                    Statement.member([.destinationPort], of: "ports", negated: false),
                    Statement.member([.destinationPort], of: "ports", negated: true)
                ),
                (
                    .within(.sourceAddress, prefix("10.0.0.0/31"), negated: false),
                    .within(.sourceAddress, prefix("10.0.0.0/31"), negated: true)
                ),
            ] {
                let ends = [conditions.0, conditions.1].map {
                    Self.outcome(right: [Self.filter(.input, [[$0, Self.drop]])], port: port)
                }
                #expect(ends.count { $0 == Self.dropped } == 1)
            }
        }
    }

    @Test(arguments: [Selector.mark, .priority]) func `neither a mark nor a priority leaves its namespace`(
        _ selector: Selector
    ) {
        let marking = Self.filter(.output, [[.setMark(7), .setPriority(.mark)]])
        let asking = Self.filter(.input, [[.verdictMap([selector], map: "marked")]])
        var ruleset = Ruleset(
            sets: [SetDeclaration("marked", key: [.number], value: .verdict, comment: "test")], chains: [asking])
        _ = ruleset.replace("test", with: ["marked": [Element([.number(7)], .verdict(.drop), because: Self.one)]])
        var lab = Fixture(nodes: 1)
        lab.plan.namespaces["node-1"]?.rulesets[.v4] = Ruleset(chains: [marking])
        lab.plan.namespaces[.edge]?.rulesets[.v4] = ruleset
        let packet = Packet(.tcp, from: socket("172.18.0.2:1"), to: socket("172.18.0.1:80"), mark: 7)
        #expect(
            lab.plan.walk(packet, from: "node-1").map { summary($0.outcome) } == ["edge 172.18.0.1:80 sees 172.18.0.2"])
    }

    @Test func `a destination is translated once, at the first chain that does`() {
        let toMap: Statement = .dnatFromMap([.destinationPort], map: "targets")
        let first = Self.nat(.prerouting, priority: -110, [[toMap], [Self.drop]])
        #expect(Self.outcome(right: [first]) == "right 10.0.0.2:8080 sees 10.0.0.1")
        let second = Self.nat(.prerouting, [[Self.drop]])
        #expect(Self.outcome(right: [first, second]) == "right 10.0.0.2:8080 sees 10.0.0.1")
        #expect(Self.outcome(right: [first, second], port: 81) == Self.dropped)
    }

    @Test func `a connection counts as translated only if that changed something`() {
        let translating = Self.nat(.prerouting, [[.dnatFromMap([.destinationPort], map: "targets")]])
        let asking = Self.filter(.input, [[.translated, Self.drop]])
        #expect(Self.outcome(right: [translating, asking], port: 80) == Self.dropped)
        #expect(Self.outcome(right: [translating, asking], port: 81) == "right 10.0.0.2:81 sees 10.0.0.1")
        #expect(Self.outcome(right: [translating, asking], port: 99) == "right 10.0.0.2:99 sees 10.0.0.1")
    }

    @Test func `the original destination is the one before the translation`() {
        let translating = Self.nat(.prerouting, [[.dnatFromMap([.destinationPort], map: "targets")]])
        let asking = Self.filter(
            .input, [[.within(.originalDestinationAddress, prefix("10.0.0.2"), negated: false), Self.drop]])
        #expect(Self.outcome(right: [translating, asking]) == Self.dropped)
    }

    @Test func `a table of the other family sees nothing`() {
        var lab = Fixture(nodes: 1)
        lab.plan.namespaces["node-1"]?.rulesets = [
            .v6: Ruleset(family: .v6, chains: [Self.filter(.output, [[Self.drop]])])
        ]
        let packet = Packet(.tcp, from: socket("172.18.0.2:1"), to: socket("172.18.0.1:80"))
        #expect(
            lab.plan.walk(packet, from: "node-1").map { summary($0.outcome) } == ["edge 172.18.0.1:80 sees 172.18.0.2"])
    }

    @Test func `a masquerade takes the address of the way out, else the first other global one`() {
        var namespace = NamespacePlan(
            interfaces: [
                Interface(
                    "b", index: 9, mac: MACAddress(local: 1), addresses: [prefix("10.9.0.1")], peerNamespace: "x",
                    peerName: "x"),
                Interface(
                    "a", index: 5, mac: MACAddress(local: 2), addresses: [prefix("169.254.0.1"), prefix("10.5.0.1")],
                    peerNamespace: "x", peerName: "y"),
                Interface(
                    "bare", index: 3, mac: MACAddress(local: 3), addresses: [], peerNamespace: "x", peerName: "z"),
            ])
        func address(on name: String) -> Address? {
            namespace.address(on: namespace.interfaces[name], towards: nil, family: .v4)
        }
        #expect(address(on: "b") == Address("10.9.0.1"))
        #expect(address(on: "bare") == Address("10.5.0.1"))
        namespace.loopback = [prefix("192.0.2.1")]
        #expect(address(on: "bare") == Address("192.0.2.1"))
        #expect(namespace.address(on: nil, towards: nil, family: .v6) == nil)
    }
}
