// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Kubernetes
import Net
import Testing

/// D71, and the names outside the cluster.
@Suite struct NameAliasTests {
    private static let address = Address(198, 51, 100, 10)

    private static func external(_ name: String, _ target: String) -> String {
        "{apiVersion: v1, kind: Service, metadata: {name: \(name)}, spec: {type: ExternalName, externalName: \(target)}}"
    }

    @Test func `D71 an ExternalName is an alias that nobody can follow by default`() throws {
        var fixture = try NameFixture(NameText.services)
        let answer = try fixture.ask("weather.default.svc.cluster.local")
        #expect(answer.code == .noError)
        #expect(
            answer.answers.map(\.description) == [
                "weather.default.svc.cluster.local. 30 IN CNAME my.database.example.com."
            ])
        #expect(try fixture.short("weather.default.svc.cluster.local", .cname) == ["my.database.example.com."])
        #expect(try fixture.short("weather.default.svc.cluster.local", .srv) == ["NODATA"])
        #expect(try fixture.short("x.weather.default.svc.cluster.local", .cname) == ["NXDOMAIN"])
        #expect(fixture.zone.takeUnknown().names.map(\.text) == ["my.database.example.com"])
    }

    @Test func `D71 its target is looked up in the cluster and in the lab file`() throws {
        var fixture = try NameFixture(
            NameText.services,
            hosts: [
                "my.database.example.com": .alias(try NameFixture.name("db.corp.example")),
                "db.corp.example": .addresses([Self.address]),
            ])
        #expect(
            try fixture.ask("weather.default.svc.cluster.local").answers.map(\.description) == [
                "weather.default.svc.cluster.local. 30 IN CNAME my.database.example.com.",
                "my.database.example.com. 30 IN CNAME db.corp.example.", "db.corp.example. 30 IN A 198.51.100.10",
            ])
        #expect(
            try fixture.ask("weather.default.svc.cluster.local", .aaaa).answers.map(\.data.type) == [.cname, .cname])
        #expect(
            try fixture.ask("inside.default.svc.cluster.local").answers.map(\.description) == [
                "inside.default.svc.cluster.local. 30 IN CNAME hello.default.svc.cluster.local.",
                "hello.default.svc.cluster.local. 30 IN A 10.96.0.100",
            ])
    }

    @Test func `D71 circles and dead ends in the cluster are no data, as from CoreDNS`() throws {
        var fixture = try NameFixture(
            [
                Self.external("a", "b.default.svc.cluster.local"), Self.external("b", "a.default.svc.cluster.local"),
                Self.external("self", "self.default.svc.cluster.local"),
                Self.external("lost", "nobody.default.svc.cluster.local"),
            ].joined(separator: "\n---\n"))
        for name in ["a", "b", "self", "lost"] {
            let answer = try fixture.ask("\(name).default.svc.cluster.local")
            #expect(answer.code == .noError && answer.answers.isEmpty, "\(name)")
            #expect(answer.authorities.count == 1)
        }
    }

    @Test func `D71 a chain has eight aliases at most`() throws {
        let chain = (0..<9).map { Self.external("c\($0)", "c\($0 + 1).default.svc.cluster.local") }
        var fixture = try NameFixture(
            (chain + [NameText.services, Self.external("c9", "hello.default.svc.cluster.local")])
                .joined(separator: "\n---\n"))
        #expect(try fixture.ask("c2.default.svc.cluster.local").answers.count == 9)
        #expect(try fixture.ask("c1.default.svc.cluster.local").answers.isEmpty)
    }

    @Test func `D71 what others know of the target follows the alias`() throws {
        let fixture = try NameFixture(NameText.services, stubs: ["example.com": "198.51.100.53"])
        var zone = fixture.zone
        var output: [UInt8] = []
        let query = Message(asking: Query(try NameFixture.name("weather.default.svc.cluster.local"), .a), id: 7)
        guard case .resolve(let alias) = zone.answer(query.encoded().span, over: .datagram, into: &output) else {
            Issue.record("it is not resolved")
            return
        }
        #expect(alias.servers.map(\.description) == ["198.51.100.53:53"])
        var reply = try Message(decoding: alias.query)
        #expect(reply.questions.map(\.description) == ["my.database.example.com. A"])
        reply.isResponse = true
        reply.answers = [Record(reply.questions[0].name, ttl: 9, .address(Self.address))]
        let whole = try Message(decoding: alias.answer(output, and: reply.encoded()))
        #expect(whole.id == 7)
        #expect(whole.answers.map(\.data.type) == [.cname, .a])
        reply.questions = []
        #expect(alias.answer(output, and: reply.encoded()) == output)
        #expect(alias.answer(output, and: [1, 2, 3]) == output)
        reply = try Message(decoding: alias.query)
        reply.isResponse = true
        reply.answers = (0..<5000).map { Record(reply.questions[0].name, ttl: 9, .address(.v4($0))) }
        let long = alias.answer(output, and: reply.encoded())
        #expect(long.count <= 512)
        #expect(try Message(decoding: long).isTruncated)
    }

    @Test func `names outside do not exist, at once, and are counted`() throws {
        var fixture = try NameFixture(NameText.services)
        let answer = try fixture.ask("www.example.com")
        #expect(answer.code == .nameError && !answer.isAuthoritative)
        #expect(answer.authorities.map(\.name.description) == ["."])
        _ = try fixture.ask("www.example.com")
        for number in 0..<20 { _ = try fixture.ask("n\(number).example.com") }
        let unknown = fixture.zone.takeUnknown()
        #expect(unknown.queries == 22 && unknown.names.count == 8)
        #expect(unknown.names.first?.text == "www.example.com")
        #expect(fixture.zone.takeUnknown().queries == 0)
    }

    @Test func `names that the lab file gives are answered, and their addresses too`() throws {
        var fixture = try NameFixture(
            hosts: [
                "my.database.example.com": .addresses([Self.address, .v6(0x20010db8 << 96 | 1)]),
                "db.example.com": .alias(try NameFixture.name("my.database.example.com")),
            ])
        #expect(try fixture.short("My.Database.example.com") == ["198.51.100.10"])
        #expect(try fixture.short("my.database.example.com", .aaaa) == ["2001:db8::1"])
        #expect(try fixture.short("my.database.example.com", .mx) == ["NODATA"])
        #expect(try fixture.short("db.example.com") == ["198.51.100.10", "my.database.example.com."])
        #expect(try fixture.short("10.100.51.198.in-addr.arpa", .ptr) == ["my.database.example.com."])
        #expect(try fixture.short("x.my.database.example.com") == ["NXDOMAIN"])
        #expect(try fixture.short("example.com") == ["NODATA"])
    }

    @Test func `what the lab file forwards is forwarded, the nearest zone first`() throws {
        let fixture = try NameFixture(
            NameText.services, stubs: ["example.com": "198.51.100.1", "corp.example.com": "198.51.100.2"],
            upstream: ["198.51.100.3"])
        for (name, server) in [
            ("www.example.com", "198.51.100.1:53"), ("a.b.CORP.example.com", "198.51.100.2:53"),
            ("corp.example.com", "198.51.100.2:53"), ("www.example.org", "198.51.100.3:53"),
            ("9.9.9.9.in-addr.arpa", "198.51.100.3:53"), (".", "198.51.100.3:53"),
        ] {
            var zone = fixture.zone
            var output: [UInt8] = []
            let query = Message(asking: Query(try NameFixture.name(name), .a)).encoded()
            let outcome = zone.answer(query.span, over: .datagram, into: &output)
            guard case .forward(let servers) = outcome else {
                Issue.record("\(name): \(outcome)")
                continue
            }
            #expect(servers.map(\.description) == [server], "\(name)")
            #expect(try Message(decoding: output).code == .serverFailure)
        }
        var inside = fixture
        #expect(try inside.short("hallo.default.svc.cluster.local") == ["NXDOMAIN"])
        #expect(try inside.short("102.0.96.10.in-addr.arpa", .ptr) == ["NXDOMAIN"])
    }
}
