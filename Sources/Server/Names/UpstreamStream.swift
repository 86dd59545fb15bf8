// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOPosix

/// A TCP connection over which one server is asked one question.
final class UpstreamStream: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let query: [UInt8]
    private var frames = NameFrames()
    /// Called once: with the answer, or with nothing if there is none.
    private var completion: (@Sendable ([UInt8]?) -> Void)?

    private init(_ query: [UInt8], _ completion: @escaping @Sendable ([UInt8]?) -> Void) {
        self.query = query
        self.completion = completion
    }

    /// Asks over a connected TCP socket, or one that is about to be, which is taken over. The completion is called on
    /// the event loop.
    static func ask(
        _ query: [UInt8], on loop: any EventLoop, owning socket: Int32, until deadline: NIODeadline,
        _ completion: @escaping @Sendable ([UInt8]?) -> Void
    ) {
        ClientBootstrap(group: loop)
            .channelInitializer { channel in
                let end = loop.scheduleTask(deadline: deadline) { channel.close(promise: nil) }
                channel.closeFuture.whenComplete { _ in end.cancel() }
                return loop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(UpstreamStream(query, completion))
                }
            }
            .withConnectedSocket(socket)
            .whenFailure { _ in completion(nil) }
    }

    func channelActive(context: ChannelHandlerContext) {
        var output = context.channel.allocator.buffer(capacity: query.count + 2)
        output.writeFrame(query)
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        frames.append(&bytes)
        guard let answer = frames.next() else { return }
        finish(Array(answer.readableBytesView))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { finish(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func finish(_ answer: [UInt8]?) {
        let completion = completion
        self.completion = nil
        completion?(answer)
    }
}
