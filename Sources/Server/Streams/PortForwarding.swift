// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import NIOCore
internal import NIOPosix

/// TCP connections to ports of a Pod over SPDY: `kubectl port-forward`.
///
/// For each connection the client opens two streams with one request number: `error`, on which a sentence says what went
/// wrong, and `data`.
final class PortForwarding: SPDYUser {
    /// One connection to the Pod.
    private final class Forwarded {
        let error: UInt32
        let data: UInt32
        var channel: (any Channel)?
        var source: ByteSource?
        /// What came before the connection was there; nil once it is.
        var early: [ByteBuffer]? = []
        var isInputOver = false
        var hasEnded = false

        init(error: UInt32, data: UInt32) {
            self.error = error
            self.data = data
        }
    }

    private let key: ObjectKey
    private let backend: any Backend
    private let loop: any EventLoop
    private weak var connection: SPDYConnection?
    /// Streams for errors whose stream for data has not come yet, by request number.
    private var waiting: [String: UInt32] = [:]
    /// By the stream for data.
    private var forwarded: [UInt32: Forwarded] = [:]

    init(_ key: ObjectKey, _ backend: any Backend, _ loop: any EventLoop) {
        self.key = key
        self.backend = backend
        self.loop = loop
    }

    /// Gives a connection to forwarded ports, in the protocol that was agreed.
    static func add(_ upgrade: Upgrade, _ key: ObjectKey, _ backend: any Backend, _ channel: any Channel) throws {
        let user = PortForwarding(key, backend, channel.eventLoop)
        if case .webSocket = upgrade.kind { try WebSocketTunnel.add(to: channel) }
        try channel.pipeline.syncOperations.addHandler(SPDYConnection(user))
    }

    // MARK: The client's side

    func opened(_ connection: SPDYConnection) { self.connection = connection }

    func opened(_ stream: UInt32, _ headers: [String: String]) -> Bool {
        // Clients of before 2016 had no numbers, and one connection to a port.
        guard let port = headers["port"].flatMap(UInt16.init), port > 0 else { return false }
        let request = headers["requestid"] ?? headers["port"] ?? ""
        switch headers["streamtype"] {
        case "error":
            guard waiting.count < 256, waiting[request] == nil else { return false }
            waiting[request] = stream
            connection?.accept(stream)
            return true
        case "data":
            guard let error = waiting.removeValue(forKey: request) else { return false }
            connection?.accept(stream)
            let forwarded = Forwarded(error: error, data: stream)
            self.forwarded[stream] = forwarded
            dial(port, forwarded)
            return true
        default: return false
        }
    }

    func received(_ bytes: ByteBuffer, on stream: UInt32) {
        guard let forwarded = forwarded[stream], !forwarded.isInputOver else { return }
        if forwarded.early != nil {
            forwarded.early?.append(bytes)
        } else {
            forwarded.channel?.writeAndFlush(bytes, promise: nil)
        }
    }

    func ended(_ stream: UInt32, isReset: Bool) {
        guard let forwarded = forwarded[stream] else { return }
        forwarded.isInputOver = true
        if isReset {
            // The client waits for the end of the other stream.
            connection?.send(ByteBuffer(), on: forwarded.error, isLast: true)
            return finish(forwarded)
        }
        if forwarded.early == nil { closeOutput(forwarded) }
    }

    var wantsMore: Bool { forwarded.values.allSatisfy { $0.channel?.isWritable ?? ($0.early?.count ?? 0 < 16) } }

    func writabilityChanged() {
        guard connection?.isWritable == true else { return }
        for forwarded in forwarded.values { forwarded.source?.resume() }
    }

    func clientLeft() {
        for forwarded in forwarded.values { finish(forwarded) }
    }

    // MARK: The Pod's side

    private func dial(_ port: UInt16, _ forwarded: Forwarded) {
        let (backend, key) = (backend, key)
        loop.makeFutureWithTask { try await backend.dial(key, port: port) }
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let socket) where forwarded.hasEnded: closeDescriptor(socket)
                case .success(let socket): self.open(socket, forwarded)
                case .failure(let error):
                    self.fail(forwarded, "error forwarding port \(port) to pod \(key.name): \(error)")
                }
            }
    }

    private func open(_ socket: Int32, _ forwarded: Forwarded) {
        let source = ByteSource(
            wantsMore: { [weak self] in self?.connection?.isWritable ?? false },
            received: { [weak self] in self?.connection?.send($0, on: forwarded.data) },
            ended: { [weak self] in self?.podEnded(forwarded) },
            writabilityChanged: { [weak self] in self?.connection?.resumeReading() })
        forwarded.source = source
        let handler = NIOLoopBound(source, eventLoop: loop)
        ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler.value) }
            }
            .withConnectedSocket(socket)
            .assumeIsolated()
            .whenComplete { result in
                guard case .success(let channel) = result else {
                    return self.fail(forwarded, "the connection was lost")
                }
                self.opened(channel, forwarded)
            }
    }

    private func opened(_ channel: any Channel, _ forwarded: Forwarded) {
        let early = forwarded.early ?? []
        forwarded.early = nil
        guard !forwarded.hasEnded else { return channel.close(promise: nil) }
        forwarded.channel = channel
        for bytes in early { channel.write(bytes, promise: nil) }
        channel.flush()
        if forwarded.isInputOver { closeOutput(forwarded) }
        connection?.resumeReading()
    }

    private func closeOutput(_ forwarded: Forwarded) {
        guard let channel = forwarded.channel else { return }
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(mode: .output, promise: nil) }
    }

    /// The Pod will write no more: so does the client hear it, and the connection is over.
    private func podEnded(_ forwarded: Forwarded) {
        guard !forwarded.hasEnded else { return }
        connection?.send(ByteBuffer(), on: forwarded.data, isLast: true)
        connection?.send(ByteBuffer(), on: forwarded.error, isLast: true)
        finish(forwarded)
    }

    private func fail(_ forwarded: Forwarded, _ sentence: String) {
        guard !forwarded.hasEnded else { return }
        connection?.send(ByteBuffer(string: sentence), on: forwarded.error, isLast: true)
        connection?.send(ByteBuffer(), on: forwarded.data, isLast: true)
        finish(forwarded)
    }

    private func finish(_ forwarded: Forwarded) {
        guard !forwarded.hasEnded else { return }
        forwarded.hasEnded = true
        self.forwarded[forwarded.data] = nil
        forwarded.channel?.close(promise: nil)
        forwarded.source = nil
        connection?.resumeReading()
    }
}
