// SPDX-License-Identifier: Apache-2.0

extension Message {
    /// The message as it is sent, names compressed. A message of more than 65,535 records or bytes of data has no form;
    /// what is counted is what fits.
    public func encoded() -> [UInt8] {
        var writer = NameWriter([])
        writer.half(id)
        writer.half(flags)
        for count in [questions.count, answers.count, authorities.count, additionals.count + (edns == nil ? 0 : 1)] {
            writer.half(UInt16(clamping: count))
        }
        for question in questions {
            writer.name(question.name)
            writer.half(question.type.rawValue)
            writer.half(question.recordClass.rawValue)
        }
        for record in answers + authorities + additionals { writer.record(record) }
        if let edns { writer.edns(edns, code) }
        return writer.bytes
    }

    private var flags: UInt16 {
        var flags = UInt16(opcode & 15) << 11 | code.rawValue & 15
        for (bit, isSet) in [
            (0x8000, isResponse), (0x400, isAuthoritative), (0x200, isTruncated), (0x100, isRecursionDesired),
            (0x80, isRecursionAvailable), (0x20, isAuthentic), (0x10, isCheckingDisabled),
        ] as [(UInt16, Bool)] where isSet {
            flags |= bit
        }
        return flags
    }
}

extension NameWriter {
    mutating func record(_ record: Record) {
        name(record.name)
        body(record.data, ttl: record.ttl)
    }

    /// All of a record but its name.
    mutating func body(_ content: RecordData, ttl: UInt32) {
        half(content.type.rawValue)
        half(RecordClass.internet.rawValue)
        word(ttl)
        let length = bytes.count
        half(0)
        data(content)
        put(UInt16(truncatingIfNeeded: bytes.count - length - 2), at: length)
    }

    mutating func edns(_ edns: EDNS, _ code: ResponseCode) {
        bytes.append(0)
        half(RecordType.opt.rawValue)
        half(edns.size)
        word(
            UInt32(code.rawValue >> 4) << 24 | UInt32(edns.version) << 16 | (edns.wantsSignatures ? 0x8000 : 0))
        half(UInt16(truncatingIfNeeded: edns.options.reduce(0) { $0 + 4 + $1.data.count }))
        for option in edns.options {
            half(option.code)
            half(UInt16(truncatingIfNeeded: option.data.count))
            bytes += option.data
        }
    }
}
