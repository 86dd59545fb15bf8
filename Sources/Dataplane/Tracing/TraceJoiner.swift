// SPDX-License-Identifier: Apache-2.0
internal import Net

/// Puts together what was heard of connections in many namespaces, in whatever order the namespaces are listened to.
///
/// Within a namespace a packet is known by the number that the kernel's trace gives it; from one namespace to the next, by
/// the link between them and by its addresses and ports as it left. It knows no clock: it is told the time.
public struct TraceJoiner: Sendable {
    /// The kernel's number of a packet, which another packet may have later.
    private struct Tag: Hashable {
        var namespace: NamespaceName
        var id: UInt32
    }

    private struct Begun {
        var passage: Int
        var time: UInt64
    }

    /// So long nothing may be heard of a connection before it is taken for over, in nanoseconds.
    public var patience: UInt64 = 500_000_000
    /// So long after its end a connection waits for what is still being read elsewhere.
    public var grace: UInt64 = 20_000_000
    /// What each end of a link leads to.
    public var links: [LinkPoint: LinkPoint]
    /// Which connections are followed: others trace, too.
    public var flows: TracedFlows
    /// How many connections were not followed because too many were under way.
    public private(set) var skipped = 0

    private let origin: NamespaceName
    /// The table that traces.
    private let table: String
    /// All passages, by a number of our own; and those that the kernel's next messages belong to.
    private var passages: [Int: SeenPassage] = [:]
    private var last = 0
    private var current: [Tag: Int] = [:]
    /// The passages that came by a link, by that link's end and the packet's ends.
    private var arrivals: [LinkPoint: [Ends: Int]] = [:]
    /// The connections under way, and those that were handed over: a first packet that is sent again is no new one.
    private var begun: [Ends: Begun] = [:]
    private var told: [Ends: UInt64] = [:]
    private var frames = FramePool()
    private var tracked: [TrackedConnection] = []
    private var nextTidying: UInt64 = 0

    private static let mostFlows = 1024
    private static let mostPassages = 16_384
    private static let mostTracked = 4096
    /// So long passages and frames are kept that belong to no connection, and so long the connections that were told.
    private static let memory: UInt64 = 5_000_000_000
    private static let longMemory: UInt64 = 40_000_000_000

    /// Follows connections that begin in a namespace.
    /// - Parameter table: the table that switches the trace on for them.
    public init(
        from origin: NamespaceName, _ flows: TracedFlows, links: [LinkPoint: LinkPoint],
        table: String = Tracer.table()
    ) {
        self.origin = origin
        self.flows = flows
        self.links = links
        self.table = table
    }

    /// True if nothing is under way.
    public var isIdle: Bool { begun.isEmpty }

    // MARK: Hearing

    /// Takes in what was heard.
    public mutating func add(_ sighting: TraceSighting) {
        switch sighting.content {
        case .message(let message): add(message, in: sighting.namespace, sighting.time)
        case .frame(let frame): frames.add(frame)
        case .tracked(let connection):
            if tracked.count == TraceJoiner.mostTracked { tracked.removeFirst(TraceJoiner.mostTracked / 2) }
            tracked.append(connection)
        }
    }

    private mutating func add(_ message: TraceMessage, in name: NamespaceName, _ time: UInt64) {
        let tag = Tag(namespace: name, id: message.id)
        guard message.table == table, message.isAtEntry, let packet = message.packet else {
            if let number = current[tag] { passages[number]?.add(message, tracer: table) }
            return
        }
        current[tag] = nil
        guard flows.holds(packet) else { return }
        let ends = Ends(packet)
        guard let incoming = message.incoming else {
            guard name == origin, let number = begin(ends, time) else { return }
            passages[number] = SeenPassage(name, incoming: nil, packet, time: time)
            current[tag] = number
            return
        }
        guard passages.count < TraceJoiner.mostPassages else { return }
        last += 1
        passages[last] = SeenPassage(name, incoming: incoming, packet, time: time)
        current[tag] = last
        arrivals[LinkPoint(name, incoming), default: [:]][ends] = last
    }

    /// The number of a new connection's first passage; nil for a first packet that is sent again.
    private mutating func begin(_ ends: Ends, _ time: UInt64) -> Int? {
        guard begun[ends] == nil else { return nil }
        if told[ends] != nil {
            told[ends] = time
            return nil
        }
        guard begun.count < TraceJoiner.mostFlows else {
            skipped += 1
            return nil
        }
        last += 1
        begun[ends] = Begun(passage: last, time: time)
        return last
    }

    // MARK: Telling

    /// The connections of which nothing more is to be expected at this moment, in the order in which they began.
    /// - Parameter isLast: also those that are still under way.
    public mutating func take(now: UInt64, isLast: Bool = false) -> [SeenFlow] {
        var flows: [(time: UInt64, flow: SeenFlow)] = []
        for (ends, start) in begun {
            let chain = chain(from: start.passage)
            guard isLast || isOver(chain, now: now) else { continue }
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
        while chain.count < 64, let passage = passages[chain[chain.count - 1]], case .left(let interface) = passage.end
        {
            let point = LinkPoint(passage.namespace, interface)
            guard let peer = interface == "lo" ? point : links[point],
                let next = arrivals[peer]?[Ends(passage.exit)], !chain.contains(next)
            else { break }
            chain.append(next)
        }
        return chain
    }

    private func isOver(_ chain: [Int], now: UInt64) -> Bool {
        guard let first = passages[chain[0]], let last = chain.last.flatMap({ passages[$0] }) else { return true }
        let age = now > last.time ? now - last.time : 0
        switch last.end {
        case .open, .left: return age > patience
        case .stopped: return age > grace
        case .taken:
            // What a namespace sends to itself is on no wire.
            let isOwn = last.incoming == "lo"
            let answers = [first.entry.answer, first.exit.answer]
            let isAnswered = isOwn || answers.contains { frames.has($0, arrivingIn: origin) }
            return age > (isAnswered ? grace : patience)
        }
    }

    private func flow(of chain: [Int]) -> SeenFlow {
        var flow = SeenFlow(passages: chain.compactMap { passages[$0] })
        let looks = flow.passages.flatMap { [$0.entry, $0.exit] }
        flow.frames = frames.frames(of: Set(looks.flatMap { [Ends($0), Ends($0.answer)] }))
        for passage in flow.passages {
            let noted = tracked.last { $0.namespace == passage.namespace && $0.original.isSame(passage.entry) }
            if let noted, flow.tracked.last != noted { flow.tracked.append(noted) }
        }
        return flow
    }

    // MARK: Forgetting

    private mutating func forget(_ number: Int) {
        guard let passage = passages.removeValue(forKey: number), let incoming = passage.incoming else { return }
        let point = LinkPoint(passage.namespace, incoming)
        if arrivals[point]?[Ends(passage.entry)] == number { arrivals[point]?[Ends(passage.entry)] = nil }
    }

    /// Forgets what belongs to no connection: looks that others share, and what came too late.
    private mutating func tidy(_ now: UInt64) {
        nextTidying = now + TraceJoiner.memory / 5
        let old = now > TraceJoiner.memory ? now - TraceJoiner.memory : 0
        let firsts = Set(begun.values.map(\.passage))
        for (number, passage) in passages where passage.time < old && !firsts.contains(number) { forget(number) }
        current = current.filter { passages[$0.value] != nil }
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

extension TraceMessage {
    /// True for what the tracer's table tells of a packet that comes.
    fileprivate var isAtEntry: Bool { chain == Tracer.arriving || chain == Tracer.departing }
}
