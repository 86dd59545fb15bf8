// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

@Suite struct PlanDifferenceTests {
    /// Sysctls that a plan no longer names keep their values; all else must be as the plan says.
    private static func expect(
        _ model: PlanModel, is plan: Plan, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let wanted = PlanModel(plan)
        #expect(Set(model.namespaces.keys) == Set(wanted.namespaces.keys), sourceLocation: sourceLocation)
        for (name, namespace) in wanted.namespaces {
            var actual = model.namespaces[name] ?? PlanModel.Namespace()
            #expect(
                namespace.sysctls.allSatisfy { actual.sysctls[$0.key] == $0.value }, sourceLocation: sourceLocation)
            actual.sysctls = namespace.sysctls
            for (device, interface) in actual.interfaces {
                actual.interfaces[device]?.addresses = interface.addresses.sorted { $0.address < $1.address }
            }
            var sorted = namespace
            for (device, interface) in namespace.interfaces {
                sorted.interfaces[device]?.addresses = interface.addresses.sorted { $0.address < $1.address }
            }
            #expect(actual == sorted, "\(name)", sourceLocation: sourceLocation)
        }
    }

    private static func expectSteps(
        from old: Plan, to new: Plan, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var model = PlanModel(old)
        try model.apply(new.difference(from: old))
        expect(model, is: new, sourceLocation: sourceLocation)
    }

    /// A lab with some of all that a lab can have, and now and then something moved, renamed or readdressed.
    private static func randomPlan(_ random: inout SeededGenerator) -> Plan {
        var lab = Fixture(nodes: Int.random(in: 1...3, using: &random))
        for last in UInt8(5)...12 where Bool.random(using: &random) {
            let node = Int.random(in: 1...3, using: &random)
            guard lab.plan.namespaces[Fixture.nodeName(node)] != nil else { continue }
            lab.addPod(NamespaceName("web/pod-\(last)"), node: node, last: last)
        }
        for number in 1...3 where Bool.random(using: &random) {
            lab.setService(Samples.service(number, endpoints: Int.random(in: 0...3, using: &random)))
        }
        for name in lab.plan.namespaces.keys.sorted() {
            if Bool.random(using: &random) { lab.plan.namespaces[name]?.loopback = [prefix("192.0.2.1")] }
            if Int.random(in: 0..<6, using: &random) == 0 { lab.plan.namespaces[name]?.rulesets[.v4] = nil }
            if Int.random(in: 0..<6, using: &random) == 0 { addIPTables(to: name, of: &lab, &random) }
            if Bool.random(using: &random) { lab.plan.namespaces[name]?.sysctls["ipv4/tcp_ecn"] = "1" }
            for device in (lab.plan.namespaces[name]?.interfaces.keys.sorted() ?? []) {
                switch Int.random(in: 0..<8, using: &random) {
                case 0: lab.plan.namespaces[name]?.interfaces[device]?.mac = MACAddress(local: 77)
                case 1: lab.plan.namespaces[name]?.interfaces[device]?.addresses = []
                case 2: lab.plan.namespaces[name]?.interfaces[device]?.addresses.append(prefix("192.0.2.9"))
                case 3: lab.plan.namespaces[name]?.interfaces[device]?.index += 1000
                default: break
                }
            }
        }
        return lab.plan
    }

    /// The other engine, mostly in place of the first.
    private static func addIPTables(to name: NamespaceName, of lab: inout Fixture, _ random: inout SeededGenerator) {
        if Bool.random(using: &random) { lab.plan.namespaces[name]?.rulesets[.v4] = nil }
        var iptables = IPTables.node(nodeAddress: Fixture.nodeAddress(1), podRange: Fixture.podRange)
        for number in 1...3 where Bool.random(using: &random) {
            _ = iptables.setService(Samples.service(number, endpoints: Int.random(in: 0...3, using: &random)))
        }
        lab.plan.namespaces[name]?.iptables[.v4] = iptables
    }

    @Test(arguments: 0..<60) func `the steps turn any plan into any other`(_ seed: Int) throws {
        var random = SeededGenerator(state: UInt64(seed))
        let (old, new) = (Self.randomPlan(&random), Self.randomPlan(&random))
        try Self.expectSteps(from: old, to: new)
        try Self.expectSteps(from: Plan(), to: new)
        try Self.expectSteps(from: old, to: Plan())
        #expect(new.difference(from: new).isEmpty)
    }

    @Test func `making a lab goes from namespaces to tables`() {
        let kinds = Fixture.shop.plan.difference(from: nil).map { step in
            switch step {
            case .addNamespace: 0
            case .setSysctl: 1
            case .addLink: 2
            case .addAddress: 3
            case .setNeighbour: 4
            case .setRoute: 5
            case .rules: 6
            default: 99
            }
        }
        #expect(kinds == kinds.sorted())
        #expect(Set(kinds) == [0, 1, 2, 4, 5, 6])
        #expect(kinds.count { $0 == 2 } == 7)
    }

    @Test func `a Pod that comes is a namespace, a link, its neighbours and routes, and a pair in its node's table`() {
        var lab = Fixture.shop
        let old = lab.plan
        lab.addPod("web/new", node: 3, last: 20)
        let pod = address("10.244.3.20")
        let steps = lab.plan.difference(from: old)
        #expect(steps.map(\.namespace) == ["web/new", "node-3", "node-3", "web/new", "node-3", "web/new", "node-3"])
        #expect(steps.first == .addNamespace("web/new"))
        let pair = Element(
            [.address(pod), .address(pod)], because: Because("Pod web/new", field: "status.podIP"))
        #expect(steps.last == .rules("node-3", .v4, .table([.addElements(set: "hairpin", [pair])])))
    }

    @Test func `a Pod that goes takes its link with it, and the link its routes`() {
        let old = Fixture.shop.plan
        var new = old
        let end = LinkEnd("node-2", old.namespaces["node-2"]?.interfaces["pod11"] ?? Fixture.anyInterface)
        new.namespaces["web/b"] = nil
        new.namespaces["node-2"]?.interfaces["pod11"] = nil
        new.namespaces["node-2"]?.routes[prefix("10.244.2.11")] = nil
        new.namespaces["node-2"]?.neighbours[address("10.244.2.11")] = nil
        #expect(new.difference(from: old) == [.removeLink(end), .removeNamespace("web/b")])
    }

    @Test func `an engine's rules go only after those of the other have come`() {
        var lab = Fixture.shop
        let nftables = lab.plan
        lab.plan.namespaces["node-2"]?.rulesets[.v4] = nil
        lab.plan.namespaces["node-2"]?.iptables[.v4] = .node(
            nodeAddress: Fixture.nodeAddress(2), podRange: Fixture.podRange)
        func kinds(_ steps: [Step]) -> [String] {
            steps.map { step in
                switch step {
                case .rules(_, _, .table([.destroyTable])): "- nftables"
                case .rules(_, _, .table): "+ nftables"
                case .rules(_, _, .chains([.clear])): "- iptables"
                case .rules(_, _, .chains): "+ iptables"
                default: "other"
                }
            }
        }
        #expect(kinds(lab.plan.difference(from: nftables)) == ["+ iptables", "- nftables"])
        #expect(kinds(nftables.difference(from: lab.plan)) == ["+ nftables", "- iptables"])
    }

    @Test func `a lab that goes is its namespaces`() {
        let plan = Fixture.shop.plan
        #expect(plan.namespaces.keys.sorted().map { .removeNamespace($0) } == Plan().difference(from: plan))
    }

    @Test func `a link whose far end changes is made anew, with the routes of both ends`() throws {
        let old = Fixture.shop.plan
        var new = old
        new.namespaces["web/a"]?.interfaces["eth0"]?.mac = MACAddress(local: 4711)
        let route = old.namespaces["node-1"]?.routes[prefix("10.244.1.10")] ?? Fixture.anyRoute
        #expect(new.difference(from: old).contains(.setRoute("node-1", route)))
        try Self.expectSteps(from: old, to: new)
    }

    @Test func `a step that makes no sense is refused`() {
        var model = PlanModel()
        #expect(throws: PlanModel.Refusal.self) { try model.apply([.removeNamespace("edge")]) }
        #expect(throws: PlanModel.Refusal.self) { try model.apply([.addNamespace("a"), .addNamespace("a")]) }
        #expect(throws: PlanModel.Refusal.self) { try model.apply([.setRoute("a", Fixture.anyRoute)]) }
    }
}

extension Fixture {
    static var anyRoute: Route { Route(prefix("192.0.2.0/24"), interface: "nowhere", because: Because("test")) }
    static var anyInterface: Interface {
        Interface("x", index: 1, mac: MACAddress(local: 1), addresses: [], peerNamespace: "x", peerName: "y")
    }
}
