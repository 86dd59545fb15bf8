// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Puts together what was heard of connections in many namespaces, in whatever order the namespaces are listened to.
///
/// Within a namespace a packet is known by the number that the kernel's trace gives it; from one namespace to the next, by
/// the link between them, by where it is going, and by what no translation changes. Where a namespace has no rules, the
/// frame that comes in is all there is to hear. It knows no clock: it is told the time.
public struct TraceJoiner: Sendable {
    /// The kernel's number of a packet, which another packet may have later.
    private struct Tag: Hashable {
        var namespace: NamespaceName
        var id: UInt32
    }

    private struct Begun {
        var passage: Int
        var time: UInt64
        var ends: Ends
    }

    /// So long nothing may be heard of a connection before it is taken for over, in nanoseconds.
    public var patience: UInt64 = 500_000_000
    /// So long after its end a connection waits for what is still being read elsewhere.
    public var grace: UInt64 = 20_000_000
    /// What each end of a link leads to.
    public var links: [LinkPoint: LinkPoint]
    /// So long something may be on its way of which nothing was heard yet.
    public var deafness: UInt64 = 100_000_000
    /// Which connections are followed: others trace, too.
    public var flows: TracedFlows
    /// The namespaces whose rules tell of packets that come.
    public var tellers: Set<NamespaceName>
    /// How many connections were not followed because too many were under way.
    public private(set) var skipped = 0

    private let origin: NamespaceName
    /// The table that traces.
    private let table: String
    /// All passages, by a number of our own; and those that the kernel's next messages belong to.
    private var passages: [Int: SeenPassage] = [:]
    private var last = 0
    private var current: [Tag: Int] = [:]
    /// The passages that came from a namespace, by where the packet goes.
    private var arrivals: [NamespaceName: [Look: [Int]]] = [:]
    /// The connections under way, by what their sender sent, and those that were handed over: a first packet that is sent
    /// again is no new one.
    private var begun: [Ends: Begun] = [:]
    private var told: [Ends: UInt64] = [:]
    private var frames = FramePool()
    private var nextTidying: UInt64 = 0
    /// When a packet was last heard of as it came.
    private var lastEntry: UInt64 = 0

    private struct Look: Hashable {
        var transport: TransportProtocol
        var destination: SocketAddress

        init(_ packet: Packet) {
            transport = packet.transport
            destination = packet.destination
        }
    }

    private static let mostFlows = 1024
    private static let mostPassages = 16_384
    /// So long passages and frames are kept that belong to no connection, and so long the connections that were told.
    private static let memory: UInt64 = 5_000_000_000
    private static let longMemory: UInt64 = 40_000_000_000

    /// Follows connections that begin in a namespace.
    /// - Parameters:
    ///   - tellers: the namespaces in which the trace is switched on.
    ///   - table: the table that switches it on.
    public init(
        from origin: NamespaceName, _ flows: TracedFlows, links: [LinkPoint: LinkPoint],
        tellers: Set<NamespaceName>, table: String = Tracer.table()
    ) {
        self.origin = origin
        self.flows = flows
        self.links = links
        self.tellers = tellers
        self.table = table
    }

    /// True if nothing is under way.
    public var isIdle: Bool { begun.isEmpty }

    /// True if something was heard since a moment, and the first packets of all connections under way are where they went, or
    /// long lost.
    public func isQuiet(since: UInt64, now: UInt64) -> Bool {
        (lastEntry >= since || now > since + deafness)
            && begun.values.allSatisfy { isOver(chain(from: $0.passage), now: now, grace: 0) }
    }

    // MARK: Hearing

    /// Takes in what was heard.
    public mutating func add(_ sighting: TraceSighting) {
        switch sighting.content {
        case .message(let message): add(message, in: sighting.namespace, sighting.time)
        case .frame(let frame): add(frame)
        case .tracked: break
        }
    }

