// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOWebSocket

/// Bytes through a WebSocket's binary messages, as if it were a plain connection: kubectl sends SPDY this way.
final class WebSocketTunnel: ChannelOutboundHandler, WebSocketUser {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = Never

    private weak var connection: WebSocketConnection?
    private var context: ChannelHandlerContext?

    /// Puts the handlers into a channel; what speaks through the tunnel comes after them.
    static func add(to channel: any Channel) throws {
        let tunnel = WebSocketTunnel()
        try WebSocketConnection.add(tunnel, to: channel)
        try channel.pipeline.syncOperations.addHandler(tunnel)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        connection?.send(unwrapOutboundIn(data))
        promise?.succeed()
    }

    // MARK: The WebSocket's side

    func opened(_ connection: WebSocketConnection) { self.connection = connection }

    func received(_ bytes: ByteBuffer, isFirst: Bool, isLast: Bool) {
        context?.fireChannelRead(NIOAny(bytes))
    }

    /// Those behind the tunnel hold reading up themselves.
    var wantsMore: Bool { true }

    func writabilityChanged() { context?.fireChannelWritabilityChanged() }

    func clientLeft() { context?.fireChannelInactive() }
}
