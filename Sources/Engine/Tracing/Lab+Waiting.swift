// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Linux
internal import Net
internal import Synchronization

/// When the kernels tell of packets, and when not.
///
/// As long as any rule of the machine may switch nftables' trace on, every packet that meets rules is dearer, whoever it
/// belongs to. So no rule does until somebody begins a chosen connection: its first packet waits in a queue where it first
/// meets rules, the tracer's rules become such in all namespaces on its way, and it meets them again. Shortly after it
/// arrived they are as before.
extension Lab {
    /// How often it is looked whether the kernels need tell no longer, and how long they tell at least, in milliseconds.
    static let shortestTelling = 4
    /// How long they tell at least where connections begin one after the other, in milliseconds.
    private static let longestTelling = 1000
    /// So soon after the kernels ceased to tell another connection is one of many, in nanoseconds.
    private static let briefly: UInt64 = 50_000_000
    /// After so long a kernel that refused to cease is asked again, in milliseconds.
    private static let repetition = 1000
    /// A packet that waited so long goes on, traced or not, in milliseconds.
    static let longestWait = 500

    // MARK: Where

    /// Where the first packets of a scope are to wait; none if the kernel has no queues for packets, or no rules may send
    /// them there.
    func waiting(_ scope: TraceScope, _ tellers: Set<NamespaceName>) -> [NamespaceName: Tracer.Waiting] {
        let places = waitingPlaces(scope, tellers)
        guard let first = places.keys.first, let expression = queueExpression(in: first) else { return [:] }
        let queue = faults.nextQueue()
        return places.mapValues { Tracer.Waiting(queue: queue, expression, interfaces: $0.sorted()) }
    }

    /// The first namespaces with rules that packets of a scope come to, and by which interfaces.
    private func waitingPlaces(_ scope: TraceScope, _ tellers: Set<NamespaceName>) -> [NamespaceName: [String]] {
        guard !tellers.contains(scope.origin) else { return [scope.origin: [""]] }
        var places: [NamespaceName: [String]] = [:]
        for (point, peer) in cluster.plan.links where point.namespace == scope.origin {
            // A packet must not be able to pass by the places where it would have waited.
            guard tellers.contains(peer.namespace) else { return [:] }
            places[peer.namespace, default: []].append(peer.interface)
        }
        return places
    }

    /// The sender may be elsewhere now: a Pod of the same name on another node.
    func moveWaiting(_ session: TraceSession, _ scope: TraceScope, _ tellers: Set<NamespaceName>) {
        let places = waitingPlaces(scope, tellers)
        // Between two Pods of the name there is none.
        guard !places.isEmpty else { return }
        let state = session.listening.withLock { listening -> TraceSession.State? in
            guard var waiting = listening.waiting.values.first else { return nil }
            let before = listening.waiting
            listening.waiting = places.mapValues {
                waiting.interfaces = $0.sorted()
                return waiting
            }
            guard listening.waiting != before else { return nil }
            for (name, waiting) in listening.waiting {
                try? listening.taps[name]?.wait(in: waiting.queue, session.watch)
            }
            return listening.state
        }
        if let state { set(state, of: session) }
    }

    /// How rules send packets to queues here; nil if they cannot. It is tried out where nothing comes by.
    private func queueExpression(in name: NamespaceName) -> QueueExpression? {
        if let known = faults.expression { return known }
        guard let namespace = try? kernel.edge.place(name).namespace else { return nil }
        let trial = Tracer.table(0)
        for expression in QueueExpression.allCases {
            let chain = Tracer.Action.wait(Tracer.Waiting(queue: 0, expression, interfaces: [""])).chain
            let changes: [TableChange] = [.addTable, .addChain(chain), .destroyTable]
            let refusal = beside(name) { () throws(KernelError) in
                try TracerTable(in: namespace, place: name.text).commit(changes, .v4, trial)
            }
            if refusal == nil {
                faults.expression = expression
                return expression
            }
        }
        return nil
    }

    // MARK: When

