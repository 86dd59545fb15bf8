// SPDX-License-Identifier: Apache-2.0
internal import DNS
internal import NIOCore
internal import NIOPosix

/// One client's connection: queries follow each other without waiting for answers, which may come in another order
/// (RFC 7766, 6.2.1.1).
final class NameConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Answers are sent when there are so many bytes of them.
    private static let part = 32 << 10

    private let answerer: NameServer.Answerer
    private let forwarder: NameForwarder
    private let connections: NameConnections
    private var frames = NameFrames()
    private var answer: [UInt8] = []
    private var waiting = 0
    private var isReading = true

    init(_ connections: NameConnections, _ forwarder: NameForwarder, _ answerer: @escaping NameServer.Answerer) {
        self.connections = connections
        self.forwarder = forwarder
        self.answerer = answerer
    }

    /// Puts the handlers into a channel.
    static func install(
        on channel: any Channel, _ connections: NameConnections, _ forwarder: NameForwarder,
        _ answerer: @escaping NameServer.Answerer
    ) throws {
        guard connections.take(channel) else { throw ChannelError.ioOnClosedChannel }
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            IdleStateHandler(readTimeout: .milliseconds(Int64(connections.limits.idleMilliseconds))))
        try pipeline.addHandler(NameConnection(connections, forwarder, answerer))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        frames.append(&bytes)
        proceed(context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        proceed(context)
        context.fireChannelWritabilityChanged()
    }

    /// Answers what is there, as long as the client takes it.
    private func proceed(_ context: ChannelHandlerContext) {
        while mayProceed(context) {
            var output = context.channel.allocator.buffer(capacity: 512)
            while output.readableBytes < NameConnection.part, waiting < connections.limits.waitingOfOneConnection,
                let query = frames.next()
            {
                take(query, &output, context)
            }
            guard output.readableBytes > 0 else { break }
            context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        }
        let mayRead = mayProceed(context)
        guard mayRead != isReading, context.channel.isActive else { return }
        isReading = mayRead
        try? context.channel.syncOptions?.setOption(.autoRead, value: mayRead)
    }

    private func mayProceed(_ context: ChannelHandlerContext) -> Bool {
        context.channel.isWritable && waiting < connections.limits.waitingOfOneConnection
    }

    private func take(_ query: ByteBuffer, _ output: inout ByteBuffer, _ context: ChannelHandlerContext) {
        connections.touch(context.channel)
        answer.removeAll(keepingCapacity: true)
        let outcome = answerer(query.readableBytesUInt8Span, .stream, &answer)
        switch outcome {
        case .silent: break
        case .answered: output.writeFrame(answer)
        case .forward, .resolve:
            waiting += 1
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            // The forwarder has the same event loop as the connections.
            forwarder.forward(Array(query.readableBytesView), over: .stream, outcome, fallback: answer) { answer in
                let (connection, context) = bound.value
                connection.finish(answer, context)
            }
        }
    }

    private func finish(_ answer: [UInt8], _ context: ChannelHandlerContext) {
        waiting -= 1
        guard context.channel.isActive else { return }
        var output = context.channel.allocator.buffer(capacity: answer.count + 2)
        output.writeFrame(answer)
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
        proceed(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
