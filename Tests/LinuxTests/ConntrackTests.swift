// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Glibc
import Linux
import Net
import Testing

private let lab = Because("Service default/hello")

/// A client's namespace with a Service in its tables, and a server's namespace behind it.
private struct ServiceFixture {
    let pair: Pair
    let tables: TableSocket
    let family: Family
    /// The Service's address; nothing has it as its own.
    let service: SocketAddress
    let endpoint: SocketAddress
    /// An address of the Service that has no endpoint.
    let empty: SocketAddress

    init(_ family: Family, _ transport: TransportProtocol, masquerade: Bool = false) throws(KernelError) {
        self.family = family
        pair = try Pair()
        tables = try TableSocket(in: pair.left)
        let base = family == .v4 ? Address(10, 96, 0, 10) : Pair.leftAddress6.advanced(by: 1 << 20)
        service = SocketAddress(base, 80)
        empty = SocketAddress(base.advanced(by: 1), 80)
        endpoint = SocketAddress(family == .v4 ? Pair.rightAddress : Pair.rightAddress6, 8080)
        try pair.leftRoutes.send([
            .addRoute(RouteEntry(Prefix(base, family.bits - 8), interface: 10)),
            .addAddress(InterfaceAddress(ServiceFixture.other(family), interface: 1)),
        ])
        try pair.rightRoutes.send(.addRoute(RouteEntry(Prefix(host: ServiceFixture.other(family)), interface: 20)))
        try pair.leftRoutes.waitUntilLocal([ServiceFixture.other(family)])
        try tables.commit(changes(transport, masquerade), family: family)
    }

    /// A further address of the client's, from which packets are masqueraded if told so.
    static func other(_ family: Family) -> Address {
        family == .v4 ? Address(10, 1, 1, 1) : Pair.leftAddress6.advanced(by: 1 << 24)
    }

    private func changes(_ transport: TransportProtocol, _ masquerade: Bool) -> [TableChange] {
        let type: DatumType = family == .v4 ? .address : .address6
        let key: [Selector] = [.destinationAddress, .transport, .destinationPort]
        let sets = [
            SetDeclaration("service-ips", key: [type, .transport, .port], value: .data([.number]), comment: ""),
            SetDeclaration("pools", key: [.number], value: .verdict, comment: ""),
            SetDeclaration("endpoints", key: [.number, .number], value: .data([type, .port]), comment: ""),
            SetDeclaration("no-endpoints", key: [type, .transport, .port], value: .verdict, comment: ""),
        ]
        func rule(_ statements: Statement...) -> Rule { Rule(statements, because: lab) }
        let chains = [
            Chain("pick-1", [rule(.dnatFromMap([.mark, .random(modulus: 1)], map: "endpoints"))]),
            Chain("reject-chain", [rule(.reject)]),
            Chain(
                "services", [rule(.setMarkFromMap(key, map: "service-ips")), rule(.verdictMap([.mark], map: "pools"))]),
            Chain("nat-output", base: Base(.nat, .output, priority: -100), [rule(.verdict(.jump("services")))]),
            Chain(
                "nat-postrouting", base: Base(.nat, .postrouting, priority: 100),
                masquerade
                    ? [
                        rule(
                            .translated,
                            .within(.sourceAddress, Prefix(host: ServiceFixture.other(family)), negated: false),
                            .masquerade)
                    ] : []),
            Chain(
                "filter-output", base: Base(.filter, .output, priority: 0),
                [rule(.newConnection, .verdictMap(key, map: "no-endpoints"))]),
        ]
        return [.addTable] + sets.map { .addSet($0) } + chains.map { .addChain($0) } + [
            .addElements(
                set: "service-ips",
                [
                    Element(
                        [.address(service.address), .transport(transport), .port(80)], .data([.number(7)]), because: lab
                    )
                ]),
            .addElements(set: "pools", [Element([.number(7)], .verdict(.goto("pick-1")), because: lab)]),
            .addElements(
                set: "endpoints",
                [Element([.number(7), .number(0)], .data([.address(endpoint.address), .port(8080)]), because: lab)]),
            .addElements(
                set: "no-endpoints",
                [
                    Element(
                        [.address(empty.address), .transport(transport), .port(80)], .verdict(.goto("reject-chain")),
                        because: lab)
                ]),
        ]
    }
}

@Suite(.needsTables) struct TranslationTests {
    @Test(arguments: Family.allCases)
    func `D43 a datagram to a Service reaches its endpoint and is answered from the Service`(
        family: Family
    ) throws {
        let fixture = try ServiceFixture(family, .udp)
        let server = try TestSocket(.udp, in: fixture.pair.right, bound: fixture.endpoint)
        let client = try TestSocket(.udp, in: fixture.pair.left, connected: fixture.service)
        client.send("question")
        let question = try #require(server.receive())
        #expect(question.text == "question")
        server.send("answer", to: question.from)
        let answer = try #require(client.receive())
        #expect(answer.text == "answer" && answer.from == fixture.service)
    }

