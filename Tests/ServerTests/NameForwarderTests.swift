// SPDX-License-Identifier: Apache-2.0
import DNS
import Glibc
import Net
import Server
import Testing

/// What becomes of queries that are passed on. The other servers are sockets of the test, which answers in their stead.
@Suite(.serialized) struct NameForwarderTests {
    private static func quick(_ change: (inout NameServerLimits) -> Void = { _ in }) -> NameServerLimits {
        var limits = NameServerLimits()
        limits.serverMilliseconds = 200
        limits.allMilliseconds = 500
        change(&limits)
        return limits
    }

    /// The answer when nobody knows.
    private static func failure(_ query: [UInt8]) -> [UInt8] {
        var answer = NameBytes.answer(query)
        answer[3] = 2
        return answer
    }

    @Test func `a query goes on unchanged but for its number, and its answer comes back with the client's`() throws {
        let upstream = NameSocket(.datagram)
        let address = upstream.address
        let fixture = try NameServerFixture { _ in .forward([address]) }
        var numbers: Set<Int> = []
        for number in 0..<20 {
            let client = NameSocket(.datagram)
            let query = NameBytes.query(7, "Outside-\(number)", size: 1232)
            client.send(query, to: fixture.datagrams)
            let asked = try #require(upstream.receive())
            numbers.insert(NameBytes.number(asked.bytes))
            #expect(asked.bytes[2...] == query[2...])
            upstream.send(NameBytes.answer(asked.bytes, more: 16), to: asked.from)
            #expect(client.receive()?.bytes == NameBytes.answer(query, more: 16))
        }
        #expect(numbers.count > 15)
    }

    @Test func `an answer with another number, another question, from elsewhere, or that is a query, is none`() throws {
        let upstream = NameSocket(.datagram)
        let stranger = NameSocket(.datagram)
        let address = upstream.address
        let fixture = try NameServerFixture { _ in .forward([address]) }
        let client = NameSocket(.datagram)
        let query = NameBytes.query(9, "outside")
        client.send(query, to: fixture.datagrams)
        let asked = try #require(upstream.receive())
        stranger.send(NameBytes.answer(asked.bytes, more: 1), to: asked.from)
        var wrong = NameBytes.answer(asked.bytes, more: 2)
        wrong[1] ^= 1
        upstream.send(wrong, to: asked.from)
        wrong = NameBytes.answer(asked.bytes, more: 3)
        wrong[14] ^= 1
        upstream.send(wrong, to: asked.from)
        upstream.send(asked.bytes, to: asked.from)
        upstream.send([], to: asked.from)
        upstream.send([UInt8](repeating: 0xff, count: 40), to: asked.from)
        upstream.send(NameBytes.answer(asked.bytes, more: 4), to: asked.from)
        #expect(client.receive()?.bytes == NameBytes.answer(query, more: 4))
    }

    @Test func `a server that is silent is given up for the next, and that it answers late is no matter`() throws {
        let silent = NameSocket(.datagram)
        let other = NameSocket(.datagram)
        let addresses = [silent.address, other.address]
        let fixture = try NameServerFixture(limits: Self.quick()) { _ in .forward(addresses) }
        let client = NameSocket(.datagram)
        let query = NameBytes.query(9, "outside")
        client.send(query, to: fixture.datagrams)
        let first = try #require(silent.receive())
        let second = try #require(other.receive())
        #expect(first.bytes == second.bytes)
        #expect(first.from != second.from)
        silent.send(NameBytes.answer(first.bytes, more: 1), to: first.from)
        other.send(NameBytes.answer(second.bytes, more: 2), to: second.from)
        #expect(client.receive()?.bytes == NameBytes.answer(query, more: 2))
    }

    @Test func `a server that does not listen is not waited for`() throws {
        let gone = NameSocket(.datagram).address
        let other = NameSocket(.datagram)
        let addresses = [gone, other.address]
        let fixture = try NameServerFixture { $0 == "one" ? .forward([gone]) : .forward(addresses) }
        let client = NameSocket(.datagram)
        client.wait(milliseconds: 1500)
        client.send(NameBytes.query(1, "one"), to: fixture.datagrams)
        #expect(client.receive()?.bytes == Self.failure(NameBytes.query(1, "one")))
        client.send(NameBytes.query(2, "both"), to: fixture.datagrams)
        let asked = try #require(other.receive())
        other.send(NameBytes.answer(asked.bytes), to: asked.from)
        #expect(client.receive()?.bytes == NameBytes.answer(NameBytes.query(2, "both")))
    }

    @Test(arguments: [Transport.datagram, .stream])
    func `a client learns in time that nobody answers`(transport: Transport) throws {
        let silent = NameSocket(.datagram)
        let address = silent.address
        let fixture = try NameServerFixture(limits: Self.quick()) { _ in .forward([address]) }
        let client = NameSocket(transport)
        let query = NameBytes.query(9, "outside")
        if transport == .datagram {
            client.send(query, to: fixture.datagrams)
            #expect(client.receive()?.bytes == Self.failure(query))
        } else {
            try #require(client.connect(fixture.streams))
            client.send(NameBytes.framed(query))
            #expect(client.message() == Self.failure(query))
        }
        // It was asked again when its time was over, and is not when the client has been told.
        silent.wait(milliseconds: 300)
        var count = 0
        while count < 10, silent.receive() != nil { count += 1 }
        #expect(2...3 ~= count)
    }

