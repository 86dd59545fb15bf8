// SPDX-License-Identifier: Apache-2.0
public import Net

/// What the kernels of a lab did with one connection's first packet, and with the answer to it: seen, not predicted.
///
/// Rules come from nf_tables' own trace, links from what was heard at both ends of each, routes from what those show. The
/// hops are of the same kinds as the walker's, so that a journey of `Plan.walk` can be held against it.
public struct TracedJourney: Sendable, Hashable {
    /// The way of the first packet. Its probability is 1: this is what happened.
    public var journey: Journey
    /// When each hop was seen, in nanoseconds since 1970, as many as hops; they never decrease. A rule's is that of the
    /// link that the packet came by. The kernel's trace has no times: what it told counts as it was read, and no later than
    /// the next frame that the kernel gave a time.
    public var times: [UInt64]
    /// What was heard at the ends of links of this connection, in order of time; at most `TracedJourney.mostFrames`.
    public var frames: [CapturedFrame]
    /// The way of the answer's first packet, as far as it was seen; the packets are the answer's own.
    public var reply: [Journey.Hop]
    /// When each hop of the answer was seen, as `times`.
    public var replyTimes: [UInt64]
    /// What connection tracking noted of it, in the order of the way.
    public var tracked: [TrackedConnection]
    /// Whether it went as the walker says.
    public var agreement: Agreement

    /// So many frames of a connection are kept.
    public static let mostFrames = 256

    /// Puts one together from its parts.
    public init(
        _ journey: Journey, times: [UInt64], frames: [CapturedFrame] = [], reply: [Journey.Hop] = [],
        replyTimes: [UInt64] = [], tracked: [TrackedConnection] = [], agreement: Agreement
    ) {
        self.journey = journey
        self.times = times
        self.frames = frames
        self.reply = reply
        self.replyTimes = replyTimes
        self.tracked = tracked
        self.agreement = agreement
    }

    /// How a traced journey and the walker's compare.
    public enum Agreement: Sendable, Hashable {
        /// One of the walker's journeys is the same in all that a trace can see.
        case asPredicted
        /// None is the same.
        case differs(Difference)
        /// The walker was not asked, or says nothing of such a packet; and why.
        case notPredicted(String)
    }

    /// Where a journey leaves what the walker says.
    public struct Difference: Sendable, Hashable {
        /// The number of the first hop that is another; the count of hops, if the journey only ends otherwise.
        public var hop: Int
        /// What was seen there, in words.
        public var seen: String
        /// What the walker's journeys that are the same up to there have instead, in words, each once.
        public var expected: [String]

        /// Puts one together from its parts.
        public init(hop: Int, seen: String, expected: [String]) {
            self.hop = hop
            self.seen = seen
            self.expected = expected
        }
    }
}

/// One Ethernet frame as it was heard at one end of a link.
public struct CapturedFrame: Sendable, Hashable {
    /// Which way it went, seen from the namespace.
    public enum Direction: String, Sendable, Hashable {
        case incoming = "in"
        case outgoing = "out"
    }

    /// Where it was heard.
    public var namespace: NamespaceName
    /// The interface there.
    public var interface: String
    /// Whether it came or went.
    public var direction: Direction
    /// When, in nanoseconds since 1970, by the kernel's clock.
    public var time: UInt64
    /// The frame from its Ethernet header on; cut after `CapturedFrame.mostBytes`.
    public var bytes: [UInt8]
    /// How long it was, in bytes.
    public var length: Int
    /// The hop of the journey that it is: its first packet on this link. Nil for all others.
    public var hop: Int?
    /// The hop of the answer that it is.
    public var replyHop: Int?

    /// So much of a frame is kept.
    public static let mostBytes = 2048

    /// Puts one together from its parts.
    public init(
        _ namespace: NamespaceName, interface: String, _ direction: Direction, time: UInt64, bytes: [UInt8],
        length: Int? = nil, hop: Int? = nil, replyHop: Int? = nil
    ) {
        self.namespace = namespace
        self.interface = interface
        self.direction = direction
        self.time = time
        self.bytes = bytes
        self.length = length ?? bytes.count
        self.hop = hop
        self.replyHop = replyHop
    }
}

/// What a namespace's connection tracking noted when the connection began: as its packets come, and as its answers do.
public struct TrackedConnection: Sendable, Hashable {
    /// Whose connection tracking.
    public var namespace: NamespaceName
    /// The first packet as it came.
    public var original: Packet
    /// The answer as it will come, before it is translated back.
    public var reply: Packet
    /// True if an answer came.
    public var isAnswered: Bool

    /// Puts one together from its parts.
    public init(_ namespace: NamespaceName, original: Packet, reply: Packet, isAnswered: Bool = false) {
        self.isAnswered = isAnswered
        self.namespace = namespace
        self.original = original
        self.reply = reply
    }
}

extension TracedJourney.Agreement: CustomStringConvertible {
    /// `as predicted`, or where and how it differs.
    public var description: String {
        switch self {
        case .asPredicted: "as predicted"
        case .differs(let difference): "not as predicted: \(difference)"
        case .notPredicted(let reason): "nothing was predicted: \(reason)"
        }
    }
}

extension TracedJourney.Difference: CustomStringConvertible {
    /// `hop 4 was …, where … was expected`.
    public var description: String {
        let wanted = expected.isEmpty ? "nothing more" : expected.prefix(3).joined(separator: ", or ")
        return "hop \(hop + 1) was: \(seen); expected: \(wanted)"
    }
}
