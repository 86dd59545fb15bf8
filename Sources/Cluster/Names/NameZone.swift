// SPDX-License-Identifier: Apache-2.0
public import DNS

/// All names of a cluster as a value: what changed goes in, answers to queries come out.
///
/// A change costs what changed, an answer what is in it, whatever the number of Services. Nobody may hold a second copy
/// of a zone while it changes: writing would copy it whole.
public struct NameZone: Sendable {
    /// What the zone was told at the beginning.
    public let configuration: Configuration

    /// A zone without objects.
    /// - Parameter seed: from which the order of equal answers follows.
    public init(_ configuration: Configuration, seed: UInt64) {
        self.configuration = configuration
    }

    /// Takes in a change.
    public mutating func apply(_ change: NameChange) {}

    /// Answers a query.
    ///
    /// Allocates nothing for most queries if the output is used again and again.
    /// - Parameters:
    ///   - query: the message, without the two bytes of length that go before it on a stream.
    ///   - output: emptied, then the whole answer, without these two bytes.
    /// - Returns: what to do.
    public mutating func answer(
        _ query: Span<UInt8>, over transport: Transport, into output: inout [UInt8]
    ) -> NameOutcome {
        output.removeAll(keepingCapacity: true)
        guard query.count >= 12, query[2] & 0x80 == 0 else { return .silent }
        // SERVFAIL until there is more.
        output.append(contentsOf: [query[0], query[1], 0x80, 0x02, 0, 0, 0, 0, 0, 0, 0, 0])
        return .answered
    }

    /// As `answer` of a Span, for those who hold a pointer.
    public mutating func answer(
        _ query: UnsafeRawBufferPointer, over transport: Transport, into output: inout [UInt8]
    ) -> NameOutcome {
        let bytes = unsafe Span<UInt8>(_unsafeBytes: query)
        return answer(bytes, over: transport, into: &output)
    }

    /// Which names outside were asked for in vain since the last call, the first few of them, and how many queries that
    /// were in all. They are worth an Event that tells how to forward.
    public mutating func takeUnknown() -> (names: [DomainName], queries: Int) { ([], 0) }
}
