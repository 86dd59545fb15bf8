// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Reads what a kernel told of a packet's way through its rules.
struct PassageReading {
    /// One thing that happened, for a hop.
    struct Step {
        var action: Journey.Action
        var interface: String?
        var packet: Packet
    }

    /// What one base chain did: the messages between one look at the packet and the next.
    private struct Run {
        var packet: Packet
        var after: Packet
        var incoming: String?
        var outgoing: String?
        var messages: [TraceMessage]

        /// The interface to name in a hop. What stays in the namespace has none on its way out.
        var interface: String? { outgoing == "lo" ? nil : outgoing ?? incoming }
    }

    private let passage: SeenPassage
    private let plan: NamespacePlan?
    private let handles: RuleHandles
    private var done: [Step] = []
    private var isRouted = false
    private var mark: UInt32 = 0
    private var priority: UInt32?
    private var connectionMark: UInt32 = 0
    /// What the kernel remembered of the client.
    private(set) var remembered = Flows()

    init(_ passage: SeenPassage, _ plan: NamespacePlan?, _ handles: RuleHandles) {
        self.passage = passage
        self.plan = plan
        self.handles = handles
    }

    /// What happened between coming and going.
    mutating func steps() -> [Step] {
        for run in runs { read(run) }
        if let interface = passage.outgoing {
            forwarded(passage.exit, by: interface)
        } else if isTaken {
            kept(passage.exit)
        }
        return done
    }

    /// True if the packet was for the namespace itself, and nothing stopped it.
    var isTaken: Bool {
        guard passage.outgoing == nil, !passage.isStopped, passage.incoming != nil else { return false }
        let hooks = hooks
        if hooks.contains(.input) { return true }
        return !hooks.contains(.forward) && plan?.owns(passage.exit.destination.address) == true
    }

    /// The interface that the packet was to leave by, if that was told.
    var intended: String? { passage.outgoing ?? passage.messages.last { $0.outgoing != nil }?.outgoing }

    private var hooks: Set<Hook> { Set(passage.messages.compactMap { plan?.hook(of: $0) }) }

    private var runs: [Run] {
        var runs: [Run] = []
        for message in passage.messages {
            if let packet = message.packet {
                runs.append(
                    Run(
                        packet: packet, after: packet, incoming: message.incoming, outgoing: message.outgoing,
                        messages: []))
            }
            guard !runs.isEmpty else { continue }
            runs[runs.count - 1].messages.append(message)
        }
        for index in runs.indices { runs[index].after = index + 1 < runs.count ? runs[index + 1].packet : passage.exit }
        return runs
    }

    // MARK: A base chain

    private mutating func read(_ run: Run) {
        switch run.messages.first.flatMap({ plan?.hook(of: $0) }) {
        case .postrouting: if let outgoing = run.outgoing { forwarded(run.packet, by: outgoing) }
        case .input: kept(run.packet)
        // `ip_forward` takes it from the type of service, which is 0.
        case .forward: priority = 0
        default: break
        }
        let last = run.messages.lastIndex { $0.handle != nil }
        for (index, message) in run.messages.enumerated() {
            if message.handle != nil { read(message, run, isLast: index == last) }
            mark = message.mark
        }
        guard last == nil else { return }
        translation(run)
    }

    private mutating func read(_ message: TraceMessage, _ run: Run, isLast: Bool) {
        var before = run.packet
        before.mark = mark
        var after = isLast ? run.after : run.packet
        after.mark = message.mark
        switch handles.rule(message, in: passage.namespace) {
        case .nftables(let rule):
            let match = match(rule, message, before, run)
            done.append(Step(action: .matched(match), interface: run.interface, packet: after))
        case .iptables(let rule):
            note(rule, before)
            let match = rule.match(in: IPTablesChainName(.nat, message.chain), message.family)
            done.append(Step(action: .matched(match), interface: run.interface, packet: before))
        case nil:
            let match = RuleMatch(
                chain: message.chain, rule: "handle \(message.handle ?? 0) of table \(message.table)",
                because: TraceReading.stranger(message))
            done.append(Step(action: .matched(match), interface: run.interface, packet: after))
        }
        if isLast { translation(run) }
    }

    private mutating func match(
        _ rule: Rule, _ message: TraceMessage, _ before: Packet, _ run: Run
    ) -> RuleMatch {
        guard let ruleset = plan?.ruleset(message.table, message.family) else {
            return RuleMatch(chain: message.chain, rule: rule.text(message.family), because: rule.because)
        }
        var reading = RuleReading(
            ruleset: ruleset, namespace: passage.namespace, packet: before, priority: priority,
            original: passage.entry.destination, connectionMark: connectionMark,
            result: run.after.destination == run.packet.destination ? nil : run.after.destination)
        let element = reading.element(telling: rule)
        priority = reading.priority
        connectionMark = reading.connectionMark
        remembered.endpoints.merge(reading.remembered.endpoints) { $1 }
        return RuleMatch(
            chain: message.chain, rule: rule.text(ruleset.family), element: element?.text,
            because: element?.because ?? rule.because)
    }

    private mutating func note(_ rule: IPTablesRule, _ packet: Packet) {
        for case .seen(_, let list) in rule.matches {
            let list = Flows.RecentList(namespace: passage.namespace, name: list)
            remembered.recent[list, default: []].insert(packet.source.address)
        }
    }

    private mutating func translation(_ run: Run) {
        var packet = run.after
        packet.mark = mark
        if run.after.destination != run.packet.destination {
            let action = Journey.Action.dnat(from: run.packet.destination, to: run.after.destination)
            done.append(Step(action: action, interface: run.interface, packet: packet))
        }
        if run.after.source != run.packet.source {
            let action = Journey.Action.masquerade(from: run.packet.source, to: run.after.source)
            done.append(Step(action: action, interface: run.interface, packet: packet))
        }
    }

    // MARK: Routes

    /// Notes the route by which the packet was sent on, once.
    private mutating func forwarded(_ packet: Packet, by interface: String) {
        guard !isRouted, interface != "lo",
            let route = plan?.route(to: packet.destination.address, by: interface)
        else { return }
        isRouted = true
        done.append(Step(action: .routed(route), interface: interface, packet: packet))
    }

    /// Notes that the packet was for the namespace itself, once.
    private mutating func kept(_ packet: Packet) {
        guard !isRouted else { return }
        isRouted = true
        done.append(Step(action: .routedLocally, interface: passage.incoming, packet: packet))
    }
}

extension NamespacePlan {
    /// The route that leads to an address by an interface: the one that is best, if it goes there; else one that could
    /// have been taken.
    fileprivate func route(to destination: Address, by interface: String) -> Route? {
        if case .forward(let route, let chosen, _) = route(to: destination), chosen.name == interface {
            return route
        }
        return routes.values.filter { $0.interface == interface && $0.destination.contains(destination) }
            .max { $0.destination.length < $1.destination.length }
    }
}
