// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Kubernetes
import Net
import Testing

/// Why a name stands for what it does, as `lab dns` says it.
@Suite struct NameExplanationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var type: RecordType
        var why: String

        init(_ name: String, _ type: RecordType, _ why: String) {
            self.name = name.hasSuffix(".") ? name : name + ".cluster.local"
            self.type = type
            self.why = why
        }

        var testDescription: String { "\(name) \(type)" }
    }

    @Test(arguments: [
        Row("hello.default.svc", .a, "Service default/hello has spec.clusterIP 10.96.0.100"),
        Row("hello.default.svc", .aaaa, "Service default/hello has no IPv6 address (spec.ipFamilies)"),
        Row("hallo.default.svc", .a, "no Service hallo in namespace default; nearest: hello"),
        Row(
            "kube-dns.default.svc", .a,
            "no Service kube-dns in namespace default; there is one in namespace kube-system"),
        Row("hello.defalt.svc", .a, "there is no namespace defalt; nearest: default"),
        Row(
            "db.default.svc", .a,
            "Service default/db is headless (spec.clusterIP: None): ready endpoints of EndpointSlice db-a"),
        Row("empty.default.svc", .a, "no endpoint of it is ready"),
        Row("db-0.db.default.svc", .a, "has the hostname db-0"),
        Row("db-1.db.default.svc", .a, "no ready endpoint that is called db-1"),
        Row("10-244-1-5.db.default.svc", .a, "10.244.1.5 is a ready endpoint of Service default/db"),
        Row("_web._tcp.hello.default.svc", .srv, "no port named web of protocol tcp"),
        Row(
            "weather.default.svc", .a,
            "Service default/weather has spec.externalName my.database.example.com; outside the cluster"),
        Row("inside.default.svc", .a, "; Service default/hello has spec.clusterIP 10.96.0.100"),
        Row("100.0.96.10.in-addr.arpa.", .ptr, "Service default/hello has the cluster IP 10.96.0.100"),
        Row("5.1.244.10.in-addr.arpa.", .ptr, "a ready endpoint of Services default/db, default/plain"),
        Row("99.0.96.10.in-addr.arpa.", .ptr, "in the cluster's range 10.96.0.0/16"),
        Row("1-2-3-4.default.pod", .a, "is not looked up (pods insecure)"),
        Row("www.default.pod", .a, "www is no address"), Row("foo", .a, "no name of the cluster looks like this"),
        Row("www.example.com.", .a, "neither hosts, zones nor upstream"),
        Row("cluster.local.", .soa, "the cluster's domain itself"),
    ])
    func `an answer has a reason`(row: Row) throws {
        let fixture = try NameFixture(NameText.services)
        let explanation = fixture.zone.explain(try NameFixture.name(row.name), row.type)
        #expect(explanation.why.contains(row.why), "\(explanation.why)")
    }

    @Test func `an explanation has the answer, and asking for it changes nothing`() throws {
        var fixture = try NameFixture(NameText.services, stubs: ["example.com": "198.51.100.53"])
        let hello = fixture.zone.explain(try NameFixture.name("hello.default.svc.cluster.local"), .a)
        #expect(hello.isAnswer && hello.records.map(\.data.description) == ["10.96.0.100"])
        let empty = fixture.zone.explain(try NameFixture.name("hello.default.svc.cluster.local"), .aaaa)
        #expect(!empty.isAnswer && empty.code == .noError)
        let outside = fixture.zone.explain(try NameFixture.name("a.example.com"), .a)
        #expect(!outside.isAnswer && outside.servers.map(\.description) == ["198.51.100.53:53"])
        #expect(outside.why.contains("forwarded to 198.51.100.53:53"))
        let lost = fixture.zone.explain(try NameFixture.name("a.example.org"), .a)
        #expect(lost.code == .nameError)
        #expect(fixture.zone.takeUnknown().queries == 0)
    }

    @Test func `a circle of aliases has an end, in its explanation too`() throws {
        let fixture = try NameFixture(
            """
            {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {type: ExternalName, externalName: b.default.svc.cluster.local}}
            ---
            {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {type: ExternalName, externalName: a.default.svc.cluster.local}}
            """)
        let explanation = fixture.zone.explain(try NameFixture.name("a.default.svc.cluster.local"), .a)
        #expect(explanation.why.contains("comes back to where it began"), "\(explanation.why)")
    }
}
