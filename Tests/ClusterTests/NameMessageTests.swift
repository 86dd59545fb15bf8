// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Kubernetes
import Net
import Testing

/// Answers as messages: their flags, sections and sizes.
@Suite struct NameMessageTests {
    /// A headless Service with so many endpoints, in slices of a hundred.
    private static func many(_ count: Int) -> String {
        let slices = stride(from: 0, to: count, by: 100).map { start in
            let endpoints = (start..<min(start + 100, count)).map {
                "{addresses: [10.244.\($0 / 250).\($0 % 250 + 1)]}"
            }
            return """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: many-\(start), labels: {kubernetes.io/service-name: many}}
                addressType: IPv4
                endpoints: [\(endpoints.joined(separator: ", "))]
                ports: [{name: http, port: 80}]
                """
        }
        let service = """
            apiVersion: v1
            kind: Service
            metadata: {name: many}
            spec: {clusterIP: None, ports: [{name: http, port: 80}]}
            """
        return ([service] + slices).joined(separator: "\n---\n")
    }

    private static let many = "many.default.svc.cluster.local"

    @Test func `an answer of ours has AA, the client's RD and CD, and never RA or AD`() throws {
        var fixture = try NameFixture(NameText.services)
        var query = Message(
            asking: Query(try NameFixture.name("HELLO.default.svc.Cluster.local"), .a), id: 0xabcd)
        query.isCheckingDisabled = true
        query.isAuthentic = true
        let answer = try fixture.ask(query, over: .datagram)
        #expect(answer.id == 0xabcd && answer.isResponse && answer.isAuthoritative)
        #expect(answer.isRecursionDesired && answer.isCheckingDisabled)
        #expect(!answer.isRecursionAvailable && !answer.isAuthentic && !answer.isTruncated)
        #expect(answer.edns == nil)
        #expect(answer.questions[0].name.description == "HELLO.default.svc.Cluster.local.")
        #expect(answer.answers.map(\.description) == ["HELLO.default.svc.Cluster.local. 30 IN A 10.96.0.100"])
        query.isRecursionDesired = false
        #expect(try !fixture.ask(query).isRecursionDesired)
    }

    @Test func `EDNS is answered with EDNS, a version that is not known with BADVERS`() throws {
        var fixture = try NameFixture(NameText.services)
        let name = "hello.default.svc.cluster.local"
        let cookie = EDNS.Option(code: 10, data: [1, 2, 3, 4, 5, 6, 7, 8])
        let answer = try fixture.ask(name, edns: EDNS(size: 4096, wantsSignatures: true, options: [cookie]))
        #expect(answer.edns == EDNS(size: 1232, wantsSignatures: true))
        let other = try fixture.ask(name, edns: EDNS(version: 1))
        #expect(other.code == .badVersion && other.edns?.version == 0 && other.answers.isEmpty)
    }

    @Test(arguments: ["hello.default.svc.cluster.local", "hallo.default.svc.cluster.local", "foo.cluster.local"])
    func `what there is not comes with the zone's head`(name: String) throws {
        var fixture = try NameFixture(NameText.services)
        let answer = try fixture.ask(name, .aaaa)
        #expect(answer.isAuthoritative && answer.answers.isEmpty)
        let text = try #require(answer.authorities.first).description
        #expect(text.hasPrefix("cluster.local. 30 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. "))
        #expect(text.hasSuffix(" 7200 1800 86400 30"))
    }

