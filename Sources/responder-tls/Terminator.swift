// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// Takes TLS connections and hands their bytes on to the responder, each behind a line that says whose they are.
///
/// All of it lives on one event loop; `NIOLoopBound` carries it into NIO's callbacks, which run there.
final class Terminator {
    private let loop: any EventLoop
    private let settings: NIOSSLContext
    private let socketPath: String
    /// How many connections are held at once.
    private let limit: Int
    private var count = 0
    private var listeners: [any Channel] = []
    private var whenLastEnds: (() -> Void)?

    init(on loop: any EventLoop, settings: NIOSSLContext, socketPath: String, limit: Int) {
        self.loop = loop
        self.settings = settings
        self.socketPath = socketPath
        self.limit = limit
    }

    /// Listens on every local address, IPv6 and IPv4 alike where the namespace has IPv6, else IPv4.
    func listen(on port: Int, failed: @escaping (any Error) -> Void) {
        bind("::", port).flatMapError { [me = NIOLoopBound(self, eventLoop: loop)] _ in me.value.bind("0.0.0.0", port) }
            .assumeIsolated()
            .whenComplete { result in
                switch result {
                case .success(let listener): self.listeners.append(listener)
                case .failure(let error): failed(error)
                }
            }
    }

    /// Takes no more connections, and calls back when the last has ended.
    func end(_ finished: @escaping () -> Void) {
        whenLastEnds = finished
        for listener in listeners { listener.close(promise: nil) }
        if count == 0 { finished() }
    }

    private func bind(_ address: String, _ port: Int) -> EventLoopFuture<any Channel> {
        let me = NIOLoopBound(self, eventLoop: loop)
        return ServerBootstrap(group: loop)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.autoRead, value: false)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try me.value.welcome(channel) }
            }
            .bind(host: address, port: port)
    }

    // MARK: One connection

    private func welcome(_ client: any Channel) throws {
        count += 1
        let me = NIOLoopBound(self, eventLoop: loop)
        client.closeFuture.whenComplete { _ in me.value.goodbye() }
        guard count <= limit else { throw ChannelError.ioOnClosedChannel }
        let half = Half { half in me.value.connect(client, half) }
        try client.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: settings))
        try client.pipeline.syncOperations.addHandler(half)
    }

    private func goodbye() {
        count -= 1
        if count == 0 { whenLastEnds?() }
    }

    /// Opens the way to the responder; neither side is read before both are there.
    private func connect(_ client: any Channel, _ clientHalf: Half) {
        let responderHalf = Half()
        let halves = NIOLoopBound((clientHalf, responderHalf), eventLoop: loop)
        let line = proxyLine(from: client.remoteAddress, to: client.localAddress)
        ClientBootstrap(group: loop)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(halves.value.1)
                }
            }
            .connect(unixDomainSocketPath: socketPath)
            .whenComplete { result in
                guard case .success(let responder) = result, client.isActive else {
                    if case .success(let responder) = result { responder.close(promise: nil) }
                    return client.close(promise: nil)
                }
                Half.join(halves.value.0, halves.value.1)
                halves.value.1.write(ByteBuffer(string: line))
                for channel in [client, responder] { channel.setOption(.autoRead, value: true).whenFailure { _ in } }
            }
    }
}

/// `PROXY TCP4 10.244.1.2 10.244.2.3 40112 443`, with its line end (HAProxy's PROXY protocol, version 1).
func proxyLine(from client: SocketAddress?, to server: SocketAddress?) -> String {
    guard let (source, sourcePort) = literal(client), let (destination, destinationPort) = literal(server) else {
        return "PROXY UNKNOWN\r\n"
    }
    let family = source.contains(":") ? "TCP6" : "TCP4"
    return "PROXY \(family) \(source) \(destination) \(sourcePort) \(destinationPort)\r\n"
}

/// An address as text, IPv4 as IPv4 even where it came through a socket of both families.
private func literal(_ address: SocketAddress?) -> (String, Int)? {
    guard let text = address?.ipAddress, let port = address?.port else { return nil }
    let mapped = "::ffff:"
    let isMapped = text.hasPrefix(mapped) && text.contains(".")
    return (isMapped ? String(text.dropFirst(mapped.count)) : text, port)
}
