// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// Where walks to an address end, and how many of all connections do so.
public struct Arrival: Sendable, Hashable {
    /// One end.
    public struct End: Sendable, Hashable {
        /// How many of all connections.
        public var share: Share
        /// `delivered`, `rejected`, `dropped` or `unreachable`.
        public var outcome: String
        /// The Pod or the place.
        public var place: String
        /// Its node; empty if it is none's.
        public var node: String
        /// The address and port that it came to; empty for what did not come anywhere.
        public var destination: String
        /// The address that the server sees as the client's; else what stopped it.
        public var detail: String
    }

    /// What was knocked at.
    public var socket: String
    /// The ends, by where they are.
    public var ends: [End]
    /// What becomes of the connections, in plain words.
    public var headline = ""
}

extension Cluster {
    /// Carries a connection's first packet from a place to an address.
    func arrival(from origin: WalkOrigin, at socket: SocketAddress, _ transport: TransportProtocol) -> Arrival {
        struct Key: Hashable {
            var outcome: String
            var namespace: NamespaceName
            var destination: SocketAddress?
            var detail: String
        }
        let source = SocketAddress(Address(0, socket.address.family), 40_000)
        var shares: [Key: Share] = [:]
        plan.forEachJourney(Packet(transport, from: source, to: socket), from: origin.namespace) { journey in
            let (outcome, destination, detail) = journey.outcome.summary
            let key = Key(
                outcome: outcome, namespace: journey.destination, destination: destination, detail: detail)
            shares[key, default: .none] += Share(journey.probability)
        }
        let ends = shares.map { key, share -> Arrival.End in
            var end = Arrival.End(
                share: share, outcome: key.outcome, place: key.namespace.text, node: "", destination: "",
                detail: key.detail)
            guard let destination = key.destination else { return end }
            end.destination = destination.description
            guard let pod = pod(in: key.namespace, destination, transport) else { return end }
            end.place = "\(pod.namespace)/\(pod.name)"
            end.node = nodes.placements[pod]?.node ?? ""
            return end
        }
        return Arrival(socket: socket.description, ends: ends.sorted())
    }

    /// The same with what becomes of the connections in plain words.
    func explained(_ arrival: Arrival, from origin: WalkOrigin, _ transport: TransportProtocol) -> Arrival {
        var arrival = arrival
        let question = Question(
            from: origin.place, to: arrival.socket, transport: AskedProtocol(transport))
        arrival.headline = (try? explain(question).headline) ?? ""
        return arrival
    }
}

extension Arrival.End: Comparable {
    /// By where they end, and how they do.
    public static func < (left: Self, right: Self) -> Bool { left.words.lexicographicallyPrecedes(right.words) }

    /// True for ends that are told in the same words: shares were summed up in one order or another.
    public static func == (left: Self, right: Self) -> Bool { left.words == right.words }

    /// By the words.
    public func hash(into hasher: inout Hasher) { hasher.combine(words) }

    private var words: [String] { [place, destination, outcome, detail, node, share.description] }
}

extension Journey.Outcome {
    /// How it ends, without what moves when a manifest does: the lines that reasons stand in.
    fileprivate var summary: (word: String, destination: SocketAddress?, detail: String) {
        switch self {
        case .delivered(_, let socket, let source): ("delivered", socket, "\(source.address)")
        case .rejected(_, let because): ("rejected", nil, because.unplaced)
        case .dropped(_, let because): ("dropped", nil, because.unplaced)
        case .unreachable(_, let reason): ("unreachable", nil, reason.components(before: " ("))
        }
    }
}

extension Because {
    /// The reason without its line.
    fileprivate var unplaced: String { Because(object, field: field).description }
}

extension String {
    /// The text up to another.
    fileprivate func components(before end: String) -> String {
        firstRange(of: end).map { String(self[..<$0.lowerBound]) } ?? self
    }
}
