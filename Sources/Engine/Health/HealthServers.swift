// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net
internal import Server
internal import Synchronization

/// The health endpoints of all nodes: `10256` (healthz and livez), `127.0.0.1:10249` (the mode, the metrics), and one port
/// for each Service with a health check. Sockets are opened one node after the other on a thread of their own, so that
/// nobody waits for them.
final class HealthServers: Sendable {
    /// What is listened for.
    private struct Port: Hashable {
        var node: NamespaceName
        /// Nil for the node's own two ports.
        var check: HealthCheck?
    }

    private struct State {
        var listeners: [Port: [PlainServer.Listener]] = [:]
        /// Made with the first socket.
        var server: PlainServer?
    }

    /// A node and the addresses that it is asked at.
    struct Node: Sendable, Hashable {
        var name: NamespaceName
        var addresses: [Address]
    }

    private let board: HealthBoard
    private let edge: KernelEdge
    private let thread: Workers
    private let state = Mutex(State())
    /// Hears of ports that could not be opened.
    private let failed: @Sendable (NamespaceName, HealthCheck?, String) -> Void

    init(
        _ board: HealthBoard, _ edge: KernelEdge,
        failed: @escaping @Sendable (NamespaceName, HealthCheck?, String) -> Void
    ) throws(KernelError) {
        self.board = board
        self.edge = edge
        self.failed = failed
        thread = try Workers(count: 1)
    }

    /// Has these nodes serve these checks, and no others; without nodes nothing is served.
    func serve(_ nodes: [Node], _ checks: [HealthCheck], then: @escaping @Sendable () -> Void = {}) {
        let names = Set(nodes.map(\.name))
        let wanted = Set(checks)
        thread.submit { [self] in
            keep { port in names.contains(port.node) && port.check.map(wanted.contains) ?? true }
            for node in nodes { open(node, checks) }
            then()
        }
    }

    private func keep(_ isWanted: (Port) -> Bool) {
        let closing = state.withLock { state in
            let gone = state.listeners.filter { !isWanted($0.key) }
            for port in gone.keys { state.listeners[port] = nil }
            return gone.values.flatMap { $0 }
        }
        for listener in closing { listener.close() }
    }

    private func open(_ node: Node, _ checks: [HealthCheck]) {
        let (name, board) = (node.name, board)
        // One socket takes both families' connections, where the node has an address of the newer one.
        let any = node.addresses.contains { $0.family == .v6 } ? Address(0, .v6) : Address(0, .v4)
        let health: PlainServer.Answerer = { $1(board.answer(health: $0, of: name)) }
        let metrics: PlainServer.Answerer = { $1(board.answer(metrics: $0, of: name)) }
        open(
            Port(node: name),
            [
                (SocketAddress(any, LoadBalancerProbe.healthPort), health),
                (SocketAddress(Address(127, 0, 0, 1), HealthServers.metricsPort), metrics),
            ])
        for check in checks {
            let answerer: PlainServer.Answerer = { $1(board.answer(check: check.service, of: name)) }
            open(Port(node: name, check: check), node.addresses.map { (SocketAddress($0, check.port), answerer) })
        }
    }

    /// kube-proxy's `--metrics-bind-address`.
    private static let metricsPort: UInt16 = 10249

    /// Opens a port's sockets, once; one that another program has is not asked for again before the checks change.
    private func open(_ port: Port, _ sockets: [(SocketAddress, PlainServer.Answerer)]) {
        guard state.withLock({ $0.listeners[port] == nil }) else { return }
        var listeners: [PlainServer.Listener] = []
        do {
            let addresses = sockets.map(\.0)
            let opened = try edge.place(port.node).namespace.enter { () throws(KernelError) in
                addresses.map { address in
                    Result { () throws(KernelError) in try TCPSocket.listen(address).release() }
                }
            }
            for (socket, answerer) in zip(opened, sockets.map(\.1)) {
                do { listeners.append(try server.listen(on: try socket.get(), answerer)) } catch {
                    failed(port.node, port.check, "\(error)")
                }
            }
        } catch { failed(port.node, port.check, "\(error)") }
        state.withLock { [listeners] in $0.listeners[port] = listeners }
    }

    private var server: PlainServer {
        state.withLock { state in
            if let server = state.server { return server }
            let server = PlainServer()
            state.server = server
            return server
        }
    }
}
