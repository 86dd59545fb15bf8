// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// A server of plain HTTP on many sockets that others have opened, in whatever network namespaces: the small endpoints
/// that a node's programs have for health checks. One thread serves them all.
public final class PlainServer: Sendable {
    /// Gives the answer to a request, at once or later, on any thread. It must not wait.
    public typealias Answerer = @Sendable (PlainRequest, _ answer: @escaping @Sendable (PlainAnswer) -> Void) -> Void

    /// A socket that is listened on.
    public struct Listener: Sendable {
        fileprivate let channel: any Channel

        /// Takes no more connections; those that are open go on.
        public func close() { channel.close(promise: nil) }
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let connections = PlainConnections(limit: 4096)

    /// A server that does not listen yet.
    public init() {}

    /// Takes connections from a bound TCP socket, which becomes the server's. Waits for a thread of the server's own.
    public func listen(on descriptor: Int32, _ answerer: @escaping Answerer) throws -> Listener {
        let connections = connections
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 128)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.take(channel) else { throw ChannelError.ioOnClosedChannel }
                    try PlainConnection.install(on: channel, answerer)
                }
            }
        return Listener(channel: try bootstrap.withBoundSocket(descriptor).wait())
    }
}

/// How many connections are open: one that is too many is not taken.
final class PlainConnections: Sendable {
    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) { self.limit = limit }

    func take(_ channel: any Channel) -> Bool {
        let isTaken = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        if isTaken { channel.closeFuture.whenComplete { [self] _ in count.withLock { $0 -= 1 } } }
        return isTaken
    }
}

/// One client's connection: each request is answered before the next one is looked at. Bodies are not.
final class PlainConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// So long a client may say nothing, in seconds.
    private static let patience: Int64 = 60

    private let answerer: PlainServer.Answerer
    private var head: HTTPRequestHead?
    private var date = HTTPDate()

    init(_ answerer: @escaping PlainServer.Answerer) { self.answerer = answerer }

    /// Puts the handlers into a channel.
    static func install(on channel: any Channel, _ answerer: @escaping PlainServer.Answerer) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 << 10
        limits.maxHeaderListSize = 16 << 10
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(patience)))
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(HTTPServerPipelineHandler())
        try pipeline.addHandler(HTTPServerProtocolErrorHandler())
        try pipeline.addHandler(PlainConnection(answerer))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            let path = head.uri.prefix { $0 != "?" }
            let promise = context.eventLoop.makePromise(of: PlainAnswer.self)
            promise.futureResult.assumeIsolated().whenSuccess { self.send($0, to: head, context) }
            answerer(PlainRequest(method: head.method.rawValue, path: String(path))) { promise.succeed($0) }
        }
    }

    private func send(_ answer: PlainAnswer, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
        headers.add(name: "Date", value: date.now())
        headers.add(name: "Content-Length", value: String(answer.body.utf8.count))
        if !request.isKeepAlive { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(
            version: request.version, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            if !request.isKeepAlive { context.close(promise: nil) }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
