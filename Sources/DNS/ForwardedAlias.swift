// SPDX-License-Identifier: Apache-2.0
public import Net

/// An alias in the cluster's domain whose target lies outside: the second half of its answer is with others.
public struct ForwardedAlias: Sendable, Hashable {
    /// Who may know the target, to be asked in this order.
    public let servers: [SocketAddress]
    /// The query to send them, with an id of 0 that the sender replaces by one of its own.
    public let query: [UInt8]
    /// How long the whole answer may be.
    private let limit: Int

    /// Puts one together from its parts.
    /// - Parameters:
    ///   - target: the name that is asked for.
    ///   - limit: how long the client's answer may be, in bytes.
    public init(servers: [SocketAddress], target: Query, limit: Int) {
        self.servers = servers
        query = Message(asking: target, edns: EDNS()).encoded()
        self.limit = limit
    }

    /// The whole answer: the alias, and after it what a server replied about the target.
    /// - Parameters:
    ///   - partial: the answer with the alias alone, as it stood in the output.
    ///   - reply: the server's reply, whatever its id.
    /// - Returns: the partial answer if the reply is not one to the query, and if it has nothing more to say.
    public func answer(_ partial: [UInt8], and reply: [UInt8]) -> [UInt8] {
        guard var message = try? Message(decoding: partial), let more = try? Message(decoding: reply),
            let asked = try? Message(decoding: query), more.isResponse, more.questions == asked.questions,
            more.code == .noError
        else { return partial }
        // No record is shorter than twelve bytes.
        message.answers = Array((message.answers + more.answers).prefix(limit / 12))
        message.isTruncated = more.isTruncated
        while true {
            let bytes = message.encoded()
            guard bytes.count > limit, !message.answers.isEmpty else { return bytes }
            message.answers.removeLast()
            message.isTruncated = true
        }
    }
}
