// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Kubernetes
import Net
import Testing

/// A cluster and the zone of its names, which hears of each change.
struct NameFixture {
    var lab: Fixture
    var zone: NameZone

    init(
        _ yaml: String = "", families: [Family] = [.v4], hosts: [String: NameZone.Configuration.Host] = [:],
        stubs: [String: String] = [:], upstream: [String] = []
    ) throws {
        lab = try Fixture(families)
        var configuration = NameZone.Configuration(domain: try Self.name("cluster.local"))
        for (name, host) in hosts { configuration.hosts[try Self.name(name)] = host }
        configuration.stubs = try stubs.map { name, server in
            NameZone.Configuration.Stub(name: try Self.name(name), servers: [try Self.socket(server)])
        }
        configuration.upstream = try upstream.map(Self.socket)
        configuration.ranges = lab.cluster.configuration.ranges.flatMap { [$0.services, $0.pods] }
        zone = NameZone(configuration, seed: 7)
        if !yaml.isEmpty { try apply(yaml) } else { feed() }
    }

    static func name(_ text: String) throws -> DomainName { try #require(DomainName(text), "\(text)") }

    static func socket(_ text: String) throws -> SocketAddress { SocketAddress(try #require(Address(text)), 53) }

    mutating func apply(_ yaml: String) throws {
        try lab.apply(yaml)
        run()
    }

    mutating func run() {
        lab.run()
        feed()
    }

    mutating func feed() {
        lab.settle()
        for change in lab.names { zone.apply(change) }
        lab.names = []
    }

    /// Asks as a resolver does.
    mutating func ask(
        _ name: String, _ type: RecordType = .a, edns: EDNS? = nil, over transport: Transport = .stream
    ) throws -> Message {
        var message = Message(asking: Query(try Self.name(name), type), id: 4711)
        message.edns = edns
        return try ask(message, over: transport)
    }

    mutating func ask(_ message: Message, over transport: Transport = .stream) throws -> Message {
        var output: [UInt8] = []
        _ = zone.answer(message.encoded().span, over: transport, into: &output)
        return try Message(decoding: output)
    }

    /// What `dig +short` prints, sorted, or the code if there is nothing; `NODATA` for a name without such records.
    mutating func short(_ name: String, _ type: RecordType = .a) throws -> [String] {
        Self.short(&zone, try Self.name(name), type)
    }

    static func short(_ zone: inout NameZone, _ name: DomainName, _ type: RecordType) -> [String] {
        var output: [UInt8] = []
        _ = zone.answer(Message(asking: Query(name, type)).encoded().span, over: .stream, into: &output)
        guard let message = try? Message(decoding: output) else { return ["no message"] }
        if message.code != .noError { return [message.code.description] }
        if message.answers.isEmpty { return ["NODATA"] }
        return message.answers.map(\.data.description).sorted()
    }
}

/// Objects that most tests of names use, with addresses that they can name.
enum NameText {
    static let services = """
        apiVersion: v1
        kind: Service
        metadata: {name: hello}
        spec:
          clusterIP: 10.96.0.100
          selector: {app: nobody}
          ports: [{name: http, port: 80}, {name: metrics, port: 9090}, {name: dns, port: 53, protocol: UDP}]
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: plain}
        spec: {clusterIP: 10.96.0.101, ports: [{port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: db}
        spec: {clusterIP: None, ports: [{name: sql, port: 5432}, {name: stats, port: 9000}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: db-a, labels: {kubernetes.io/service-name: db}}
        addressType: IPv4
        endpoints:
        - {addresses: [10.244.1.5], conditions: {ready: true}}
        - {addresses: [10.244.2.6], conditions: {ready: true}, hostname: db-0}
        - {addresses: [10.244.2.7], conditions: {ready: false}, hostname: db-1}
        ports: [{name: sql, port: 5432}, {name: stats, port: 9001}]
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: empty}
        spec: {clusterIP: None, selector: {app: nobody}, ports: [{name: http, port: 80}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: portless}
        spec: {clusterIP: None}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: portless-a, labels: {kubernetes.io/service-name: portless}}
        addressType: IPv4
        endpoints: [{addresses: [10.244.1.9]}]
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: weather}
        spec: {type: ExternalName, externalName: my.database.example.com}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: inside}
        spec: {type: ExternalName, externalName: hello.default.svc.cluster.local}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: plain-a, labels: {kubernetes.io/service-name: plain}}
        addressType: IPv4
        endpoints: [{addresses: [198.51.100.10]}, {addresses: [10.244.1.5]}]
        ports: [{port: 8080}]
        """
}