    private mutating func add(_ message: TraceMessage, in name: NamespaceName, _ time: UInt64) {
        let tag = Tag(namespace: name, id: message.id)
        guard message.table == table, message.isAtEntry, let packet = message.packet else {
            if let number = current[tag] { passages[number]?.add(message) }
            return
        }
        if let number = current[tag], let known = passages[number], known.entry == packet,
            known.incoming == message.incoming
        {
            // It waited in between, with its trace on: this is the same packet, which meets the same chain again.
            return
        }
        current[tag] = nil
        guard flows.holds(packet) else { return }
        lastEntry = max(lastEntry, time)
        var passage = SeenPassage(name, incoming: message.incoming, packet, time: time)
        passage.mark = PacketMark(frame: message.headers)
        if let incoming = message.incoming, incoming != "lo", !message.headers.isEmpty {
            frames.add(
                CapturedFrame(
                    name, interface: incoming, .incoming, time: time, bytes: message.headers,
                    length: message.frameLength))
        }
        current[tag] = add(passage)
    }

    private mutating func add(_ frame: CapturedFrame) {
        frames.add(frame)
        guard !tellers.contains(frame.namespace), PacketMark.begins(frame.bytes),
            let packet = Packet(frame: frame.bytes), flows.holds(packet)
        else { return }
        var passage = SeenPassage(frame.namespace, incoming: frame.interface, packet, time: frame.time)
        passage.mark = PacketMark(frame: frame.bytes)
        _ = add(passage)
    }

    /// Keeps a passage. One that comes from a sender that tells nothing is that sender's passage, too.
    private mutating func add(_ passage: SeenPassage) -> Int? {
        guard passages.count < TraceJoiner.mostPassages else { return nil }
        guard let incoming = passage.incoming else {
            return passage.namespace == origin ? begin(passage) : nil
        }
        let point = LinkPoint(passage.namespace, incoming)
        let sender = incoming == "lo" ? passage.namespace : links[point]?.namespace
        if let sender, sender == origin, incoming != "lo", !tellers.contains(origin) {
            var first = SeenPassage(origin, incoming: nil, passage.entry, time: passage.time)
            first.mark = passage.mark
            // The same packet again, sent a second time: what follows from it is not followed.
            guard begin(first) != nil else { return nil }
        }
        last += 1
        passages[last] = passage
        if let sender { arrivals[sender, default: [:]][Look(passage.entry), default: []].append(last) }
        return last
    }

    /// The number of a new connection's first passage; nil for a first packet that is sent again.
    private mutating func begin(_ passage: SeenPassage) -> Int? {
        let ends = Ends(passage.entry)
        guard begun[ends] == nil, flows.begin(with: passage.entry) else { return nil }
        if told[ends] != nil {
            told[ends] = passage.time
            return nil
        }
        guard begun.count < TraceJoiner.mostFlows else {
            skipped += 1
            return nil
        }
        last += 1
        passages[last] = passage
        begun[ends] = Begun(passage: last, time: passage.time, ends: ends)
        return last
    }

    // MARK: Telling

    /// The connections of which nothing more is to be expected at this moment, in the order in which they began.
    /// - Parameter isLast: also those that are still under way.
    public mutating func take(now: UInt64, isLast: Bool = false) -> [SeenFlow] {
        var flows: [(time: UInt64, flow: SeenFlow)] = []
        for (ends, start) in begun {
            let chain = chain(from: start.passage)
            guard isLast || isOver(chain, now: now, grace: grace) else { continue }
            flows.append((start.time, flow(of: chain)))
            begun[ends] = nil
            told[ends] = now
            for number in chain { forget(number) }
        }
        if now >= nextTidying { tidy(now) }
        return flows.sorted { $0.time < $1.time }.map(\.flow)
    }

    /// The passages that follow from the first, as far as they are there.
    private func chain(from first: Int) -> [Int] {
        var chain = [first]
        while chain.count < 64, let passage = passages[chain[chain.count - 1]], !passage.isStopped,
            let next = next(of: passage, beside: chain)
        {
            chain.append(next)
        }
        return chain
    }

    /// The passage that follows from one: what is surely the same packet's; else what may be, with another port.
    private func next(of passage: SeenPassage, beside chain: [Int]) -> Int? {
        let arrived = (arrivals[passage.namespace]?[Look(passage.exit)] ?? []).filter { !chain.contains($0) }
        func first(where isNext: (SeenPassage) -> Bool) -> Int? {
            arrived.first { passages[$0].map(isNext) ?? false }
        }
        return first { passage.continues(in: $0) } ?? first { passage.mark == nil || $0.mark == nil }
    }

