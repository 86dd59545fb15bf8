// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Synchronization
internal import Net

/// Listening to the lab's kernels while someone traces.
extension Lab {
    /// So many namespaces are listened to at most.
    private static let mostPlaces = 512

    /// Begins to listen, as a request of the verb `trace` asks.
    func beginTrace(_ request: Value) throws -> TraceSession {
        try refuseUntraceable()
        let scope = try traceScope(request)
        let taken = Set(tracers.map(\.number))
        let number = (1...).first { !taken.contains($0) } ?? 1
        let tellers = tellers(scope)
        let session = try TraceSession(
            number, scope, cluster.configuration.families, links: cluster.plan.links, tellers: tellers,
            waiting(scope, tellers)
        ) { [weak self] packets, number in
            Task { await self?.openTrace(packets) }
            Task {
                try? await Task.sleep(for: .milliseconds(Lab.longestWait))
                packets.release(.onward, upTo: number)
            }
        }
        tracers.append(session)
        traceQuestions[number] = request
        do { try listen(session) } catch {
            endTrace(session)
            throw error
        }
        return session
    }

    /// Ends the listening. The tables go in batches that are counted as the lab's own.
    func endTrace(_ session: TraceSession) {
        tracers.removeAll { $0 === session }
        traceQuestions[session.number] = nil
        let (taps, tables) = session.listening.withLock { listening in
            defer { listening.taps = [:] }
            return (listening.taps.values.map(\.self), listening.tables)
        }
        for tap in taps where tap.isTeller {
            if tables.contains(where: tap.has) { put(.pass, tap, tables) }
            // With a hook the kernel drops what waits in any queue of the namespace.
            let others = tracers.compactMap { $0.listening.withLock { $0.taps[tap.name]?.waiting } }
            for waiting in others + [tap.waiting].compactMap(\.self) {
                waiting.take()
                waiting.release(.onward)
            }
            put(nil, tap, tables)
        }
    }

    /// The namespaces that have rules, and track connections: their kernels can tell what happens. A sender without rules
    /// only has to tell of what it sends to itself.
    private func tellers(_ scope: TraceScope) -> Set<NamespaceName> {
        scope.namespaces.filter { name in
            guard let namespace = cluster.plan.namespaces[name] else { return false }
            return !namespace.rulesets.isEmpty || !namespace.iptables.isEmpty || !namespace.tables.isEmpty
                || scope.isWithin && name == scope.origin
        }
    }

    /// Iptables of the older interface tell nothing of what they do.
    private func refuseUntraceable() throws {
        let chains = rules.chains.kept.values.contains { $0.restore.variant == .legacy }
        guard chains else { return }
        throw LabError(
            "the rules of this lab's nodes are iptables' of the legacy variant, which the kernel traces only through the "
                + "target TRACE (xt_TRACE) and its log, not through nf_tables: install iptables-nft "
                + "(apt install iptables; update-alternatives --set iptables /usr/sbin/iptables-nft), or lab set proxy nftables"
        )
    }

    /// What the rules send packets to, and what they should: somebody may have broken them on purpose.
    private func traceScope(_ request: Value) throws -> TraceScope {
        let from = request["from"]?.string ?? "host"
        let question = request["to"]?.string.map { to in
            Question(
                from: from, to: to,
                transport: request["protocol"]?.string.flatMap { AskedProtocol(rawValue: $0.lowercased()) })
        }
        var scope = try cluster.traceScope(from: from, to: question)
        // Rules that do not follow may send packets to Pods that are no endpoints any more.
        if rules.holdsAny { scope.followAnywhere(in: cluster.plan) }
        guard cluster.configuration.sabotage != nil else { return scope }
        return scope.union(try cluster.honest.traceScope(from: from, to: question))
    }

    // MARK: Listening

    /// Listens in the places of a session's scope that it does not listen in yet.
    private func listen(_ session: TraceSession) throws(KernelError) {
        let listening = session.listening.withLock(\.self)
        let (scope, filter, known) = (listening.scope, listening.filter, Set(listening.taps.keys))
        let tellers = tellers(scope)
        var failure: KernelError?
        let names = scope.namespaces.subtracting(known).sorted { Lab.rank($0, scope) < Lab.rank($1, scope) }
        for name in names.prefix(max(0, Lab.mostPlaces - known.count)) {
            do throws(KernelError) {
                let place = try kernel.edge.place(name)
                let tap = try TraceTap(name, place, isTeller: tellers.contains(name), filter)
                if let waiting = listening.waiting[name] { try tap.wait(in: waiting.queue, session.watch) }
                if tap.isTeller {
                    let action = needed(listening.action(in: name, listening.state), in: name)
                    if let error = put(action, tap, listening.tables, isOrigin: name == scope.origin) { throw error }
                }
                try tap.join(session.watch)
                session.listening.withLock { $0.taps[name] = tap }
            } catch {
                // A Pod may be gone meanwhile.
                if error.errno != .noEntry || name == scope.origin { failure = failure ?? error }
            }
        }
        if let failure { throw failure }
    }

    /// The sender first, then who forwards, then Pods.
    private static func rank(_ name: NamespaceName, _ scope: TraceScope) -> (Int, String) {
        (name == scope.origin ? 0 : name.text.contains("/") ? 2 : 1, name.text)
    }

    /// Runs what commits one batch of another table than the Services' in a namespace, so that it is not taken for someone
    /// else's doing.
    @discardableResult
    func beside(_ name: NamespaceName, _ body: () throws(KernelError) -> Void) -> KernelError? {
        do throws(KernelError) {
            if let restore = rules.chains.kept.first(where: { $0.key.namespace == name })?.value.restore {
                try restore.beside(body)
            } else {
                try body()
            }
            rules.countOne(in: name)
            // The numbers of all rules are what they were.
            for tracer in tracers { tracer.listening.withLock { $0.generations[name]? &+= 1 } }
            return nil
        } catch { return error }
    }

    // MARK: Changes

    /// Notes that the rules are others from now on.
    func noteForTracers(_ changes: Changes) {
        guard !tracers.isEmpty, !changes.rules.isEmpty || !changes.podsToStart.isEmpty else { return }
        let now = Program.nanoseconds()
        for tracer in tracers {
            tracer.listening.withLock { listening in
                listening.isStale = true
                listening.changed = now
            }
        }
    }

    /// Looks for other packets in other places, if the rules are others.
    func refreshTrace(_ session: TraceSession) {
        let wasStale = session.listening.withLock { listening in
            defer { listening.isStale = false }
            return listening.isStale
        }
        guard wasStale, let request = traceQuestions[session.number], let scope = try? traceScope(request) else {
            return
        }
        let filter = FrameFilter(scope.flows)
        let (taps, tables, isOther) = session.listening.withLock { listening in
            var tables: [(Ruleset, [TableChange])] = []
            for index in listening.tables.indices {
                let changes = listening.tables[index].trace(scope.flows)
                tables.append((listening.tables[index], changes))
            }
            let isOther = filter != listening.filter
            (listening.scope, listening.filter) = (scope, filter)
            return (listening.taps.values.map(\.self), tables, isOther)
        }
        for tap in taps {
            for (table, changes) in tables where !changes.isEmpty && tap.has(table) {
                beside(tap.name) { () throws(KernelError) in try tap.commit(changes, table) }
            }
            if isOther { try? tap.apply(filter) }
        }
        let tellers = tellers(scope)
        session.follow(scope.flows, cluster.plan.links, tellers: tellers)
        try? listen(session)
        moveWaiting(session, scope, tellers)
    }
}
