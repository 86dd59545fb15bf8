// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net
internal import Synchronization

/// Has kernels forget UDP conversations that go on to where they must not go any more (D79). A client that keeps its
/// source port would otherwise talk to a Pod that is gone, or to nobody, for as long as the kernel remembers it.
///
/// Reading a kernel's connections takes a while if there are many, so it is done on a thread of its own; what comes
/// meanwhile is done together. Connections of TCP are left alone (D80) until their Pod is
/// gone: `ConnectionCleaner`.
///
/// A conversation that nobody has answered yet is given a moment: without the kernel's memory of it, the answer of an
/// endpoint that has just left would not find back.
final class DatagramCleaner: Sendable {
    /// Which conversations: those that a namespace translates, to one port of a Service.
    private struct Target: Hashable {
        var namespace: NamespaceName
        var destinations: Set<SocketAddress>
        var nodePort: UInt16?

        func includes(_ destination: SocketAddress) -> Bool {
            destinations.contains(destination) || nodePort == destination.port
        }
    }

    private struct State {
        /// Where the conversations may go, by the latest word.
        var endpoints: [Target: Set<SocketAddress>] = [:]
        var isScheduled = false
        /// The same, of conversations that were given a moment.
        var late: [Target: Set<SocketAddress>] = [:]
    }

    private let sockets: ConntrackSockets
    private let thread: Workers
    private let prober: Prober
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// How long an answer may take, in milliseconds.
    private static let answerPause = 150

    init(_ edge: KernelEdge, _ prober: Prober, log: @escaping @Sendable (String) -> Void) throws(KernelError) {
        sockets = ConntrackSockets(edge)
        self.prober = prober
        self.log = log
        thread = try Workers(count: 1)
    }

    /// Deletes what is stale, soon. Called when the rules are committed.
    func clean(_ flows: [DatagramFlows]) {
        guard !flows.isEmpty else { return }
        let isFirst = state.withLock { state in
            for flow in flows {
                for namespace in flow.namespaces {
                    let target = Target(
                        namespace: namespace, destinations: flow.destinations, nodePort: flow.nodePort)
                    state.endpoints[target] = flow.endpoints
                    if state.late[target] != nil { state.late[target] = flow.endpoints }
                }
            }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isFirst { thread.submit { [self] in run() } }
    }

    private func run() {
        let targets = state.withLock { state in
            state.isScheduled = false
            defer { state.endpoints = [:] }
            return state.endpoints
        }
        let spared = clean(targets, sparesUnanswered: true)
        guard !spared.isEmpty else { return }
        let isFirst = state.withLock { state in
            let isFirst = state.late.isEmpty
            for (target, endpoints) in spared { state.late[target] = state.endpoints[target] ?? endpoints }
            return isFirst
        }
        guard isFirst else { return }
        prober.delay(milliseconds: Self.answerPause) { [self] in thread.submit { [self] in runLate() } }
    }

    private func runLate() {
        let targets = state.withLock { state in
            defer { state.late = [:] }
            return state.late
        }
        _ = clean(targets, sparesUnanswered: false)
    }

    /// - Returns: those of which conversations were spared.
    private func clean(
        _ targets: [Target: Set<SocketAddress>], sparesUnanswered: Bool
    ) -> [Target: Set<SocketAddress>] {
        var spared: [Target: Set<SocketAddress>] = [:]
        for (name, targets) in Dictionary(grouping: targets, by: \.key.namespace) {
            sockets.use(name, "forgetting UDP conversations", log: log) { socket throws(KernelError) in
                let some = try DatagramCleaner.clean(socket, targets.map { ($0.key, $0.value) }, sparesUnanswered)
                for (target, endpoints) in targets where some.contains(target) { spared[target] = endpoints }
            }
        }
        return spared
    }

    private static func clean(
        _ socket: ConntrackSocket, _ targets: [(Target, Set<SocketAddress>)], _ sparesUnanswered: Bool
    ) throws(KernelError) -> Set<Target> {
        var spared: Set<Target> = []
        for family in [Family.v4, .v6] {
            let own = targets.filter { target, endpoints in
                target.nodePort != nil || target.destinations.contains { $0.address.family == family }
            }
            guard !own.isEmpty else { continue }
            try socket.delete(family) { entry in
                guard entry.transport == .udp else { return false }
                let stale = own.first { target, endpoints in
                    target.includes(entry.original.destination) && !endpoints.contains(entry.reply.source)
                }
                guard let stale else { return false }
                guard sparesUnanswered, entry.isUnanswered else { return true }
                spared.insert(stale.0)
                return false
            }
        }
        return spared
    }
}

extension ConntrackEntry {
    /// True if it leads to an endpoint that has not answered yet.
    fileprivate var isUnanswered: Bool { status.contains(.destinationTranslated) && !status.contains(.seenReply) }
}
