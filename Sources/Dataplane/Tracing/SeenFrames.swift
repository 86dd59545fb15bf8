// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The frames of one connection, as they came in at the ends of links.
struct SeenFrames {
    struct Seen {
        var frame: CapturedFrame
        var packet: Packet
        var point: LinkPoint { LinkPoint(frame.namespace, frame.interface) }
    }

    /// In order of time.
    let frames: [Seen]
    private let links: [LinkPoint: LinkPoint]

    init(_ frames: [CapturedFrame], _ links: [LinkPoint: LinkPoint]) {
        self.links = links
        self.frames = frames.compactMap { frame in Packet(frame: frame.bytes).map { Seen(frame: frame, packet: $0) } }
    }

    /// The number of the first frame with a packet that came by an end of a link.
    func index(of packet: Packet, at point: LinkPoint) -> Int? {
        frames.firstIndex { $0.point == point && $0.frame.direction == .incoming && $0.packet.isSame(packet) }
    }

    /// When that was.
    func time(of packet: Packet, at point: LinkPoint) -> UInt64? {
        index(of: packet, at: point).map { frames[$0].frame.time }
    }

    /// When a packet was first heard anywhere.
    func first(after packet: Packet) -> UInt64? { frames.first { $0.packet.isSame(packet) }?.frame.time }

    /// Where the frame was sent.
    func sender(_ index: Int) -> LinkPoint? { links[frames[index].point] }

    /// The first frame that a namespace sent, from one on, with one of some packets.
    func next(sentBy namespace: NamespaceName, from index: Int, _ packets: Set<Ends>) -> Int? {
        frames.indices.dropFirst(index).first { place in
            frames[place].frame.direction == .incoming && packets.contains(Ends(frames[place].packet))
                && sender(place)?.namespace == namespace
        }
    }
}

extension TraceReading {
    /// The way of the answer's first packet as it was heard, and all frames with the hops that they are.
    func replyWay() -> (hops: [Journey.Hop], times: [UInt64], frames: [CapturedFrame]) {
        var way = ReplyReading(frames: frames, looks: looks)
        if let last = flow.passages.last, case .taken = last.end, let first = flow.passages.first {
            way.follow(from: last.namespace, last.exit.answer, to: first)
        }
        return (way.hops, way.times, numbered(way.indexes))
    }

    private var looks: Set<Ends> {
        Set(flow.passages.flatMap { [Ends($0.entry.answer), Ends($0.exit.answer)] })
    }

    private func numbered(_ replies: [Int: Int]) -> [CapturedFrame] {
        var numbered = frames.frames.map(\.frame)
        for (index, number) in replies { numbered[index].replyHop = number }
        for (number, hop) in hops.enumerated() {
            guard case .received = hop.action, let interface = hop.interface,
                let index = frames.index(of: hop.packet, at: LinkPoint(hop.namespace, interface))
            else { continue }
            numbered[index].hop = number
        }
        return numbered
    }
}

/// Follows an answer from link to link.
private struct ReplyReading {
    let frames: SeenFrames
    /// What the answer may look like.
    let looks: Set<Ends>
    var hops: [Journey.Hop] = []
    var times: [UInt64] = []
    /// The hops that frames are.
    var indexes: [Int: Int] = [:]

    mutating func follow(from server: NamespaceName, _ answer: Packet, to first: SeenPassage) {
        var (place, packet, index) = (server, answer, 0)
        for _ in 0..<64 {
            guard let found = frames.next(sentBy: place, from: index, looks), let sender = frames.sender(found) else {
                break
            }
            let seen = frames.frames[found]
            restore(packet, to: seen.packet, in: place, seen.frame.time)
            record(.init(place, interface: sender.interface, .sent, seen.packet), seen.frame.time)
            indexes[found] = hops.count
            record(
                .init(seen.frame.namespace, interface: seen.frame.interface, .received, seen.packet), seen.frame.time)
            (place, packet, index) = (seen.frame.namespace, seen.packet, found + 1)
            if place == first.namespace { break }
        }
        // What the sender's own namespace translated, it translates back.
        if place == first.namespace, place != server {
            restore(packet, to: first.entry.answer, in: place, times.last ?? 0)
        }
    }

    /// Notes what a namespace's connection tracking put back.
    private mutating func restore(_ before: Packet, to after: Packet, in place: NamespaceName, _ time: UInt64) {
        if before.destination != after.destination {
            record(.init(place, interface: nil, .dnat(from: before.destination, to: after.destination), after), time)
        }
        if before.source != after.source {
            record(.init(place, interface: nil, .masquerade(from: before.source, to: after.source), after), time)
        }
    }

    private mutating func record(_ hop: Journey.Hop, _ time: UInt64) {
        hops.append(hop)
        times.append(time)
    }
}
