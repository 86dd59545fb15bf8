// SPDX-License-Identifier: Apache-2.0
internal import NIOCore

/// What the streams of a SPDY connection are for. Lives on the connection's event loop.
protocol SPDYUser: AnyObject {
    /// The connection is there.
    func opened(_ connection: SPDYConnection)
    /// The client opened a stream.
    /// - Returns: false if it is not wanted.
    func opened(_ stream: UInt32, _ headers: [String: String]) -> Bool
    /// The client wrote on a stream that was opened.
    func received(_ bytes: ByteBuffer, on stream: UInt32)
    /// The client will write no more there; after a reset, nor read.
    func ended(_ stream: UInt32, isReset: Bool)
    /// Whether more may be read now.
    var wantsMore: Bool { get }
    /// The connection can take more, or should be spared.
    func writabilityChanged()
    /// The client has gone.
    func clientLeft()
}

/// The server's side of SPDY/3.1, as kubectl's older versions speak it: streams that the client opens, without flow
/// control of their own, as no Kubernetes client has it.
final class SPDYConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How many streams may be open at once.
    private static let streamLimit = 1024
    /// How long the client may take to close after the server has said goodbye.
    private static let patience = TimeAmount.seconds(5)

    private let user: any SPDYUser
    private var reader = SPDYReader()
    private let writer = SPDYWriter()
    /// Open streams, and which of their directions are.
    private var streams: [UInt32: (isReading: Bool, isWriting: Bool)] = [:]
    private var last: UInt32 = 0
    private var context: ChannelHandlerContext?
    private var hasWaitingRead = false
    private var isClosing = false

    init(_ user: any SPDYUser) { self.user = user }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Writes on a stream, if its client still reads it.
    /// - Parameter isLast: nothing more follows.
    func send(_ bytes: ByteBuffer, on stream: UInt32, isLast: Bool = false) {
        guard streams[stream]?.isWriting == true else { return }
        write(writer.data(bytes, on: stream, isLast: isLast))
        guard isLast else { return }
        streams[stream]?.isWriting = false
        forget(stream)
    }

    /// Ends a stream at once.
    func reset(_ stream: UInt32) {
        guard streams.removeValue(forKey: stream) != nil else { return }
        write(writer.reset(stream, status: 5))
    }

    /// Says goodbye, and waits a little for the client to close.
    func close(isError: Bool = false) {
        guard !isClosing, let context else { return }
        write(writer.goAway(last: last, isError: isError))
        isClosing = true
        let channel = context.channel
        let timer = channel.eventLoop.scheduleTask(in: SPDYConnection.patience) { channel.close(promise: nil) }
        channel.closeFuture.whenComplete { _ in timer.cancel() }
        resumeReading()
    }

    /// Reads on, if that was held up.
    func resumeReading() {
        guard hasWaitingRead, mayRead, let context else { return }
        hasWaitingRead = false
        context.read()
    }

    /// Does something later, on the connection's event loop.
    func schedule(in time: TimeAmount, _ body: @escaping () -> Void) -> Scheduled<Void>? {
        context?.eventLoop.assumeIsolated().scheduleTask(in: time, body)
    }

    // MARK: What the channel tells

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        user.opened(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isClosing else { return }
        reader.append(unwrapInboundIn(data))
        do throws(SPDYError) {
            while !isClosing, let frame = try reader.next() { try handle(frame) }
        } catch {
            close(isError: true)
            user.clientLeft()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { user.clientLeft() }

    func channelWritabilityChanged(context: ChannelHandlerContext) { user.writabilityChanged() }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { hasWaitingRead = true }
    }

    private var mayRead: Bool { isClosing || user.wantsMore }

    private func handle(_ frame: SPDYFrame) throws(SPDYError) {
        switch frame {
        case .open(let stream, let headers, let isLast): try open(stream, headers, isLast)
        case .data(let stream, let bytes, let isLast):
            guard streams[stream]?.isReading == true else {
                // Once for each frame that nobody wants, but for those that were on their way.
                if stream > last { write(writer.reset(stream, status: 2)) }
                return
            }
            if bytes.readableBytes > 0 { user.received(bytes, on: stream) }
            if isLast { endReading(stream) }
        case .reset(let stream):
            if streams.removeValue(forKey: stream) != nil { user.ended(stream, isReset: true) }
        case .ping(let number): if number % 2 == 1 { write(writer.ping(number)) }
        case .goAway, .other: break
        }
    }

    private func open(_ stream: UInt32, _ headers: [String: String], _ isLast: Bool) throws(SPDYError) {
        // A client's streams have odd numbers that grow (section 2.3.2).
        guard stream % 2 == 1, stream > last else { throw .badFrame }
        last = stream
        guard streams.count < SPDYConnection.streamLimit else { return write(writer.reset(stream, status: 3)) }
        streams[stream] = (true, true)
        guard user.opened(stream, headers) else {
            streams[stream] = nil
            return write(writer.reset(stream, status: 3))
        }
        if isLast { endReading(stream) }
    }

    /// Accepts a stream. What its user writes comes after that.
    func accept(_ stream: UInt32) {
        guard let reply = try? writer.accept(stream) else { return close(isError: true) }
        write(reply)
    }

    private func endReading(_ stream: UInt32) {
        streams[stream]?.isReading = false
        forget(stream)
        user.ended(stream, isReset: false)
    }

    private func forget(_ stream: UInt32) {
        if let open = streams[stream], !open.isReading, !open.isWriting { streams[stream] = nil }
    }

    private func write(_ bytes: ByteBuffer) {
        guard !isClosing else { return }
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }
}
