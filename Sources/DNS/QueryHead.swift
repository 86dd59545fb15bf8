// SPDX-License-Identifier: Apache-2.0

/// A query as far as an answer depends on it, read from the bytes of a message without making anything of them.
public struct QueryHead: Sendable, Hashable {
    /// Where the question's name starts in every message.
    public static let nameStart = 12

    /// By which the answer is known.
    public let id: UInt16
    /// The client's flags, and its opcode.
    let flags: UInt16
    /// Of how many bytes the name is, its zero included; 0 if there is no question that can be answered.
    public private(set) var nameLength = 0
    /// Which records are wanted.
    public private(set) var type = RecordType.any
    /// In which class.
    public private(set) var recordClass = RecordClass.internet
    /// True if the client knows EDNS.
    public private(set) var hasEDNS = false
    /// DO, which goes back as it came (RFC 3225, section 3).
    public private(set) var wantsSignatures = false
    private var size: UInt16 = 512

    /// What may become of a message that claims to be a query.
    public enum Reading: Sendable, Hashable {
        /// No answer: it is too short to have an id, or it is an answer itself, or two servers would never stop.
        case silent
        /// Not to be answered but with this code.
        case refused(QueryHead, ResponseCode)
        /// A question.
        case query(QueryHead)
    }

    /// The longest datagram that a server sends to anyone: what passes everywhere unbroken (the DNS Flag Day of 2020).
    public static let largestDatagram = 1232

    /// The question's name, from the message that was read.
    public func name(in message: Span<UInt8>) -> DomainName {
        DomainName(message, at: QueryHead.nameStart, length: nameLength) ?? .root
    }

    /// How long the answer may be, in bytes.
    public func limit(over transport: Transport) -> Int {
        switch transport {
        case .datagram: min(max(Int(size), 512), QueryHead.largestDatagram)
        case .stream: 65535
        }
    }

    /// Reads a message from its first byte to its last.
    public static func read(_ bytes: Span<UInt8>) -> Reading {
        guard bytes.count >= 12, bytes[2] & 0x80 == 0 else { return .silent }
        var head = QueryHead(id: half(bytes, 0), flags: half(bytes, 2))
        // NOTIFY, UPDATE and what else there is (RFC 1035, section 4.1.1).
        guard head.flags & 0x7800 == 0 else { return .refused(head, .notImplemented) }
        // RFC 9619: one question, no more and no fewer.
        guard half(bytes, 4) == 1, let end = head.readQuestion(bytes) else { return .refused(head, .formatError) }
        let question = head
        guard let version = head.readRecords(bytes, from: end) else { return .refused(question, .formatError) }
        if version > 0 { return .refused(head, .badVersion) }
        return head.judged
    }

    /// What is understood and still not answered.
    private var judged: Reading {
        switch type {
        case .opt: .refused(self, .formatError)
        // Nobody copies the zone: it is the Store's, which has watches.
        case .axfr, .ixfr: .refused(self, .refused)
        default: recordClass == .internet ? .query(self) : .refused(self, .refused)
        }
    }

    private init(id: UInt16, flags: UInt16) {
        self.id = id
        self.flags = flags
    }

    private static func half(_ bytes: Span<UInt8>, _ offset: Int) -> UInt16 {
        UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }
}

extension QueryHead {
    /// - Returns: where the question ends; nil if it is malformed. There is nothing before it that it could point to.
    private mutating func readQuestion(_ bytes: Span<UInt8>) -> Int? {
        var place = QueryHead.nameStart
        while place < bytes.count, bytes[place] != 0 {
            guard bytes[place] < 64 else { return nil }
            place += 1 + Int(bytes[place])
        }
        let end = place + 1
        guard end - QueryHead.nameStart <= 255, end + 4 <= bytes.count else { return nil }
        nameLength = end - QueryHead.nameStart
        type = RecordType(rawValue: QueryHead.half(bytes, end))
        recordClass = RecordClass(rawValue: QueryHead.half(bytes, end + 2))
        return end + 4
    }

    /// Goes over the records, which queries seldom have but for OPT.
    /// - Returns: the version of EDNS, 0 without; nil if something is malformed.
    private mutating func readRecords(_ bytes: Span<UInt8>, from start: Int) -> UInt8? {
        let others = Int(QueryHead.half(bytes, 6)) + Int(QueryHead.half(bytes, 8))
        let all = others + Int(QueryHead.half(bytes, 10))
        var version: UInt8 = 0
        var place = start
        for number in 0..<all {
            guard let body = QueryHead.skipName(bytes, place), body + 10 <= bytes.count else { return nil }
            let end = body + 10 + Int(QueryHead.half(bytes, body + 8))
            guard end <= bytes.count else { return nil }
            if QueryHead.half(bytes, body) == RecordType.opt.rawValue {
                // RFC 6891, section 6.1.1: once, among the additional records, with the root as its name.
                guard !hasEDNS, number >= others, bytes[place] == 0 else { return nil }
                hasEDNS = true
                size = QueryHead.half(bytes, body + 2)
                version = bytes[body + 5]
                wantsSignatures = bytes[body + 6] & 0x80 != 0
                guard QueryHead.areOptions(bytes, body + 10, end) else { return nil }
            }
            place = end
        }
        return place == bytes.count ? version : nil
    }

    private static func areOptions(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var place = start
        while place < end {
            guard place + 4 <= end else { return false }
            place += 4 + Int(half(bytes, place + 2))
        }
        return place == end
    }

    private static func skipName(_ bytes: Span<UInt8>, _ start: Int) -> Int? {
        var place = start
        while place < bytes.count {
            let length = bytes[place]
            if length == 0 { return place + 1 - start <= 255 ? place + 1 : nil }
            if length >= 192 {
                guard place + 1 < bytes.count else { return nil }
                let target = Int(length & 63) << 8 | Int(bytes[place + 1])
                return target >= nameStart && target < start ? place + 2 : nil
            }
            guard length < 64 else { return nil }
            place += 1 + Int(length)
        }
        return nil
    }
}
