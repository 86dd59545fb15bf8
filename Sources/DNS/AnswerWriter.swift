// SPDX-License-Identifier: Apache-2.0

/// Writes the answer to a query, no longer than the client takes it.
///
/// The flags: QR; AA while the answer is ours to give; RD and CD as they came (RFC 4035, section 3.2.2); AD never, for
/// nothing here is signed; RA never, as CoreDNS does where its kubernetes plugin answers, so that `dig` warns that
/// recursion is not available, in a lab as in a cluster.
public struct AnswerWriter: Sendable {
    /// Whose name a record has.
    public enum Owner: Sendable, Hashable {
        /// The question's, with the letters' case that the client chose.
        case question
        case name(DomainName)
    }

    /// A part of a message that has records.
    public enum Section: Int, Sendable, Hashable {
        case answer, authority, additional
    }

    /// AA: set for names that the server is in charge of.
    public var isAuthoritative = true
    /// What became of the query.
    public var code = ResponseCode.noError
    /// TC: there is more than fits.
    public private(set) var isTruncated = false
    private let head: QueryHead
    private var writer: NameWriter
    private var counts: (UInt16, UInt16, UInt16) = (0, 0, 0)
    private var knowsQuestion = false
    private let limit: Int

    /// Begins an answer with the question, as the client wrote it.
    /// - Parameters:
    ///   - message: the whole query.
    ///   - output: where the answer is written; its memory is used again.
    public init(
        _ head: QueryHead, of message: Span<UInt8>, over transport: Transport, reusing output: consuming [UInt8]
    ) {
        self.head = head
        output.removeAll(keepingCapacity: true)
        writer = NameWriter(output)
        limit = head.limit(over: transport) - (head.hasEDNS ? 11 : 0)
        for _ in 0..<QueryHead.nameStart { writer.bytes.append(0) }
        guard head.nameLength > 0 else { return }
        for index in QueryHead.nameStart..<(QueryHead.nameStart + head.nameLength + 4) {
            writer.bytes.append(message[index])
        }
    }

    /// How many records there are in a section.
    public func count(_ section: Section) -> Int {
        switch section {
        case .answer: Int(counts.0)
        case .authority: Int(counts.1)
        case .additional: Int(counts.2)
        }
    }

    /// Adds a record, unless the message would grow too long.
    /// - Returns: whether it was added.
    @discardableResult
    public mutating func add(_ owner: Owner, ttl: UInt32, _ data: RecordData, to section: Section = .answer) -> Bool {
        let start = writer.bytes.count
        if data.hasName { recallQuestion() }
        write(owner)
        writer.body(data, ttl: ttl)
        guard writer.bytes.count <= limit, count(section) < UInt16.max else {
            writer.cut(to: start)
            return false
        }
        switch section {
        case .answer: counts.0 += 1
        case .authority: counts.1 += 1
        case .additional: counts.2 += 1
        }
        return true
    }

    /// The question's name is nearly always the owner, and nothing else is compressed then.
    private mutating func write(_ owner: Owner) {
        switch owner {
        case .question: writer.half(0xc000 | UInt16(QueryHead.nameStart))
        case .name(let name):
            recallQuestion()
            writer.name(name)
        }
    }

    /// Later names may point into the question.
    private mutating func recallQuestion() {
        guard !knowsQuestion else { return }
        knowsQuestion = true
        if head.nameLength > 0 { writer.remember(nameAt: QueryHead.nameStart) }
    }

    /// Says that there is more than fits: the client is to ask again over TCP.
    public mutating func truncate() { isTruncated = true }

    /// Where the message stands, for `goBack`.
    public var mark: Mark { Mark(length: writer.bytes.count, counts: counts) }

    /// A place in a message.
    public struct Mark: Sendable {
        let length: Int
        let counts: (UInt16, UInt16, UInt16)
    }

    /// Takes back all records since a place.
    public mutating func goBack(to mark: Mark) {
        writer.cut(to: mark.length)
        counts = mark.counts
    }

    /// The whole answer.
    public consuming func finished() -> [UInt8] {
        if head.hasEDNS { writer.edns(EDNS(size: 1232, wantsSignatures: head.wantsSignatures), code) }
        writer.put(head.id, at: 0)
        writer.put(flags, at: 2)
        writer.put(head.nameLength > 0 ? 1 : 0, at: 4)
        writer.put(counts.0, at: 6)
        writer.put(counts.1, at: 8)
        writer.put(counts.2 + (head.hasEDNS ? 1 : 0), at: 10)
        return writer.bytes
    }

    /// Opcode, RD and CD come back as they came.
    private var flags: UInt16 {
        0x8000 | head.flags & 0x7910 | (isAuthoritative ? 0x400 : 0) | (isTruncated ? 0x200 : 0) | code.rawValue & 15
    }
}

extension RecordData {
    /// True if a name stands in it.
    fileprivate var hasName: Bool {
        switch self {
        case .address, .txt, .hinfo, .other: false
        default: true
        }
    }
}

extension AnswerWriter {
    /// The answer that has nothing but a code.
    public static func refusal(
        _ head: QueryHead, of message: Span<UInt8>, _ code: ResponseCode, over transport: Transport,
        reusing output: consuming [UInt8]
    ) -> [UInt8] {
        var writer = AnswerWriter(head, of: message, over: transport, reusing: output)
        writer.isAuthoritative = false
        writer.code = code
        return writer.finished()
    }
}
