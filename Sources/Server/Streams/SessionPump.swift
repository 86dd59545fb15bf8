// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOPosix

/// The streams of a session, numbered as the channels of Kubernetes' WebSocket protocols are.
enum SessionStream: UInt8, Sendable {
    case input = 0
    case output = 1
    case errors = 2
    case status = 3
    case size = 4
}

/// The client's side of a session.
protocol SessionWire: AnyObject {
    /// False while what was sent should reach the client first.
    var isWritable: Bool { get }
    /// Sends what the process wrote.
    func send(_ bytes: ByteBuffer, on stream: SessionStream)
    /// The process will write no more there.
    func end(_ stream: SessionStream)
    /// Sends how the process ended, after all it wrote, and ends the session.
    func finish(_ end: SessionEnd)
    /// The process takes input again.
    func resumeReading()
}

/// Carries bytes between a process and its client, as fast as the slower of the two. Lives on one event loop.
final class SessionPump {
    private let session: any Session
    private let loop: any EventLoop
    private weak var wire: (any SessionWire)?
    private var input: (any Channel)?
    private var sources: [SessionStream: ByteSource] = [:]
    private var channels: [SessionStream: any Channel] = [:]
    /// What came before the channel to the process was there.
    private var early: [ByteBuffer]? = []
    private var isInputOver = false
    private var ending: SessionEnd?
    private var hasFinished = false
    /// Bytes that the process wrote, for telling whether it still writes.
    private var count = 0

    /// How long after the end of a process something else may hold its streams open without writing, in milliseconds.
    private static let patience: Int64 = 200

    init(_ session: any Session, _ loop: any EventLoop) {
        self.session = session
        self.loop = loop
    }

    /// Ends a session whose client has gone before it began.
    static func discard(_ session: any Session) {
        session.hangUp()
        for descriptor in [session.input, session.output, session.errors] { descriptor.map(closeDescriptor) }
    }

    /// Ends the session before it began.
    func discard() {
        guard !hasFinished else { return }
        hasFinished = true
        SessionPump.discard(session)
    }

    /// Opens the process's streams, and waits for its end.
    func start(_ wire: any SessionWire) {
        self.wire = wire
        if let descriptor = session.input { openInput(descriptor) } else { early = nil }
        if let descriptor = session.output { open(.output, descriptor) }
        if let descriptor = session.errors { open(.errors, descriptor) }
        let session = session
        loop.makeFutureWithTask { await session.end() }.assumeIsolated().whenSuccess { self.processEnded($0) }
    }

    // MARK: From the client

    /// Whether the process takes more input.
    var wantsInput: Bool { input?.isWritable ?? (early == nil) }

    /// The client wrote something.
    func received(_ bytes: ByteBuffer) {
        guard !isInputOver else { return }
        if early != nil { early?.append(bytes) } else { input?.writeAndFlush(bytes, promise: nil) }
    }

    /// The client will write no more.
    func inputEnded() {
        guard !isInputOver else { return }
        isInputOver = true
        if early == nil { closeInput() }
    }

    /// The client's window has another size.
    func resize(columns: Int, rows: Int) { session.resize(columns: columns, rows: rows) }

    /// The client takes more.
    func resumeOutput() { for source in sources.values { source.resume() } }

    /// The client has gone.
    func clientLeft() {
        guard !hasFinished else { return }
        hasFinished = true
        session.hangUp()
        close()
    }

    // MARK: From the process

    private func openInput(_ descriptor: Int32) {
        let source = ByteSource(writabilityChanged: { [weak self] in self?.wire?.resumeReading() })
        pipe(source) {
            $0.takingOwnershipOfDescriptor(output: descriptor)
        } whenOpen: { me, result in
            guard case .success(let channel) = result else {
                closeDescriptor(descriptor)
                me.early = nil
                me.wire?.resumeReading()
                return
            }
            me.inputOpened(channel)
        }
    }

    private func inputOpened(_ channel: any Channel) {
        let early = early ?? []
        self.early = nil
        guard !hasFinished else { return channel.close(promise: nil) }
        input = channel
        for bytes in early { channel.write(bytes, promise: nil) }
        channel.flush()
        channel.closeFuture.assumeIsolated().whenComplete { _ in
            self.input = nil
            self.wire?.resumeReading()
        }
        if isInputOver { closeInput() }
        wire?.resumeReading()
    }

    /// Closes the way to the process once it has read everything.
    private func closeInput() {
        guard let input else { return }
        input.writeAndFlush(ByteBuffer()).whenComplete { _ in input.close(promise: nil) }
    }

    private func open(_ stream: SessionStream, _ descriptor: Int32) {
        let source = ByteSource(
            wantsMore: { [weak self] in self?.wire?.isWritable ?? false },
            received: { [weak self] in self?.wrote($0, stream) }, ended: { [weak self] in self?.ended(stream) })
        sources[stream] = source
        pipe(source) {
            $0.takingOwnershipOfDescriptor(input: descriptor)
        } whenOpen: { me, result in
            switch result {
            case .success(let channel) where me.hasFinished: channel.close(promise: nil)
            case .success(let channel): me.channels[stream] = channel
            case .failure:
                closeDescriptor(descriptor)
                me.ended(stream)
            }
        }
    }

    private func pipe(
        _ source: ByteSource, _ open: (NIOPipeBootstrap) -> EventLoopFuture<any Channel>,
        whenOpen: @escaping (SessionPump, Result<any Channel, any Error>) -> Void
    ) {
        let source = NIOLoopBound(source, eventLoop: loop)
        let bootstrap = NIOPipeBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(source.value)
                }
            }
        open(bootstrap).assumeIsolated().whenComplete { whenOpen(self, $0) }
    }

    private func wrote(_ bytes: ByteBuffer, _ stream: SessionStream) {
        guard !hasFinished else { return }
        count += bytes.readableBytes
        wire?.send(bytes, on: stream)
    }

    private func ended(_ stream: SessionStream) {
        sources[stream] = nil
        channels[stream] = nil
        guard !hasFinished else { return }
        wire?.end(stream)
        finishIfDone()
    }

    private func processEnded(_ end: SessionEnd) {
        ending = end
        finishIfDone()
        if !hasFinished { waitForSilence(since: count) }
    }

    private func finishIfDone() {
        guard let ending, sources.isEmpty, !hasFinished else { return }
        hasFinished = true
        close()
        wire?.finish(ending)
    }

    /// Others may hold the streams of a process that has ended: what they write is carried, but nobody waits for it.
    private func waitForSilence(since earlier: Int) {
        loop.assumeIsolated().scheduleTask(in: .milliseconds(SessionPump.patience)) {
            guard !self.hasFinished else { return }
            let isSilent = self.count == earlier && self.wire?.isWritable ?? true
            guard isSilent else { return self.waitForSilence(since: self.count) }
            self.sources = [:]
            self.finishIfDone()
        }
    }

    private func close() {
        for channel in channels.values { channel.close(promise: nil) }
        channels = [:]
        sources = [:]
        input?.close(promise: nil)
    }
}
