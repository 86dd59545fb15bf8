// SPDX-License-Identifier: Apache-2.0
internal import API
internal import NIOCore

/// A process's streams over a WebSocket: `kubectl exec`, `attach` and `cp`.
final class WebSocketSession: WebSocketUser, SessionWire {
    private let pump: SessionPump
    private let form: WebSocketProtocol
    private let streams: API.Connection.Streams
    private weak var connection: WebSocketConnection?
    private var sizes = WindowSizes()
    /// The stream of the message whose parts come; nil between messages.
    private var stream: UInt8?
    /// The beginning of a message that must be whole to be read.
    private var pending = ByteBuffer()

    /// How long a message may be that is not read as it comes.
    private static let pendingLimit = 32 * 1024 * 1024

    init(_ pump: SessionPump, _ form: WebSocketProtocol, _ streams: API.Connection.Streams) {
        self.pump = pump
        self.form = form
        self.streams = streams
    }

    // MARK: The client's side

    func opened(_ connection: WebSocketConnection) {
        self.connection = connection
        // An empty message, as the kubelet sends one, tells the client that all is ready.
        let first: SessionStream = streams.output ? .output : streams.errors ? .errors : .status
        connection.send(form.message(ByteBuffer(), on: first.rawValue))
        pump.start(self)
    }

    var wantsMore: Bool { pump.wantsInput }

    func writabilityChanged() { if isWritable { pump.resumeOutput() } }

    func clientLeft() { pump.clientLeft() }

    func received(_ bytes: ByteBuffer, isFirst: Bool, isLast: Bool) {
        var bytes = bytes
        if isFirst {
            pending.clear()
            stream = bytes.readInteger(as: UInt8.self).flatMap { form.stream($0) }
        }
        guard let stream else { return }
        if stream == SessionStream.input.rawValue, !form.isBase64 {
            if bytes.readableBytes > 0 { pump.received(bytes) }
        } else if pending.readableBytes + bytes.readableBytes <= WebSocketSession.pendingLimit {
            pending.writeBuffer(&bytes)
        }
        if isLast { finishMessage(stream) }
    }

    private func finishMessage(_ stream: UInt8) {
        self.stream = nil
        guard stream != WebSocketProtocol.closing || !form.closesStreams else {
            if pending.readableBytesView.first == SessionStream.input.rawValue { pump.inputEnded() }
            return
        }
        guard pending.readableBytes > 0, let content = form.content(pending) else { return }
        switch SessionStream(rawValue: stream) {
        case .input: pump.received(content)
        case .size: for size in sizes.read(content) { pump.resize(columns: size.columns, rows: size.rows) }
        case .output, .errors, .status, nil: break
        }
        pending.clear()
    }

    // MARK: The process's side

    var isWritable: Bool { connection?.isWritable ?? false }

    func send(_ bytes: ByteBuffer, on stream: SessionStream) {
        connection?.send(form.message(bytes, on: stream.rawValue))
    }

    func end(_ stream: SessionStream) {}

    func finish(_ end: SessionEnd) {
        if let status = form.hasStatus ? end.status : end.sentence { send(status, on: .status) }
        connection?.close()
    }

    func resumeReading() { connection?.resumeReading() }
}

/// Gives a connection to a session, in the protocol that was agreed.
enum SessionHandlers {
    static func add(
        _ upgrade: Upgrade, _ session: any Session, _ streams: API.Connection.Streams, _ channel: any Channel
    ) throws {
        let pump = SessionPump(session, channel.eventLoop)
        switch upgrade.kind {
        case .webSocket:
            let form = WebSocketProtocol(upgrade.inner)
            try WebSocketConnection.add(WebSocketSession(pump, form, streams), isText: form.isBase64, to: channel)
        case .spdy:
            let session = SPDYSession(pump, streams, hasStatus: upgrade.inner == Upgrade.sessionProtocols[0])
            try channel.pipeline.syncOperations.addHandler(SPDYConnection(session))
        }
    }
}
