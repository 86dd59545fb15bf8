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
        var reading = TraceReading(plan: plan, handles: handles, flow: flow, frames: SeenFrames(flow.frames))
        for index in flow.passages.indices { reading.read(index) }
        let outcome = reading.outcome()
        let journey = Journey(from: first.namespace, first.entry, hops: reading.hops, outcome: outcome)
        let reply = reading.replyWay()
        reading.settleTimes(before: reply.first?.time)
        let traced = TracedJourney(
            journey, times: reading.times, frames: reading.numbered(reply.map(\.hop)), reply: reply.map(\.hop),
            replyTimes: reply.map(\.time), tracked: flow.tracked, agreement: .notPredicted("nobody asked"))
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
        let time = passage.time
        if let incoming = passage.incoming, incoming != "lo" {
            record(passage, .received, interface: incoming, passage.entry, time)
        }
        var local = reading(of: passage)
        for step in local.steps() { record(passage, step.action, interface: step.interface, step.packet, time) }
        remembered.endpoints.merge(local.remembered.endpoints) { $1 }
        remembered.recent.merge(local.remembered.recent) { $0.union($1) }
        guard let interface = passage.outgoing, interface != "lo" else { return }
        record(passage, .sent, interface: interface, passage.exit, flow.passages[index + 1].time)
    }

    private func reading(of passage: SeenPassage) -> PassageReading {
        PassageReading(passage, plan.namespaces[passage.namespace], handles)
    }

    private mutating func record(
        _ passage: SeenPassage, _ action: Journey.Action, interface: String?, _ packet: Packet, _ time: UInt64
    ) {
        hops.append(Journey.Hop(passage.namespace, interface: interface, action, packet))
        times.append(time)
    }

    /// What the kernel's trace told was read some time after it happened: at the latest when the next thing did.
    private mutating func settleTimes(before answer: UInt64?) {
        var bound = answer ?? .max
        for index in times.indices.reversed() {
            bound = min(bound, times[index])
            times[index] = bound
        }
    }

    // MARK: The end

    /// True if the packet came to where it was going.
    var isTaken: Bool { flow.passages.last.map { reading(of: $0).isTaken } ?? false }

    private func outcome() -> Journey.Outcome {
        guard let last = flow.passages.last else { return .unreachable(.host, reason: "nothing was seen") }
        if last.isStopped { return stopped(last) }
        let reading = reading(of: last)
        if reading.isTaken { return .delivered(last.namespace, last.exit.destination, source: last.exit.source) }
        return reading.intended.map { lost(last, $0) } ?? vanished(last)
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
        let name = last.namespace
        guard let namespace = plan.namespaces[name], let link = namespace.interfaces[interface] else {
            return .unreachable(name, reason: "it left the lab by \(interface)")
        }
        if case .forward(_, _, let nextHop) = namespace.route(to: last.exit.destination.address),
            namespace.neighbours[nextHop]?.interface != interface,
            plan.namespaces[link.peerNamespace]?.owns(nextHop) != true
        {
            return .unreachable(name, reason: "nobody on \(interface) answers for \(nextHop)")
        }
        let reason = "it left \(name) by \(interface), and was not seen in \(link.peerNamespace)"
        return .dropped(link.peerNamespace, Because("kernel", field: reason))
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
