// SPDX-License-Identifier: Apache-2.0

/// How much a server of names takes from its clients, and how long it waits for them and for other servers.
public struct NameServerLimits: Sendable, Hashable {
    /// Connections in one place at one time; for one more the one goes that has asked nothing for the longest time.
    public var connections = 256
    /// Milliseconds in which a connection's client must send or take something (RFC 7766, 6.2.3).
    public var idleMilliseconds = 10_000
    /// Queries that may wait for other servers at one time; one more fails.
    public var waiting = 1000
    /// Those of one connection; no more are read then.
    public var waitingOfOneConnection = 64
    /// Milliseconds that one other server has for its answer.
    public var serverMilliseconds = 2000
    /// Milliseconds after which a client is told that no other server has answered.
    public var allMilliseconds = 5000

    /// The defaults.
    public init() {}
}
