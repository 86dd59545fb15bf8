// SPDX-License-Identifier: Apache-2.0
public import DNS
internal import NIOCore
internal import NIOPosix
public import Net

/// A server of names on many sockets that others have opened, in whatever network namespaces: what listens at port 53 of
/// the Pods behind `kube-dns`. What the answers are is somebody else's to say (`NameZone`).
///
/// One thread reads and answers datagrams, many in one system call; another has the connections (RFC 7766) and the
/// queries that are passed on to other servers.
public final class NameServer: Sendable {
    /// Gives the answer to a query, on any thread. It must not wait. What is written into the bytes, which are
    /// empty at first, is sent for `.answered`; nothing is for `.silent`; other servers are asked for the rest.
    public typealias Answerer =
        @Sendable (
            _ query: Span<UInt8>, _ over: Transport, _ answer: inout [UInt8]
        ) -> NameOutcome

    /// Opens a socket that never blocks and is, or is about to be, connected to a server that queries are passed on to:
    /// in the namespace from which they are to come. It becomes the server's.
    public typealias Opener = @Sendable (_ server: Net.SocketAddress, _ over: Transport) throws -> Int32

    private let answerer: Answerer
    private let limits: NameServerLimits
    private let connections = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let reader = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let datagrams: DatagramLoop

    /// A server that does not listen yet.
    public init(limits: NameServerLimits = NameServerLimits(), answer: @escaping Answerer) throws {
        answerer = answer
        self.limits = limits
        let loop = try DatagramLoop(answer)
        datagrams = loop
        reader.next().execute { loop.run() }
    }

    deinit {
        datagrams.stop()
        reader.shutdownGracefully { _ in }
        connections.shutdownGracefully { _ in }
    }

    /// Answers from now on what comes to the sockets. Waits for a thread of the server's own.
    /// - Parameters:
    ///   - datagrams: bound UDP sockets, which become the server's, whatever happens.
    ///   - streams: bound TCP sockets, which become the server's, whatever happens.
    ///   - open: for queries that are passed on.
    public func serve(datagrams: [Int32], streams: [Int32], opener: @escaping Opener) throws -> NameListener {
        let forwarder = NameForwarder(on: connections.next(), limits, opener)
        let sockets = datagrams.map { DatagramPort(owning: $0, forwarder) }
        let listener = NameListener(forwarder, NameConnections(limits), self.datagrams)
        let answerer = answerer
        let bootstrap = ServerBootstrap(group: connections)
            .serverChannelOption(.backlog, value: 256)
            .childChannelInitializer { [connections = listener.connections] channel in
                channel.eventLoop.makeCompletedFuture {
                    try NameConnection.install(on: channel, connections, forwarder, answerer)
                }
            }
        var waiting = streams[...]
        do {
            while let stream = waiting.popFirst() {
                listener.add(try bootstrap.withBoundSocket(stream).wait())
            }
            for socket in sockets { listener.add(try self.datagrams.add(socket)) }
        } catch {
            for stream in waiting { DatagramPort.close(stream) }
            listener.close()
            throw error
        }
        return listener
    }
}
