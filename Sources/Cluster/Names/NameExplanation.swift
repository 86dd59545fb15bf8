// SPDX-License-Identifier: Apache-2.0
public import DNS
public import Net

/// What the cluster's name server answers to a query, and because of what.
public struct NameExplanation: Sendable, Hashable {
    /// The query.
    public var query: Query
    /// What becomes of it.
    public var code: ResponseCode
    /// The records of the answer.
    public var records: [Record]
    /// Who else is asked, if the answer is not here; `records` then has what is known without them.
    public var servers: [SocketAddress]
    /// The object and the field that make the answer what it is, or what is missing: one sentence without a full stop.
    public var why: String

    /// True if it has what was asked for, so that a resolver asks no further.
    public var isAnswer: Bool { code == .noError && records.contains { $0.data.type == query.type } }
}

extension NameZone {
    /// What a query is answered with, and why. The same code answers it as the servers', over TCP.
    public func explain(_ name: DomainName, _ type: RecordType) -> NameExplanation {
        let query = Query(name, type)
        var zone = self
        var output: [UInt8] = []
        let bytes = Message(asking: query).encoded()
        let outcome = zone.answer(bytes.span, over: .stream, into: &output)
        let message = try? Message(decoding: output)
        var explanation = NameExplanation(
            query: query, code: message?.code ?? .serverFailure, records: message?.answers ?? [], servers: [],
            why: reason(entry(name), type))
        switch outcome {
        case .forward(let servers): explanation.servers = servers
        case .resolve(let alias): explanation.servers = alias.servers
        case .answered, .silent: break
        }
        return explanation
    }
}
