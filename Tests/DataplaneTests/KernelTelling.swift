// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net

/// What the kernels of a plan would tell of a packet that takes a journey: nftables' trace where there are rules, frames
/// elsewhere. The form is that of `nft monitor trace` on Linux 6.18.
struct KernelTelling {
    let plan: Plan
    var sightings: [TraceSighting] = []
    var handles = RuleHandles()
    private var namespace = NamespaceName("")
    private var incoming: String?
    private var packet: Packet
    private var chain = ""
    private var time: UInt64 = 1_000_000_000
    private var id: UInt32 = 0

    /// The namespaces that have rules.
    var tellers: Set<NamespaceName> {
        Set(plan.namespaces.filter { !$0.value.rulesets.isEmpty || !$0.value.iptables.isEmpty }.keys)
    }

    init(_ journey: Journey, in plan: Plan) {
        self.plan = plan
        packet = journey.packet
        arrive(journey.origin, nil)
        let isStopped =
            switch journey.outcome {
            case .dropped, .rejected: true
            case .delivered, .unreachable: false
            }
        for (index, hop) in journey.hops.enumerated() {
            let isEnd = isStopped && index == journey.hops.count - 1
            // Through lo a packet comes in once more, and meets the chains of what comes in.
            if incoming == nil, hop.interface == "lo" { arrive(namespace, "lo") }
            switch hop.action {
            case .received: arrive(hop.namespace, hop.interface)
            case .matched(let match): tell(match, hop, isEnd)
            case .dnat(_, let to): packet.destination = to
            case .masquerade(_, let to): packet.source = to
            case .routed, .sent, .routedLocally: finish(hop)
            }
        }
    }

    // MARK: Coming

    private mutating func arrive(_ name: NamespaceName, _ interface: String?) {
        (namespace, incoming, chain) = (name, interface, "")
        time += 1000
        id += 1
        guard tellers.contains(name) else {
            guard let interface else { return }
            let frame = CapturedFrame(name, interface: interface, .incoming, time: time, bytes: Self.frame(packet))
            return sightings.append(TraceSighting(name, time: time, .frame(frame)))
        }
        // What comes back by lo has the trace on already, so that the chain of the hook is the first to tell.
        let chain = interface == "lo" ? "arriving" : "chosen"
        tell(
            TraceMessage(
                id: id, family: packet.source.address.family, table: Tracer.table(), chain: chain, handle: 5,
                verdict: .proceed, packet: packet, headers: Self.frame(packet), incoming: interface))
    }

    // MARK: Rules

    private mutating func tell(_ match: RuleMatch, _ hop: Journey.Hop, _ isEnd: Bool) {
        let (table, index) = place(match)
        let place = RuleHandles.Place(namespace, packet.source.address.family, table: table, chain: match.chain)
        let rules = plan.namespaces[namespace]?.rules(of: place) ?? []
        handles.learn(place, rules.enumerated().map { (handle: UInt64($0.offset + 1), rule: $0.element) })
        var message = TraceMessage(
            id: id, family: place.family, table: table, chain: match.chain, handle: UInt64(index + 1),
            verdict: isEnd ? .drop : .proceed, mark: hop.packet.mark)
        let key = "\(table) \(match.chain)"
        if let hook = hook(match.chain), key != chain {
            chain = key
            show(&message, hook, hop)
        }
        tell(message)
    }

    /// A base chain's first message shows the packet.
    private func show(_ message: inout TraceMessage, _ hook: Hook, _ hop: Journey.Hop) {
        message.packet = packet
        message.headers = Self.frame(packet)
        if hook != .output && hook != .postrouting { message.incoming = incoming }
        if hook == .output || hook == .postrouting || hook == .forward { message.outgoing = hop.interface ?? "lo" }
    }

    private func hook(_ chain: String) -> Hook? {
        let base = plan.namespaces[namespace]?.rulesets.values.lazy.flatMap(\.chains).first { $0.name == chain }?.base
        let builtIn: [String: Hook] = [
            "PREROUTING": .prerouting, "INPUT": .input, "FORWARD": .forward, "OUTPUT": .output,
            "POSTROUTING": .postrouting,
        ]
        return base?.hook ?? builtIn[chain]
    }

    /// The table that has the rule, and where in its chain.
    private func place(_ match: RuleMatch) -> (table: String, index: Int) {
        let family = packet.source.address.family
        for table in ["lab", "mangle", "nat", "filter"] {
            let place = RuleHandles.Place(namespace, family, table: table, chain: match.chain)
            let index = plan.namespaces[namespace]?.rules(of: place).firstIndex {
                $0.text(in: match.chain, family) == match.rule
            }
            if let index { return (table, index) }
        }
        return ("lab", 0)
    }

    // MARK: Going

    /// What the chains tell that have nothing to say: their policy.
    private mutating func finish(_ hop: Journey.Hop) {
        guard tellers.contains(namespace), let plan = plan.namespaces[namespace] else { return }
        let isOwn = if case .routedLocally = hop.action { true } else { false }
        let isNft = !plan.rulesets.isEmpty
        let name = isNft ? (isOwn ? "filter-input" : "nat-postrouting") : isOwn ? "INPUT" : "POSTROUTING"
        let table = isNft ? "lab" : isOwn ? "filter" : "nat"
        // The edge has no chain at input.
        guard chain != "\(table) \(name)", hook(name) != nil, hop.action != .sent else { return }
        var message = TraceMessage(
            id: id, family: packet.source.address.family, table: table, chain: name, verdict: .accept)
        show(&message, isOwn ? .input : .postrouting, hop)
        tell(message)
    }

    private mutating func tell(_ message: TraceMessage) {
        sightings.append(TraceSighting(namespace, time: time, .message(message)))
    }

    /// The beginning of an Ethernet frame with the first segment of a TCP connection, or with a datagram.
    static func frame(_ packet: Packet) -> [UInt8] {
        let isV4 = packet.source.address.family == .v4
        var bytes = Array(repeating: UInt8(2), count: 12) + (isV4 ? [0x08, 0x00] : [0x86, 0xdd])
        let ends = packet.source.address.bytes + packet.destination.address.bytes
        bytes +=
            isV4
            ? [0x45, 0, 0, 40, 0, 7, 0x40, 0, 64, packet.transport.rawValue, 0, 0] + ends
            : [0x60, 0, 0, 0, 0, 20, packet.transport.rawValue, 64] + ends
        for port in [packet.source.port, packet.destination.port] { bytes += [UInt8(port >> 8), UInt8(port & 255)] }
        return bytes + [0, 0, 0, 9, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0]
    }
}
