// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Kubernetes
internal import NIOCore
internal import NIOHTTP1

/// Answers, whole or piece by piece.
extension HTTPConnection {
    /// Does what is to be done about a request; if the client has gone meanwhile, what was opened for it is closed.
    func react(_ reaction: Reaction, _ head: HTTPRequestHead?) {
        guard let context, case .answering = state else { return discard(reaction) }
        switch (reaction, head) {
        case (.answer(let answer, let body, let isCompressed), _): send(answer, body, isCompressed)
        case (.watch(let watch), _): start(WatchActivity(watch, self, context.eventLoop)) { $0.begin() }
        case (.log(let pieces), _): start(LogActivity(pieces, self, context.eventLoop)) { $0.begin() }
        case (.proxy(let proxy, let socket), let head?):
            state = .streaming
            start(ProxyActivity(proxy, head, self, context.eventLoop)) { $0.begin(socket) }
            deliver()
        case (.session(let session, let streams, let upgrade), _):
            self.upgrade(upgrade) { try SessionHandlers.add(upgrade, session, streams, context.channel) }
        case (.portForward(let key, _, let upgrade), _):
            self.upgrade(upgrade) { try PortForwarding.add(upgrade, key, self.surroundings.backend, context.channel) }
        case (.proxy, nil): discard(reaction)
        }
    }

    private func start<Started: Activity>(_ activity: Started, _ begin: (Started) -> Void) {
        self.activity = activity
        begin(activity)
    }

    private func discard(_ reaction: Reaction) {
        switch reaction {
        case .session(let session, _, _): SessionPump.discard(session)
        case .proxy(_, let socket): closeDescriptor(socket)
        case .answer, .watch, .log, .portForward: break
        }
    }

    // MARK: Whole answers

    /// Sends a failure, where nothing of an answer was sent yet.
    func answer(_ failure: Status) {
        state = .answering
        react(.refusal(failure), nil)
    }

    private func send(_ answer: Answer, _ body: [UInt8], _ isCompressed: Bool) {
        var head = head(HTTPResponseStatus(statusCode: answer.status), contentType: answer.contentType)
        for (name, value) in answer.headers.sorted(by: { $0.key < $1.key }) {
            head.headers.replaceOrAdd(name: name.headerText, value: value.headerText)
        }
        for warning in answer.warnings { head.headers.add(name: "Warning", value: "299 - \(warning.quotedText)") }
        if isCompressed { head.headers.add(name: "Content-Encoding", value: "gzip") }
        if body.count > surroundings.limits.compressedBytes { head.headers.add(name: "Vary", value: "Accept-Encoding") }
        let hasBody = answer.status >= 200 && answer.status != 204 && answer.status != 304
        if hasBody { head.headers.replaceOrAdd(name: "Content-Length", value: String(body.count)) }
        begin(head)
        if hasBody, !body.isEmpty, !exchange.isHead { write(ByteBuffer(bytes: body)) }
        end()
    }

    /// The head that every answer has.
    func head(_ status: HTTPResponseStatus, contentType: String?) -> HTTPResponseHead {
        var headers: HTTPHeaders = [
            "Audit-Id": .randomIdentifier, "Cache-Control": "no-cache, private", "Date": date.now(),
        ]
        if let contentType { headers.add(name: "Content-Type", value: contentType.headerText) }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }

    // MARK: Piece by piece

    /// Begins an answer; without `Content-Length` it is sent in chunks, or to HTTP/1.0 until the connection ends.
    func begin(_ head: HTTPResponseHead) {
        var head = head
        if exchange.isOld, !head.headers.contains(name: "Content-Length") { exchange.keepsAlive = false }
        if exchange.isOld { head.version = .http1_0 }
        if !exchange.keepsAlive { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        context?.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// Adds to an answer; it is not sent before a flush.
    func write(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>? = nil) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        guard !exchange.isHead else {
            promise?.succeed()
            return
        }
        context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
    }

    func flush() { context?.flush() }

    /// Ends an answer, and goes on to the next request when it has been sent.
    func end() {
        guard let context else { return }
        activity = nil
        state = .answering
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { _ in
            self.forgetTime()
            if case .answering = self.state { self.next() }
        }
        // Nobody is told again of a connection that cannot be written to already.
        if case .answering = state, !context.channel.isWritable { expect(within: surroundings.limits.writeSeconds) }
    }

    /// Ends the connection in the middle of an answer, so that the client cannot take it for whole.
    func abort() { context?.close(promise: nil) }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    // MARK: Other protocols

    /// Gives the connection to another protocol.
    /// - Parameter add: puts its handlers at the pipeline's end.
    private func upgrade(_ upgrade: Upgrade, _ add: () throws -> Void) {
        guard let context else { return }
        var head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: upgrade.headers)
        head.headers.add(name: "Date", value: date.now())
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        forgetTime()
        state = .upgraded
        do {
            let pipeline = context.pipeline.syncOperations
            _ = pipeline.removeHandler(try pipeline.handler(type: HTTPResponseEncoder.self))
            try add()
            // What the decoder has not used yet goes on through here to the new handlers.
            pipeline.removeHandler(try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self))
                .assumeIsolated()
                .whenComplete { _ in
                    guard let context = self.context else { return }
                    _ = context.pipeline.syncOperations.removeHandler(self)
                    context.read()
                }
        } catch {
            context.close(promise: nil)
        }
    }
}

extension String {
    /// The text as a header field may have it: without control characters.
    var headerText: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
    }

    /// The text as a quoted string of a header field.
    var quotedText: String {
        "\"" + headerText.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// A new random UUID (RFC 9562, version 4).
    static var randomIdentifier: String {
        let high = UInt64.random(in: .min ... .max) & 0xffff_ffff_ffff_0fff | 0x4000
        let low = UInt64.random(in: .min ... .max) & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        let digits = [high, low].map {
            String(repeating: "0", count: 16 - String($0, radix: 16).count) + String($0, radix: 16)
        }
        let text = Array(digits.joined())
        return [text[0..<8], text[8..<12], text[12..<16], text[16..<20], text[20..<32]].map { String($0) }
            .joined(separator: "-")
    }
}
