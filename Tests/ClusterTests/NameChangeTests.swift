// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Kubernetes
import Net
import Testing

/// The zone follows the cluster.
@Suite struct NameChangeTests {
    private static let web = "web.default.svc.cluster.local"

    private static func headless(_ name: String, publishes: Bool = false) -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name)}
        spec:
          clusterIP: None
          publishNotReadyAddresses: \(publishes)
          selector: {app: web}
          ports: [{name: http, port: 80, targetPort: 8080}]
        """
    }

    @Test func `D67 D42 an endpoint has a name while it is ready, or always if its Service says so`() throws {
        var fixture = try NameFixture(
            Text.all(Text.deployment(replicas: 2), Self.headless("web"), Self.headless("all", publishes: true)))
        #expect(try fixture.short(Self.web).count == 2)
        for pod in fixture.lab.pods() { fixture.lab.setReady(pod.key, false) }
        fixture.run()
        #expect(try fixture.short(Self.web) == ["NXDOMAIN"])
        #expect(try fixture.short("all.default.svc.cluster.local").count == 2)
        let pod = try #require(fixture.lab.pods().first)
        let address = try #require(pod.address)
        fixture.lab.setReady(pod.key, true)
        fixture.run()
        #expect(try fixture.short(Self.web) == [address.description])
        #expect(try fixture.short(DomainName(reverse: address).description, .ptr).count == 2)
    }

    @Test func `a Pod's hostname and subdomain are its name below the Service`() throws {
        var fixture = try NameFixture(
            Text.all(
                Self.headless("web"), Text.pod("busybox-1", spec: "  hostname: busybox-1\n  subdomain: web"),
                Text.pod("busybox-2", spec: "  hostname: busybox-2")))
        #expect(try fixture.short("busybox-1.\(Self.web)") != ["NXDOMAIN"])
        #expect(try fixture.short("busybox-2.\(Self.web)") == ["NXDOMAIN"])
        let named = try #require(fixture.lab.pods().first { $0.name == "busybox-1" }?.address)
        #expect(try fixture.short(DomainName(reverse: named).description, .ptr) == ["busybox-1.\(Self.web)."])
    }

    @Test func `names go with their objects, and come back with them`() throws {
        var fixture = try NameFixture(Text.all(Text.deployment(), Text.service()))
        let key = ObjectKey("Service", "default", "web")
        let address = try fixture.short(Self.web)
        let pod = try #require(fixture.lab.pods().first?.address)
        #expect(try fixture.short("\(pod.description.replacing(".", with: "-")).\(Self.web)") == [pod.description])
        fixture.lab.cluster.delete([key], now: fixture.lab.now)
        fixture.run()
        #expect(try fixture.short(Self.web) == ["NXDOMAIN"])
        #expect(try fixture.short(DomainName(reverse: pod).description, .ptr) == ["NXDOMAIN"])
        try fixture.apply(Text.service())
        #expect(try fixture.short(Self.web) != ["NXDOMAIN"])
        #expect(address != ["NXDOMAIN"])
    }

    @Test func `a namespace's names exist while it does`() throws {
        var fixture = try NameFixture("{apiVersion: v1, kind: Namespace, metadata: {name: team}}")
        #expect(try fixture.short("team.svc.cluster.local") == ["NODATA"])
        #expect(try fixture.short("1-2-3-4.team.pod.cluster.local") == ["1.2.3.4"])
        fixture.lab.cluster.delete([ObjectKey("Namespace", "", "team")], now: fixture.lab.now)
        fixture.run()
        #expect(try fixture.short("team.svc.cluster.local") == ["NXDOMAIN"])
        #expect(try fixture.short("1-2-3-4.team.pod.cluster.local") == ["NXDOMAIN"])
    }

    @Test func `a Service that becomes another kind of Service gets other records`() throws {
        var fixture = try NameFixture(NameText.services)
        try fixture.apply(
            "{apiVersion: v1, kind: Service, metadata: {name: weather}, spec: {type: ClusterIP, clusterIP: 10.96.0.77, ports: [{port: 80}]}}"
        )
        #expect(try fixture.short("weather.default.svc.cluster.local") == ["10.96.0.77"])
        #expect(try fixture.short("77.0.96.10.in-addr.arpa", .ptr) == ["weather.default.svc.cluster.local."])
        fixture.lab.cluster.delete([ObjectKey("Service", "default", "weather")], now: fixture.lab.now)
        try fixture.apply(
            "{apiVersion: v1, kind: Service, metadata: {name: weather}, spec: {type: ExternalName, externalName: a.example}}"
        )
        #expect(try fixture.short("weather.default.svc.cluster.local") == ["a.example."])
        #expect(try fixture.short("77.0.96.10.in-addr.arpa", .ptr) == ["NXDOMAIN"])
    }

    @Test func `D66 D84 a Service of both families has both addresses`() throws {
        var fixture = try NameFixture(
            Text.all(
                Text.deployment(), Text.service(more: "  ipFamilyPolicy: PreferDualStack"),
                Self.headless("all") + "\n  ipFamilyPolicy: PreferDualStack"), families: [.v4, .v6])
        #expect(try fixture.short(Self.web).first?.hasPrefix("10.96.") == true)
        let six = try #require(try fixture.short(Self.web, .aaaa).first)
        #expect(six.hasPrefix("fd00:10:96:"))
        let address = try #require(Address(six))
        #expect(try fixture.short(DomainName(reverse: address).description, .ptr) == [Self.web + "."])
        let all = "all.default.svc.cluster.local"
        #expect(try fixture.short(all).count == 3)
        #expect(try fixture.short(all, .aaaa).count == 3)
        #expect(try fixture.short("_http._tcp." + all, .srv).count == 6)
        let endpoint = try #require(try fixture.short(all, .aaaa).first)
        let label = endpoint.replacing(":", with: "-")
        #expect(try fixture.short("\(label).\(all)", .aaaa) == [endpoint])
        #expect(try fixture.short("\(label).\(all)", .a) == ["NODATA"])
        #expect(try fixture.short("_http._tcp." + Self.web, .srv) == ["0 50 80 \(Self.web)."])
    }

    @Test func `a status or a probe that changes nothing says nothing of names`() throws {
        var fixture = try NameFixture(Text.all(Text.deployment(), Text.service()))
        let now = fixture.lab.now
        fixture.lab.cluster.update(ObjectKey("Service", "default", "web"), now: now) {
            $0.value["status", "loadBalancer"] = ["ingress": [["ip": "203.0.113.9"]]]
        }
        fixture.lab.cluster.update(try #require(fixture.lab.pods().first).key, now: now) {
            $0.value["status", "message"] = "fine"
        }
        #expect(fixture.lab.settle().names.isEmpty)
    }

    @Test func `a zone that heard of every change answers as one that is told all at once`() throws {
        var fixture = try NameFixture(NameText.services)
        var chance = Chance(state: 5)
        let questions: [(String, RecordType)] =
            ["a", "b", "c"].flatMap { name in
                [("", RecordType.a), ("", .srv), ("h1.", .a), ("10-1-0-1.", .a), ("10-1-0-2.", .a), ("_p._tcp.", .srv)]
                    .map { ("\($0.0)\(name).default.svc.cluster.local", $0.1) }
            } + (1...6).map { ("\($0).0.1.10.in-addr.arpa", .ptr) }
        for round in 0..<300 {
            if let key = chance.deletion() { fixture.lab.cluster.delete([key], now: fixture.lab.now) }
            try fixture.apply(chance.change())
            guard round % 5 == 0 else { continue }
            var fresh = NameZone(fixture.zone.configuration, seed: 1)
            for change in fixture.lab.cluster.names { fresh.apply(change) }
            for (name, type) in questions {
                let other = NameFixture.short(&fresh, try NameFixture.name(name), type)
                #expect(try fixture.short(name, type) == other, "round \(round): \(name) \(type)")
            }
        }
    }
}

/// Random Services and slices of three names and six addresses, so that they meet.
private struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    mutating func deletion() -> ObjectKey? {
        switch below(8) {
        case 0: ObjectKey("Service", "default", ["a", "b", "c"][below(3)])
        case 1: ObjectKey("EndpointSlice", "default", "s\(below(5))")
        default: nil
        }
    }

    mutating func change() -> String {
        let name = ["a", "b", "c"][below(3)]
        if below(4) == 0 {
            return """
                apiVersion: v1
                kind: Service
                metadata: {name: \(name)}
                spec: {clusterIP: None, ports: [{name: \(["p", "q"][below(2)]), port: 1}]}
                """
        }
        let endpoints = (0..<below(5)).map { _ in
            let host = below(3) == 0 ? ", hostname: h\(below(3))" : ""
            return "{addresses: [10.1.0.\(1 + below(6))], conditions: {ready: \(below(4) > 0)}\(host)}"
        }
        return """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: s\(below(5)), labels: {kubernetes.io/service-name: \(name)}}
            addressType: IPv4
            endpoints: [\(endpoints.joined(separator: ", "))]
            ports: [{name: \(["p", "q"][below(2)]), port: 80}]
            """
    }
}
