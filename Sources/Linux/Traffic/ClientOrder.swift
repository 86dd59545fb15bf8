// SPDX-License-Identifier: Apache-2.0
public import Net

/// Exchanges with a server that are to be made from a place: what is sent, how often and how fast.
public struct ClientOrder: Sendable {
    /// How bytes go to the server and back.
    public enum Carrier: Sendable, Hashable {
        /// HTTP over a connection for each exchange, or over one that is kept.
        case http(keepsConnections: Bool)
        /// UDP, from a port for each exchange, or from one that is kept.
        case datagrams(keepsPort: Bool)
        /// A connection that is handed over as soon as it is there.
        case connection
    }

    /// Where exchanges come from.
    public var namespace: NetworkNamespace
    /// Where they go: each to the next of these, as a client does that a name gives several addresses.
    public var destinations: [SocketAddress]
    /// How bytes go there.
    public var carrier: Carrier
    /// What is sent each time.
    public var payload: [UInt8] = []
    /// True for a HEAD request, whose answer has no body.
    public var isHead = false
    /// The client's port; nil for any.
    public var sourcePort: UInt16?
    /// How many; nil for as many as the time allows.
    public var count: Int? = 1
    /// How many are under way at most.
    public var concurrency = 1
    /// How many begin in a second; nil for each as soon as there is room.
    public var rate: Double?
    /// How long new ones begin, in milliseconds; nil for until the count is full, or it is stopped.
    public var duration: Double?
    /// How long each may take, in milliseconds.
    public var timeout = 2000.0
    /// Where exchanges come from and go to, in words, for whoever tells of them.
    public var words = (from: "", to: "")

    /// One exchange.
    public init(_ carrier: Carrier, from namespace: NetworkNamespace, to destinations: [SocketAddress]) {
        self.carrier = carrier
        self.namespace = namespace
        self.destinations = destinations
    }
}

/// One exchange that has ended.
public struct ClientExchange: Sendable {
    /// How it ended.
    public enum End: Sendable {
        /// With an answer.
        case answered(ServerAnswer)
        /// A connection is there (`Carrier.connection`).
        case connected(SharedDescriptor)
        /// Nobody listens, or a rule rejects: `ECONNREFUSED`.
        case refused
        /// No answer came in time.
        case timedOut
        /// There is no way: `EHOSTUNREACH`, `ENETUNREACH` and their like.
        case unreachable(Errno)
        /// The connection was there, and was broken off: `ECONNRESET`, or an end without a whole answer.
        case reset(String)
        /// The machine could not, or the answer was none: a sentence.
        case failed(String)
    }

    /// Counted from 0, in the order in which they began.
    public var number: Int
    /// When it began, in milliseconds of the machine's clock (`Program.milliseconds`).
    public var started: Double
    /// How long it took.
    public var milliseconds: Double
    /// How it ended.
    public var end: End
    /// The client's own address and port; nil if it had none yet.
    public var client: SocketAddress?
    /// Where it went.
    public var server: SocketAddress
}
