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
    /// How often it is looked whether the kernels need tell no longer, in milliseconds.
    private static let tellingPause = 4
    /// A packet that waited so long goes on, traced or not, in milliseconds.
    static let longestWait = 500

    /// Where the packets of a scope are to wait; nil if the kernel has no queues for packets, or no rules may send them there.
    func waiting(_ scope: TraceScope, _ tellers: Set<NamespaceName>) -> TraceSession.Waiting? {
        let places: Set<NamespaceName> =
            tellers.contains(scope.origin)
            ? [scope.origin]
            : Set(cluster.plan.links.filter { $0.key.namespace == scope.origin }.map(\.value.namespace))
        // A packet must not be able to pass by the place where it would have waited.
        guard !places.isEmpty, places.isSubset(of: tellers), let first = places.first,
            let expression = queueExpression(in: first)
        else { return nil }
        return TraceSession.Waiting(queue: faults.nextQueue(), expression: expression, places: places)
    }

    /// How rules send packets to queues here; nil if they cannot. It is tried out where nothing comes by.
    private func queueExpression(in name: NamespaceName) -> QueueExpression? {
        if let known = faults.expression { return known }
        guard let namespace = try? kernel.edge.place(name).namespace else { return nil }
        let trial = Tracer.table(0)
        for expression in QueueExpression.allCases {
            let chain = Tracer.Action.wait(queue: 0, expression).chain
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

    /// Has the kernels tell from now on of the packets that a session chose, and lets those go that waited for it.
    func openTrace(_ number: Int, _ packets: WaitingPackets) {
        guard let session = tracers.first(where: { $0.number == number }) else { return packets.release(.onward) }
        let before = session.listening.withLock(\.state)
        let state = TraceSession.State.telling(since: Program.milliseconds())
        guard set(state, of: session) else {
            // A packet is worth more than what is told of it.
            set(before, of: session)
            return packets.release(.onward)
        }
        packets.release(.again)
        guard before == .idle else { return }
        Task {
            repeat { try? await Task.sleep(for: .milliseconds(Lab.tellingPause)) } while !closeTrace(session)
        }
    }

    /// Has the kernels tell no longer, in two steps, if nothing is under way: what began before the first is still told of.
    /// - Returns: whether they do not tell any more.
    private func closeTrace(_ session: TraceSession) -> Bool {
        guard tracers.contains(where: { $0 === session }) else { return true }
        let now = Program.milliseconds()
        let state = session.listening.withLock(\.state)
        switch state {
        case .idle: return true
        case .telling(let since) where now >= since + Double(Lab.tellingPause) && session.isQuiet:
            set(.closing(since: now), of: session)
        case .closing(let since) where now >= since + Double(Lab.tellingPause) && session.isQuiet:
            set(.idle, of: session)
            return true
        case .telling, .closing: break
        }
        return false
    }

    // MARK: Rules

    /// Puts the tracer's rules of all namespaces of a session into a state. One batch for each table that has others.
    /// - Returns: whether every kernel took them.
    @discardableResult
    private func set(_ state: TraceSession.State, of session: TraceSession) -> Bool {
        let (taps, tables) = session.listening.withLock { listening in
            listening.state = state
            return (listening.taps.values.filter(\.isTeller), listening.tables)
        }
        var isDone = true
        for tap in taps {
            let tables = tap.name == session.origin ? tables : tables.map(\.withoutDeparture)
            guard let refusal = put(action(in: tap.name, state, of: session), tap, tables) else { continue }
            log("tracing in \(tap.name): \(refusal)")
            isDone = false
        }
        return isDone
    }

    /// What is to become of chosen packets in a namespace; nil if no table of the tracer's need be there.
    ///
    /// With a table's hooks the kernel drops what waits in any queue of the namespace: where packets may wait, on a slow link
    /// or for a trace, tables stay.
    func action(in name: NamespaceName, _ state: TraceSession.State, of session: TraceSession) -> Tracer.Action? {
        let action = session.action(in: name, state)
        guard action == .pass else { return action }
        let hasQueue =
            faults.queues.keys.contains { $0.namespace == name }
            || tracers.contains { $0.waiting?.places.contains(name) ?? false }
        return hasQueue ? .pass : nil
    }

    /// Makes the tables of a tap, changes what they do, or takes them away. One batch for each.
    @discardableResult
    func put(_ action: Tracer.Action?, _ tap: TraceTap, _ tables: [Ruleset]) -> KernelError? {
        let before = tap.action.withLock(\.self)
        guard action != before else { return nil }
        for var table in tables {
            let refusal = beside(tap.name) { () throws(KernelError) in
                guard let action else { return try tap.remove(table) }
                guard before == nil else { return try tap.commit([.addChain(action.chain)], table) }
                table.set(action)
                try tap.make(table)
            }
            if let refusal { return refusal }
        }
        tap.action.withLock { $0 = action }
        return nil
    }
}
