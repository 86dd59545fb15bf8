// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Glibc
import Linux
import Net
import Testing

/// `client ─ node ─ Pods` with the table that Lab gives the node, of one family.
private struct PolicyNode {
    let kind: IPTablesKind
    let line: IPTablesLine
    let tables: TableSocket
    var ruleset: Ruleset

    init(_ family: Family, _ services: [ServiceEntry] = []) throws {
        kind = IPTablesKind(variant: .nft, family: family)
        line = try IPTablesLine(kind)
        tables = try TableSocket(in: line.node, place: "node-1")
        let serviceRange = Prefix(kind.address("10.96.0.0", "fd00:96::"), family == .v4 ? 16 : 112)
        ruleset = .node(nodeAddress: kind.nodeAddress, serviceRange: serviceRange, podRange: kind.podRange)
        for (name, last) in [("web/a", 10), ("web/b", 11), ("web/other", 20)] {
            _ = ruleset.setLocalPod(name: name, address: kind.pod(last))
        }
        try tables.commit(ruleset.difference(from: nil), family: family)
        for entry in services { try tables.commit(ruleset.setService(entry), family: family) }
    }

    mutating func set(_ entry: ServiceEntry) throws {
        try tables.commit(ruleset.setService(entry), family: kind.family)
    }

    /// What becomes of a connection from outside.
    func fromOutside(_ address: Address, _ port: UInt16) throws -> IPTablesLine.Outcome {
        try line.connect(from: line.client, to: address, port)
    }

    /// The address that clients see after the node stood in for another.
    var gateway: Address { kind.address("10.244.1.1", "fd00:244::1") }
    var client: Address { kind.address("10.0.0.1", "fd00::1") }
    func reached(_ last: Int, sees: Address) -> IPTablesLine.Outcome { .reached(kind.pod(last), sees: sees) }
}

@Suite(.needsTables) struct TablePolicyTests {
    private static func kind(_ family: Family) -> IPTablesKind { IPTablesKind(variant: .nft, family: family) }