    @Test(arguments: Family.allCases) func `D43 a connection to a Service reaches its endpoint`(family: Family) throws {
        let fixture = try ServiceFixture(family, .tcp)
        let server = try TestSocket(.tcp, in: fixture.pair.right, bound: fixture.endpoint)
        let client = try TestSocket(.tcp, in: fixture.pair.left, connected: fixture.service)
        #expect(client.connectError == 0)
        let accepted = try #require(server.acceptOne())
        client.send("hello")
        #expect(accepted.connection.receive()?.text == "hello")
        #expect(accepted.from.address == (family == .v4 ? Pair.leftAddress : Pair.leftAddress6))
    }

    @Test(arguments: Family.allCases) func `D40 a Service without endpoints refuses at once`(family: Family) throws {
        let fixture = try ServiceFixture(family, .tcp)
        let client = try TestSocket(.tcp, in: fixture.pair.left, connected: fixture.empty)
        #expect(client.connectError == ECONNREFUSED)
    }

    @Test(arguments: Family.allCases) func `D45 a masqueraded connection comes from the address of the way out`(
        family: Family
    ) throws {
        for isMasqueraded in [true, false] {
            let fixture = try ServiceFixture(family, .udp, masquerade: isMasqueraded)
            let server = try TestSocket(.udp, in: fixture.pair.right, bound: fixture.endpoint)
            let other = ServiceFixture.other(family)
            let client = try TestSocket(
                .udp, in: fixture.pair.left, bound: SocketAddress(other, 5000), connected: fixture.service)
            client.send("hello")
            let own = family == .v4 ? Pair.leftAddress : Pair.leftAddress6
            #expect(server.receive()?.from.address == (isMasqueraded ? own : other))
        }
    }
}

@Suite(.needsTables) struct ConntrackTests {
    @Test(arguments: Family.allCases)
    func `a translated connection is listed with both its ends, and goes when deleted`(
        family: Family
    ) throws {
        let fixture = try ServiceFixture(family, .udp)
        let connections = try ConntrackSocket(in: fixture.pair.left)
        #expect(try connections.list(family).isEmpty)
        let server = try TestSocket(.udp, in: fixture.pair.right, bound: fixture.endpoint)
        let client = try TestSocket(.udp, in: fixture.pair.left, connected: fixture.service)
        client.send("question")
        let question = try #require(server.receive())
        server.send("answer", to: question.from)
        _ = try #require(client.receive())
        let entry = try #require(try connections.list(family).first)
        #expect(entry.transport == .udp)
        #expect(entry.original == ConntrackTuple(source: question.from, destination: fixture.service))
        #expect(entry.reply == ConntrackTuple(source: fixture.endpoint, destination: question.from))
        #expect(entry.status.isSuperset(of: [.destinationTranslated, .seenReply, .confirmed]))
        #expect(!entry.status.contains(.sourceTranslated))
        try connections.delete(entry)
        #expect(try connections.list(family).isEmpty)
        try connections.delete(entry)
    }

    @Test func `only the connections that the condition picks are deleted`() throws {
        let fixture = try ServiceFixture(.v4, .udp)
        let connections = try ConntrackSocket(in: fixture.pair.left)
        for port: UInt16 in 5000..<5010 {
            let client = try TestSocket(
                .udp, in: fixture.pair.left, bound: SocketAddress(Pair.leftAddress, port), connected: fixture.service)
            client.send("question")
        }
        let deleted = try connections.delete { $0.original.source.port < 5004 }
        #expect(Set(deleted.map(\.original.source.port)) == [5000, 5001, 5002, 5003])
        #expect(Set(try connections.list().map(\.original.source.port)) == Set(5004..<5010))
    }

    @Test(arguments: Family.allCases) func `the connections that an address answers are picked from all`(
        family: Family
    ) throws {
        let fixture = try ServiceFixture(family, .udp)
        let connections = try ConntrackSocket(in: fixture.pair.left)
        let other = SocketAddress(ServiceFixture.other(family), 53)
        for destination in [fixture.service, other] {
            try TestSocket(.udp, in: fixture.pair.left, connected: destination).send("question")
        }
        let picked = try connections.list(answeredBy: fixture.endpoint.address)
        #expect(picked.map(\.original.destination) == [fixture.service])
        #expect(try connections.list(answeredBy: other.address).map(\.original.destination) == [other])
        #expect(try connections.list(answeredBy: fixture.service.address).isEmpty, "it was begun to it, not answered")
    }
}

