// SPDX-License-Identifier: Apache-2.0
import DNS
import Glibc
import Net
import Server
import Testing

/// A server of names on sockets of this machine alone, that answers with the query itself.
final class NameServerFixture {
    let server: NameServer
    let listener: NameListener
    let datagrams: SocketAddress
    let streams: SocketAddress

    /// - Parameter outcome: what is to be done with a query whose name begins with this label.
    init(
        limits: NameServerLimits = NameServerLimits(), at address: Address = Address(127, 0, 0, 1), more: Int = 0,
        _ outcome: @escaping @Sendable (String) -> NameOutcome = { _ in .answered }
    ) throws {
        server = try NameServer(limits: limits) { span, _, answer in
            let query = span.indices.map { span[$0] }
            guard query.count > 12, query[2] & 0x80 == 0, query.count > 12 + Int(query[12]) else { return .silent }
            answer += NameBytes.answer(query, more: more)
            let outcome = outcome(String(decoding: query[13..<(13 + Int(query[12]))], as: UTF8.self))
            if outcome != .answered { answer[3] = 2 }
            return outcome
        }
        let sockets = [Transport.datagram, .stream].map { NameSocket.bound($0, at: SocketAddress(address, 0)) }
        datagrams = NameSocket.address(sockets[0])
        streams = NameSocket.address(sockets[1])
        listener = try server.serve(datagrams: [sockets[0]], streams: [sockets[1]]) {
            NameSocket.connecting($1, to: $0)
        }
    }

    deinit { listener.close() }
}

@Suite(.serialized) struct NameServerTests {
    @Test func `each of many datagrams is answered to its own sender`() throws {
        let fixture = try NameServerFixture()
        let one = NameSocket(.datagram)
        let two = NameSocket(.datagram)
        // The kernel keeps some 270 small datagrams for a client that does not read.
        for first in stride(from: 0, to: 600, by: 100) {
            for number in first..<(first + 100) {
                one.send(NameBytes.query(number, "one"), to: fixture.datagrams)
                two.send(NameBytes.query(number, "two"), to: fixture.datagrams)
            }
            for number in first..<(first + 100) {
                #expect(one.receive()?.bytes == NameBytes.answer(NameBytes.query(number, "one")))
                #expect(two.receive()?.bytes == NameBytes.answer(NameBytes.query(number, "two")))
            }
        }
    }

    @Test(arguments: [Address(0, 0, 0, 0), .v6(0)])
    func `an answer comes from the address that was asked`(wildcard: Address) throws {
        let fixture = try NameServerFixture(at: wildcard)
        let addresses = wildcard.family == .v4 ? [Address(127, 0, 0, 2), Address(127, 0, 0, 3)] : [Address.v6(1)]
        for address in addresses {
            let asked = SocketAddress(address, fixture.datagrams.port)
            let client = NameSocket(.datagram, at: SocketAddress(wildcard, 0))
            client.send(NameBytes.query(7, "a"), to: asked)
            #expect(client.receive()?.from == asked)
        }
    }

    @Test func `what is silent, empty or longer than a query can be has no answer, and harms nobody`() throws {
        let fixture = try NameServerFixture { $0 == "silent" ? .silent : .answered }
        let client = NameSocket(.datagram)
        client.send(NameBytes.query(1, "silent"), to: fixture.datagrams)
        client.send([], to: fixture.datagrams)
        client.send([UInt8](repeating: 0, count: 60_000), to: fixture.datagrams)
        client.send(NameBytes.answer(NameBytes.query(2, "answer")), to: fixture.datagrams)
        client.send(NameBytes.query(3, "last"), to: fixture.datagrams)
        #expect(client.receive()?.bytes == NameBytes.answer(NameBytes.query(3, "last")))
    }

