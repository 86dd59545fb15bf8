// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import Synchronization

/// What a server of names listens on in one place.
public final class NameListener: Sendable {
    private struct State {
        var streams: [any Channel] = []
        var datagrams: [DatagramLoop.Token] = []
        var isClosed = false
    }

    let connections: NameConnections
    private let forwarder: NameForwarder
    private let loop: DatagramLoop
    private let state = Mutex(State())

    init(_ forwarder: NameForwarder, _ connections: NameConnections, _ loop: DatagramLoop) {
        self.forwarder = forwarder
        self.connections = connections
        self.loop = loop
    }

    func add(_ stream: any Channel) { state.withLock { $0.streams.append(stream) } }

    func add(_ datagrams: DatagramLoop.Token) { state.withLock { $0.datagrams.append(datagrams) } }

    /// Takes no more queries, ends what connections there are, and gives up those that other servers have not answered.
    public func close() {
        let last = state.withLock { state in
            defer { state = State(isClosed: true) }
            return state
        }
        guard !last.isClosed else { return }
        for token in last.datagrams { loop.remove(token) }
        for channel in last.streams { channel.close(promise: nil) }
        connections.close()
        forwarder.close()
    }
}
