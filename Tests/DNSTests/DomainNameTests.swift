// SPDX-License-Identifier: Apache-2.0
import DNS
import Testing

@Suite struct DomainNameTests {
    @Test(arguments: [
        ("hello.default.svc.cluster.local", "hello.default.svc.cluster.local."), (".", "."), ("a.", "a."),
        ("a\\.b.c", "a\\.b.c."), ("\\065b", "Ab."), ("a b", "a\\032b."),
    ])
    func `a name is read and written`(text: String, written: String) throws {
        let name = try #require(DomainName(text))
        #expect(name.description == written)
        #expect(DomainName(written) == name)
    }

    @Test(arguments: [
        "", "..", ".a", "a..b", "\\", "\\25", "\\256", String(repeating: "a", count: 64),
        Array(repeating: String(repeating: "a", count: 49), count: 6).joined(separator: "."),
    ])
    func `what is no name is refused`(text: String) { #expect(DomainName(text) == nil) }

    @Test func `names differ in letters, not in their case`() throws {
        let (lower, upper) = (try #require(DomainName("hello.local")), try #require(DomainName("HELLO.Local")))
        #expect(lower == upper)
        #expect(Set([lower, upper]).count == 1)
        #expect(upper.description == "HELLO.Local.")
        #expect(lower != DomainName("hell.olocal"))
    }

    @Test func `a name lies within those that end it at a label`() throws {
        let name = try #require(DomainName("a.Cluster.Local"))
        for outer in ["cluster.local", "local", ".", "a.cluster.local"] {
            #expect(name.isWithin(try #require(DomainName(outer))))
        }
        for outer in ["uster.local", "b.a.cluster.local", "a", "cluster"] {
            #expect(!name.isWithin(try #require(DomainName(outer))))
        }
    }
}