    @Test func `queries on one connection need not wait for answers, however they are cut`() throws {
        let fixture = try NameServerFixture()
        let client = NameSocket(.stream)
        try #require(client.connect(fixture.streams))
        let queries = (0..<200).map { NameBytes.query($0, "name-\($0)") }
        let bytes = queries.flatMap(NameBytes.framed)
        client.send(Array(bytes[..<3000]))
        for byte in bytes[3000..<3100] { client.send([byte]) }
        client.send(Array(bytes[3100...]))
        for query in queries { #expect(client.message() == NameBytes.answer(query)) }
    }

    @Test func `a connection takes messages of any length, over IPv6, too`() throws {
        let fixture = try NameServerFixture(at: .v6(1))
        let client = NameSocket(.stream, at: SocketAddress(.v6(1), 0))
        try #require(client.connect(fixture.streams))
        let query = NameBytes.query(5, "long") + [UInt8](repeating: 1, count: 65_535 - 22)
        try #require(query.count == 65_535)
        client.send(NameBytes.framed(query) + NameBytes.framed([]) + NameBytes.framed(NameBytes.query(6, "short")))
        #expect(client.message() == NameBytes.answer(query))
        #expect(client.message() == NameBytes.answer(NameBytes.query(6, "short")))
    }

    @Test func `a client that says nothing is not waited for`() throws {
        var limits = NameServerLimits()
        limits.idleMilliseconds = 200
        let fixture = try NameServerFixture(limits: limits)
        let client = NameSocket(.stream)
        try #require(client.connect(fixture.streams))
        client.send(NameBytes.framed(NameBytes.query(1, "a")) + [0])
        #expect(client.message() != nil)
        #expect(client.isEnded())
    }

    @Test func `one connection too many ends the one that has asked nothing for the longest time`() throws {
        var limits = NameServerLimits()
        limits.connections = 3
        let fixture = try NameServerFixture(limits: limits)
        let clients = (0..<3).map { _ in NameSocket(.stream) }
        for client in clients { try #require(client.connect(fixture.streams)) }
        for client in clients { #expect(client.asks(1)) }
        #expect(clients[0].asks(2))
        let last = NameSocket(.stream)
        try #require(last.connect(fixture.streams))
        last.send(NameBytes.framed(NameBytes.query(3, "a")))
        #expect(last.message() != nil)
        #expect(clients[0].asks(4))
        #expect(!clients[1].asks(4))
        #expect(clients[2].asks(4))
    }

    @Test func `a client that takes no answers is not read from, and ended in time`() throws {
        var limits = NameServerLimits()
        limits.idleMilliseconds = 500
        let fixture = try NameServerFixture(limits: limits, more: 60_000)
        let client = NameSocket(.stream)
        try #require(client.connect(fixture.streams))
        _ = fcntl(client.raw, F_SETFL, O_NONBLOCK)
        let queries = (0..<1000).flatMap { NameBytes.framed(NameBytes.query($0, "much")) }
        var sent = 0
        // A server that read on would take 240 MB of answers into its memory for these 4,000 rounds.
        for _ in 0..<4000 where sent < 100 << 20 {
            let count = client.send(queries)
            if count <= 0 { break }
            sent += count
        }
        #expect(sent < 16 << 20)
        let other = NameSocket(.stream)
        try #require(other.connect(fixture.streams))
        other.send(NameBytes.framed(NameBytes.query(1, "other")))
        #expect(other.message()?.count == NameBytes.query(1, "other").count + 60_000)
        // The server has ended it: what it had sent is there, and then nothing.
        _ = fcntl(client.raw, F_SETFL, 0)
        usleep(1_000_000)
        #expect(client.read(1 << 30).count < 64 << 20)
        #expect(client.isEnded())
    }

    @Test func `a listener that is closed answers no more, and its sockets are gone`() throws {
        let fixture = try NameServerFixture()
        let stream = NameSocket(.stream)
        try #require(stream.connect(fixture.streams))
        stream.send(NameBytes.framed(NameBytes.query(1, "a")))
        #expect(stream.message() != nil)
        fixture.listener.close()
        #expect(stream.isEnded())
        // Somebody else may have the port as soon as the server's socket is closed.
        var isFree = false
        for _ in 0..<200 where !isFree {
            isFree = NameSocket(.datagram, at: fixture.datagrams).address == fixture.datagrams
            if !isFree { usleep(10_000) }
        }
        #expect(isFree)
        #expect(!NameSocket(.stream).connect(fixture.streams))
    }
}

extension NameSocket {
    /// True if a query over this connection is answered.
    fileprivate func asks(_ number: Int) -> Bool {
        send(NameBytes.framed(NameBytes.query(number, "a")))
        return message().map(NameBytes.number) == number
    }
}
