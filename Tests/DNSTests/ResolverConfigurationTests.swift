// SPDX-License-Identifier: Apache-2.0
import DNS
import Net
import Testing

/// D74, as far as resolvers are concerned.
@Suite struct ResolverConfigurationTests {
    private static let pod = ResolverConfiguration(
        parsing: """
            # a Pod's
            search default.svc.cluster.local svc.cluster.local cluster.local
            nameserver 10.96.0.10
            options ndots:5
            """)

    @Test func `the file is read and written`() {
        #expect(
            Self.pod.description == """
                search default.svc.cluster.local svc.cluster.local cluster.local
                nameserver 10.96.0.10
                options ndots:5

                """)
        #expect(ResolverConfiguration(parsing: Self.pod.description) == Self.pod)
        let other = ResolverConfiguration(
            parsing:
                "nameserver fd00::1 # first\ndomain a.b\nsearch c\t d\n;nothing\nnameserver x\noptions ndots:20 edns0\nsortlist 1"
        )
        #expect(other.servers.map(\.description) == ["fd00::1"])
        #expect(other.search == ["c", "d"] && other.options == ["ndots:20", "edns0"] && other.ndots == 15)
        #expect(ResolverConfiguration().ndots == 1)
        #expect(ResolverConfiguration(options: ["ndots:2", "ndots:3"]).ndots == 3)
        #expect(ResolverConfiguration(parsing: "").description.isEmpty)
    }

    @Test(arguments: [
        (
            "hello",
            ["hello.default.svc.cluster.local", "hello.svc.cluster.local", "hello.cluster.local", "hello"],
            ["hello.default.svc.cluster.local", "hello.svc.cluster.local", "hello.cluster.local", "hello"]
        ),
        (
            "www.example.com",
            [
                "www.example.com.default.svc.cluster.local", "www.example.com.svc.cluster.local",
                "www.example.com.cluster.local", "www.example.com",
            ],
            [
                "www.example.com.default.svc.cluster.local", "www.example.com.svc.cluster.local",
                "www.example.com.cluster.local", "www.example.com",
            ]
        ), ("www.example.com.", ["www.example.com"], ["www.example.com"]),
        (
            "a.b.c.d.e.f",
            [
                "a.b.c.d.e.f", "a.b.c.d.e.f.default.svc.cluster.local", "a.b.c.d.e.f.svc.cluster.local",
                "a.b.c.d.e.f.cluster.local",
            ], ["a.b.c.d.e.f"]
        ), ("", [], []), ("a..b", [], []),
    ])
    func `a name is asked for in this order`(name: String, glibc: [String], musl: [String]) {
        #expect(Self.pod.queries(for: name).map(\.text) == glibc)
        #expect(Self.pod.queries(for: name, by: .musl).map(\.text) == musl)
    }

    @Test func `the order has a reason`() {
        #expect(
            Self.pod.reason(for: "www.example.com")
                == "ndots:5 and the name has 2 dots, so the search list comes first")
        #expect(Self.pod.reason(for: "a.b.c.d.e.f", by: .musl).contains("musl leaves the search list out"))
        #expect(Self.pod.reason(for: "hello.").contains("ends with a dot"))
        #expect(ResolverConfiguration().reason(for: "hello").contains("no search list"))
    }

    @Test func `names that grow too long are left out`() {
        let label = String(repeating: "a", count: 60)
        let long = [label, label, label, label].joined(separator: ".")
        #expect(Self.pod.queries(for: long).map(\.text) == [long])
    }
}
