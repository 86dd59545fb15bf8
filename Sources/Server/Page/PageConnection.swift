// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// One client's connection to the page's server: each request is answered before the next one is looked at.
final class PageConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let bodyLimit = 256 << 10

    private let rules: PageGuard
    private let backend: any PageBackend
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []
    private var isTooLong = false
    private var stream: (any PageStream)?
    private var date = HTTPDate()

    init(_ rules: PageGuard, _ backend: any PageBackend) {
        self.rules = rules
        self.backend = backend
    }

    /// Puts the handlers into a channel.
    static func install(on channel: any Channel, _ rules: PageGuard, _ backend: any PageBackend) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 16 << 10
        limits.maxHeaderListSize = 32 << 10
        let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(decoder))
        try pipeline.addHandler(HTTPServerPipelineHandler())
        try pipeline.addHandler(HTTPServerProtocolErrorHandler())
        try pipeline.addHandler(PageConnection(rules, backend))
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): (self.head, body, isTooLong) = (head, [], false)
        case .body(let buffer):
            isTooLong = isTooLong || body.count + buffer.readableBytes > PageConnection.bodyLimit
            if !isTooLong { body += buffer.readableBytesView }
        case .end:
            guard let head else { return }
            answer(head, context)
        }
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !isTooLong else { return send(.text("the body is too long\n", status: 413), head, context) }
        var headers: [String: String] = [:]
        for (name, value) in head.headers {
            headers[name.lowercased()] = headers[name.lowercased()].map { "\($0), \(value)" } ?? value
        }
        let request = PageRequest(method: head.method.rawValue, target: head.uri, headers: headers, body: body)
        if case .ends(let answer) = rules.judge(request) { return send(answer, head, context) }
        if request.method != "POST", let file = PlainAnswer.file(request.path) { return send(file, head, context) }
        let promise = context.eventLoop.makePromise(of: PageReply.self)
        promise.futureResult.assumeIsolated().whenSuccess { self.reply($0, head, context) }
        Task { [backend] in promise.succeed(await backend.answer(request)) }
    }

    // MARK: Answers

    private func reply(_ reply: PageReply, _ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        switch reply {
        case .whole(let answer): send(answer, request, context)
        case .stream(let type, let stream): begin(stream, type, request, context)
        }
    }

    private func head(_ status: Int, _ more: [PlainAnswer.Header], _ request: HTTPRequestHead) -> HTTPResponseHead {
        // Who is not known is told nothing at all.
        let common = status == 401 ? [] : PlainAnswer.pageHeaders
        let names = Set(more.map(\.name))
        var headers = HTTPHeaders((more + common.filter { !names.contains($0.name) }).map { ($0.name, $0.value) })
        headers.add(name: "Date", value: date.now())
        return HTTPResponseHead(
            version: request.version, status: HTTPResponseStatus(statusCode: status), headers: headers)
    }

    private func send(_ answer: PlainAnswer, _ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        var head = head(answer.status, answer.headers, request)
        head.headers.add(name: "Content-Length", value: String(answer.body.utf8.count))
        if !request.isKeepAlive { head.headers.add(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        }
        end(request, context)
    }

    private func end(_ request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            if !request.isKeepAlive { context.close(promise: nil) }
        }
    }

    // MARK: Streams

    private func begin(
        _ stream: any PageStream, _ type: String, _ request: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
        guard context.channel.isActive else { return stream.close() }
        let more = [PlainAnswer.Header("Content-Type", type), PlainAnswer.Header("X-Content-Type-Options", "nosniff")]
        context.writeAndFlush(wrapOutboundOut(.head(head(200, more, request))), promise: nil)
        self.stream = stream
        let (loop, bound) = (context.eventLoop, NIOLoopBound((self, context), eventLoop: context.eventLoop))
        let waiting = Waiting()
        stream.onMore {
            guard waiting.begin() else { return }
            loop.execute {
                waiting.end()
                bound.value.0.pump(bound.value.1)
            }
        }
    }

    /// Sends what there is, as long as the client takes it.
    private func pump(_ context: ChannelHandlerContext) {
        while context.channel.isActive, context.channel.isWritable, let stream {
            switch stream.take() {
            case .bytes(let bytes):
                context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
            case .nothing: return
            case .end:
                self.stream = nil
                stream.close()
                context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
                    context.close(promise: nil)
                }
            }
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        pump(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stream?.close()
        stream = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Whether the one who takes pieces was called already, and has not come yet.
private final class Waiting: Sendable {
    private let isSet = Atomic(false)

    /// False if it was called already.
    func begin() -> Bool { !isSet.exchange(true, ordering: .acquiringAndReleasing) }
    func end() { isSet.store(false, ordering: .releasing) }
}