@Suite(.needsTables) struct ConntrackEventTests {
    /// Takes events until there are so many, or two seconds are over.
    private func take(_ count: Int, from events: ConntrackEvents) throws -> [ConntrackEvent] {
        var taken: [ConntrackEvent] = []
        for _ in 0..<200 where taken.count < count {
            taken += try events.take().events
            if taken.count < count { usleep(10_000) }
        }
        return taken
    }

    @Test(arguments: Family.allCases, [TransportProtocol.tcp, .udp])
    func `a connection is told of when it begins, with the endpoint that was chosen, and when it is forgotten`(
        family: Family, transport: TransportProtocol
    ) throws {
        let fixture = try ServiceFixture(family, transport)
        let events = try ConntrackEvents([.began, .ended], in: fixture.pair.left, place: "left")
        #expect(try events.take().events.isEmpty)
        let server = try TestSocket(transport, in: fixture.pair.right, bound: fixture.endpoint)
        let client = try TestSocket(transport, in: fixture.pair.left, connected: fixture.service)
        client.send("question")
        let began = try #require(try take(1, from: events).first)
        #expect(began.kind == .began && began.zone == 0 && began.connection.transport == transport)
        #expect(began.connection.original.destination == fixture.service)
        #expect(began.connection.reply.source == fixture.endpoint)
        #expect(began.connection.status.contains(.destinationTranslated))
        #expect(try ConntrackSocket(in: fixture.pair.left).delete(family) { _ in true }.count == 1)
        let ended = try #require(try take(1, from: events).first)
        #expect(ended.kind == .ended && ended.connection.original == began.connection.original)
        _ = server
    }

    @Test
    func `a namespace whose events are off tells of connections all the same, and of their beginning if it keeps that`()
        throws
    {
        let fixture = try ServiceFixture(.v4, .udp)
        try Sysctl.write(
            ["netfilter/nf_conntrack_events": "0", "netfilter/nf_conntrack_timestamp": "1"], in: fixture.pair.left)
        let events = try ConntrackEvents([.began, .ended], in: fixture.pair.left)
        try TestSocket(.udp, in: fixture.pair.left, connected: fixture.service).send("question")
        let began = try #require(try take(1, from: events).first)
        #expect(began.kind == .began && began.connection.original.destination == fixture.service)
        _ = try ConntrackSocket(in: fixture.pair.left).delete { _ in true }
        let ended = try #require(try take(1, from: events).first)
        #expect(ended.kind == .ended && abs(Int(ended.began ?? 0) / 1_000_000_000 - time(nil)) < 60)
    }

    @Test func `that events were lost is said`() throws {
        let namespace = try quietNamespace()
        let events = try ConntrackEvents(in: namespace)
        let table = try ConntrackSocket(in: namespace)
        var (filled, taken, hasLost) = (0, 0, false)
        // Many more than the buffer holds, and nobody takes them meanwhile.
        let wanted = min(90_000, try ConntrackSocket.limit() / 2)
        filled = try table.fill(wanted, from: 0)
        for _ in 0..<100 {
            let batch = try events.take()
            taken += batch.events.count
            hasLost = hasLost || batch.hasLost
            if !batch.isCut { break }
        }
        #expect(filled > 40_000 && taken > 0 && taken <= filled)
        #expect(hasLost == (taken < filled), "\(taken) of \(filled) were heard")
    }
}

@Suite(.needsTables) struct CountingTableTests {
    @Test(arguments: Family.allCases)
    func `packets of connections that nobody takes are counted by where they go, and the others not`(
        family: Family
    ) throws {
        let fixture = try ServiceFixture(family, .udp)
        let range = Prefix(fixture.service.address, family.bits - 8)
        for (outer, inner) in [([], [range]), ([range], [])] {
            try fixture.tables.beginCounting(outer: outer, inner: inner, family: family)
            #expect(try fixture.tables.counts(family: family) == DestinationCounts())
            // A datagram each, from ports of their own.
            for destination in [fixture.service, fixture.service, fixture.empty, fixture.empty, fixture.empty] {
                try TestSocket(.udp, in: fixture.pair.left, connected: destination).send("question")
            }
            let (service, empty) = (CountedDestination(.udp, fixture.service), CountedDestination(.udp, fixture.empty))
            let counts = try fixture.tables.counts(family: family)
            #expect(counts.unanswered == [empty: 3])
            #expect(counts.offered == (outer.isEmpty ? [:] : [service: 2, empty: 3]))
            #expect(counts.passed == counts.offered, "no rule here throws anything away before it is translated")
        }
        try fixture.tables.endCounting(family: family)
        try fixture.tables.endCounting(family: family)
        #expect(try fixture.tables.tables(family: family) == ["lab"])
    }
}
