// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Kubernetes
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// A request that goes on to a server in a Pod or on a node, and its answer on the way back; bodies both ways as they
/// come, no faster than they are taken.
final class ProxyActivity: Activity {
    private let proxy: API.Connection.Proxy
    private let request: HTTPRequestHead
    private let connection: HTTPConnection
    private let loop: any EventLoop
    private var upstream: (any Channel)?
    private weak var handler: ProxyHandler?
    /// Parts of the request that came before the connection was there; nil once it is.
    private var early: [HTTPServerRequestPart]? = []
    private var hasBegun = false
    private var hasEnded = false
    /// A page whose links are to be rewritten once it is whole; nil for other answers.
    private var page: (head: HTTPResponseHead, bytes: ByteBuffer)?

    /// Pages beyond this are handed on as they are.
    private static let pageLimit = 4 * 1024 * 1024

    init(
        _ proxy: API.Connection.Proxy, _ request: HTTPRequestHead, _ connection: HTTPConnection, _ loop: any EventLoop
    ) {
        self.proxy = proxy
        self.request = request
        self.connection = connection
        self.loop = loop
    }

    /// Sends the request to the server behind a connected socket, which becomes ours.
    func begin(_ socket: Int32) {
        let handler = NIOLoopBound(ProxyHandler(self), eventLoop: loop)
        self.handler = handler.value
        let isTLS = proxy.isTLS
        ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if isTLS { try pipeline.addHandler(ProxyActivity.anyCertificate()) }
                    try pipeline.addHandler(HTTPRequestEncoder())
                    try pipeline.addHandler(ByteToMessageHandler(HTTPResponseDecoder()))
                    try pipeline.addHandler(handler.value)
                }
            }
            .withConnectedSocket(socket)
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let channel): self.opened(channel)
                case .failure(let error): self.failed("\(error)")
                }
            }
    }

    private static func anyCertificate() throws -> NIOSSLClientHandler {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        return try NIOSSLClientHandler(context: NIOSSLContext(configuration: configuration), serverHostname: nil)
    }

    private func opened(_ channel: any Channel) {
        guard !hasEnded else { return channel.close(promise: nil) }
        upstream = channel
        let head = HTTPRequestHead(
            version: .http1_1, method: request.method, uri: proxy.target,
            headers: ProxyHeaders.request(request, proxy, client: connection.context?.remoteAddress))
        handler?.send(.head(head))
        let parts = early ?? []
        early = nil
        for part in parts { received(part) }
        connection.resumeReading()
    }

    // MARK: The client's side

    var wantsMore: Bool { upstream?.isWritable ?? (early?.count ?? 0 < 16) }

    func received(_ part: HTTPServerRequestPart) {
        guard early == nil else {
            early?.append(part)
            return
        }
        switch part {
        case .body(let bytes): handler?.send(.body(.byteBuffer(bytes)))
        case .end: handler?.send(.end(nil))
        case .head: break
        }
    }

    func writabilityChanged() { if connection.isWritable { handler?.resume() } }

    func clientLeft() {
        hasEnded = true
        upstream?.close(promise: nil)
    }

    // MARK: The server's side

    var wantsResponse: Bool { connection.isWritable }

    func upstreamWritable() { connection.resumeReading() }

    func received(_ part: HTTPClientResponsePart) {
        guard !hasEnded else { return }
        switch part {
        case .head(let head): begin(head)
        case .body(let bytes): body(bytes)
        case .end: finish()
        }
    }

    private func begin(_ head: HTTPResponseHead) {
        hasBegun = true
        var answer = HTTPResponseHead(
            version: .http1_1, status: head.status, headers: ProxyHeaders.response(head.headers, proxy))
        answer.headers.replaceOrAdd(name: "Audit-Id", value: .randomIdentifier)
        answer.headers.replaceOrAdd(name: "Cache-Control", value: "no-cache, private")
        let isPage = head.headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/html") ?? false
        let isPlain = head.headers.first(name: "Content-Encoding") == nil
        if isPage, isPlain, request.method != .HEAD {
            page = (answer, ByteBuffer())
        } else {
            connection.begin(answer)
            connection.flush()
        }
    }

    private func body(_ bytes: ByteBuffer) {
        guard var page else {
            connection.write(bytes)
            return connection.flush()
        }
        self.page = nil
        page.bytes.writeImmutableBuffer(bytes)
        guard page.bytes.readableBytes > ProxyActivity.pageLimit else {
            self.page = page
            return
        }
        connection.begin(page.head)
        connection.write(page.bytes)
        connection.flush()
    }

    private func finish() {
        hasEnded = true
        if var page {
            let text = LinkRewriting.rewrite(Array(page.bytes.readableBytesView), prefix: proxy.prefix)
            page.head.headers.replaceOrAdd(name: "Content-Length", value: String(text.count))
            connection.begin(page.head)
            if !text.isEmpty { connection.write(ByteBuffer(bytes: text)) }
        }
        connection.end()
        upstream?.close(promise: nil)
    }

    /// The server has gone before its answer was whole.
    func failed(_ why: String) {
        guard !hasEnded else { return }
        hasEnded = true
        upstream?.close(promise: nil)
        guard !hasBegun || page != nil else { return connection.abort() }
        connection.answer(Status(.serviceUnavailable, "error trying to reach service: \(why)"))
    }
}

/// The pipeline's end towards the server.
final class ProxyHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private weak var activity: ProxyActivity?
    private var context: ChannelHandlerContext?
    private var isWaiting = false

    init(_ activity: ProxyActivity) { self.activity = activity }

    func send(_ part: HTTPClientRequestPart) { context?.writeAndFlush(wrapOutboundOut(part), promise: nil) }

    func resume() {
        guard isWaiting, let context else { return }
        isWaiting = false
        context.read()
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { activity?.received(unwrapInboundIn(data)) }

    func channelReadComplete(context: ChannelHandlerContext) {
        if activity?.wantsResponse ?? true { context.read() } else { isWaiting = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { activity?.upstreamWritable() }

    func channelInactive(context: ChannelHandlerContext) { activity?.failed("EOF") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        activity?.failed("\(error)")
        context.close(promise: nil)
    }
}