    /// Has the kernels tell from now on of the packets that a session chose, and lets those go that waited for it.
    func openTrace(_ packets: WaitingPackets) {
        let asks = { (session: TraceSession) in
            session.listening.withLock { $0.taps.values.contains { $0.waiting === packets } }
        }
        guard let session = tracers.first(where: asks) else { return packets.release(.onward) }
        let now = Program.nanoseconds()
        let before = session.listening.withLock { listening in
            if listening.state == .idle {
                let isOneOfMany = now < listening.closed + Lab.briefly
                listening.linger = isOneOfMany ? min(listening.linger * 2, Lab.longestTelling) : Lab.shortestTelling
            }
            return listening.state
        }
        let isTelling = set(.telling(since: now), of: session)
        // A packet is worth more than what is told of it.
        packets.release(isTelling ? .again : .onward)
        guard before == .idle else { return }
        Task {
            while let pause = closeTrace(session) { try? await Task.sleep(for: .milliseconds(pause)) }
        }
    }

    /// Has the kernels tell no longer, in two steps, if nothing is under way: what began before the first is still told of.
    /// - Returns: after how many milliseconds it is to be called again; nil if the kernels do not tell any more.
    private func closeTrace(_ session: TraceSession) -> Int? {
        guard tracers.contains(where: { $0 === session }) else { return nil }
        let now = Program.nanoseconds()
        let (state, linger) = session.listening.withLock { ($0.state, $0.linger) }
        func isOver(_ since: UInt64, _ milliseconds: Int) -> Bool { now >= since + UInt64(milliseconds) * 1_000_000 }
        switch state {
        case .idle: return nil
        case .telling(let since):
            if isOver(since, linger), session.isQuiet(since: since) { set(.closing(since: now), of: session) }
        case .closing(let since):
            guard isOver(since, Lab.shortestTelling) else { break }
            // What passed before is on its way, but perhaps not heard of yet.
            let mark = session.watch.mark()
            session.listening.withLock { $0.state = .ending(mark: mark) }
        case .ending(let mark):
            guard session.watch.hasHeard(mark), session.isQuiet(since: 0) else { break }
            guard set(.idle, of: session) else {
                session.listening.withLock { $0.state = state }
                return Lab.repetition
            }
            session.listening.withLock { $0.closed = now }
            return nil
        }
        return Lab.shortestTelling
    }

    // MARK: Rules

    /// Puts the tracer's rules of all namespaces of a session into a state. One batch for each table that has others.
    ///
    /// Where packets wait, the rules change last: a packet that need not wait any more is told of wherever it comes.
    /// - Returns: whether every kernel took them.
    @discardableResult
    private func set(_ state: TraceSession.State, of session: TraceSession) -> Bool {
        let listening = session.listening.withLock { listening in
            listening.state = state
            return listening
        }
        let taps = listening.taps.values.filter(\.isTeller)
        for isLast in [false, true] {
            var refused: [String] = []
            for tap in taps where (listening.waiting[tap.name] != nil) == isLast {
                let action = needed(listening.action(in: tap.name, state), in: tap.name)
                let isOrigin = tap.name == session.origin
                if let refusal = put(action, tap, listening.tables, isOrigin: isOrigin) { refused.append("\(refusal)") }
            }
            if !refused.isEmpty {
                log("tracing: \(refused.joined(separator: "; "))")
                return false
            }
        }
        return true
    }

    /// What is to become of chosen packets in a namespace; nil if no table of the tracer's need be there.
    ///
    /// With a table's hooks the kernel drops what waits in any queue of the namespace: where packets may wait, on a slow link
    /// or for a trace, tables stay.
    func needed(_ action: Tracer.Action, in name: NamespaceName) -> Tracer.Action? {
        guard action == .pass else { return action }
        let hasQueue =
            faults.queues.keys.contains { $0.namespace == name }
            || tracers.contains { $0.listening.withLock { $0.waiting[name] != nil } }
        return hasQueue ? .pass : nil
    }

    /// Makes the tables of a tap, changes what they do, or takes them away. One batch for each.
    @discardableResult
    func put(
        _ action: Tracer.Action?, _ tap: TraceTap, _ tables: [Ruleset], isOrigin: Bool = false
    ) -> KernelError? {
        for table in tables {
            let before = tap.actions.withLock { $0[table.family] }
            guard action != before else { continue }
            let refusal = beside(tap.name) { () throws(KernelError) in
                guard let action else { return try tap.remove(table) }
                guard before == nil else { return try tap.commit([.addChain(action.chain)], table) }
                var made = isOrigin ? table : table.withoutDeparture
                made.set(action)
                try tap.make(made)
            }
            if let refusal { return refusal }
            tap.actions.withLock { $0[table.family] = action }
        }
        return nil
    }
}
