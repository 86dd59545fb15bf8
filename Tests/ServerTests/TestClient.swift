// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import NIOCore
import NIOPosix
import NIOSSL
import Server
import Synchronization
import Testing

/// A server before a lab, and what a client needs to reach it.
struct TestServer {
    let lab: TestLab
    let server: HTTPServer
    let port: UInt16
    let authority: Authority

    /// Runs a test with a server, which is gone afterwards.
    static func run(
        limits: ServerLimits = ServerLimits(), _ body: (TestServer) async throws -> Void
    ) async throws {
        let lab = try TestLab()
        let authority = try Authority(name: "test", names: ["localhost"], addresses: [[127, 0, 0, 1]])
        let server = try HTTPServer(authority, lab, limits: limits)
        let port = try await server.listenOnLoopback()
        do {
            try await body(TestServer(lab: lab, server: server, port: port, authority: authority))
        } catch {
            await server.shutDown()
            throw error
        }
        await server.shutDown()
    }

    /// A new connection, its certificate checked.
    func connect() async throws -> TestClient { try await TestClient(port, authority) }

    /// One request with the admin's token, and its answer.
    func request(_ line: String, _ headers: [String] = [], body: String = "") async throws -> TestResponse {
        let client = try await connect()
        defer { client.close() }
        client.send(TestServer.text(line, headers, body: body))
        return try await client.response(isHead: line.hasPrefix("HEAD"))
    }

    /// The text of a request with the admin's token.
    static func text(_ line: String, _ headers: [String] = [], body: String = "") -> String {
        var text = "\(line) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n"
        for header in headers { text += header + "\r\n" }
        if !body.isEmpty { text += "Content-Length: \(body.utf8.count)\r\n" }
        return text + "\r\n" + body
    }
}

/// A TLS connection to the server, by bytes.
final class TestClient: Sendable {
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let channel: any Channel
    private let inbox: Inbox

    final class Inbox: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let bytes = Mutex<[UInt8]>([])
        let isClosed = Mutex(false)

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes.withLock { $0 += unwrapInboundIn(data).readableBytesView }
        }
        func channelInactive(context: ChannelHandlerContext) { isClosed.withLock { $0 = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    init(_ port: UInt16, _ authority: Authority) async throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(authority.certificate.utf8)))
        let settings = try NIOSSLContext(configuration: configuration)
        let inbox = Inbox()
        self.inbox = inbox
        channel = try await ClientBootstrap(group: TestClient.group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: settings, serverHostname: "localhost"))
                    try pipeline.addHandler(inbox)
                }
            }
            .connect(host: "127.0.0.1", port: Int(port)).get()
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    /// Sends, and waits until it is on its way.
    func deliver(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// Stops to read, as a client that is busy.
    func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }

    func close() { channel.close(promise: nil) }

    var isClosed: Bool { inbox.isClosed.withLock { $0 } }
    var received: [UInt8] { inbox.bytes.withLock { $0 } }

    /// Takes the first bytes away.
    func take(_ count: Int) -> [UInt8] {
        inbox.bytes.withLock { bytes in
            defer { bytes.removeFirst(min(count, bytes.count)) }
            return Array(bytes.prefix(count))
        }
    }

    /// Waits until something is there; tells whether it came in time.
    @discardableResult
    func wait(seconds: Double = 10, until condition: () async throws -> Bool) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(1))
        }
        return try await condition()
    }

    /// The next whole answer.
    func response(isHead: Bool = false, seconds: Double = 10) async throws -> TestResponse {
        let response = try await responseIfAny(isHead: isHead, seconds: seconds)
        return try #require(response, "an answer, not \(String(decoding: received.prefix(500), as: UTF8.self))")
    }

    /// The next whole answer; nil if none comes.
    func responseIfAny(isHead: Bool = false, seconds: Double) async throws -> TestResponse? {
        var found: TestResponse?
        try await wait(seconds: seconds) {
            found = TestResponse(received, isHead: isHead, isOver: isClosed)
            return found != nil || isClosed
        }
        _ = take(found?.length ?? 0)
        return found
    }
}

/// An answer, taken apart.
struct TestResponse {
    let code: Int
    let headers: [String: String]
    var body: [UInt8] = []
    /// How many bytes it had in all.
    private(set) var length = 0

    /// Nil if it is not whole yet.
    init?(_ bytes: [UInt8], isHead: Bool = false, isOver: Bool = false) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        guard let first = lines.first?.split(separator: " "), first.count >= 2, let code = Int(first[1]) else {
            return nil
        }
        self.code = code
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1).map { String($0.drop { $0 == " " }) }
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased(), default: ""] +=
                (headers[parts[0].lowercased()] == nil ? "" : ", ") + parts[1]
        }
        self.headers = headers
        length = end.upperBound
        if isHead || code < 200 || code == 204 || code == 304 { return }
        if let count = headers["content-length"].flatMap({ Int($0) }) {
            guard bytes.count >= length + count else { return nil }
            body = Array(bytes[length..<length + count])
            length += count
        } else if headers["transfer-encoding"] == "chunked" {
            guard chunks(bytes) else { return nil }
        } else if isOver {
            body = Array(bytes[length...])
            length = bytes.count
        } else {
            return nil
        }
    }

    private mutating func chunks(_ bytes: [UInt8]) -> Bool {
        while let end = bytes[length...].firstRange(of: [13, 10]) {
            guard let count = Int(String(decoding: bytes[length..<end.lowerBound], as: UTF8.self), radix: 16),
                bytes.count >= end.upperBound + count + 2
            else { return false }
            body += bytes[end.upperBound..<end.upperBound + count]
            length = end.upperBound + count + 2
            if count == 0 { return true }
        }
        return false
    }

    var text: String { String(decoding: body, as: UTF8.self) }
    /// The body as JSON.
    var value: Value? { try? Value(json: body) }
    /// The sentence of a Status.
    var message: String? { value?["kind"]?.string == "Status" ? value?["message"]?.string : nil }
}
