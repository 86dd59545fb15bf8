// SPDX-License-Identifier: Apache-2.0
public import Net

/// What came of one request, datagram or question.
public struct Reply: Sendable, Equatable {
    /// How it ended.
    public var outcome: Check.Outcome
    /// What the kernel, TLS or DNS said of a failure; empty for none.
    public var detail = ""
    /// When it began, on the clock of the observer.
    public var began: Duration
    /// How long it took.
    public var latency: Duration
    /// Where to, as `10.96.0.10:80`; nil if that was never known.
    public var target: SocketAddress?
    /// The client's own address and port; nil if it had none yet.
    public var client: SocketAddress?
    /// HTTP's status; nil without one.
    public var status: Int?
    /// Header fields, their names in lower case; of several with one name the last.
    public var headers: [String: String] = [:]
    /// The body, or the datagram that came back.
    public var body = ""
    /// Who answered: the name that the responder tells; nil if nobody said.
    public var answeredBy: String?
    /// The client's address that the server saw and told; nil if it did not.
    public var seenSource: Address?

    /// A reply with nothing but its end.
    public init(_ outcome: Check.Outcome, began: Duration = .zero, latency: Duration = .zero) {
        self.outcome = outcome
        self.began = began
        self.latency = latency
    }

    /// True if no reply came, or one that says that the server failed (status 500 to 599).
    public var isFailure: Bool { outcome != .delivered || (500...599).contains(status ?? 0) }
}

/// What a name server said.
public struct LookupReply: Sendable, Equatable {
    /// Whether any reply came.
    public var outcome: Check.Outcome
    /// What the kernel said of a failure; empty for none.
    public var detail = ""
    /// When the question was asked.
    public var began: Duration
    /// How long it took.
    public var latency: Duration
    /// The response code: `NOERROR`, `NXDOMAIN`, ….
    public var code = ""
    /// Addresses and names of the type that was asked for, as text.
    public var answers: [String] = []
    /// Who answered.
    public var server: SocketAddress?

    /// A reply with nothing but its end.
    public init(_ outcome: Check.Outcome, began: Duration = .zero, latency: Duration = .zero) {
        self.outcome = outcome
        self.began = began
        self.latency = latency
    }

    /// True if no reply came, or SERVFAIL, or REFUSED.
    public var isFailure: Bool { outcome != .delivered || code == "SERVFAIL" || code == "REFUSED" }
}
