// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Kubernetes
import Net
import Testing

/// Kubernetes' DNS specification, record by record: the sections of kubernetes/dns, docs/specification.md.
@Suite struct NameSpecificationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var section: String
        var query: (String, RecordType)
        var answers: [String]

        init(_ section: String, _ name: String, _ type: RecordType, _ answers: String...) {
            self.section = section
            query = (name, type)
            self.answers = answers.sorted()
        }

        var testDescription: String { "\(section) \(query.0) \(query.1)" }
    }

    private static let ofClusterIP = [
        Row("2.2", "dns-version.cluster.local", .txt, "dns-version.cluster.local. 28800 IN TXT \"1.1.0\""),
        Row("2.3.1", "hello.default.svc.cluster.local", .a, "hello.default.svc.cluster.local. 30 IN A 10.96.0.100"),
        Row(
            "2.3.2", "_http._tcp.hello.default.svc.cluster.local", .srv,
            "_http._tcp.hello.default.svc.cluster.local. 30 IN SRV 0 100 80 hello.default.svc.cluster.local."),
        Row(
            "2.3.3", "100.0.96.10.in-addr.arpa", .ptr,
            "100.0.96.10.in-addr.arpa. 30 IN PTR hello.default.svc.cluster.local."),
    ]

    private static let ofHeadless = [
        Row(
            "2.4.1", "db.default.svc.cluster.local", .a, "db.default.svc.cluster.local. 30 IN A 10.244.1.5",
            "db.default.svc.cluster.local. 30 IN A 10.244.2.6"),
        Row("2.4.1", "empty.default.svc.cluster.local", .a),
        Row(
            "2.4.1", "db-0.db.default.svc.cluster.local", .a, "db-0.db.default.svc.cluster.local. 30 IN A 10.244.2.6"),
        Row(
            "2.4.2", "_sql._tcp.db.default.svc.cluster.local", .srv,
            "_sql._tcp.db.default.svc.cluster.local. 30 IN SRV 0 50 5432 10-244-1-5.db.default.svc.cluster.local.",
            "_sql._tcp.db.default.svc.cluster.local. 30 IN SRV 0 50 5432 db-0.db.default.svc.cluster.local."),
        Row(
            "2.4.3", "6.2.244.10.in-addr.arpa", .ptr,
            "6.2.244.10.in-addr.arpa. 30 IN PTR db-0.db.default.svc.cluster.local."),
    ]

    private static let ofOthers = [
        Row(
            "2.5", "weather.default.svc.cluster.local", .cname,
            "weather.default.svc.cluster.local. 30 IN CNAME my.database.example.com."),
        Row("2.6", "10-2-3-4.default.pod.cluster.local", .a, "10-2-3-4.default.pod.cluster.local. 30 IN A 10.2.3.4"),
    ]

    @Test(arguments: ofClusterIP + ofHeadless + ofOthers)
    func `each record of the specification is there`(row: Row) throws {
        var fixture = try NameFixture(NameText.services)
        let answer = try fixture.ask(row.query.0, row.query.1)
        #expect(answer.answers.map(\.description).sorted() == row.answers)
        #expect(answer.code == (row.answers.isEmpty ? .nameError : .noError))
    }

    /// What version 1.1.0 adds to the text: the same of IPv6.
    @Test func `AAAA, PTR and names of IPv6 are as those of IPv4`() throws {
        var fixture = try NameFixture(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: six}
            spec: {clusterIP: "fd00:10:96::64", ipFamilies: [IPv6], ports: [{name: http, port: 80}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: pets}
            spec: {clusterIP: None, ipFamilies: [IPv6], ports: [{name: http, port: 80}]}
            ---
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: pets-a, labels: {kubernetes.io/service-name: pets}}
            addressType: IPv6
            endpoints: [{addresses: ["fd00:10:244::5"]}, {addresses: ["fd00:10:244::6"], hostname: cat}]
            ports: [{name: http, port: 80}]
            """, families: [.v6])
        let (six, pets) = ("six.default.svc.cluster.local", "pets.default.svc.cluster.local")
        #expect(try fixture.short(six, .aaaa) == ["fd00:10:96::64"])
        #expect(try fixture.short(six, .a) == ["NODATA"])
        #expect(try fixture.short(pets, .aaaa) == ["fd00:10:244::5", "fd00:10:244::6"])
        #expect(try fixture.short("cat.\(pets)", .aaaa) == ["fd00:10:244::6"])
        #expect(try fixture.short("fd00-10-244--5.\(pets)", .aaaa) == ["fd00:10:244::5"])
        let reverse = { (text: String) in Address(text).map { DomainName(reverse: $0).description } ?? "" }
        #expect(try fixture.short(reverse("fd00:10:96::64"), .ptr) == ["\(six)."])
        #expect(try fixture.short(reverse("fd00:10:244::6"), .ptr) == ["cat.\(pets)."])
        #expect(try fixture.short(reverse("fd00:10:96::65"), .ptr) == ["NXDOMAIN"])
    }
}
