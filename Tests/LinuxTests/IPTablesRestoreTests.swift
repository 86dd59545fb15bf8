// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Linux
import Net
import Testing

@Suite(.needsIPTables) struct IPTablesRestoreTests {
    /// Services of all kinds.
    static func services(_ kind: IPTablesKind) -> [ServiceEntry] {
        [
            kind.service(1, to: [10, 11]) { $0.nodePort = 30001 },
            kind.service(2, to: []) { $0.nodePort = 30002 },
            kind.service(3, to: [10, 11, 12]) { port in
                port.affinityTimeout = 10800
                port.isExternalLocal = true
                port.localEndpoints = [port.endpoints[0]]
                port.loadBalancerAddresses = [kind.outside(3)]
                port.sourceRanges = [Prefix(kind.outside(0), kind.family.bits - 8), Prefix(host: kind.nodeAddress)]
                port.nodePort = 30003
                port.healthCheckNodePort = 32003
            },
            kind.service(4, to: [12]) { port in
                port.isExternalLocal = true
                port.isInternalLocal = true
                port.nodePort = 30004
                port.externalAddresses = [kind.outside(4)]
            },
            kind.service(5, to: (20..<39).map { $0 }) { $0.transport = .udp },
            kind.service(6, to: [10]) { $0.transport = .sctp },
        ]
    }

    static func node(_ kind: IPTablesKind) -> IPTables {
        var node = kind.empty
        _ = node.setServices(services(kind))
        return node
    }

    static func hostPort(_ kind: IPTablesKind, _ number: UInt16) -> HostPortEntry {
        HostPortEntry(
            pool: 90, transport: .tcp, hostPort: number, target: SocketAddress(kind.pod(10), 8080),
            because: Because("Pod web/a", field: "spec.containers[0].ports[0].hostPort", location: "web.yaml:7"))
    }

    @Test(arguments: IPTablesKind.all) func `what iptables-save prints is the text of the rules, line by line`(
        kind: IPTablesKind
    ) throws {
        let node = Self.node(kind)
        let restore = try IPTablesRestore(
            in: try quietNamespace(), place: "node-1", family: kind.family, variant: kind.variant)
        try restore.restore(node.difference(from: nil))
        let saved = IPTablesListing(try restore.save())
        #expect(saved.differences(from: restore.expected(node)).filter { !$0.hasPrefix("- ") } == [])
        #expect(try restore.observe() == restore.expected(node))
    }

    @Test(arguments: IPTablesKind.all) func `changes one by one lead to the same rules as an installation`(
        kind: IPTablesKind
    ) throws {
        let restore = try IPTablesRestore(
            in: try quietNamespace(), place: "node-1", family: kind.family, variant: kind.variant)
        var node = kind.empty
        try restore.restore(node.difference(from: nil))
        for service in Self.services(kind) { try restore.restore(node.setService(service)) }
        try restore.restore(node.setHostPorts(pod: "web/a", [Self.hostPort(kind, 8080), Self.hostPort(kind, 8081)]))
        #expect(try restore.observe() == restore.expected(node))
        try restore.restore(node.setService(kind.service(1, to: [11, 12]) { $0.nodePort = 30001 }))
        try restore.restore(node.removeService(named: "web/s3"))
        #expect(try restore.observe() == restore.expected(node))
        try restore.restore(node.setHostPorts(pod: "web/a", []))
        for number in [1, 2, 4, 5, 6] { try restore.restore(node.removeService(named: "web/s\(number)")) }
        #expect(try restore.observe() == restore.expected(kind.empty))
    }

    @Test(arguments: IPTablesKind.all) func `what an installation had already is not made twice, and goes`(
        kind: IPTablesKind
    ) throws {
        let restore = try IPTablesRestore(
            in: try quietNamespace(), place: "node-1", family: kind.family, variant: kind.variant)
        var node = kind.empty
        let late = node.setHostPorts(pod: "web/a", [Self.hostPort(kind, 8080)])
        try restore.restore(node.difference(from: nil))
        try restore.restore(late)
        #expect(try restore.observe() == restore.expected(node))
        try restore.restore(node.setHostPorts(pod: "web/a", []))
        #expect(try restore.observe() == restore.expected(kind.empty))
    }

