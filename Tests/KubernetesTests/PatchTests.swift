// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct PatchTests {
    /// The examples at the end of RFC 7386, as far as the target is an object.
    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"{"e":null}"#, #"{"a":1}"#, #"{"a":1,"e":null}"#),
        (#"{"a":{"x":1}}"#, #"{"a":{"b":{"c":null}}}"#, #"{"a":{"b":{},"x":1}}"#),
        (#"{"a":"foo"}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func `a merge patch does what RFC 7386 says`(_ document: String, _ patch: String, _ result: String) throws {
        let patch = try Patch(contentType: "application/merge-patch+json; charset=utf-8", body: Array(patch.utf8))
        let object = Object(try Value(json: Array(document.utf8)))
        #expect(try patch.applied(to: object).value == Value(json: Array(result.utf8)))
    }

    @Test(arguments: ["application/merge-patch+json", "application/strategic-merge-patch+json"])
    func `a patch that is no object is a bad request`(_ type: String) {
        let status = #expect(throws: Status.self) { try Patch(contentType: type, body: Array("[]".utf8)) }
        #expect(status?.code == 400)
        #expect(
            status?.message
                == "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}")
        #expect(throws: Status.self) { try Patch(contentType: type, body: Array(#"{"a":"#.utf8)) }
    }

    @Test func `a media type that nobody knows is refused, and for custom resources strategic merge patches are, too`()
    {
        for type in ["application/json", "", "text/plain", "application/strategic-merge-patch"] {
            let status = #expect(throws: Status.self) { try Patch(contentType: type, body: Array("{}".utf8)) }
            #expect(status?.code == 415)
            #expect(status?.message == "415: Unsupported Media Type")
        }
        let status = #expect(throws: Status.self) {
            try Patch(contentType: "application/strategic-merge-patch+json", body: Array("{}".utf8), isCustom: true)
        }
        #expect(status?.code == 415)
        #expect(
            status?.message
                == "the body of the request was in an unknown format - accepted media types include: "
                + "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml")
    }

    @Test func `an apply is YAML, which may be JSON`() throws {
        for text in ["{\"kind\":\"Service\",\"spec\":{\"x\":[1]}}", "kind: Service\nspec: {x: [1]}\n"] {
            let patch = try Patch(contentType: "application/apply-patch+yaml", body: Array(text.utf8))
            guard case .apply(let value) = patch else {
                Issue.record("no apply")
                return
            }
            #expect(value == ["kind": "Service", "spec": ["x": [1]]])
        }
        for text in ["", "- a", "a: [", "a: 1\n---\nb: 2\n", "&a [*a]"] {
            let status = #expect(throws: Status.self) {
                try Patch(contentType: "application/apply-patch+yaml", body: Array(text.utf8))
            }
            #expect(status?.code == 400, "\(text)")
        }
    }

    @Test func `random bodies are refused or read, and never do harm`() throws {
        var random = RandomNumberGenerator48(state: 7)
        let seeds = [
            #"[{"op":"add","path":"/spec/ports/-","value":{"port":1}},{"op":"move","from":"/a","path":"/b"}]"#,
            #"{"spec":{"$setElementOrder/ports":[{"port":1}],"ports":[{"$patch":"delete","port":1},{"port":2}]}}"#,
            #"{"metadata":{"$deleteFromPrimitiveList/finalizers":["a"],"finalizers":["b"],"$retainKeys":["name"]}}"#,
        ].map { Array($0.utf8) }
        let service = Object([
            "apiVersion": "v1", "kind": "Service", "metadata": ["name": "a", "finalizers": ["a"]],
            "spec": ["ports": [["port": 1], ["port": 2, "protocol": "UDP"]]],
        ])
        var applied = 0
        for round in 0..<6_000 {
            var body = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<body.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: body[place] = UInt8.random(in: 0x20...0x7e, using: &random)
                case 1: body.remove(at: place)
                default: body.insert(body[Int.random(in: 0..<body.count, using: &random)], at: place)
                }
            }
            for type in Patch.mediaTypes(isCustom: false) {
                guard let patch = try? Patch(contentType: type, body: body) else { continue }
                if (try? patch.applied(to: service)) != nil { applied += 1 }
            }
        }
        #expect(applied > 100)
    }
}

/// Numbers that are the same in every run.
struct RandomNumberGenerator48: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
