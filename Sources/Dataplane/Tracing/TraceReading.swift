// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Tells what was heard of a connection as a journey: which rules of the plan those were that the kernel told of, which
/// elements decided, which routes were taken.
public struct TraceReading {
    let plan: Plan
    let handles: RuleHandles
    let flow: SeenFlow
    let frames: SeenFrames
    var hops: [Journey.Hop] = []
    var times: [UInt64] = []
    var remembered = Flows()

    /// Reads what was heard.
    /// - Parameters:
    ///   - plan: what the kernels have.
    ///   - handles: the numbers by which they know its rules.
    /// - Returns: the journey, and what the kernels remembered of its client; nil if nothing was heard of the sender.
    public static func read(
        _ flow: SeenFlow, in plan: Plan, _ handles: RuleHandles
    ) -> (traced: TracedJourney, remembered: Flows)? {
        guard let first = flow.passages.first else { return nil }
        var reading = TraceReading(
            plan: plan, handles: handles, flow: flow, frames: SeenFrames(flow.frames, plan.links))
        for index in flow.passages.indices { reading.read(index) }
        let outcome = reading.outcome()
        let journey = Journey(from: first.namespace, first.entry, hops: reading.hops, outcome: outcome)
        let (reply, replyTimes, numbered) = reading.replyWay()
        let traced = TracedJourney(
            journey, times: reading.times, frames: numbered, reply: reply, replyTimes: replyTimes,
            tracked: flow.tracked, agreement: .notPredicted("nobody asked"))
        return (traced, reading.remembered)
    }

    private init(plan: Plan, handles: RuleHandles, flow: SeenFlow, frames: SeenFrames) {
        self.plan = plan
        self.handles = handles
        self.flow = flow
        self.frames = frames
    }

    // MARK: One namespace

    private mutating func read(_ index: Int) {
        let passage = flow.passages[index]
        var time = times.last ?? passage.time
        if let incoming = passage.incoming, incoming != "lo" {
            time = frames.time(of: passage.entry, at: LinkPoint(passage.namespace, incoming)) ?? time
            record(passage, .received, interface: incoming, passage.entry, time)
        }
        var local = PassageReading(passage, plan.namespaces[passage.namespace], handles)
        for step in local.steps() { record(passage, step.action, interface: step.interface, step.packet, time) }
        remembered.endpoints.merge(local.remembered.endpoints) { $1 }
        remembered.recent.merge(local.remembered.recent) { $0.union($1) }
        guard case .left(let interface) = passage.end, interface != "lo" else { return }
        guard let crossing = crossing(index) else { return }
        record(passage, .sent, interface: interface, passage.exit, crossing)
    }

    private mutating func record(
        _ passage: SeenPassage, _ action: Journey.Action, interface: String?, _ packet: Packet, _ time: UInt64
    ) {
        hops.append(Journey.Hop(passage.namespace, interface: interface, action, packet))
        // The reader's clock was asked after the kernel's: it must not run backwards.
        times.append(max(time, times.last ?? 0))
        if times.count == 1, let next = frames.first(after: flow.passages[0].exit) { times[0] = min(time, next) }
    }

    /// When the packet crossed the link by which it left; nil if nothing was heard of it at the other end.
    private func crossing(_ index: Int) -> UInt64? {
        let passage = flow.passages[index]
        guard case .left(let interface) = passage.end else { return nil }
        let peer = plan.namespaces[passage.namespace]?.interfaces[interface]
        guard let peer else { return times.last ?? passage.time }
        let heard = frames.time(of: passage.exit, at: LinkPoint(peer.peerNamespace, peer.peerName))
        return heard ?? (index + 1 < flow.passages.count ? times.last ?? passage.time : nil)
    }

    // MARK: The end

    private func outcome() -> Journey.Outcome {
        guard let last = flow.passages.last else { return .unreachable(.host, reason: "nothing was seen") }
        switch last.end {
        case .taken: return .delivered(last.namespace, last.exit.destination, source: last.exit.source)
        case .stopped: return stopped(last)
        case .left(let interface): return lost(last, interface)
        case .open: return vanished(last)
        }
    }

    private func stopped(_ last: SeenPassage) -> Journey.Outcome {
        let name = last.namespace
        guard let message = last.messages.last, message.handle != nil else {
            let chain = last.messages.last.map { "\($0.table) \($0.chain)" } ?? "a chain"
            return .dropped(name, Because("kernel", field: "the policy of \(chain) is to drop"))
        }
        switch handles.rule(message, in: name) {
        case .nftables(let rule):
            let because = hops.decisive(rule.because)
            return rule.statements.last == .reject ? .rejected(name, because) : .dropped(name, because)
        case .iptables(let rule):
            return rule.target == .reject ? .rejected(name, rule.because) : .dropped(name, rule.because)
        case nil: return .dropped(name, TraceReading.stranger(message))
        }
    }

    /// The reason to give for a rule that is none of the plan's.
    static func stranger(_ message: TraceMessage) -> Because {
        Because("kernel", field: "a rule that is none of the lab's, in the table \(message.table)")
    }

    private func lost(_ last: SeenPassage, _ interface: String) -> Journey.Outcome {
        guard let link = plan.namespaces[last.namespace]?.interfaces[interface] else {
            return .unreachable(last.namespace, reason: "it left the lab by \(interface)")
        }
        let hop = plan.namespaces[last.namespace]?.route(to: last.exit.destination.address)
        guard case .forward(_, _, let nextHop) = hop, crossing(flow.passages.count - 1) == nil else {
            let reason = "it came by \(link.peerName), and no rule saw it"
            return .dropped(link.peerNamespace, Because("kernel", field: reason))
        }
        return .unreachable(last.namespace, reason: "nobody on \(interface) answers for \(nextHop)")
    }

    private func vanished(_ last: SeenPassage) -> Journey.Outcome {
        let name = last.namespace
        guard let namespace = plan.namespaces[name] else {
            return .unreachable(name, reason: "there is no such namespace")
        }
        let destination = last.exit.destination.address
        if case .unreachable(let route) = namespace.route(to: destination) {
            return .unreachable(name, reason: Walk.reason(noRoute: route, to: destination))
        }
        if last.incoming != nil, !namespace.owns(destination), !namespace.forwards(destination.family) {
            return .dropped(name, Because("kernel", field: "\(name) forwards nothing"))
        }
        return .dropped(name, Because("kernel", field: "nothing more was seen of it"))
    }
}
