// SPDX-License-Identifier: Apache-2.0
public import Net

/// One message of nf_tables' trace: a rule that ran to its end, or the end of a base chain.
/// The corresponding C names are `NFT_MSG_TRACE` and `NFTA_TRACE_…`.
public struct TraceMessage: Sendable, Hashable {
    /// What the rule, or the chain's policy, had the kernel do. The corresponding C names are `NF_ACCEPT`, `NFT_JUMP`, ….
    public enum Verdict: Sendable, Hashable {
        case accept
        case drop
        /// The next rule follows.
        case proceed
        case `return`
        case jump(String)
        case goto(String)
        /// Something else: `NF_QUEUE`, `NF_STOLEN`.
        case other(Int32)
    }

    /// What all messages of one packet in one namespace have in common.
    public var id: UInt32
    /// The family of the packet.
    public var family: Family
    /// The table.
    public var table: String
    /// The chain.
    public var chain: String
    /// The kernel's number of the rule, unique within its table; nil for the end of a chain.
    public var handle: UInt64?
    /// What comes of it.
    public var verdict: Verdict
    /// The packet's mark after it.
    public var mark: UInt32
    /// The packet; only the first message of each base chain tells it.
    public var packet: Packet?
    /// The packet's headers as they came, from the Ethernet header on if it has one; told with the packet.
    public var headers: [UInt8]
    /// The interface that the packet came by; told with the packet.
    public var incoming: String?
    /// The interface that it is to leave by; told with the packet.
    public var outgoing: String?

    /// Puts one together from its parts.
    public init(
        id: UInt32, family: Family, table: String, chain: String, handle: UInt64? = nil, verdict: Verdict,
        mark: UInt32 = 0, packet: Packet? = nil, headers: [UInt8] = [], incoming: String? = nil,
        outgoing: String? = nil
    ) {
        self.id = id
        self.family = family
        self.table = table
        self.chain = chain
        self.handle = handle
        self.verdict = verdict
        self.mark = mark
        self.packet = packet
        self.headers = headers
        self.incoming = incoming
        self.outgoing = outgoing
    }
}

/// One thing that was heard in one namespace.
public struct TraceSighting: Sendable, Hashable {
    /// What was heard.
    public enum Content: Sendable, Hashable {
        case message(TraceMessage)
        case frame(CapturedFrame)
        case tracked(TrackedConnection)
    }

    /// Where.
    public var namespace: NamespaceName
    /// When it was read, in nanoseconds since 1970.
    public var time: UInt64
    /// What.
    public var content: Content

    /// Puts one together from its parts.
    public init(_ namespace: NamespaceName, time: UInt64, _ content: Content) {
        self.namespace = namespace
        self.time = time
        self.content = content
    }
}