    @Test(arguments: IPTablesKind.all) func `an installation clears what an earlier one left, and nobody else's rules`(
        kind: IPTablesKind
    ) throws {
        let namespace = try quietNamespace()
        let restore = try IPTablesRestore(in: namespace, place: "node-1", family: kind.family, variant: kind.variant)
        var old = Self.node(kind)
        _ = old.setHostPorts(pod: "web/a", [Self.hostPort(kind, 8080)])
        try restore.restore(old.difference(from: nil))
        let command = (kind.family == .v4 ? "iptables-" : "ip6tables-") + kind.variant.rawValue
        #expect(try shell("\(command) -w -N MINE && \(command) -w -A INPUT -j MINE", in: namespace) == "")
        try restore.restore(kind.empty.difference(from: nil))
        #expect(try restore.observe() == restore.expected(kind.empty))
        #expect(try restore.save().contains("-A INPUT -j MINE"))
        try restore.restore([.clear])
        let left = try restore.save()
        #expect(!left.contains("KUBE-") && !left.contains("CNI-") && left.contains("-A INPUT -j MINE"))
        try restore.removeAll()
    }

    @Test(arguments: IPTablesKind.all) func `D56 what someone else changes is noticed, what the lab changes is not`(
        kind: IPTablesKind
    ) throws {
        let namespace = try quietNamespace()
        let restore = try IPTablesRestore(in: namespace, place: "node-1", family: kind.family, variant: kind.variant)
        var node = Self.node(kind)
        try restore.restore(node.difference(from: nil))
        #expect(try !restore.isDisturbed(from: node))
        try restore.restore(node.setService(kind.service(1, to: [10])))
        #expect(try !restore.isDisturbed(from: node))
        let command = (kind.family == .v4 ? "iptables-" : "ip6tables-") + kind.variant.rawValue
        for vandalism in ["-t nat -F", "-t nat -F KUBE-SERVICES", "-t filter -D FORWARD 1"] {
            _ = try shell("\(command) -w \(vandalism)", in: namespace)
            #expect(try restore.isDisturbed(from: node), "\(vandalism)")
            try restore.restore(node.setService(kind.service(1, to: [11])))
            #expect(try restore.isDisturbed(from: node), "a change of the lab's hides no other: \(vandalism)")
            try restore.restore(node.difference(from: nil))
            #expect(try !restore.isDisturbed(from: node))
        }
        // Another's own rules are no disturbance.
        _ = try shell("\(command) -w -A INPUT -p tcp --dport 1 -j ACCEPT", in: namespace)
        #expect(try !restore.isDisturbed(from: node))
    }

    @Test(arguments: IPTablesKind.all) func `a refused batch changes nothing, and the error names what is wrong`(
        kind: IPTablesKind
    ) throws {
        let restore = try IPTablesRestore(
            in: try quietNamespace(), place: "node-1", family: kind.family, variant: kind.variant)
        let node = Self.node(kind)
        try restore.restore(node.difference(from: nil))
        // A chain that leads nowhere, in nat; and before it, in filter, changes that are fine by themselves.
        var next = node
        let good = next.removeService(named: "web/s2")
        let chain = IPTablesChainName(.nat, "KUBE-SVC-BAD")
        let because = Because("Service web/bad", field: "spec.ports[0]", location: "bad.yaml:3")
        let bad = IPTablesRule([.state([.new])], .masquerade(randomPort: false), because: because)
        let loop = [ChainChange.set(chain, [bad, IPTablesRule([], .jump("KUBE-NOWHERE"), because: because)])]
        let refusal = try #require(restore.attempt(good + loop))
        #expect(refusal.error.description.contains("node-1"), "\(refusal.error)")
        #expect(try restore.observe() == restore.expected(node))
        try restore.restore(good)
        #expect(try restore.observe() == restore.expected(next))
    }

