// SPDX-License-Identifier: Apache-2.0
import Cluster
import DNS
import Glibc
import Kubernetes
import Net
import Testing

/// Queries that are nearly right: nothing may trap, no answer be longer than the client takes it, and no answer be given
/// to an answer. `LAB_NAME_MUTATIONS` says how many, `LAB_NAME_SEED` which.
@Suite struct NameMutationTests {
    private static func number(_ variable: String, or missing: Int) -> Int {
        unsafe getenv(variable).flatMap { Int(String(cString: $0)) } ?? missing
    }

    /// Queries for all that there is, with all that a query can have.
    private static func seeds() throws -> [[UInt8]] {
        let names = [
            "hello.default.svc.cluster.local", "db.default.svc.cluster.local", "db-0.db.default.svc.cluster.local",
            "_sql._tcp.db.default.svc.cluster.local", "10-244-1-5.db.default.svc.cluster.local", "cluster.local",
            "weather.default.svc.cluster.local", "inside.default.svc.cluster.local", "100.0.96.10.in-addr.arpa",
            "5.1.244.10.in-addr.arpa", "1-2-3-4.default.pod.cluster.local", "fd00--1.default.pod.cluster.local",
            "www.example.com", "dns-version.cluster.local", "ns.dns.cluster.local", ".",
            DomainName(reverse: .v6(1)).text, "many.default.svc.cluster.local",
        ]
        let types: [RecordType] = [.a, .aaaa, .srv, .ptr, .txt, .soa, .ns, .cname, .any, .axfr]
        return try names.enumerated().flatMap { index, name in
            try types.enumerated().map { place, type in
                var message = Message(asking: Query(try NameFixture.name(name), type), id: UInt16(index))
                switch (index + place) % 4 {
                case 0:
                    message.edns = EDNS(size: 4096, options: [EDNS.Option(code: 10, data: [1, 2, 3, 4, 5, 6, 7, 8])])
                case 1: message.edns = EDNS(size: 700, wantsSignatures: true)
                case 2: message.additionals = [Record(.root, ttl: 1, .txt([[1]]))]
                default: break
                }
                return message.encoded()
            }
        }
    }

    private static func zone() throws -> NameZone {
        let endpoints = (1...100).map { "{addresses: [10.244.3.\($0)]}" }.joined(separator: ", ")
        return try NameFixture(
            NameText.services + """

                ---
                {apiVersion: v1, kind: Service, metadata: {name: many}, spec: {clusterIP: None, ports: [{port: 80}]}}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: many-a, labels: {kubernetes.io/service-name: many}}
                addressType: IPv4
                endpoints: [\(endpoints)]
                ports: [{name: "", port: 80}]
                """, families: [.v4, .v6], hosts: ["my.database.example.com": .addresses([Address(1, 2, 3, 4)])]
        ).zone
    }

    /// What is wrong with an answer; nil if nothing is.
    private static func fault(_ query: [UInt8], _ transport: Transport, _ outcome: NameOutcome, _ answer: [UInt8])
        -> String?
    {
        if query.count < 12 || query[2] & 0x80 != 0 {
            return outcome == .silent && answer.isEmpty ? nil : "it should not be answered"
        }
        guard let message = try? Message(decoding: answer) else { return "the answer cannot be read" }
        guard message.isResponse, answer[0...1] == query[0...1], answer[2] & 0x79 == query[2] & 0x79 else {
            return "the answer is not to the query"
        }
        let size = (try? Message(decoding: query))?.edns?.size ?? 512
        let limit = transport == .stream ? 65535 : min(max(Int(size), 512), 1232)
        return answer.count <= limit ? nil : "\(answer.count) bytes where the client takes \(limit)"
    }

    @Test func `fifty thousand queries that are nearly right are answered rightly, or not at all`() throws {
        let count = Self.number("LAB_NAME_MUTATIONS", or: 50_000)
        var chance = NameChance(state: UInt64(Self.number("LAB_NAME_SEED", or: 20_261_121)))
        let seeds = try Self.seeds()
        var zone = try Self.zone()
        var output: [UInt8] = []
        var codes: [UInt8: Int] = [:]
        for _ in 0..<count {
            let query = chance.damaged(seeds[chance.below(seeds.count)])
            let transport = chance.below(4) == 0 ? Transport.stream : .datagram
            let outcome = zone.answer(query.span, over: transport, into: &output)
            if let fault = Self.fault(query, transport, outcome, output) {
                Issue.record("\(fault): \(query)")
                return
            }
            codes[outcome == .silent ? 255 : output[3] & 15, default: 0] += 1
        }
        // It would prove nothing if all were refused at the door.
        for code: UInt8 in [0, 1, 3, 4, 5, 255] { #expect(codes[code, default: 0] > count / 200, "\(codes)") }
        print("\(count) queries: \(codes)")
    }
}

/// A generator that gives the same numbers in every run (SplitMix64).
struct NameChance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }

    /// Bytes changed, flipped, added and cut out, counts made up, and pointers put where they may not be.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<below(4) {
            let place = bytes.isEmpty ? 0 : below(bytes.count)
            switch below(8) {
            case 0 where !bytes.isEmpty: bytes[place] = UInt8(below(256))
            case 1 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(below(8))
            case 2 where !bytes.isEmpty: bytes.removeSubrange(place..<min(place + 1 + below(4), bytes.count))
            case 3: bytes.insert(contentsOf: [0xc0, UInt8(below(64))], at: place)
            case 4 where bytes.count > 12: bytes[4 + below(8)] = UInt8(below(4))
            case 5 where bytes.count > 3: bytes[2] = UInt8(below(256))
            case 6 where below(8) == 0: bytes = Array(bytes[..<place])
            default: bytes.insert(UInt8(below(256)), at: place)
            }
        }
        return bytes
    }
}
