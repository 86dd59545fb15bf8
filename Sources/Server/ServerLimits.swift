// SPDX-License-Identifier: Apache-2.0

/// How much the server takes from its clients, and how long it waits for them.
public struct ServerLimits: Sendable, Hashable {
    /// Bytes of the request line and header fields together.
    public var headerBytes = 64 * 1024
    /// Bytes of a body. Go's API server has the same.
    public var bodyBytes = 3 * 1024 * 1024
    /// Connections at one time; for one more the oldest goes whose client has not shown a token, or else the new one.
    public var connections = 1024
    /// Seconds for a new connection's handshake and its first request's header.
    public var headerSeconds = 10
    /// Seconds for a request's body.
    public var bodySeconds = 60
    /// Seconds that a connection may wait for its next request.
    public var idleSeconds = 90
    /// Seconds in which the client must take something of a complete answer.
    public var writeSeconds = 60
    /// Bytes of events that wait for a watching client, before it is given up.
    public var watchBytes = 4 * 1024 * 1024
    /// Bytes above which a complete answer is compressed, for clients that accept it.
    public var compressedBytes = 128 * 1024

    /// The defaults.
    public init() {}
}
