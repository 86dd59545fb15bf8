// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net
import Synchronization
import Testing

@Suite(.needsRoot, .serialized) struct TrafficClientTests {
    /// Carries out an order, and waits for its end.
    static func exchanges(_ order: ClientOrder) async throws -> [ClientExchange] {
        let client = try TrafficClient()
        let found = Gathered()
        await withCheckedContinuation { continuation in
            client.begin(order) {
                found.add($0)
            } ended: {
                continuation.resume()
            }
        }
        withExtendedLifetime(client) {}
        return found.all.sorted { $0.number < $1.number }
    }

    final class Gathered: Sendable {
        private let exchanges = Mutex<[ClientExchange]>([])
        func add(_ exchange: ClientExchange) { exchanges.withLock { $0.append(exchange) } }
        var all: [ClientExchange] { exchanges.withLock { $0 } }
    }

    static func order(_ server: ProbeTests.Server, port: UInt16 = 8080) -> ClientOrder {
        var order = ClientOrder(
            .http(keepsConnections: false), from: server.namespace, to: [SocketAddress(server.address.address, port)])
        order.payload = Array("GET / HTTP/1.1\r\nHost: test\r\n\r\n".utf8)
        order.timeout = 500
        return order
    }

    /// What the server sends, and the status and body that are read; nil for an answer that is none.
    static let answers: [(sent: String, status: Int?, body: String)] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more", 200, "hello"),
        ("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 503, ""),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
        ("HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", 201, "ok"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", 200, "hello!"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nTrailer: x\r\n\r\n", 200, "a"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", nil, "a chunk"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", nil, "in the middle"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", nil, "length"),
        ("SSH-2.0-OpenSSH\r\n\r\n", nil, "no HTTP"),
        ("", nil, "without an answer"),
    ]

    @Test(arguments: answers)
    func `an answer is read to its end, and what is none is told`(
        _ row: (sent: String, status: Int?, body: String)
    ) async throws {
        let server = try ProbeTests.Server(row.sent)
        let found = try #require(try await Self.exchanges(Self.order(server)).first)
        switch found.end {
        case .answered(let answer):
            #expect(answer.status == row.status && String(decoding: answer.body, as: UTF8.self) == row.body)
        case .failed(let text), .reset(let text): #expect(row.status == nil && text.contains(row.body), "\(text)")
        default: Issue.record("\(found.end)")
        }
        #expect(found.client?.address == server.address.address && found.client?.port != 0)
    }

    @Test func `who does not listen refuses, who does not answer is late, and where no way leads is told`() async throws
    {
        let silent = try ProbeTests.Server(nil)
        let refused = try await Self.exchanges(Self.order(silent, port: 8081))
        guard case .refused = refused.first?.end else { throw Unexpected(refused) }
        let late = try await Self.exchanges(Self.order(silent))
        guard case .timedOut = late.first?.end else { throw Unexpected(late) }
        #expect((490...5000).contains(late[0].milliseconds))
        var order = Self.order(silent)
        order.destinations = [SocketAddress(Address(192, 0, 2, 1), 80)]
        let lost = try await Self.exchanges(order)
        guard case .unreachable(let errno) = lost.first?.end else { throw Unexpected(lost) }
        #expect(errno.name == "ENETUNREACH")
    }

    struct Unexpected: Error, CustomStringConvertible {
        let description: String
        init(_ found: [ClientExchange]) { description = "\(found)" }
    }

    @Test func `a kept connection that the server has closed is opened anew, and no exchange is lost`() async throws {
        // The server closes after each answer, without saying so.
        let server = try ProbeTests.Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        var order = Self.order(server)
        order.carrier = .http(keepsConnections: true)
        order.count = 20
        let found = try await Self.exchanges(order)
        #expect(found.count == 20)
        for exchange in found {
            guard case .answered = exchange.end else { throw Unexpected([exchange]) }
        }
    }

    @Test func `a rate is kept, a number is not exceeded, and a stop ends it`() async throws {
        let server = try ProbeTests.Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        var order = Self.order(server)
        order.count = 100
        order.rate = 1000
        order.concurrency = 100
        let found = try await Self.exchanges(order)
        #expect(found.count == 100 && found.map(\.number) == Array(0..<100))
        let first = try #require(found.map(\.started).min())
        let last = try #require(found.map(\.started).max())
        // Never faster than the rate; how much slower depends on the machine.
        #expect(last - first >= 98)

        order.count = nil
        let client = try TrafficClient()
        let gathered = Gathered()
        await withCheckedContinuation { continuation in
            let ticket = client.begin(order) {
                gathered.add($0)
            } ended: {
                continuation.resume()
            }
            // Those that have begun have ended when it calls back, and the order goes on.
            client.settle(ticket) { client.stop(ticket) }
        }
        #expect(gathered.all.count < 10_000)
    }

    @Test func `what passes a place can be written down as tcpdump reads it`() async throws {
        let server = try ProbeTests.Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        let capture = try PacketCapture(in: server.namespace)
        let counter = try PacketCounter(in: server.namespace, to: [server.address.address])
        _ = try await Self.exchanges(Self.order(server))
        for _ in 0..<200 where capture.count < 10 || counter.packets < 10 { usleep(10_000) }
        #expect(capture.count >= 10 && counter.packets >= 10 && counter.bytes > 500)
        let bytes = capture.pcap()
        #expect(bytes.prefix(4) == [0xd4, 0xc3, 0xb2, 0xa1])
        #expect(bytes.count > 24 + 10 * (16 + 54))
    }
}
