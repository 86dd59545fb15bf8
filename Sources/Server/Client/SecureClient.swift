// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// One HTTPS request over a connection that somebody else has opened, in whatever network namespace.
public struct SecureClient: Sendable {
    /// Whose certificates are good.
    public enum Trust: Sendable, Hashable {
        /// Anybody's, for any name.
        case anybody
        /// Those that an authority vouches for, whose certificate this is (PEM), for the name that is asked for.
        case authority(String)
    }

    /// What is asked.
    public struct Question: Sendable, Hashable {
        /// `GET`.
        public var method: String
        /// Path and query.
        public var target: String
        /// Header fields in order.
        public var fields: [(name: String, value: String)] { zip(names, values).map { ($0, $1) } }
        /// The body; empty for none.
        public var body: [UInt8]
        private var names: [String]
        private var values: [String]

        /// Puts one together from its parts.
        public init(_ method: String, _ target: String, fields: [(name: String, value: String)], body: [UInt8] = []) {
            self.method = method
            self.target = target
            self.body = body
            names = fields.map(\.name)
            values = fields.map(\.value)
        }
    }

    /// What came back.
    public struct Reply: Sendable {
        /// The status.
        public var status = 0
        /// Header fields in order.
        public var fields: [(name: String, value: String)] = []
        /// The body.
        public var body: [UInt8] = []
    }

    /// Why nothing came back.
    public enum Failure: Error, Sendable, Hashable {
        /// It took too long.
        case timedOut
        /// The connection was broken off: a sentence.
        case reset(String)
        /// What came is no TLS, no good certificate, or no HTTP: a sentence.
        case broken(String)
    }

    private let context: NIOSSLContext
    private let serverName: String?

    /// A client that asks for a name and trusts somebody.
    public init(serverName: String?, trusting trust: Trust) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["http/1.1"]
        switch trust {
        case .anybody: configuration.certificateVerification = .none
        case .authority(let text):
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(text.utf8)))
        }
        context = try NIOSSLContext(configuration: configuration)
        // An address is no name that TLS could ask for.
        let isAddress = serverName.map { $0.contains(":") || !$0.contains { $0.isLetter } } ?? true
        self.serverName = isAddress ? nil : serverName
    }

    /// Sends a request over a connected socket, which becomes the client's, and closes it.
    public func ask(_ question: Question, over descriptor: Int32, milliseconds: Int) async throws -> Reply {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: Reply.self)
        let context = context
        let serverName = serverName
        let opened = ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: context, serverHostname: serverName))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(SecureExchange(question, promise))
                }
            }
            .withConnectedSocket(descriptor)
        opened.whenFailure { promise.fail(Failure.broken("\($0)")) }
        let deadline = loop.scheduleTask(in: .milliseconds(Int64(milliseconds))) { promise.fail(Failure.timedOut) }
        promise.futureResult.whenComplete { _ in
            deadline.cancel()
            opened.whenSuccess { $0.close(promise: nil) }
        }
        return try await promise.futureResult.get()
    }
}

/// The end of the pipeline: writes the request when the connection is there, and gathers the answer.
private final class SecureExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let question: SecureClient.Question
    private let promise: EventLoopPromise<SecureClient.Reply>
    private var reply = SecureClient.Reply()

    init(_ question: SecureClient.Question, _ promise: EventLoopPromise<SecureClient.Reply>) {
        self.question = question
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        var head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: question.method), uri: question.target)
        for (name, value) in question.fields { head.headers.add(name: name, value: value) }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !question.body.isEmpty {
            let bytes = context.channel.allocator.buffer(bytes: question.body)
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            reply.status = Int(head.status.code)
            reply.fields = head.headers.map { ($0.name, $0.value) }
        case .body(let bytes): reply.body += bytes.readableBytesView
        case .end: promise.succeed(reply)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError {
            promise.fail(SecureClient.Failure.reset("\(error)"))
        } else if case NIOSSLError.uncleanShutdown = error {
            promise.fail(SecureClient.Failure.reset("the server closed without saying so"))
        } else {
            promise.fail(SecureClient.Failure.broken("TLS: \(error)"))
        }
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(SecureClient.Failure.reset("the server closed without an answer"))
    }
}
