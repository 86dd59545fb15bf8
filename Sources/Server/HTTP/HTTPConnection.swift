// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Kubernetes
internal import NIOCore
internal import NIOHTTP1

/// One client's connection: its requests in order, each answered before the next is looked at.
///
/// What arrives while an answer is being made waits here, a few parts of it; more is then not read.
final class HTTPConnection: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    enum State {
        /// Between requests.
        case idle
        /// A request's body is coming.
        case collecting(HTTPRequestHead, ByteBuffer)
        /// The lab is asked, or the answer is on its way.
        case answering
        /// So is it, and the request's body goes to the activity.
        case streaming
        /// Nothing that comes matters any more.
        case closing
        /// Other handlers have the connection now.
        case upgraded
    }

    /// What the decoder said.
    enum Arrival {
        case part(HTTPServerRequestPart)
        /// What comes is no HTTP.
        case broken(Status)
    }

    /// How many parts of requests wait at most, but for those that were read at one stroke.
    private static let queueLimit = 16

    let surroundings: Surroundings
    var state = State.idle
    var activity: (any Activity)?
    /// The request that is being answered.
    var exchange = Exchange()
    var context: ChannelHandlerContext?
    var date = HTTPDate()
    private var queue: CircularBuffer<Arrival> = []
    private var hasWaitingRead = false
    private var timer: Scheduled<Void>?

    init(_ surroundings: Surroundings) { self.surroundings = surroundings }

    /// Puts the handlers of HTTP into a channel.
    static func install(on channel: any Channel, _ surroundings: Surroundings) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = surroundings.limits.headerBytes
        limits.maxHeaderListSize = surroundings.limits.headerBytes
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(HTTPConnection(surroundings))
    }

    // MARK: What the channel tells

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { expect(within: surroundings.limits.headerSeconds) }
    }

    func channelActive(context: ChannelHandlerContext) { expect(within: surroundings.limits.headerSeconds) }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .upgraded = state { return context.fireChannelRead(data) }
        receive(.part(unwrapInboundIn(data)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (state, error) {
        case (.upgraded, _): context.fireErrorCaught(error)
        case (_, HTTPParserError.headerOverflow): receive(.broken(.headersTooLarge))
        case (_, let error as HTTPParserError):
            receive(.broken(Status(.badRequest, "the request is not well formed: \(error)")))
        default: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        if case .upgraded = state { return context.fireChannelInactive() }
        state = .closing
        queue.removeAll()
        let activity = activity
        self.activity = nil
        activity?.clientLeft()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .upgraded = state { return context.fireChannelWritabilityChanged() }
        if let activity { return activity.writabilityChanged() }
        guard case .answering = state else { return }
        context.channel.isWritable ? forgetTime() : expect(within: surroundings.limits.writeSeconds)
    }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { hasWaitingRead = true }
    }

    // MARK: One request after the other

    private var mayRead: Bool {
        if case .streaming = state { return activity?.wantsMore ?? true }
        return queue.count < HTTPConnection.queueLimit
    }

    /// Reads on, if reading was held up and need not be any more.
    func resumeReading() {
        guard hasWaitingRead, mayRead, let context else { return }
        hasWaitingRead = false
        context.read()
    }

    private func receive(_ arrival: Arrival) {
        switch (state, arrival) {
        case (.idle, .part(.head(let head))): begin(head)
        case (.collecting(let head, var body), .part(.body(var bytes))):
            state = .answering
            guard body.readableBytes + bytes.readableBytes <= surroundings.limits.bodyBytes else {
                return refuse(.bodyTooLarge(surroundings.limits.bodyBytes))
            }
            body.writeBuffer(&bytes)
            state = .collecting(head, body)
        case (.collecting(let head, let body), .part(.end)):
            exchange.hasBodyEnded = true
            ask(head, body)
        case (.streaming, .part(let part)):
            if case .end = part { exchange.hasBodyEnded = true }
            activity?.received(part)
        case (.idle, .broken(let status)), (.collecting, .broken(let status)): refuse(status)
        case (.streaming, .broken): context?.close(promise: nil)
        case (.answering, _): queue.append(arrival)
        case (.closing, _), (.idle, _), (.collecting, _), (.upgraded, _): break
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        exchange = Exchange(head)
        do throws(Status) {
            try check(head)
        } catch {
            return refuse(error)
        }
        if head.headers[canonicalForm: "Expect"].contains(where: { $0.lowercased() == "100-continue" }) {
            context?.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
        guard !RequestTarget(head.uri).isProxied else { return ask(head, ByteBuffer()) }
        state = .collecting(head, ByteBuffer())
        expect(within: surroundings.limits.bodySeconds)
    }

    private func check(_ head: HTTPRequestHead) throws(Status) {
        let limits = surroundings.limits
        guard head.uri.utf8.count <= limits.headerBytes else { throw .headersTooLarge }
        if head.version == .http1_1, head.headers["Host"].count != 1 {
            throw Status(.badRequest, "the request must have the header field Host, once")
        }
        let length = head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
        guard length <= limits.bodyBytes || RequestTarget(head.uri).isProxied else {
            throw .bodyTooLarge(limits.bodyBytes)
        }
    }

    private func ask(_ head: HTTPRequestHead, _ body: ByteBuffer) {
        guard let context else { return }
        state = .answering
        forgetTime()
        let (surroundings, channel) = (surroundings, context.channel)
        context.eventLoop.makeFutureWithTask { await Reaction.to(head, body, from: channel, surroundings) }
            .assumeIsolated()
            .whenSuccess { self.react($0, head) }
    }

    /// Answers without asking anybody, and ends the connection: what follows may be anything.
    private func refuse(_ status: Status) {
        exchange.keepsAlive = false
        state = .answering
        forgetTime()
        react(.refusal(status), nil)
    }

    /// The answer has been sent: looks at what has arrived since, or waits for it.
    func next() {
        activity = nil
        while !exchange.hasBodyEnded, let arrival = queue.popFirst() {
            if case .part(.end) = arrival { exchange.hasBodyEnded = true }
        }
        guard exchange.keepsAlive, exchange.hasBodyEnded else { return linger() }
        state = .idle
        expect(within: surroundings.limits.idleSeconds)
        deliver()
    }

    /// Goes through what has waited, as far as the state allows.
    func deliver() {
        while let arrival = queue.first {
            if case .answering = state { return }
            if case .streaming = state, activity?.wantsMore == false { return }
            queue.removeFirst()
            receive(arrival)
        }
        resumeReading()
    }

    /// Waits a moment for the client to close: closing while it still sends would destroy what was sent to it.
    private func linger() {
        state = .closing
        queue.removeAll()
        guard let context else { return }
        if exchange.hasBodyEnded {
            context.close(promise: nil)
        } else {
            expect(within: 2)
            resumeReading()
        }
    }

    // MARK: Time

    /// Closes the connection unless something else is expected, or nothing, in so many seconds.
    func expect(within seconds: Int) {
        timer?.cancel()
        timer = context?.eventLoop.assumeIsolated().scheduleTask(in: .seconds(Int64(seconds))) { [weak self] in
            self?.context?.close(promise: nil)
        }
    }

    func forgetTime() {
        timer?.cancel()
        timer = nil
    }
}

/// What of a request its answer depends on.
struct Exchange {
    /// Whether the connection goes on after the answer.
    var keepsAlive = false
    /// True for `HEAD`, whose answers have no body.
    var isHead = false
    /// True for HTTP/1.0, where an answer of unknown length ends with the connection.
    var isOld = false
    /// True once the whole request has come.
    var hasBodyEnded = false

    /// Before the first request.
    init() {}

    init(_ head: HTTPRequestHead) {
        // The decoder takes nothing after a request to upgrade for HTTP, whatever becomes of it.
        keepsAlive = head.isKeepAlive && !head.headers.contains(name: "Upgrade")
        isHead = head.method == .HEAD
        isOld = head.version.minor == 0
    }
}

extension Status {
    /// The request line or the header is too long. Kubernetes has no word for it.
    static var headersTooLarge: Status {
        var status = Status(.badRequest, "the request's header is too large")
        status.code = 431
        return status
    }

    /// The sentence of Kubernetes' `NewRequestEntityTooLargeError`.
    static func bodyTooLarge(_ limit: Int) -> Status {
        Status(.requestEntityTooLarge, "Request entity too large: limit is \(limit)")
    }
}
