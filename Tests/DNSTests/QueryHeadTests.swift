// SPDX-License-Identifier: Apache-2.0
import DNS
import Net
import Testing

/// Which queries are answered at all.
@Suite struct QueryHeadTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var wanted: String
    }

    private static let opt: [UInt8] = [0, 0, 41, 0x10, 0, 0, 0, 0x80, 0, 0]

    /// A query for the records A of `a.`, with bytes replaced, some at its end, and some additional records.
    private static func row(
        _ what: String, _ wanted: String, _ changes: [(Int, UInt8)] = [], additionals: UInt8 = 0, more: [UInt8] = [],
        cut: Int = 0
    ) -> Row {
        var bytes: [UInt8] = [0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, additionals, 1, 97, 0, 0, 1, 0, 1]
        bytes.removeLast(cut)
        bytes += more
        for (place, byte) in changes { bytes[place] = byte }
        return Row(testDescription: what, bytes: bytes, wanted: wanted)
    }

    /// What becomes of a message: `silent`, the name of a code, or `query`.
    private static func reading(_ bytes: [UInt8]) -> String {
        switch QueryHead.read(bytes.span) {
        case .silent: "silent"
        case .refused(_, let code): code.description
        case .query: "query"
        }
    }

    private static let rows: [Row] = [
        row("a query", "query"), row("nothing", "silent", cut: 19), row("half a header", "silent", cut: 8),
        row("an answer", "silent", [(2, 0x81)]), row("NOTIFY", "NOTIMP", [(2, 0x21)]),
        row("an inverse query", "NOTIMP", [(2, 0x09)]), row("UPDATE", "NOTIMP", [(2, 0x29)]),
        row("no question", "FORMERR", [(5, 0)]), row("a header alone", "FORMERR", cut: 7),
        row("two questions", "FORMERR", [(5, 2)]),
        row("two questions that are there", "FORMERR", [(5, 2)], more: [1, 98, 0, 0, 1, 0, 1]),
        row("a name that is a pointer", "FORMERR", [(12, 0xc0), (13, 12)]),
        row("a long label", "FORMERR", [(12, 64)]), row("a name without an end", "FORMERR", cut: 5),
        row("no class", "FORMERR", cut: 2), row("more than there should be", "FORMERR", more: [0]),
        row("records that are not there", "FORMERR", additionals: 200), row("class CH", "REFUSED", [(18, 3)]),
        row("class ANY", "REFUSED", [(18, 255)]), row("AXFR", "REFUSED", [(16, 252)]),
        row("IXFR", "REFUSED", [(16, 251)]), row("OPT as a type", "FORMERR", [(16, 41)]),
        row("ANY", "query", [(16, 255)]),
    ]

    private static let rowsOfEDNS: [Row] = [
        row("EDNS", "query", additionals: 1, more: opt + [0]),
        row("EDNS twice", "FORMERR", additionals: 2, more: opt + [0] + opt + [0]),
        row("EDNS of version 1", "BADVERS", [(25, 1)], additionals: 1, more: opt + [0]),
        row("EDNS as an answer", "FORMERR", [(7, 1)], more: opt + [0]),
        row("EDNS with a name", "FORMERR", additionals: 1, more: [1, 97] + opt + [0]),
        row("EDNS with a cookie", "query", additionals: 1, more: opt + [12, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]),
        row("EDNS with half a cookie", "FORMERR", additionals: 1, more: opt + [6, 0, 10, 0, 8, 1, 2]),
        row("a name that points at itself", "FORMERR", additionals: 1, more: [0xc0, 19, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]),
        row(
            "a name that points at the question", "query", additionals: 1,
            more: [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]),
    ]

    @Test(arguments: rows + rowsOfEDNS)
    func `a message is answered, refused or ignored`(row: Row) { #expect(Self.reading(row.bytes) == row.wanted) }

    @Test(arguments: [(0, 512), (511, 512), (512, 512), (1000, 1000), (1232, 1232), (4096, 1232), (65535, 1232)])
    func `a datagram is as long as the client takes it, within bounds`(size: Int, limit: Int) throws {
        var message = Message(asking: Query(try #require(DomainName("a")), .a))
        message.edns = EDNS(size: UInt16(size))
        let bytes = message.encoded()
        guard case .query(let head) = QueryHead.read(bytes.span) else {
            Issue.record("it is not read")
            return
        }
        #expect(head.limit(over: .datagram) == limit)
        #expect(head.limit(over: .stream) == 65535)
    }
}
