// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// The API server: HTTPS on sockets that others have opened, in whatever network namespace.
///
/// It knows nothing of clusters: it turns bytes into requests, asks the backend, and sends the answers.
public final class HTTPServer: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let settings: NIOSSLContext
    private let surroundings: Surroundings
    private let connections = Connections()

    /// A server that does not listen yet.
    /// - Throws: what is wrong with the certificates.
    public init(_ authority: Authority, _ backend: any Backend, limits: ServerLimits = ServerLimits()) throws {
        settings = try authority.context()
        surroundings = Surroundings(backend: backend, limits: limits, connections: connections)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    }

    /// Takes connections from a bound TCP socket, which becomes the server's; it need not listen yet.
    public func listen(on descriptor: Int32) async throws {
        connections.add(listener: try await bootstrap().withBoundSocket(descriptor).get())
    }

    /// Takes connections on the loopback of this thread's network namespace.
    /// - Parameter port: 0 for any free one.
    /// - Returns: the port.
    public func listenOnLoopback(port: UInt16 = 0) async throws -> UInt16 {
        let listener = try await bootstrap().bind(host: "127.0.0.1", port: Int(port)).get()
        connections.add(listener: listener)
        return UInt16(truncatingIfNeeded: listener.localAddress?.port ?? 0)
    }

    /// Ends all connections, and the server.
    public func shutDown() async {
        for channel in connections.end() { try? await channel.close() }
        try? await group.shutdownGracefully()
    }

    /// How many connections there are.
    public var connectionCount: Int { connections.count }

    private func bootstrap() -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer { [connections, settings, surroundings] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.add(channel, limit: surroundings.limits.connections) else {
                        throw ChannelError.ioOnClosedChannel
                    }
                    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: settings))
                    try HTTPConnection.install(on: channel, surroundings)
                }
            }
    }
}

/// What every connection needs to know.
struct Surroundings: Sendable {
    let backend: any Backend
    let limits: ServerLimits
    let connections: Connections
}

/// The channels that a server has open.
///
/// Where there is no room for another, the oldest goes whose client has not said yet who it is: those who open many
/// connections without a token keep nobody out who has one.
final class Connections: Sendable {
    private struct Client {
        let channel: any Channel
        let number: Int
        var isKnown = false
    }

    private struct Open {
        var listeners: [any Channel] = []
        var clients: [ObjectIdentifier: Client] = [:]
        var lastNumber = 0
        var hasEnded = false

        /// Takes out the oldest of the unknown; nil if all are known.
        mutating func giveUpOldest() -> (any Channel)? {
            let unknown = clients.lazy.filter { !$0.value.isKnown }
            guard let oldest = unknown.min(by: { $0.value.number < $1.value.number }) else { return nil }
            clients[oldest.key] = nil
            return oldest.value.channel
        }
    }

    private let open = Mutex(Open())

    var count: Int { open.withLock { $0.clients.count } }

    func add(listener: any Channel) { open.withLock { $0.listeners.append(listener) } }

    /// False if there are too many, or none are taken any more.
    func add(_ client: any Channel, limit: Int) -> Bool {
        let name = ObjectIdentifier(client)
        let (isTaken, oldest) = open.withLock { open in
            var oldest: (any Channel)?
            guard !open.hasEnded else { return (false, oldest) }
            if open.clients.count >= limit {
                oldest = open.giveUpOldest()
                if oldest == nil { return (false, oldest) }
            }
            open.lastNumber += 1
            open.clients[name] = Client(channel: client, number: open.lastNumber)
            return (true, oldest)
        }
        oldest?.close(promise: nil)
        if isTaken { client.closeFuture.whenComplete { [self] _ in open.withLock { $0.clients[name] = nil } } }
        return isTaken
    }

    /// A client has shown a token.
    func know(_ client: any Channel) { open.withLock { $0.clients[ObjectIdentifier(client)]?.isKnown = true } }

    /// Takes no more; gives all that are open, listeners first.
    func end() -> [any Channel] {
        open.withLock { open in
            open.hasEnded = true
            return open.listeners + open.clients.values.map(\.channel)
        }
    }
}
