// SPDX-License-Identifier: Apache-2.0
import DNS
import Net
import Testing

/// What holds for every message.
@Suite struct MessageLawTests {
    @Test func `what is written is read again, for two thousand random messages`() throws {
        var chance = Chance(state: 20_261_121)
        for _ in 0..<2000 {
            let message = chance.message()
            #expect(try Message(decoding: message.encoded()) == message)
        }
    }

    @Test func `what can be read can be written and read again, for twenty thousand damaged messages`() throws {
        var chance = Chance(state: 7)
        var readable = 0
        for _ in 0..<20000 {
            let bytes = chance.damaged(chance.message().encoded())
            guard let message = try? Message(decoding: bytes) else { continue }
            readable += 1
            #expect(try Message(decoding: message.encoded()) == message)
        }
        // It would prove nothing if all were refused.
        #expect(readable > 1000)
    }
}

/// A generator that gives the same numbers in every run (SplitMix64).
struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    /// From few labels, so that many names end alike.
    mutating func name() -> DomainName {
        let words = ["a", "b", "svc", "cluster", "local", "A", String(repeating: "x", count: 63)]
        return DomainName(labels: (0..<below(5)).map { _ in Array(words[below(words.count)].utf8) }) ?? .root
    }

    mutating func data() -> RecordData {
        switch below(11) {
        case 0: .address(.v4(UInt32(truncatingIfNeeded: next())))
        case 1: .address(.v6(UInt128(next()) << 64 | UInt128(next())))
        case 2: .cname(name())
        case 3: .ns(name())
        case 4: .ptr(name())
        case 5: .mx(preference: UInt16(below(65536)), name())
        case 6: .srv(priority: UInt16(below(65536)), weight: 0, port: UInt16(below(65536)), name())
        case 7: .txt((0...below(3)).map { _ in bytes(below(256)) })
        case 8: .hinfo(bytes(below(20)), bytes(below(20)))
        case 9:
            .soa(
                StartOfAuthority(
                    server: name(), mailbox: name(), serial: UInt32(truncatingIfNeeded: next()), minimum: 1))
        default: .other(RecordType(rawValue: UInt16(256 + below(100))), bytes(below(40)))
        }
    }

    mutating func records() -> [Record] {
        (0..<below(6)).map { _ in Record(name(), ttl: UInt32(truncatingIfNeeded: next()), data()) }
    }

    mutating func message() -> Message {
        var message = Message()
        message.id = UInt16(truncatingIfNeeded: next())
        message.opcode = UInt8(below(16))
        let flags = next()
        message.isResponse = flags & 1 != 0
        message.isAuthoritative = flags & 2 != 0
        message.isTruncated = flags & 4 != 0
        message.isRecursionDesired = flags & 8 != 0
        message.isRecursionAvailable = flags & 16 != 0
        message.isAuthentic = flags & 32 != 0
        message.isCheckingDisabled = flags & 64 != 0
        message.questions = (0..<below(3)).map { _ in Query(name(), RecordType(rawValue: UInt16(below(300)))) }
        message.answers = records()
        message.authorities = records()
        message.additionals = records()
        if flags & 128 != 0 {
            message.edns = EDNS(
                size: UInt16(below(65536)), version: UInt8(below(3)), wantsSignatures: flags & 256 != 0,
                options: (0..<below(3)).map { _ in EDNS.Option(code: UInt16(below(20)), data: bytes(below(30))) })
        }
        message.code = ResponseCode(rawValue: UInt16(below(message.edns == nil ? 16 : 4096)))
        return message
    }

    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0...below(3) {
            let place = bytes.isEmpty ? 0 : below(bytes.count)
            switch below(6) {
            case 0 where !bytes.isEmpty: bytes[place] = UInt8(below(256))
            case 1 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(below(8))
            case 2 where !bytes.isEmpty: bytes.removeSubrange(place..<min(place + 3, bytes.count))
            case 3: bytes.insert(contentsOf: [0xc0, UInt8(below(64))], at: place)
            case 4 where bytes.count > 12: bytes[4 + below(8)] = UInt8(below(4))
            default: bytes.insert(UInt8(below(256)), at: place)
            }
        }
        return bytes
    }
}
