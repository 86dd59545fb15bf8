// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import DNS
internal import Kubernetes
internal import Linux
internal import Net
internal import Server
internal import Synchronization

/// The name servers of a lab: the daemon answers at port 53 of each Pod whose container is CoreDNS, as long as that
/// container runs.
///
/// The sockets are the Pod's, so what comes to them has come through the Service's rules like any other packet, and what
/// is passed on to other servers leaves from the Pod.
final class NameServers: Sendable {
    private struct Place: Hashable {
        var pod: ObjectKey
        var container: String
    }

    private struct State {
        var listeners: [Place: NameListener] = [:]
        /// Pods that are not to answer.
        var silent: Set<ObjectKey> = []
        /// Made with the first socket.
        var server: NameServer?
    }

    private static let port: UInt16 = 53
    /// So long the sockets of the container's last run may take to close, in tenths of a second.
    private static let patience = 30

    private let board: NameBoard
    private let edge: KernelEdge
    private let state = Mutex(State())
    /// Hears of sockets that could not be opened.
    private let failed: @Sendable (String) -> Void

    init(_ board: NameBoard, _ edge: KernelEdge, failed: @escaping @Sendable (String) -> Void) {
        self.board = board
        self.edge = edge
        self.failed = failed
    }

    /// Answers in a Pod from now on. Waits for a thread of its own.
    /// - Returns: false if someone else has the port, or the Pod is gone; it is reported.
    func open(_ pod: PodAssignment, _ container: String) -> Bool {
        close(pod.key, container)
        guard !isSilent(pod.key) else { return true }
        do {
            let namespace = try edge.place(pod.namespace).namespace
            let sockets = Sockets()
            let addresses = NameServers.addresses(of: pod)
            try namespace.enter { () throws(KernelError) in try sockets.open(addresses, patience: Self.patience) }
            let (datagrams, streams) = sockets.take()
            let listener = try server().serve(datagrams: datagrams, streams: streams) { server, transport in
                try namespace.enter { () throws(KernelError) in
                    switch transport {
                    case .datagram: try DatagramSocket.connect(server).release()
                    case .stream: try TCPSocket.beginConnecting(server).release()
                    }
                }
            }
            let isSilent = state.withLock { state in
                let isSilent = state.silent.contains(pod.key)
                if !isSilent { state.listeners[Place(pod: pod.key, container: container)] = listener }
                return isSilent
            }
            if isSilent { listener.close() }
            return true
        } catch {
            failed("\(pod.key) does not answer for names: \(error)")
            return false
        }
    }

    /// Answers there no more; fine if it never did.
    func close(_ pod: ObjectKey, _ container: String) {
        state.withLock { $0.listeners.removeValue(forKey: Place(pod: pod, container: container)) }?.close()
    }

    /// Has a Pod answer no more, whatever its containers do.
    func silence(_ pod: ObjectKey) {
        let gone = state.withLock { state in
            state.silent.insert(pod)
            let gone = state.listeners.filter { $0.key.pod == pod }
            for place in gone.keys { state.listeners[place] = nil }
            return gone.values
        }
        for listener in gone { listener.close() }
    }

    /// Lets a Pod answer again, when its sockets are opened.
    func unsilence(_ pod: ObjectKey) { state.withLock { _ = $0.silent.remove(pod) } }

    /// True if a Pod is not to answer.
    func isSilent(_ pod: ObjectKey) -> Bool { state.withLock { $0.silent.contains(pod) } }

    /// Each address by itself, so that answers leave from the one that was asked.
    private static func addresses(of pod: PodAssignment) -> [SocketAddress] {
        let families = Set(pod.addresses.map(\.family))
        let loopbacks = [Address(127, 0, 0, 1), Address(1, .v6)].filter { families.contains($0.family) }
        return (pod.addresses + loopbacks).map { SocketAddress($0, port) }
    }

    /// Bound sockets that are closed unless they are taken.
    private final class Sockets: Sendable {
        private let all = Mutex<(datagrams: [Int32], streams: [Int32])>(([], []))

        func open(_ addresses: [SocketAddress], patience: Int) throws(KernelError) {
            for address in addresses {
                let datagrams = try waiting(patience) { () throws(KernelError) in
                    try DatagramSocket.bind(address).release()
                }
                all.withLock { $0.datagrams.append(datagrams) }
                let stream = try waiting(patience) { () throws(KernelError) in
                    try TCPSocket.listen(address).release()
                }
                all.withLock { $0.streams.append(stream) }
            }
        }

        /// Tries again while the port is taken: the sockets that had it are closed by threads of their own.
        private func waiting(
            _ patience: Int, _ open: () throws(KernelError) -> Int32
        ) throws(KernelError) -> Int32 {
            for _ in 0..<patience {
                do throws(KernelError) { return try open() } catch  where error.errno == .addressInUse {
                    Program.sleep(milliseconds: 100)
                }
            }
            return try open()
        }

        func take() -> (datagrams: [Int32], streams: [Int32]) {
            all.withLock { all in
                defer { all = ([], []) }
                return all
            }
        }

        deinit {
            let (datagrams, streams) = take()
            for raw in datagrams + streams { _ = Descriptor(owning: raw) }
        }
    }

    private func server() throws -> NameServer {
        try state.withLock { state in
            if let server = state.server { return server }
            let board = board
            let server = try NameServer { query, transport, answer in
                board.answer(query, over: transport, into: &answer)
            }
            state.server = server
            return server
        }
    }
}
