// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// The server of the web page, on a socket that others have opened: the page's files, and what the lab behind it answers.
public final class PageServer: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let connections = PlainConnections(limit: 256)
    private let rules: PageGuard
    private let backend: any PageBackend

    /// A server that does not listen yet.
    public init(_ rules: PageGuard, _ backend: any PageBackend) {
        self.rules = rules
        self.backend = backend
    }

    /// Takes connections from a bound socket, which becomes the server's.
    public func listen(on descriptor: Int32) async throws {
        let (connections, rules, backend) = (connections, rules, backend)
        _ = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.take(channel) else { throw ChannelError.ioOnClosedChannel }
                    try PageConnection.install(on: channel, rules, backend)
                }
            }
            .withBoundSocket(descriptor).get()
    }
}

extension PlainAnswer {
    /// One of the page's files; nil if there is none of the name.
    static func file(_ path: String) -> PlainAnswer? {
        let name = path == "/" ? "index.html" : String(path.dropFirst())
        return PageFile.named(name).map { PlainAnswer(200, type: $0.contentType, $0.text) }
    }

    /// What a browser is told of every answer: nothing of it is kept, shown in another page, or taken for something else;
    /// scripts and all else come from here alone, and no text becomes markup.
    static let pageHeaders = [
        Header(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"),
        Header("X-Frame-Options", "DENY"), Header("Cross-Origin-Opener-Policy", "same-origin"),
        Header("Cross-Origin-Embedder-Policy", "require-corp"), Header("Cross-Origin-Resource-Policy", "same-origin"),
        Header("Referrer-Policy", "no-referrer"), Header("Cache-Control", "no-store"),
    ]
}
