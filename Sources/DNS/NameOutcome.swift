// SPDX-License-Identifier: Apache-2.0
public import Net

/// What is to be done with a query.
public enum NameOutcome: Sendable, Equatable {
    /// The answer stands in the output: send it.
    case answered
    /// Say nothing: it was no query, or an answer to one.
    case silent
    /// The query goes unchanged to the first of these servers that answers, and its reply goes back unchanged. The output
    /// holds what to send if none does (SERVFAIL).
    case forward([SocketAddress])
    /// The name is an alias of one that other servers know: ask them, and send what `ForwardedAlias.answer` makes of
    /// their reply. The output holds what to send if none replies: the alias alone.
    case resolve(ForwardedAlias)
}