    private func isOver(_ chain: [Int], now: UInt64, grace: UInt64) -> Bool {
        guard let first = passages[chain[0]], let last = chain.last.flatMap({ passages[$0] }) else { return true }
        let age = now > last.time ? now - last.time : 0
        if last.isStopped || last.incoming == "lo" { return age >= grace }
        let isAnswered = [first.entry, first.exit].contains { frames.has($0.answer, arrivingIn: origin) }
        return age >= (isAnswered ? grace : patience)
    }

    private func flow(of chain: [Int]) -> SeenFlow {
        var seen = chain.compactMap { passages[$0] }
        for index in seen.indices.dropLast() {
            let next = seen[index + 1]
            seen[index].exit = next.entry
            guard let incoming = next.incoming else { continue }
            let point = LinkPoint(next.namespace, incoming)
            seen[index].outgoing = incoming == "lo" ? "lo" : links[point]?.interface
        }
        var flow = SeenFlow(passages: seen)
        let looks = seen.flatMap { [$0.entry, $0.exit] }
        flow.frames = frames.frames(of: Set(looks.flatMap { [Ends($0), Ends($0.answer)] }))
        return flow
    }

    // MARK: Forgetting

    private mutating func forget(_ number: Int) {
        guard let passage = passages.removeValue(forKey: number), let incoming = passage.incoming else { return }
        let point = LinkPoint(passage.namespace, incoming)
        guard let sender = incoming == "lo" ? passage.namespace : links[point]?.namespace else { return }
        let look = Look(passage.entry)
        arrivals[sender]?[look]?.removeAll { $0 == number }
        if arrivals[sender]?[look]?.isEmpty == true { arrivals[sender]?[look] = nil }
    }

    /// Forgets what belongs to no connection: looks that others share, and what came too late.
    private mutating func tidy(_ now: UInt64) {
        nextTidying = now + TraceJoiner.memory / 5
        let old = now > TraceJoiner.memory ? now - TraceJoiner.memory : 0
        let firsts = Set(begun.values.map(\.passage))
        for (number, passage) in passages where passage.time < old && !firsts.contains(number) { forget(number) }
        current = current.filter { passages[$0.value] != nil }
        arrivals = arrivals.compactMapValues { places in
            let kept = places.compactMapValues { numbers in
                let kept = numbers.filter { passages[$0] != nil }
                return kept.isEmpty ? nil : kept
            }
            return kept.isEmpty ? nil : kept
        }
        frames.forget(before: old)
        told = told.filter { $0.value + TraceJoiner.longMemory > now }
    }
}

/// A packet's protocol and both its ends.
struct Ends: Hashable, Sendable {
    var transport: TransportProtocol
    var source: SocketAddress
    var destination: SocketAddress

    init(_ packet: Packet) {
        transport = packet.transport
        source = packet.source
        destination = packet.destination
    }
}

extension SeenPassage {
    /// True if the other passage is the same packet's: it goes to the same place, and has what no translation changes.
    fileprivate func continues(in other: SeenPassage) -> Bool {
        if let mark, let otherMark = other.mark { return mark == otherMark }
        // A source that is translated on the way out may get another port.
        return other.entry.source.port == exit.source.port || other.entry.source.address != exit.source.address
    }
}

extension TraceMessage {
    /// True for what the tracer's table tells of a packet that comes. Of one whose trace is on already, because it came back by
    /// the loopback interface, the first to tell is the chain of the hook.
    fileprivate var isAtEntry: Bool { [Tracer.chosen, Tracer.arriving, Tracer.departing].contains(chain) }

    /// How long the frame is whose headers are known.
    fileprivate var frameLength: Int {
        guard headers.count >= 34 else { return headers.count }
        return headers[12] == 0x08
            ? 14 + Int(headers[16]) << 8 + Int(headers[17]) : 54 + Int(headers[18]) << 8 + Int(headers[19])
    }
}
