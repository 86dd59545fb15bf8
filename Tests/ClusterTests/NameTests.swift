// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Kubernetes
import Net
import Testing

/// D66–D73: what names stand for, as rows of a name, a type and what `dig +short` would print.
@Suite struct NameTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var type: RecordType
        var wanted: [String]

        init(_ name: String, _ type: RecordType, _ wanted: String...) {
            self.name = name.hasSuffix(".") ? name : name + ".cluster.local"
            self.type = type
            self.wanted = wanted.sorted()
        }

        var testDescription: String { "\(name) \(type)" }
    }

    private func check(_ row: Row, _ fixture: inout NameFixture) throws {
        #expect(try fixture.short(row.name, row.type) == row.wanted)
    }

    @Test(arguments: [
        Row("hello.default.svc", .a, "10.96.0.100"), Row("hello.default.svc", .aaaa, "NODATA"),
        Row("HeLLo.DEFAULT.sVc", .a, "10.96.0.100"), Row("hallo.default.svc", .a, "NXDOMAIN"),
        Row("hallo.default.svc", .aaaa, "NXDOMAIN"), Row("hello.elsewhere.svc", .a, "NXDOMAIN"),
        Row("hello.default.svc", .mx, "NODATA"), Row("hello.default.svc", .txt, "NODATA"),
        Row("hello.default.svc", .cname, "NODATA"), Row("*.default.svc", .a, "NXDOMAIN"),
        Row("hello.*.svc", .a, "NXDOMAIN"), Row("any.hello.default.svc", .a, "NXDOMAIN"),
        Row("a.b.c.hello.default.svc", .a, "NXDOMAIN"), Row("a.b.hello.default.svc", .a, "NXDOMAIN"),
        Row("kubernetes.default.svc", .a, "10.96.0.1"), Row("kube-dns.kube-system.svc", .a, "10.96.0.10"),
    ])
    func `D66 a Service's name is its cluster IP`(row: Row) throws {
        var fixture = try NameFixture(NameText.services)
        try check(row, &fixture)
    }

    @Test(arguments: [
        Row("db.default.svc", .a, "10.244.1.5", "10.244.2.6"), Row("db.default.svc", .aaaa, "NODATA"),
        Row("empty.default.svc", .a, "NXDOMAIN"), Row("empty.default.svc", .aaaa, "NXDOMAIN"),
        Row("portless.default.svc", .a, "10.244.1.9"), Row("hello.default.svc", .a, "10.96.0.100"),
    ])
    func `D67 a headless Service's name is all that is ready`(row: Row) throws {
        var fixture = try NameFixture(NameText.services)
        try check(row, &fixture)
    }

    @Test(arguments: [
        Row("10-244-1-5.db.default.svc", .a, "10.244.1.5"), Row("db-0.db.default.svc", .a, "10.244.2.6"),
        Row("DB-0.db.default.svc", .a, "10.244.2.6"), Row("db-1.db.default.svc", .a, "NXDOMAIN"),
        Row("10-244-2-6.db.default.svc", .a, "NXDOMAIN"), Row("10-244-2-7.db.default.svc", .a, "NXDOMAIN"),
        Row("10-244-1-5.plain.default.svc", .a, "10.244.1.5"), Row("10-244-1-5.db.default.svc", .aaaa, "NODATA"),
        Row("010-244-1-5.db.default.svc", .a, "NXDOMAIN"), Row("10-244-1-5.hello.default.svc", .a, "NXDOMAIN"),
        Row("198-51-100-10.plain.default.svc", .a, "198.51.100.10"),
        Row("10-244-1-9.portless.default.svc", .a, "10.244.1.9"),
    ])
    func `D68 an endpoint has its hostname, or else its address with dashes`(row: Row) throws {
        var fixture = try NameFixture(NameText.services)
        try check(row, &fixture)
    }

    @Test(arguments: [
        Row("_http._tcp.hello.default.svc", .srv, "0 100 80 hello.default.svc.cluster.local."),
        Row("_dns._udp.hello.default.svc", .srv, "0 100 53 hello.default.svc.cluster.local."),
        Row("_HTTP._TCP.hello.default.svc", .srv, "0 100 80 hello.default.svc.cluster.local."),
        Row("_http._udp.hello.default.svc", .srv, "NXDOMAIN"), Row("_web._tcp.hello.default.svc", .srv, "NXDOMAIN"),
        Row("_http._tcp.plain.default.svc", .srv, "NXDOMAIN"), Row("_tcp.hello.default.svc", .srv, "NODATA"),
        Row("_sctp.hello.default.svc", .srv, "NXDOMAIN"), Row("_tcp.db.default.svc", .a, "NODATA"),
        Row(
            "hello.default.svc", .srv, "0 33 53 hello.default.svc.cluster.local.",
            "0 33 80 hello.default.svc.cluster.local.", "0 33 9090 hello.default.svc.cluster.local."),
        Row(
            "_sql._tcp.db.default.svc", .srv, "0 50 5432 10-244-1-5.db.default.svc.cluster.local.",
            "0 50 5432 db-0.db.default.svc.cluster.local."),
        Row(
            "_stats._tcp.db.default.svc", .srv, "0 50 9001 10-244-1-5.db.default.svc.cluster.local.",
            "0 50 9001 db-0.db.default.svc.cluster.local."),
        Row("portless.default.svc", .srv, "NODATA"), Row("empty.default.svc", .srv, "NXDOMAIN"),
        Row(
            "db-0.db.default.svc", .srv, "0 50 5432 db-0.db.default.svc.cluster.local.",
            "0 50 9001 db-0.db.default.svc.cluster.local."),
        Row("_http._tcp.hello.default.svc", .a, "10.96.0.100"),
    ])
    func `D69 SRV records are of named ports`(row: Row) throws {
        var fixture = try NameFixture(NameText.services)
        try check(row, &fixture)
    }

    @Test(arguments: [
        Row("100.0.96.10.in-addr.arpa.", .ptr, "hello.default.svc.cluster.local."),
        Row("102.0.96.10.in-addr.arpa.", .ptr, "NXDOMAIN"),
        Row("6.2.244.10.in-addr.arpa.", .ptr, "db-0.db.default.svc.cluster.local."),
        Row("7.2.244.10.in-addr.arpa.", .ptr, "NXDOMAIN"),
        Row(
            "5.1.244.10.in-addr.arpa.", .ptr, "10-244-1-5.db.default.svc.cluster.local.",
            "10-244-1-5.plain.default.svc.cluster.local."),
        Row("10.100.51.198.IN-ADDR.ARPA.", .ptr, "198-51-100-10.plain.default.svc.cluster.local."),
        Row("100.0.96.10.in-addr.arpa.", .a, "NODATA"), Row("0.96.10.in-addr.arpa.", .ptr, "NODATA"),
        Row("10.in-addr.arpa.", .ptr, "NODATA"), Row("300.0.96.10.in-addr.arpa.", .ptr, "NODATA"),
    ])
    func `D70 addresses have names`(row: Row) throws {
        var fixture = try NameFixture(NameText.services)
        try check(row, &fixture)
    }

    @Test(arguments: [
        Row("dns-version", .txt, "\"1.1.0\""), Row("dns-version", .a, "NODATA"), Row(".", .a, "NODATA"),
        Row("cluster.local.", .a, "NODATA"), Row("svc", .a, "NODATA"), Row("pod", .a, "NODATA"),
        Row("default.svc", .a, "NODATA"), Row("default.pod", .a, "NODATA"), Row("nowhere.svc", .a, "NXDOMAIN"),
        Row("nowhere.pod", .a, "NXDOMAIN"), Row("dns", .a, "NODATA"), Row("ns.dns", .a, "10.96.0.10"),
        Row("cluster.local.", .ns, "ns.dns.cluster.local."), Row("foo", .a, "NXDOMAIN"), Row("local.", .a, "NODATA"),
        Row("svc", .ns, "NODATA"), Row("xcluster.local.", .a, "NXDOMAIN"),
    ])
    func `D72 the zone has a version, a head and a server, and names between`(row: Row) throws {
        var fixture = try NameFixture(NameText.services)
        try check(row, &fixture)
    }

    @Test(arguments: [
        Row("1-2-3-4.default.pod", .a, "1.2.3.4"), Row("1-2-3-4.default.pod", .aaaa, "NODATA"),
        Row("fd00--1.default.pod", .aaaa, "fd00::1"), Row("fd00-0-0-0-0-0-0-1.default.pod", .aaaa, "fd00::1"),
        Row("1-2-3.default.pod", .a, "NXDOMAIN"), Row("1-2-3-256.default.pod", .a, "NXDOMAIN"),
        Row("1-2-3-4.nowhere.pod", .a, "NXDOMAIN"), Row("x.1-2-3-4.default.pod", .a, "NXDOMAIN"),
        Row("web.default.pod", .a, "NXDOMAIN"),
    ])
    func `D73 a Pod's name is its address`(row: Row) throws {
        var fixture = try NameFixture(NameText.services)
        try check(row, &fixture)
    }
}
