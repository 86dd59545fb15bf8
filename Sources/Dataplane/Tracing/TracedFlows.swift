// SPDX-License-Identifier: Apache-2.0
public import Net

/// Which connections are traced, in words that each namespace's kernel understands.
///
/// Nothing of a packet says in the next namespace that it was chosen in the one before: marks end where the namespace
/// does, and addresses are translated. But the walker knows what a chosen packet may look like in each namespace.
public struct TracedFlows: Sendable, Hashable {
    /// What a connection's first packet may look like somewhere on its way; the source's port is the sender's to choose.
    public struct Look: Sendable, Hashable {
        /// The protocol.
        public var transport: TransportProtocol
        /// Where it comes from.
        public var source: Address
        /// Where it goes.
        public var destination: SocketAddress

        /// Puts one together from its parts.
        public init(_ transport: TransportProtocol, from source: Address, to destination: SocketAddress) {
            self.transport = transport
            self.source = source
            self.destination = destination
        }

        /// What a packet looks like.
        public init(_ packet: Packet) {
            self.init(packet.transport, from: packet.source.address, to: packet.destination)
        }
    }

    /// The looks of connections with a known goal.
    public var looks: Set<Look> = []
    /// Those of them that the sender itself gives its packets.
    public private(set) var starts: Set<Look> = []
    /// The senders all of whose connections are traced, as they may look anywhere.
    public var sources: Set<Address> = []
    /// True if connections with a known goal may be sent elsewhere than the walker knows: whatever comes from one of their
    /// sources may be theirs.
    public var goAnywhere = false

    /// None.
    public init() {}

    /// Those of which walks tell.
    public init(_ journeys: some Sequence<Journey>) { for journey in journeys { add(journey) } }

    /// Adds everything that a packet looks like on a journey.
    public mutating func add(_ journey: Journey) {
        looks.insert(Look(journey.packet))
        starts.insert(Look(journey.packet))
        for hop in journey.hops { looks.insert(Look(hop.packet)) }
    }

    /// All that begin in a place, wherever they go. A namespace that forwards may give them its own address.
    public init(allFrom origin: NamespaceName, in plan: borrowing Plan) {
        for (name, namespace) in plan.namespaces {
            let isOnTheWay = namespace.forwards(.v4) || namespace.forwards(.v6)
            guard name == origin || isOnTheWay else { continue }
            let all = namespace.interfaces.values.flatMap(\.addresses) + namespace.loopback
            sources.formUnion(all.map(\.address).filter { !$0.isLoopback && !$0.isLinkLocal })
        }
    }

    /// True if there is nothing to trace.
    public var isEmpty: Bool { looks.isEmpty && sources.isEmpty }

    /// Those of whom whatever they send may be of a traced connection; none if it is known what that looks like.
    var senders: Set<Address> { goAnywhere ? sources.union(looks.map(\.source)) : sources }

    /// Those of both.
    public func union(_ other: TracedFlows) -> TracedFlows {
        var union = self
        union.looks.formUnion(other.looks)
        union.starts.formUnion(other.starts)
        union.sources.formUnion(other.sources)
        union.goAnywhere = goAnywhere || other.goAnywhere
        return union
    }

    /// True if one of them begins with a packet: what a sender sends otherwise may look like theirs later on.
    func begin(with packet: Packet) -> Bool {
        sources.contains(packet.source.address) || starts.contains(Look(packet))
    }

    /// True if a packet looks like one of them.
    public func holds(_ packet: Packet) -> Bool {
        sources.contains(packet.source.address) || looks.contains(Look(packet))
            || goAnywhere && looks.contains { $0.source == packet.source.address }
    }
}
