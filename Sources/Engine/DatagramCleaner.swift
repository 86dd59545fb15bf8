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
///
/// Whoever is to end waits until all this is done. Should the daemon be killed before, the endpoint is there; afterwards nobody is
/// led to it any more, whether there is a daemon or not.
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

    /// Where the conversations may go.
    private struct Verdict {
        /// By the latest word.
        var endpoints: Set<SocketAddress>
        /// Those that were about to end, by any.
        var leaving: Set<SocketAddress>

        func allows(_ endpoint: SocketAddress) -> Bool { endpoints.contains(endpoint) && !leaving.contains(endpoint) }

        mutating func hear(_ flows: DatagramFlows) {
            endpoints = flows.endpoints
            leaving.formUnion(flows.leaving)
        }
    }

    /// What is done together.
    private struct Batch {
        var verdicts: [Target: Verdict] = [:]
        /// What waits until it is done.
        var waiting: [@Sendable () -> Void] = []
    }

    private struct State {
        var next = Batch()
        /// True if the thread is asked to do that.
        var isScheduled = false
        /// True while the thread does the one before.
        var isRunning = false
        /// Conversations that were given a moment, by the number of their batch.
        var late: [Int: Batch] = [:]
        var lastLate = 0
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
    /// - Parameter done: called once that is so, of these and of all that came before: at once if there is nothing to do.
    func clean(_ flows: [DatagramFlows], then done: (@Sendable () -> Void)? = nil) {
        enum Turn { case first, later, idle }
        let turn = state.withLock { state -> Turn in
            guard !flows.isEmpty || done != nil && (state.isScheduled || state.isRunning) else { return .idle }
            for flow in flows { DatagramCleaner.note(flow, &state) }
            if let done { state.next.waiting.append(done) }
            defer { state.isScheduled = true }
            return state.isScheduled ? .later : .first
        }
        switch turn {
        case .first: thread.submit { [self] in run() }
        case .later: break
        case .idle: done?()
        }
    }

    private static func note(_ flows: DatagramFlows, _ state: inout State) {
        for namespace in flows.namespaces {
            let target = Target(namespace: namespace, destinations: flows.destinations, nodePort: flows.nodePort)
            state.next.verdicts[target, default: Verdict(endpoints: [], leaving: [])].hear(flows)
            for number in state.late.keys { state.late[number]?.verdicts[target]?.hear(flows) }
        }
    }

    private func run() {
        let batch = state.withLock { state in
            (state.isScheduled, state.isRunning) = (false, true)
            defer { state.next = Batch() }
            return state.next
        }
        let spared = clean(batch.verdicts, sparesUnanswered: true)
        let number = state.withLock { state -> Int? in
            state.isRunning = false
            guard !spared.isEmpty else { return nil }
            state.lastLate += 1
            state.late[state.lastLate] = Batch(
                verdicts: batch.verdicts.filter { spared.contains($0.key) }, waiting: batch.waiting)
            return state.lastLate
        }
        guard let number else { return batch.waiting.forEach { $0() } }
        prober.delay(milliseconds: Self.answerPause) { [self] in thread.submit { [self] in runLate(number) } }
    }

    private func runLate(_ number: Int) {
        guard let batch = state.withLock({ $0.late.removeValue(forKey: number) }) else { return }
        _ = clean(batch.verdicts, sparesUnanswered: false)
        batch.waiting.forEach { $0() }
    }

    /// - Returns: those of which conversations were spared.
    private func clean(_ verdicts: [Target: Verdict], sparesUnanswered: Bool) -> Set<Target> {
        var spared: Set<Target> = []
        for (name, verdicts) in Dictionary(grouping: verdicts, by: \.key.namespace) {
            sockets.use(name, "forgetting UDP conversations", log: log) { socket throws(KernelError) in
                spared.formUnion(
                    try DatagramCleaner.clean(socket, verdicts.map { ($0.key, $0.value) }, sparesUnanswered))
            }
        }
        return spared
    }

    private static func clean(
        _ socket: ConntrackSocket, _ verdicts: [(Target, Verdict)], _ sparesUnanswered: Bool
    ) throws(KernelError) -> Set<Target> {
        var spared: Set<Target> = []
        for family in [Family.v4, .v6] {
            let own = verdicts.filter { target, _ in
                target.nodePort != nil || target.destinations.contains { $0.address.family == family }
            }
            guard !own.isEmpty else { continue }
            try socket.delete(family) { entry in
                guard entry.transport == .udp else { return false }
                let stale = own.first { target, verdict in
                    target.includes(entry.original.destination) && !verdict.allows(entry.reply.source)
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