    @Test(arguments: Family.allCases) func `D40–D47 a cluster address and a node port`(_ family: Family) throws {
        let kind = Self.kind(family)
        let node = try PolicyNode(
            family,
            [
                kind.service(1, to: [10]) { $0.nodePort = 30001 }, kind.service(2, to: []) { $0.nodePort = 30002 },
                kind.service(3, to: [10, 11]),
            ])
        let line = node.line
        #expect(try node.fromOutside(kind.clusterAddress(1), 80) == node.reached(10, sees: node.gateway))
        #expect(
            try line.connect(from: line.other, to: kind.clusterAddress(1), 80) == node.reached(10, sees: kind.pod(20)))
        #expect(
            try line.connect(from: line.pod, to: kind.clusterAddress(1), 80, bound: kind.pod(10))
                == node.reached(10, sees: node.gateway))
        #expect(try node.fromOutside(kind.nodeAddress, 30001) == node.reached(10, sees: node.gateway))
        for (address, port) in [(kind.clusterAddress(2), 80), (kind.clusterAddress(1), 81), (kind.nodeAddress, 30002)] {
            #expect(try node.fromOutside(address, UInt16(port)) == .refused)
            #expect(try line.connect(from: line.other, to: address, UInt16(port)) == .refused)
            #expect(try line.connect(from: line.node, to: address, UInt16(port)) == .refused)
        }
        #expect(try node.fromOutside(kind.clusterAddress(9), 80) == .silence)
        #expect(try line.connect(from: line.node, to: kind.address("127.0.0.1", "::1"), 30001) == .refused)
        var reached: Set<IPTablesLine.Outcome> = []
        for _ in 0..<64 where reached.count < 2 { reached.insert(try node.fromOutside(kind.clusterAddress(3), 80)) }
        #expect(reached == [node.reached(10, sees: node.gateway), node.reached(11, sees: node.gateway)])
    }

    @Test(arguments: Family.allCases) func `D42, D49–D51 the policies Local`(_ family: Family) throws {
        let kind = Self.kind(family)
        func external(_ number: Int, local: Int?) -> ServiceEntry {
            kind.service(number, to: [10, 11]) { port in
                (port.isExternalLocal, port.localPool) = (true, UInt32(100 + number))
                port.localEndpoints = local.map { [SocketAddress(kind.pod($0), 8080)] } ?? []
                (port.nodePort, port.externalAddresses) = (UInt16(30000 + number), [kind.outside(number)])
            }
        }
        func inner(_ number: Int, local: Int?) -> ServiceEntry {
            kind.service(number, to: [10, 11]) { port in
                (port.isInternalLocal, port.localPool) = (true, UInt32(100 + number))
                port.localEndpoints = local.map { [SocketAddress(kind.pod($0), 8080)] } ?? []
            }
        }
        var node = try PolicyNode(
            family, [external(1, local: 11), external(2, local: nil), inner(3, local: 11), inner(4, local: nil)])
        let line = node.line
        for _ in 0..<6 {
            #expect(try node.fromOutside(kind.nodeAddress, 30001) == node.reached(11, sees: node.client))
            #expect(try node.fromOutside(kind.outside(1), 80) == node.reached(11, sees: node.client))
            #expect(try node.fromOutside(kind.clusterAddress(3), 80) == node.reached(11, sees: node.gateway))
        }
        #expect(try node.fromOutside(kind.nodeAddress, 30002) == .silence)
        #expect(try node.fromOutside(kind.outside(2), 80) == .silence)
        #expect(try line.connect(from: line.other, to: kind.clusterAddress(4), 80) == .silence)
        // The node itself and its Pods use all endpoints; a Pod's address stays.
        for number in 1...2 {
            var reached: Set<IPTablesLine.Outcome> = []
            for _ in 0..<64 where reached.count < 2 {
                reached.insert(try line.connect(from: line.other, to: kind.outside(number), 80))
            }
            #expect(reached == [node.reached(10, sees: kind.pod(20)), node.reached(11, sees: kind.pod(20))])
            let own = try line.connect(from: line.node, to: kind.nodeAddress, UInt16(30000 + number))
            #expect([node.reached(10, sees: node.gateway), node.reached(11, sees: node.gateway)].contains(own))
        }
        try node.set(external(2, local: 10))
        #expect(try node.fromOutside(kind.nodeAddress, 30002) == node.reached(10, sees: node.client))
        try node.set(external(2, local: nil))
        #expect(try node.fromOutside(kind.nodeAddress, 30002) == .silence)
    }

    @Test(arguments: Family.allCases) func `D61 source ranges, and what they change to`(_ family: Family) throws {
        let kind = Self.kind(family)
        func guarded(_ ranges: [Prefix]) -> ServiceEntry {
            kind.service(1, to: [10]) { port in
                (port.nodePort, port.loadBalancerAddresses) = (30001, [kind.outside(1)])
                port.sourceRanges = ranges
            }
        }
        let near = Prefix(kind.address("10.0.0.0", "fd00::"), family == .v4 ? 24 : 112)
        let nearer = Prefix(host: kind.address("10.0.0.1", "fd00::1"))
        let pods = kind.podRange
        var node = try PolicyNode(family, [guarded([pods])])
        let line = node.line
        let allowed = node.reached(10, sees: node.gateway)
        #expect(try node.fromOutside(kind.outside(1), 80) == .silence)
        #expect(try node.fromOutside(kind.nodeAddress, 30001) == allowed)
        #expect(try node.fromOutside(kind.clusterAddress(1), 80) == allowed)
        #expect(try line.connect(from: line.other, to: kind.outside(1), 80) == allowed)
        #expect(try line.connect(from: line.node, to: kind.outside(1), 80) == .silence)
        // Each range in the place of one that it overlaps, in one batch.
        for ranges in [[near], [nearer, pods], [near, nearer], [nearer], [near, pods], []] {
            try node.set(guarded(ranges))
            #expect(try node.fromOutside(kind.outside(1), 80) == allowed, "\(ranges)")
            let found = try node.tables.elements(of: try #require(node.set(SetName.allowedSources)), family: family)
            let wanted = node.ruleset.elementsBySet[SetName.allowedSources] ?? []
            #expect(Set(found.map(\.key)) == Set(wanted.map(\.key)))
        }
        #expect(try line.connect(from: line.other, to: kind.outside(1), 80) == allowed)
    }

    @Test(arguments: Family.allCases) func `a Pod's port of the node, its client's address kept`(_ family: Family)
        throws
    {
        let kind = Self.kind(family)
        var node = try PolicyNode(family)
        let port = HostPortEntry(
            pool: 7, transport: .tcp, hostPort: 8000, target: SocketAddress(kind.pod(11), 8080),
            because: Because("Pod web/b"))
        try node.tables.commit(node.ruleset.setHostPorts(pod: "web/b", [port]), family: family)
        #expect(try node.fromOutside(kind.nodeAddress, 8000) == node.reached(11, sees: node.client))
        #expect(
            try node.line.connect(from: node.line.other, to: kind.nodeAddress, 8000)
                == node.reached(11, sees: kind.pod(20)))
        try node.tables.commit(node.ruleset.setHostPorts(pod: "web/b", []), family: family)
        #expect(try node.fromOutside(kind.nodeAddress, 8000) == .refused)
    }

    // MARK: Affinity

    private static func sticky(_ kind: IPTablesKind, _ last: [Int], timeout: UInt32 = 60) -> ServiceEntry {
        kind.service(1, to: last) { port in
            (port.affinityTimeout, port.nodePort, port.externalAddresses) = (timeout, 30001, [kind.outside(1)])
        }
    }

    @Test(arguments: Family.allCases) func `D44 a client keeps its endpoint, until that is gone`(_ family: Family)
        throws
    {
        let kind = Self.kind(family)
        var node = try PolicyNode(family, [Self.sticky(kind, [10, 11])])
        let line = node.line
        let first = try node.fromOutside(kind.clusterAddress(1), 80)
        for _ in 0..<8 {
            #expect(try node.fromOutside(kind.clusterAddress(1), 80) == first)
            #expect(try node.fromOutside(kind.nodeAddress, 30001) == first)
            #expect(try node.fromOutside(kind.outside(1), 80) == first)
        }
        _ = try line.connect(from: line.other, to: kind.clusterAddress(1), 80)
        #expect(try node.tables.countElements(of: "affinity-60", family: family) == 2)
        let (old, new) = first == node.reached(10, sees: node.gateway) ? (10, 11) : (11, 10)
        try node.set(Self.sticky(kind, [new]))
        for _ in 0..<4 {
            #expect(try node.fromOutside(kind.clusterAddress(1), 80) == node.reached(new, sees: node.gateway))
        }
        // What it was given instead it keeps, whichever slot that has, also when the old one comes back.
        for order in [[old, new], [new, old]] {
            try node.set(Self.sticky(kind, order))
            for _ in 0..<6 {
                #expect(try node.fromOutside(kind.clusterAddress(1), 80) == node.reached(new, sees: node.gateway))
            }
        }
        #expect(try node.tables.countElements(of: "affinity-60", family: family) == 2)
        try node.set(Self.sticky(kind, []))
        #expect(try node.fromOutside(kind.clusterAddress(1), 80) == .refused)
    }

    @Test func `D44 every connection begins the time anew, and after it the client is forgotten`() throws {
        let kind = Self.kind(.v4)
        let node = try PolicyNode(.v4, [Self.sticky(kind, [10, 11], timeout: 1)])
        let first = try node.fromOutside(kind.clusterAddress(1), 80)
        for _ in 0..<3 {
            usleep(600_000)
            #expect(try node.fromOutside(kind.clusterAddress(1), 80) == first)
        }
        // All the same after 12 times that the client was forgotten: once in 2¹² runs.
        var others = 0
        for _ in 0..<12 where others == 0 {
            usleep(1_100_000)
            if try node.fromOutside(kind.clusterAddress(1), 80) != first { others += 1 }
        }
        #expect(others == 1)
    }

    // MARK: The whole

    @Test(.needsCommand("nft"), arguments: Family.allCases)
    func `nft lists a table with all that it can have`(_ family: Family) throws {
        let kind = Self.kind(family)
        var local = Self.sticky(kind, [10, 11], timeout: 10_800)
        (local.ports[0].isExternalLocal, local.ports[0].localPool) = (true, 9)
        local.ports[0].loadBalancerAddresses = [kind.outside(2)]
        local.ports[0].sourceRanges = [kind.podRange, Prefix(kind.address("10.0.0.0", "fd00::"), 8)]
        local.ports[0].localEndpoints = local.ports[0].endpoints
        var node = try PolicyNode(family, [local, kind.service(2, to: [10])])
        let text = try shell("nft --terse list table \(family == .v4 ? "ip" : "ip6") lab", in: node.line.node)
        // Elements apart, which nft prints in its own order; and a dynamic set's, which packets put in.
        #expect(text == Ruleset(family: family, sets: node.ruleset.sets, chains: node.ruleset.chains).text)
        _ = try node.fromOutside(kind.outside(2), 80)
        let listed = try shell("nft list ruleset", in: node.line.node)
        #expect(listed.contains("map affinity-10800 {"), "\(listed)")
        #expect(listed.contains("jump sticky-10800"))
        try node.set(Self.sticky(kind, [], timeout: 10_800))
        let wanted = node.ruleset.elementsBySet
        for set in node.ruleset.sets where !set.isDynamic {
            let found = try node.tables.elements(of: set, family: family)
            let elements = (wanted[set.name] ?? []).map {
                TableElement(key: $0.key, value: $0.value, comment: $0.because.description)
            }
            #expect(Set(found) == Set(elements) && found.count == elements.count, "\(set.name)")
        }
    }
}

extension PolicyNode {
    /// The declaration of a set of the table.
    fileprivate func set(_ name: String) -> SetDeclaration? { ruleset.sets.first { $0.name == name } }
}