    @Test func `a reverse zone has a head and a server of its own`() throws {
        var fixture = try NameFixture(NameText.services)
        #expect(
            try fixture.ask("200.0.96.10.in-addr.arpa", .ptr).authorities.map(\.name.text) == ["96.10.in-addr.arpa"])
        #expect(try fixture.ask("96.10.in-addr.arpa", .soa).answers.map(\.data.type) == [.soa])
        #expect(try fixture.ask("244.10.in-addr.arpa", .ns).answers.map(\.data.type) == [.ns])
    }

    @Test func `the head of the zone changes with every change, and NS comes with an address`() throws {
        var fixture = try NameFixture(NameText.services)
        let before = try fixture.ask("cluster.local", .soa)
        try fixture.apply("{apiVersion: v1, kind: Namespace, metadata: {name: new}}")
        #expect(try fixture.ask("cluster.local", .soa).answers != before.answers)
        #expect(
            try fixture.ask("cluster.local", .ns).additionals.map(\.description) == [
                "ns.dns.cluster.local. 30 IN A 10.96.0.10"
            ])
    }

    @Test func `SRV comes with the addresses of its targets`() throws {
        var fixture = try NameFixture(NameText.services)
        let answer = try fixture.ask("_sql._tcp.db.default.svc.cluster.local", .srv)
        #expect(
            Set(answer.additionals.map(\.description)) == [
                "10-244-1-5.db.default.svc.cluster.local. 30 IN A 10.244.1.5",
                "db-0.db.default.svc.cluster.local. 30 IN A 10.244.2.6",
            ])
    }

    @Test func `ANY is answered with one record`() throws {
        var fixture = try NameFixture(NameText.services)
        let answer = try fixture.ask("db.default.svc.cluster.local", .any)
        #expect(answer.answers.map(\.description) == ["db.default.svc.cluster.local. 30 IN HINFO \"RFC8482\" \"\""])
        #expect(try fixture.short("weather.default.svc.cluster.local", .any) == ["my.database.example.com."])
        #expect(try fixture.short("hallo.default.svc.cluster.local", .any) == ["NXDOMAIN"])
    }

    @Test func `every type has an answer for names that exist and for others`() throws {
        var fixture = try NameFixture(NameText.services)
        let names = [
            "cluster.local", "hello.default.svc.cluster.local", "weather.default.svc.cluster.local", "x.local",
        ]
        for type in 1...260 where ![41, 251, 252, 255].contains(type) {
            for (index, name) in names.enumerated() {
                let answer = try fixture.ask(name, RecordType(rawValue: UInt16(type)))
                #expect(answer.code == (index == 3 ? .nameError : .noError))
                #expect(answer.answers.isEmpty != answer.authorities.isEmpty)
            }
        }
    }

    @Test(arguments: [(EDNS?.none, 512), (EDNS(size: 800), 800), (EDNS(size: 65535), 1232)])
    func `a datagram has what fits and says that there is more`(edns: EDNS?, limit: Int) throws {
        var fixture = try NameFixture(Self.many(300))
        var message = Message(asking: Query(try NameFixture.name(Self.many), .a))
        message.edns = edns
        var output: [UInt8] = []
        _ = fixture.zone.answer(message.encoded().span, over: .datagram, into: &output)
        #expect(output.count <= limit && output.count > limit - 16)
        let answer = try Message(decoding: output)
        #expect(answer.isTruncated && answer.edns?.size == edns.map { _ in 1232 })
        #expect(Set(answer.answers).count == answer.answers.count)
        let whole = try fixture.ask(message, over: .stream)
        #expect(!whole.isTruncated && Set(whole.answers.map(\.data)).count == 300)
    }

    @Test func `more than a message holds is cut even over TCP`() throws {
        var fixture = try NameFixture(Self.many(5000))
        var output: [UInt8] = []
        let query = Message(asking: Query(try NameFixture.name(Self.many), .a)).encoded()
        _ = fixture.zone.answer(query.span, over: .stream, into: &output)
        #expect(output.count <= 65535)
        #expect(try Message(decoding: output).isTruncated)
    }

    @Test func `additional records are left out by names, and that is no truncation`() throws {
        var fixture = try NameFixture(Self.many(8))
        let answer = try fixture.ask("_http._tcp." + Self.many, .srv, over: .datagram)
        #expect(answer.isTruncated)
        let short = try fixture.ask("_http._tcp." + Self.many, .srv, edns: EDNS(size: 640), over: .datagram)
        #expect(!short.isTruncated && short.answers.count == 8 && short.additionals.count < 8)
    }

    @Test func `D67 the order is another in each answer, and each endpoint is first in its turn`() throws {
        var fixture = try NameFixture(Self.many(4))
        var first: [String: Int] = [:]
        for _ in 0..<400 {
            let answer = try fixture.ask(Self.many)
            #expect(answer.answers.count == 4)
            first[answer.answers[0].data.description, default: 0] += 1
        }
        // A hundred each, give or take five standard deviations.
        #expect(first.count == 4 && first.values.allSatisfy { 57...143 ~= $0 })
    }
}
