// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOPosix

/// Passes the bytes of connections to a socket on to another at a path, and back: the way from the user's own loopback to the daemon of
/// a lab, which may be in another network namespace.
public final class PageRelay: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let connections = PlainConnections(limit: 256)
    private let path: String
    private let refused: @Sendable () -> Void

    /// - Parameters:
    ///   - path: the socket to which connections are passed on.
    ///   - refused: called on any thread when nobody takes connections there.
    public init(to path: String, refused: @escaping @Sendable () -> Void) {
        self.path = path
        self.refused = refused
    }

    /// Takes connections from a bound socket, which becomes the relay's.
    public func listen(on descriptor: Int32) async throws {
        let (connections, path, refused) = (connections, path, refused)
        _ = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 64)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                guard connections.take(channel) else {
                    return channel.eventLoop.makeFailedFuture(ChannelError.ioOnClosedChannel)
                }
                return PageRelay.join(channel, to: path, refused)
            }
            .withBoundSocket(descriptor).get()
    }

    /// Connects to the path, and has each side's bytes go to the other.
    private static func join(
        _ client: any Channel, to path: String, _ refused: @escaping @Sendable () -> Void
    ) -> EventLoopFuture<Void> {
        ClientBootstrap(group: client.eventLoop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(unixDomainSocketPath: path)
            .flatMapThrowing { server in
                try client.pipeline.syncOperations.addHandler(RelayEnd(to: server))
                try server.pipeline.syncOperations.addHandler(RelayEnd(to: client))
                server.read()
            }
            .flatMapErrorThrowing { error in
                refused()
                throw error
            }
    }
}

/// One end of a relayed connection: what comes here goes to the other end, as fast as that takes it.
private final class RelayEnd: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let other: any Channel
    /// When the last piece is on its way to the other end.
    private var written: EventLoopFuture<Void>?

    init(to other: any Channel) { self.other = other }

    func channelActive(context: ChannelHandlerContext) {
        context.read()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        written = other.write(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        other.flush()
        guard let written else { return context.read() }
        self.written = nil
        // The next piece is read when this one is on its way.
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        written.whenComplete { _ in bound.value.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        other.close(mode: .output, promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        other.close(promise: nil)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