    @Test func `no more wait than may, and answers of one connection overtake each other`() throws {
        let silent = NameSocket(.datagram)
        let address = silent.address
        let limits = Self.quick { $0.waiting = 5 }
        let fixture = try NameServerFixture(limits: limits) { $0 == "outside" ? .forward([address]) : .answered }
        let client = NameSocket(.stream)
        try #require(client.connect(fixture.streams))
        for number in 0..<7 { client.send(NameBytes.framed(NameBytes.query(number, "outside"))) }
        client.send(NameBytes.framed(NameBytes.query(7, "inside")))
        let first = (0..<3).compactMap { _ in client.message().map(NameBytes.number) }
        #expect(Set(first) == [5, 6, 7])
        let rest = (0..<5).compactMap { _ in client.message().map(NameBytes.number) }
        #expect(Set(rest) == [0, 1, 2, 3, 4])
    }

    @Test func `one connection's queries wait for each other where too many wait for others`() throws {
        let silent = NameSocket(.datagram)
        let address = silent.address
        let limits = Self.quick { $0.waitingOfOneConnection = 2 }
        let fixture = try NameServerFixture(limits: limits) { _ in .forward([address]) }
        let client = NameSocket(.stream)
        try #require(client.connect(fixture.streams))
        client.send((0..<6).flatMap { NameBytes.framed(NameBytes.query($0, "outside")) })
        #expect((0..<6).compactMap { _ in client.message().map(NameBytes.number) }.sorted() == [0, 1, 2, 3, 4, 5])
    }

    @Test func `what does not fit comes over TCP to a client of TCP, and cut off to one of UDP`() throws {
        let (upstream, streams) = try #require(NameSocket.pair())
        let address = upstream.address
        let fixture = try NameServerFixture { _ in .forward([address]) }
        let query = NameBytes.query(3, "outside")

        let datagrams = NameSocket(.datagram)
        datagrams.send(query, to: fixture.datagrams)
        var asked = try #require(upstream.receive())
        upstream.send(NameBytes.answer(asked.bytes, isTruncated: true), to: asked.from)
        #expect(datagrams.receive()?.bytes == NameBytes.answer(query, isTruncated: true))

        let client = NameSocket(.stream)
        try #require(client.connect(fixture.streams))
        client.send(NameBytes.framed(query))
        asked = try #require(upstream.receive())
        upstream.send(NameBytes.answer(asked.bytes, isTruncated: true), to: asked.from)
        let accepted = NameSocket(owning: accept(streams.raw, nil, nil))
        accepted.wait(milliseconds: 10_000)
        let again = try #require(accepted.message())
        #expect(again[2...] == query[2...])
        accepted.send(NameBytes.framed(NameBytes.answer(again, more: 40_000)))
        #expect(client.message() == NameBytes.answer(query, more: 40_000))
        #expect(accepted.isEnded())
    }

    @Test(arguments: [(nil, 512), (1232, 1232), (100, 512)] as [(Int?, Int)])
    func `nobody gets more than it asked for`(size: Int?, limit: Int) throws {
        let upstream = NameSocket(.datagram)
        let address = upstream.address
        let fixture = try NameServerFixture { _ in .forward([address]) }
        let client = NameSocket(.datagram)
        let query = NameBytes.query(3, "outside", size: size)
        for excess in [0, 1] {
            client.send(query, to: fixture.datagrams)
            let asked = try #require(upstream.receive())
            upstream.send(NameBytes.answer(asked.bytes, more: limit - query.count + excess), to: asked.from)
            let answer = try #require(client.receive()).bytes
            #expect(answer.count <= limit)
            #expect((answer[2] & 2 != 0) == (excess == 1))
            #expect(NameBytes.number(answer) == 3)
        }
    }

    @Test func `an alias's target is asked for, and the answer has both`() throws {
        let upstream = NameSocket(.datagram)
        let target = Query(try #require(DomainName("target.")), .a)
        let alias = ForwardedAlias(servers: [upstream.address], target: target, limit: 512)
        let fixture = try NameServerFixture(limits: Self.quick()) { _ in .resolve(alias) }
        let client = NameSocket(.datagram)
        let query = NameBytes.query(3, "alias")
        client.send(query, to: fixture.datagrams)
        let asked = try #require(upstream.receive())
        #expect(asked.bytes[2...] == alias.query[2...])
        let reply = NameBytes.answer(asked.bytes)
        upstream.send(reply, to: asked.from)
        #expect(client.receive()?.bytes == alias.answer(Self.failure(query), and: reply))
    }
}
