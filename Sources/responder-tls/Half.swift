// SPDX-License-Identifier: Apache-2.0
internal import NIOCore

/// One end of a pipe of bytes between two channels: what one reads, the other writes.
///
/// A half reads only while the other can write, so a slow reader on one side slows the writer on the other; the end of
/// one side's bytes becomes the end of the other's, once all before it has been written.
final class Half: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a client may take to read the last bytes, after the other side has gone.
    private static let patience = TimeAmount.seconds(10)

    private var other: Half?
    private var context: ChannelHandlerContext?
    private var hasWaitingRead = false
    private var lastWrite: EventLoopFuture<Void>?
    private let whenActive: (Half) -> Void

    /// - Parameter whenActive: called when the half's channel is connected.
    init(whenActive: @escaping (Half) -> Void = { _ in }) { self.whenActive = whenActive }

    /// Joins two halves whose channels have not read anything yet.
    static func join(_ first: Half, _ second: Half) {
        first.other = second
        second.other = first
    }

    /// Writes bytes of our own, ahead of what the other half reads.
    func write(_ bytes: ByteBuffer) {
        guard let context else { return }
        lastWrite = context.write(wrapOutboundOut(bytes))
        context.flush()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        other = nil
    }

    func channelActive(context: ChannelHandlerContext) { whenActive(self) }

    // MARK: Bytes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let target = other?.context else { return }
        other?.lastWrite = target.write(wrapOutboundOut(unwrapInboundIn(data)))
    }

    func channelReadComplete(context: ChannelHandlerContext) { other?.context?.flush() }

    func read(context: ChannelHandlerContext) {
        if other?.context?.channel.isWritable ?? true {
            context.read()
        } else {
            hasWaitingRead = true
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable, let other, other.hasWaitingRead else { return }
        other.hasWaitingRead = false
        other.context?.read()
    }

    // MARK: Ends

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { other?.close(.output) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        other?.close(.all)
        other = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// Closes once everything has been written, or when that takes too long.
    private func close(_ mode: CloseMode) {
        guard let context else { return }
        context.flush()
        let channel = context.channel
        (lastWrite ?? channel.eventLoop.makeSucceededVoidFuture()).whenComplete { _ in
            channel.close(mode: mode, promise: nil)
        }
        guard case .all = mode else { return }
        let timer = channel.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
    }
}
