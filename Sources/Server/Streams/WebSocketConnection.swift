// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOWebSocket

/// What a WebSocket's messages are for. Lives on the connection's event loop.
protocol WebSocketUser: AnyObject {
    /// The connection is there.
    func opened(_ connection: WebSocketConnection)
    /// A part of a message; a long one comes in several.
    func received(_ bytes: ByteBuffer, isFirst: Bool, isLast: Bool)
    /// Whether more may be read now.
    var wantsMore: Bool { get }
    /// The connection can take more, or should be spared.
    func writabilityChanged()
    /// The client has gone.
    func clientLeft()
}

/// The server's side of a WebSocket (RFC 6455): messages for a user, pings answered, an orderly end.
final class WebSocketConnection: ChannelDuplexHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// The largest frame that is taken: clients that send all they have at once exist.
    private static let frameLimit = 32 * 1024 * 1024
    /// How long the client may take to close after the server has.
    private static let patience = TimeAmount.seconds(5)

    private let user: any WebSocketUser
    private let isText: Bool
    private var context: ChannelHandlerContext?
    private var hasWaitingRead = false
    private var isInMessage = false
    /// When our last frame has been sent; nil until it is written.
    private var goodbye: EventLoopFuture<Void>?
    private var isClosing: Bool { goodbye != nil }

    private init(_ user: any WebSocketUser, isText: Bool) {
        self.user = user
        self.isText = isText
    }

    /// Puts the handlers into a channel.
    /// - Parameter isText: whether messages to the client are text.
    static func add(_ user: any WebSocketUser, isText: Bool = false, to channel: any Channel) throws {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(WebSocketFrameEncoder())
        try pipeline.addHandler(ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: frameLimit)))
        try pipeline.addHandler(WebSocketConnection(user, isText: isText))
    }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Sends a message.
    func send(_ bytes: ByteBuffer) {
        guard !isClosing, let context else { return }
        let frame = WebSocketFrame(fin: true, opcode: isText ? .text : .binary, data: bytes)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    /// Says goodbye, and waits a little for the client to do so.
    func close(_ code: WebSocketErrorCode = .normalClosure) {
        guard !isClosing, let context else { return }
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        goodbye = context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)))
        let channel = context.channel
        let timer = channel.eventLoop.scheduleTask(in: WebSocketConnection.patience) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
        resumeReading()
    }

    /// Reads on, if that was held up.
    func resumeReading() {
        guard hasWaitingRead, mayRead, let context else { return }
        hasWaitingRead = false
        context.read()
    }

    // MARK: What the channel tells

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        user.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.maskKey != nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { return fail() }
        switch frame.opcode {
        case .ping:
            guard !isClosing else { return }
            let pong = WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .pong: break
        case .connectionClose: closedByClient(context)
        case .binary, .text, .continuation: received(frame)
        default: fail()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOWebSocketError { fail() } else { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) { user.clientLeft() }

    func channelWritabilityChanged(context: ChannelHandlerContext) { user.writabilityChanged() }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { hasWaitingRead = true }
    }

    private var mayRead: Bool { isClosing || user.wantsMore }

    private func received(_ frame: WebSocketFrame) {
        let isFirst = frame.opcode != .continuation
        guard isFirst != isInMessage else { return fail() }
        isInMessage = !frame.fin
        if !isClosing { user.received(frame.unmaskedData, isFirst: isFirst, isLast: frame.fin) }
    }

    private func closedByClient(_ context: ChannelHandlerContext) {
        if !isClosing { close() }
        let channel = context.channel
        goodbye?.whenComplete { _ in channel.close(promise: nil) }
    }

    private func fail() {
        close(.protocolError)
        // What the process does matters no more to anybody.
        user.clientLeft()
    }
}
