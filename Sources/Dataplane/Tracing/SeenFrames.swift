// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The frames of one connection, as they came in at the ends of links.
struct SeenFrames {
    private struct Seen {
        var frame: CapturedFrame
        var packet: Packet
    }

    /// In order of time.
    private let frames: [Seen]

    init(_ frames: [CapturedFrame]) {
        self.frames = frames.compactMap { frame in Packet(frame: frame.bytes).map { Seen(frame: frame, packet: $0) } }
    }

    /// The frames themselves.
    var all: [CapturedFrame] { frames.map(\.frame) }

    /// The number of the first frame with a packet that came to a namespace.
    func index(of packet: Packet, in namespace: NamespaceName) -> Int? {
        frames.firstIndex { $0.frame.namespace == namespace && $0.packet.isSame(packet) }
    }
}

extension TraceReading {
    /// One thing that happened to the answer.
    struct ReplyStep {
        var hop: Journey.Hop
        var time: UInt64
    }

    /// The way of the answer's first packet: where connection tracking says that it came by, and what it made of it there.
    func replyWay() -> [ReplyStep] {
        guard isTaken, let first = flow.passages.first, flow.passages.count > 1 else { return [] }
        let seen = frames.index(of: first.exit.answer, in: first.namespace)
        guard seen != nil || flow.tracked.contains(where: \.isAnswered) else { return [] }
        let time = seen.map { frames.all[$0].time } ?? (flow.passages.map(\.time).max() ?? 0)
        var steps: [ReplyStep] = []
        for (index, passage) in flow.passages.enumerated().reversed() where saw(index, isArrived: seen != nil) {
            func add(_ action: Journey.Action, _ interface: String?, _ packet: Packet) {
                guard let interface, interface != "lo" else { return }
                let hop = Journey.Hop(passage.namespace, interface: interface, action, packet)
                steps.append(ReplyStep(hop: hop, time: time))
            }
            add(.received, passage.outgoing, passage.exit.answer)
            steps += restored(passage, time)
            add(.sent, passage.incoming, passage.entry.answer)
        }
        return steps
    }

    /// True if the answer was in a passage's namespace: its end and its beginning, and where it was tracked.
    private func saw(_ index: Int, isArrived: Bool) -> Bool {
        let passage = flow.passages[index]
        if index == flow.passages.count - 1 || index == 0 && isArrived { return true }
        let known = flow.tracked.filter { $0.namespace == passage.namespace && $0.original.isSame(passage.entry) }
        // A connection that is refused is forgotten where the refusal comes by, and remembered where it does not.
        return known.isEmpty ? isArrived && !passage.messages.isEmpty : known.contains(where: \.isAnswered)
    }

    /// What a namespace's connection tracking puts back.
    private func restored(_ passage: SeenPassage, _ time: UInt64) -> [ReplyStep] {
        let (before, after) = (passage.exit.answer, passage.entry.answer)
        var actions: [Journey.Action] = []
        if before.destination != after.destination {
            actions.append(.dnat(from: before.destination, to: after.destination))
        }
        if before.source != after.source { actions.append(.masquerade(from: before.source, to: after.source)) }
        return actions.map { action in
            ReplyStep(hop: Journey.Hop(passage.namespace, interface: nil, action, after), time: time)
        }
    }

    /// All frames, those that hops are with their numbers and times.
    func numbered(_ reply: [Journey.Hop]) -> [CapturedFrame] {
        var numbered = frames.all
        for (number, hop) in hops.enumerated() {
            guard case .received = hop.action, let index = frames.index(of: hop.packet, in: hop.namespace) else {
                continue
            }
            numbered[index].hop = number
            numbered[index].time = times[number]
        }
        for (number, hop) in reply.enumerated() {
            guard case .received = hop.action, let index = frames.index(of: hop.packet, in: hop.namespace) else {
                continue
            }
            numbered[index].replyHop = number
        }
        // What was read late counts as no later than what comes after it, and comes before it all the same.
        return numbered.sorted { ($0.time, $0.hop ?? .max) < ($1.time, $1.hop ?? .max) }
    }
}