    @Test(arguments: IPTablesKind.all) func `an error names the rule and what asked for it`(kind: IPTablesKind) throws {
        let restore = try IPTablesRestore(
            in: try quietNamespace(), place: "node-1", family: kind.family, variant: kind.variant)
        try restore.restore(kind.empty.difference(from: nil))
        let because = Because("Service web/bad", field: "spec.ports[0]", location: "bad.yaml:3")
        // A translation with a port is for protocols that have ports.
        let bad = IPTablesRule([], .translate(SocketAddress(kind.pod(10), 80)), because: because)
        let good = IPTablesRule([], .return, because: because)
        let error = try #require(throws: KernelError.self) {
            try restore.restore([.set(IPTablesChainName(.nat, "KUBE-SEP-BAD"), [good, bad])])
        }
        #expect(
            error.operation == "restoring rule 2 of the chain KUBE-SEP-BAD in nat [\(because)] in node-1", "\(error)")
        #expect(error.message.contains("port"), "\(error)")
    }

    @Test func `both families of a node do not take each other's changes for someone else's`() throws {
        let kinds = IPTablesKind.all.filter { $0.variant == .nft }
        guard kinds.count == 2 else { return }
        let namespace = try quietNamespace()
        let first = try IPTablesRestore(in: namespace, place: "node-1", family: .v4, variant: .nft)
        let second = try IPTablesRestore(in: namespace, place: "node-1", family: .v6, variant: .nft, beside: first)
        try first.restore(kinds[0].empty.difference(from: nil))
        try second.restore(kinds[1].empty.difference(from: nil))
        #expect(try !first.isDisturbed(from: kinds[0].empty) && !second.isDisturbed(from: kinds[1].empty))
        _ = try shell("ip6tables-nft -t nat -F", in: namespace)
        #expect(try !first.isDisturbed(from: kinds[0].empty))
        #expect(try second.isDisturbed(from: kinds[1].empty))
    }

    @Test(arguments: IPTablesKind.all) func `an installation over an installation gives the same rules`(
        kind: IPTablesKind
    ) throws {
        let restore = try IPTablesRestore(
            in: try quietNamespace(), place: "node-1", family: kind.family, variant: kind.variant)
        var old = Self.node(kind)
        _ = old.setHostPorts(pod: "web/a", [Self.hostPort(kind, 8080)])
        try restore.restore(old.difference(from: nil))
        #expect(try restore.observe() == restore.expected(old))
        var node = kind.empty
        _ = node.setService(kind.service(9, to: [10]))
        try restore.restore(node.difference(from: nil))
        #expect(try restore.observe() == restore.expected(node))
        #expect(try !restore.isDisturbed(from: node))
    }

    @Test(arguments: IPTablesKind.all) func `refused changes of nat take those of filter back`(kind: IPTablesKind)
        throws
    {
        let restore = try IPTablesRestore(
            in: try quietNamespace(), place: "node-1", family: kind.family, variant: kind.variant)
        var node = Self.node(kind)
        try restore.restore(node.difference(from: nil))
        let before = try restore.observe()
        // Refused by the kernel, not by the command: filter is committed by then.
        func chain(_ name: String, to target: String) -> ChainChange {
            .set(IPTablesChainName(.nat, name), [IPTablesRule([], .jump(target), because: Because("Service web/bad"))])
        }
        let circle = [
            chain("KUBE-POSTROUTING", to: "KUBE-BAD"), chain("KUBE-BAD", to: "KUBE-WORSE"),
            chain("KUBE-WORSE", to: "KUBE-BAD"),
        ]
        let changes = node.setService(kind.service(20, to: []) { $0.nodePort = 30020 })
        #expect(changes.contains { if case .set(let chain, _) = $0 { chain.table == .filter } else { false } })
        let refusal = try #require(restore.attempt(changes + circle))
        #expect(refusal.line?.table == .nat, "\(refusal.error)")
        #expect(try restore.observe() == before)
        try restore.restore(changes)
        #expect(try restore.observe() == restore.expected(node))
    }
}
