// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOPosix

/// One of a process's streams, or a socket, from which bytes go to a client no faster than the client takes them.
final class ByteSource: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let wantsMore: () -> Bool
    private let received: (ByteBuffer) -> Void
    private let ended: () -> Void
    private let writabilityChanged: () -> Void
    private var context: ChannelHandlerContext?
    private var isWaiting = false
    private var hasEnded = false

    /// - Parameters:
    ///   - wantsMore: whether more may be read now; if not, `resume` is called later.
    ///   - ended: called once, after all bytes.
    ///   - writabilityChanged: called when the channel, into which one may write as well, can take more or should be spared.
    init(
        wantsMore: @escaping () -> Bool = { true }, received: @escaping (ByteBuffer) -> Void = { _ in },
        ended: @escaping () -> Void = {}, writabilityChanged: @escaping () -> Void = {}
    ) {
        self.wantsMore = wantsMore
        self.received = received
        self.ended = ended
        self.writabilityChanged = writabilityChanged
    }

    /// Reads on, if that was held up.
    func resume() {
        guard isWaiting, let context else { return }
        isWaiting = false
        context.read()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { received(unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) {
        if wantsMore() { context.read() } else { isWaiting = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { writabilityChanged() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { end() }
    }

    func channelInactive(context: ChannelHandlerContext) { end() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private func end() {
        guard !hasEnded else { return }
        hasEnded = true
        ended()
    }
}

/// Closes a descriptor that is ours and that nothing else will close.
func closeDescriptor(_ descriptor: Int32) {
    try? NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: descriptor).close()
}
