// SPDX-License-Identifier: Apache-2.0

extension Message {
    /// Reads a whole message, and refuses what is not one to the last byte.
    public init(decoding bytes: [UInt8]) throws(MessageError) {
        var reader = MessageReader(bytes)
        id = try reader.half()
        let flags = try reader.half()
        let counts = [try reader.half(), try reader.half(), try reader.half(), try reader.half()].map(Int.init)
        read(flags: flags)
        for _ in 0..<counts[0] { questions.append(try reader.query()) }
        answers = try Message.records(counts[1], &reader)
        authorities = try Message.records(counts[2], &reader)
        for _ in 0..<counts[3] {
            let start = reader.offset
            let (record, type, recordClass) = try reader.record()
            guard type == .opt else {
                additionals.append(record)
                continue
            }
            guard edns == nil, bytes[start] == 0, case .other(_, let data) = record.data else { throw .edns }
            try read(size: recordClass, ttl: record.ttl, options: data)
        }
        guard reader.isAtEnd else { throw .hasMore }
    }

    private static func records(_ count: Int, _ reader: inout MessageReader) throws(MessageError) -> [Record] {
        var records: [Record] = []
        for _ in 0..<count {
            let (record, type, _) = try reader.record()
            guard type != .opt else { throw .edns }
            records.append(record)
        }
        return records
    }

    private mutating func read(flags: UInt16) {
        isResponse = flags & 0x8000 != 0
        opcode = UInt8(flags >> 11 & 15)
        isAuthoritative = flags & 0x400 != 0
        isTruncated = flags & 0x200 != 0
        isRecursionDesired = flags & 0x100 != 0
        isRecursionAvailable = flags & 0x80 != 0
        isAuthentic = flags & 0x20 != 0
        isCheckingDisabled = flags & 0x10 != 0
        code = ResponseCode(rawValue: flags & 15)
    }

    /// OPT's class is the size of datagrams; its TTL has the upper bits of the code, the version and the flags.
    private mutating func read(size: UInt16, ttl: UInt32, options data: [UInt8]) throws(MessageError) {
        code = ResponseCode(rawValue: code.rawValue | UInt16(ttl >> 24) << 4)
        var options: [EDNS.Option] = []
        var reader = MessageReader(data)
        while !reader.isAtEnd {
            let code = try reader.half()
            options.append(EDNS.Option(code: code, data: try reader.take(Int(try reader.half()))))
        }
        edns = EDNS(
            size: size, version: UInt8(truncatingIfNeeded: ttl >> 16), wantsSignatures: ttl & 0x8000 != 0,
            options: options)
    }
}
