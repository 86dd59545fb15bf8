// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

/// Requests that are nearly right: each must be answered, and nothing may trap.
@Suite struct MutationTests {
    /// A generator that gives the same numbers in every run (SplitMix64).
    private struct Chance: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    private static let seeds: [Request] = {
        let types = [
            "application/json", "application/yaml", "application/merge-patch+json", "application/json-patch+json",
            "application/strategic-merge-patch+json", "application/apply-patch+yaml",
            "application/vnd.kubernetes.protobuf",
        ]
        var seeds = RecordedRequest.all.enumerated().map { index, recorded in
            var text: String?
            if !recorded.body.isNull { text = recorded.body.string ?? recorded.body.json() }
            let type = index % 12 == 0 ? types[index % types.count] : recorded.contentType
            return APIFixture.request(
                Request.Method(rawValue: recorded.method) ?? .get, recorded.url, text: text, type: type, user: .admin)
        }
        for url in [
            "/api/v1/pods?limit=3&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NTI2LCJzdGFydCI6Ii9hXHUwMDAwIn0",
            "/api/v1/watch/services?resourceVersion=1&timeoutSeconds=9", "/openapi/v3/api/v1?hash=1",
            "/api/v1/namespaces/corpus/services/https:a:80/proxy/x?y=z", "/apis/apps/v1", "/readyz?verbose",
            "/api/v1/namespaces/corpus/pods/v-minimal/log?tailLines=1&sinceSeconds=1&container=c",
            "/api/v1/services?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
            "/api/v1/pods?fieldSelector=spec.nodeName%3Da,status.phase!=b&labelSelector=a%20in%20(b,c),!d",
        ] {
            let accept = ["accept": "application/json;as=Table;v=v1;g=meta.k8s.io;q=0.5,application/yaml"]
            seeds.append(APIFixture.request(.get, url, text: nil, type: nil, headers: accept, user: .admin))
        }
        return seeds
    }()

    private static let words = [
        "9223372036854775808", "-1", "99999999999999999999", "\0", "%", "%zz", "é", "null", "[[[[[[[[", "{", "\"",
        "1e400",
        "../..", "//", "*", "a=b,", "in (", "18446744073709551615", "-9223372036854775808", "0x1", "true",
    ]

    private static func mutate(_ text: String, _ chance: inout Chance) -> String {
        String(decoding: mutate(Array(text.utf8), &chance), as: UTF8.self)
    }

    private static func mutate(_ bytes: [UInt8], _ chance: inout Chance) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &chance) {
            let place = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &chance)
            switch Int.random(in: 0..<6, using: &chance) {
            case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &chance)
            case 1 where !bytes.isEmpty: bytes.removeSubrange(place..<min(place + 7, bytes.count))
            case 2: bytes.insert(contentsOf: (words.randomElement(using: &chance) ?? "").utf8, at: place)
            case 3 where !bytes.isEmpty: bytes.append(contentsOf: bytes[place...])
            case 4 where !bytes.isEmpty: bytes = Array(bytes[..<place])
            default: bytes.insert(UInt8.random(in: 0...255, using: &chance), at: place)
            }
        }
        return bytes
    }

    private static func mutated(_ chance: inout Chance) -> Request {
        guard var request = seeds.randomElement(using: &chance) else { return Request(.get, "/") }
        for _ in 0..<Int.random(in: 1...2, using: &chance) {
            switch Int.random(in: 0..<6, using: &chance) {
            case 0: request.path = mutate(request.path, &chance)
            case 1: request.method = Request.Method.allCases.randomElement(using: &chance) ?? .get
            case 2 where !request.query.isEmpty:
                let index = Int.random(in: 0..<request.query.count, using: &chance)
                request.query[index].value = mutate(request.query[index].value, &chance)
            case 3:
                for name in request.headers.keys.sorted() {
                    request.headers[name] = mutate(request.headers[name] ?? "", &chance)
                }
            default: request.body = mutate(request.body, &chance)
            }
        }
        return request
    }

    @Test func `five thousand requests that are nearly right are all answered`() throws {
        var fixture = try APIFixture()
        var hub = WatchHub()
        var chance = Chance(state: 20_261_121)
        var codes: [Int: Int] = [:]
        for number in 0..<5000 {
            if number % 50 == 0 {
                _ = fixture.cluster.settle(now: fixture.now)
                // One of the requests may have deleted it.
                _ = fixture.send(.post, "/api/v1/namespaces", ["metadata": ["name": "corpus"]])
            }
            let request = Self.mutated(&chance)
            let before = fixture.cluster.store.revision
            switch fixture.api.respond(to: request, &fixture.cluster, now: fixture.now) {
            case .answer(let answer):
                codes[answer.status, default: 0] += 1
                let body = answer.body()
                guard answer.status >= 400 else { continue }
                #expect((try? Value(json: body))?["kind"] == "Status", "\(request)")
            case .watch(let watch): if number % 8 == 0 { _ = hub.open(watch) }
            case .connect: break
            }
            _ = hub.feed(fixture.cluster.store.events(since: before) ?? [], now: fixture.now)
        }
        // It would prove nothing if all were refused at the door.
        #expect(codes[201, default: 0] > 20 && codes[200, default: 0] > 100 && codes[422, default: 0] > 50, "\(codes)")
        #expect(codes[500, default: 0] < 20, "\(codes)")
    }
}
