// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOPosix

/// A socket over which one server is asked: it goes when nothing has gone through it for a while, and the next one has
/// another port.
final class UpstreamDatagrams: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    /// What happens on the socket.
    enum Event {
        case answer([UInt8])
        /// Nobody listens at the other end.
        case refusal
        /// There will be no more.
        case end
    }

    private static let patience: Int64 = 10
    private let handle: @Sendable (Event) -> Void

    private init(_ handle: @escaping @Sendable (Event) -> Void) { self.handle = handle }

    /// Takes over a connected UDP socket. The handler is called on the event loop.
    static func channel(
        on loop: any EventLoop, owning socket: Int32, _ handle: @escaping @Sendable (Event) -> Void
    ) -> EventLoopFuture<any Channel> {
        DatagramBootstrap(group: loop)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 65_535))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(patience)))
                    try pipeline.addHandler(UpstreamDatagrams(handle))
                }
            }
            .withBoundSocket(socket)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        handle(.answer(Array(unwrapInboundIn(data).data.readableBytesView)))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { handle(.refusal) }

    func channelInactive(context: ChannelHandlerContext) { handle(.end) }
}
