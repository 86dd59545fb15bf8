// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Kubernetes
import Net
import Testing

/// What names cost. The bounds are loose, since machines differ; the figures are printed.
@Suite(.serialized) struct NameSpeedTests {
    private func seconds(_ body: () throws -> Void) rethrows -> Double {
        let duration = try ContinuousClock().measure(body)
        return Double(duration.components.attoseconds) / 1e18 + Double(duration.components.seconds)
    }

    private static func service(_ number: Int, isHeadless: Bool) -> Object {
        var object = Object(
            apiVersion: "v1", kind: "Service", namespace: "team-\(number % 10)", name: "service-\(number)")
        let address = Address(10, 96, 0, 0).advanced(by: number + 20).description
        object.spec = [
            "clusterIP": isHeadless ? "None" : .string(address),
            "clusterIPs": [isHeadless ? "None" : .string(address)],
            "ports": [["name": "http", "port": 80, "protocol": "TCP"]], "type": "ClusterIP",
        ]
        return object
    }

    private static func slice(_ number: Int, endpoints: Int, isReady: Bool = true) -> Object {
        var object = Object(
            apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: "team-\(number % 10)",
            name: "service-\(number)-abcde")
        object.labels = ["kubernetes.io/service-name": "service-\(number)"]
        object.value["addressType"] = "IPv4"
        object.value["endpoints"] = .array(
            (0..<endpoints).map { index in
                let address = Address(10, 128, 0, 0).advanced(by: number * endpoints + index)
                return [
                    "addresses": [.string(address.description)], "conditions": ["ready": .bool(index > 0 || isReady)],
                ]
            })
        object.value["ports"] = [["name": "http", "port": 8080, "protocol": "TCP"]]
        return object
    }

    /// So many Services with five endpoints each; every tenth is headless.
    private func changes(services: Int) -> [NameChange] {
        var objects = (0..<10).map { Object(apiVersion: "v1", kind: "Namespace", name: "team-\($0)") }
        objects += (0..<services).flatMap {
            [Self.service($0, isHeadless: $0 % 10 == 0), Self.slice($0, endpoints: 5)]
        }
        return objects.compactMap { NameChange($0.key, $0) }
    }

    private func zone(_ changes: [NameChange]) throws -> NameZone {
        var configuration = NameZone.Configuration(domain: try NameFixture.name("cluster.local"))
        configuration.ranges = [try #require(Prefix("10.96.0.0/16")), try #require(Prefix("10.128.0.0/9"))]
        var zone = NameZone(configuration, seed: 1)
        for change in changes { zone.apply(change) }
        return zone
    }

    private func rate(_ zone: inout NameZone, _ queries: [[UInt8]], rounds: Int) -> Double {
        var output: [UInt8] = []
        var bytes = 0
        let time = seconds {
            for _ in 0..<rounds {
                for query in queries {
                    _ = zone.answer(query.span, over: .datagram, into: &output)
                    bytes += output.count
                }
            }
        }
        #expect(bytes > 0)
        return Double(queries.count * rounds) / time
    }

    @Test func `fifty thousand endpoints are known at once, and queries are answered at a great rate`() throws {
        let changes = changes(services: 10_000)
        var zone = try self.zone([])
        let load = seconds { for change in changes { zone.apply(change) } }
        func queries(_ type: RecordType, _ name: (Int) -> String) throws -> [[UInt8]] {
            try (0..<1000).map { number in
                Message(asking: Query(try NameFixture.name(name(number * 10 + 1)), type), edns: EDNS()).encoded()
            }
        }
        let rates = [
            ("A", try queries(.a) { "service-\($0).team-\($0 % 10).svc.cluster.local" }),
            ("AAAA", try queries(.aaaa) { "service-\($0).team-\($0 % 10).svc.cluster.local" }),
            ("headless A", try queries(.a) { "service-\($0 - 1).team-\(($0 - 1) % 10).svc.cluster.local" }),
            ("NXDOMAIN", try queries(.a) { "www-\($0).example.com.team-1.svc.cluster.local" }),
            ("SRV", try queries(.srv) { "_http._tcp.service-\($0).team-\($0 % 10).svc.cluster.local" }),
            ("PTR", try queries(.ptr) { DomainName(reverse: Address(10, 96, 0, 0).advanced(by: $0 + 20)).text }),
            ("outside", try queries(.a) { "www-\($0).example.com" }),
        ].map { ($0.0, rate(&zone, $0.1, rounds: 50)) }
        print("10,000 Services, 50,000 endpoints: \(load * 1000) ms; queries a second:")
        for (what, rate) in rates { print("  \(what): \(Int(rate))") }
        #expect(load < 3)
        #expect(rates[0].1 > 40_000)
    }

    @Test func `a change costs the same whatever the number of Services`() throws {
        func cost(_ services: Int) throws -> Double {
            var zone = try self.zone(changes(services: services))
            let states = [true, false].compactMap { isReady -> NameChange? in
                let slice = Self.slice(3, endpoints: 5, isReady: isReady)
                return NameChange(slice.key, slice)
            }
            return seconds { for number in 0..<2000 { zone.apply(states[number % 2]) } } / 2000 * 1e6
        }
        let (few, many) = (try cost(10), try cost(10_000))
        print("an endpoint's change: \(few) us at 10 Services, \(many) us at 10,000")
        #expect(many < 5 * few + 20)
    }
}
