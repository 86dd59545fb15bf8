// SPDX-License-Identifier: Apache-2.0
public import Net

/// The way of a connection's first packet: through which namespaces, which rules saw it, what they did, how it ended.
///
/// The walker makes journeys from a plan, and what the kernel's trace says is read back into the same type.
public struct Journey: Sendable, Hashable {
    /// Where the packet was sent.
    public var origin: NamespaceName
    /// The packet as its sender made it.
    public var packet: Packet
    /// What happened to it, in order.
    public var hops: [Hop]
    /// How it ended.
    public var outcome: Outcome
    /// How likely the journey is among all that the packet may take.
    public var probability: Probability
    /// What the kernels on its way remember of it.
    public var remembered: Flows

    /// Puts one together from its parts.
    public init(
        from origin: NamespaceName, _ packet: Packet, hops: [Hop], outcome: Outcome,
        probability: Probability = .certain,
        remembered: Flows = Flows()
    ) {
        self.remembered = remembered
        self.origin = origin
        self.packet = packet
        self.hops = hops
        self.outcome = outcome
        self.probability = probability
    }

    /// One thing that happened to the packet.
    public struct Hop: Sendable, Hashable {
        /// Where it happened.
        public var namespace: NamespaceName
        /// The interface that the packet was on: the one it came by, or the one it leaves by; nil for what the
        /// namespace itself sends, before it is routed.
        public var interface: String?
        /// What happened.
        public var action: Action
        /// The packet after it.
        public var packet: Packet

        /// Puts one together from its parts.
        public init(_ namespace: NamespaceName, interface: String?, _ action: Action, _ packet: Packet) {
            self.namespace = namespace
            self.interface = interface
            self.action = action
            self.packet = packet
        }
    }

    /// What can happen to a packet in a namespace.
    public enum Action: Sendable, Hashable {
        /// It left by the hop's interface.
        case sent
        /// It came in by the hop's interface.
        case received
        /// A rule ran to its end.
        case matched(RuleMatch)
        /// Its destination was translated.
        case dnat(from: SocketAddress, to: SocketAddress)
        /// Its source was translated to an address of the namespace.
        case masquerade(from: SocketAddress, to: SocketAddress)
        /// The route that was chosen for it.
        case routed(Route)
        /// Its destination is an address of the namespace itself.
        case routedLocally
    }

    /// How a journey ends.
    public enum Outcome: Sendable, Hashable {
        /// It reached the namespace that has its destination, whose programs see it come from `source`. Whether one of
        /// them listens is not the network's to say.
        case delivered(NamespaceName, SocketAddress, source: SocketAddress)
        /// Refused at once: the sender is told (ICMP port unreachable).
        case rejected(NamespaceName, Because)
        /// Thrown away without a word: the sender waits in vain.
        case dropped(NamespaceName, Because)
        /// No way to go from there: the sender is told (ICMP unreachable, or `EHOSTUNREACH`, `ENETUNREACH`).
        case unreachable(NamespaceName, reason: String)
    }

    /// Where the journey ended.
    public var destination: NamespaceName {
        switch outcome {
        case .delivered(let name, _, _), .rejected(let name, _), .dropped(let name, _), .unreachable(let name, _): name
        }
    }

    /// True if the packet's source was translated on its way.
    public var isMasqueraded: Bool {
        hops.contains { hop in
            if case .masquerade(let from, let to) = hop.action { from.address != to.address } else { false }
        }
    }
}

/// A rule that matched a packet, and the element of the rule's map or set that decided.
public struct RuleMatch: Sendable, Hashable {
    /// The chain that the rule stands in.
    public var chain: String
    /// The rule as nft prints it.
    public var rule: String
    /// The element as nft prints it; nil for a rule that looks nothing up.
    public var element: String?
    /// Why the element is there; without one, why the rule is.
    public var because: Because

    /// Puts one together from its parts.
    public init(chain: String, rule: String, element: String? = nil, because: Because) {
        self.chain = chain
        self.rule = rule
        self.element = element
        self.because = because
    }
}

/// An exact share of all cases: 1/3.
public struct Probability: Sendable, Hashable, CustomStringConvertible {
    /// How many cases.
    public let numerator: UInt64
    /// Of how many; never 0.
    public let denominator: UInt64

    /// Always.
    public static let certain = Probability(1, of: 1)

    /// So many of so many equally likely cases, in lowest terms.
    public init(_ numerator: UInt64, of denominator: UInt64) {
        var (divisor, rest) = (numerator, denominator)
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        self.numerator = divisor == 0 ? 0 : numerator / divisor
        self.denominator = divisor == 0 ? 1 : denominator / divisor
    }

    /// The share after a further draw among so many equally likely cases.
    public func divided(by cases: UInt64) -> Probability {
        let (product, overflow) = denominator.multipliedReportingOverflow(by: max(cases, 1))
        return Probability(numerator, of: overflow ? .max : product)
    }

    /// The share of all other cases.
    public var complement: Probability { Probability(denominator - min(numerator, denominator), of: denominator) }

    /// The share of cases in which two things happen that do not depend on each other.
    public static func * (left: Probability, right: Probability) -> Probability {
        // Shortened crosswise first, so that large numbers stay small for long.
        let first = Probability(left.numerator, of: right.denominator)
        let second = Probability(right.numerator, of: left.denominator)
        let (numerator, overflow) = first.numerator.multipliedReportingOverflow(by: second.numerator)
        let (denominator, tooLarge) = first.denominator.multipliedReportingOverflow(by: second.denominator)
        guard overflow || tooLarge else { return Probability(numerator, of: denominator) }
        return Probability(1, of: .max)
    }

    /// The sum of two shares.
    public static func + (left: Probability, right: Probability) -> Probability {
        Probability(
            left.numerator &* right.denominator &+ right.numerator &* left.denominator,
            of: left.denominator &* right.denominator)
    }

    /// `1/3`, or `1`.
    public var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }
}
