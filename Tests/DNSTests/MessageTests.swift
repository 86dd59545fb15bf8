// SPDX-License-Identifier: Apache-2.0
import DNS
import Net
import Testing

/// Messages as bytes, both ways.
@Suite struct MessageTests {
    private static func name(_ text: String) -> DomainName { DomainName(text) ?? .root }

    /// An answer with compression as `dig` shows it: written down by hand from RFC 1035, section 4.
    private static let answer: [UInt8] =
        [0x12, 0x34, 0x85, 0x00, 0, 1, 0, 2, 0, 0, 0, 1]
        // hello.Local. A IN
        + [5] + Array("hello".utf8) + [5] + Array("Local".utf8) + [0, 0, 1, 0, 1]
        // A pointer to byte 12; CNAME, 30 seconds, 8 bytes: "world" and a pointer to "Local".
        + [0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 30, 0, 8, 5] + Array("world".utf8) + [0xc0, 18]
        // A pointer to "world"; A 10.96.0.1
        + [0xc0, 41, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 10, 96, 0, 1]
        // OPT of 1,232 bytes with DO.
        + [0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0]

    @Test func `an answer is read and written`() throws {
        let message = try Message(decoding: Self.answer)
        #expect(message.id == 0x1234 && message.isResponse && message.isAuthoritative && message.isRecursionDesired)
        #expect(!message.isRecursionAvailable && !message.isTruncated && message.code == .noError)
        #expect(message.questions == [Query(Self.name("hello.local"), .a)])
        #expect(
            message.answers.map(\.description) == [
                "hello.Local. 30 IN CNAME world.Local.", "world.Local. 30 IN A 10.96.0.1",
            ])
        #expect(message.edns == EDNS(size: 1232, wantsSignatures: true))
        #expect(message.encoded() == Self.answer)
    }

    @Test(arguments: [
        (RecordData.address(Address(10, 0, 0, 1)), "A", "10.0.0.1"), (.address(.v6(1)), "AAAA", "::1"),
        (.cname(name("a.b")), "CNAME", "a.b."), (.ns(name("ns.b")), "NS", "ns.b."), (.ptr(name("b")), "PTR", "b."),
        (.mx(preference: 10, name("mx.b")), "MX", "10 mx.b."),
        (.srv(priority: 1, weight: 2, port: 3, name("s.b")), "SRV", "1 2 3 s.b."),
        (.txt([Array("1.1.0".utf8), [34, 92, 7]]), "TXT", "\"1.1.0\" \"\\\"\\\\\\007\""),
        (.hinfo(Array("RFC8482".utf8), []), "HINFO", "\"RFC8482\" \"\""),
        (
            .soa(StartOfAuthority(server: name("ns.b"), mailbox: name("h.b"), serial: 7, minimum: 30)), "SOA",
            "ns.b. h.b. 7 7200 1800 86400 30"
        ), (.other(RecordType(rawValue: 65), [1, 0xab]), "TYPE65", "\\# 2 01ab"),
    ])
    func `each type is written, read and shown`(data: RecordData, type: String, text: String) throws {
        var message = Message(asking: Query(Self.name("x.b"), data.type))
        message.answers = [Record(Self.name("x.b"), ttl: 5, data)]
        message.additionals = [Record(Self.name("y.x.b"), ttl: 5, data)]
        #expect(try Message(decoding: message.encoded()) == message)
        #expect(data.type.description == type)
        #expect(data.description == text)
        #expect(RecordType(type.lowercased()) == data.type)
    }

    struct Malformed: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var error: MessageError

        init(_ testDescription: String, _ counts: [UInt8], _ rest: [UInt8], _ error: MessageError) {
            self.testDescription = testDescription
            bytes = [0, 1, 1, 0] + counts.flatMap { [0, $0] } + rest
            self.error = error
        }
    }

    @Test(arguments: [
        Malformed("a name that points at itself", [1, 0, 0, 0], [0xc0, 12, 0, 1, 0, 1], .pointer),
        Malformed("a name that points forward", [1, 0, 0, 0], [0xc0, 14, 0, 0, 1, 0, 1], .pointer),
        Malformed("a name that points into the header", [1, 0, 0, 0], [0xc0, 2, 0, 1, 0, 1], .pointer),
        Malformed("two names that point at each other", [1, 0, 0, 0], [1, 97, 0xc0, 12, 0, 1, 0, 1], .pointer),
        Malformed("a label of a kind that there is not", [1, 0, 0, 0], [0x41, 0, 0, 1, 0, 1], .label),
        Malformed("a label that ends the message", [1, 0, 0, 0], [63, 97, 97], .endsEarly),
        Malformed("a name without an end", [1, 0, 0, 0], [1, 97], .endsEarly),
        Malformed("more questions than there are", [2, 0, 0, 0], [0, 0, 1, 0, 1], .endsEarly),
        Malformed("more answers than there are", [0, 200, 0, 0], [], .endsEarly),
        Malformed("something after the end", [1, 0, 0, 0], [0, 0, 1, 0, 1, 0], .hasMore),
        Malformed("an address of three bytes", [0, 1, 0, 0], [0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 3, 1, 2, 3], .dataLength),
        Malformed("data beyond the end", [0, 1, 0, 0], [0, 0, 16, 0, 1, 0, 0, 0, 0, 0, 9, 1], .endsEarly),
        Malformed(
            "OPT twice", [0, 0, 0, 2], [0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0], .edns),
        Malformed("OPT as an answer", [0, 1, 0, 0], [0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0], .edns),
        Malformed("OPT with a name", [0, 0, 0, 1], [1, 97, 0, 0, 41, 4, 0, 0, 0, 0, 0, 0, 0], .edns),
        Malformed(
            "a name of 256 bytes", [1, 0, 0, 0],
            Array((0..<4).flatMap { _ in [63] + Array(repeating: UInt8(97), count: 63) }) + [0, 0, 1, 0, 1], .longName),
    ])
    func `what is no message is refused`(row: Malformed) {
        #expect(throws: row.error) { try Message(decoding: row.bytes) }
    }

    @Test func `pointers that multiply are bounded by the name's length`() {
        // Each name is the last one with a label more: the 128th would be longer than 255 bytes.
        var bytes: [UInt8] = [0, 1, 1, 0, 0, 200, 0, 0, 0, 0, 0, 0, 1, 97, 0, 0, 1, 0, 1]
        var last = 12
        for _ in 1..<200 {
            let place = bytes.count
            bytes += [1, 97, 0xc0 | UInt8(last >> 8), UInt8(last & 255), 0, 1, 0, 1]
            last = place
        }
        #expect(throws: MessageError.longName) { try Message(decoding: bytes) }
    }

    @Test func `a name that stood there before is a pointer`() throws {
        var message = Message()
        let names = ["a.svc.cluster.local", "b.svc.cluster.local", "a.svc.cluster.local", "svc.cluster.local"]
        message.answers = names.map { Record(Self.name($0), ttl: 1, .ptr(Self.name("x." + $0))) }
        let bytes = message.encoded()
        // The first name whole, then a label and a pointer, or a pointer alone.
        #expect(bytes.count == 12 + (21 + 10 + 4) + (4 + 10 + 4) + (2 + 10 + 2) + (2 + 10 + 4))
        #expect(try Message(decoding: bytes) == message)
    }

    @Test func `case is kept, and names of another case are no pointers`() throws {
        var message = Message(asking: Query(Self.name("A.example"), .ptr))
        message.answers = [Record(Self.name("a.EXAMPLE"), ttl: 1, .ptr(Self.name("b.Example")))]
        let read = try Message(decoding: message.encoded())
        #expect(read.questions[0].name.description == "A.example.")
        #expect(read.answers[0].description == "a.EXAMPLE. 1 IN PTR b.Example.")
    }

    @Test(arguments: [
        (Address(10, 96, 0, 1), "1.0.96.10.in-addr.arpa."),
        (.v6(0xfd00 << 112 | 1), "1." + String(repeating: "0.", count: 27) + "0.0.d.f.ip6.arpa."),
    ])
    func `an address has a reverse name`(address: Address, name: String) {
        #expect(DomainName(reverse: address).description == name)
        #expect(DomainName(name.uppercased())?.reversedAddress == address)
    }

    @Test(arguments: ["1.2.3.in-addr.arpa", "1.2.3.256.in-addr.arpa", "1.2.3.4.ip6.arpa", "1.2.3.4.in-addr.local", "."])
    func `other names are no address`(name: String) { #expect(Self.name(name).reversedAddress == nil) }
}
