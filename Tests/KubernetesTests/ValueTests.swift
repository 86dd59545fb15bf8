// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

@Suite struct ValueTests {
    @Test func `JSON is written with sorted keys and escapes`() throws {
        let value: Value = ["b": [1, .null, true, .double(1.5)], "a": "x\"\\\n\u{1}é", "c": [:], "d": []]
        #expect(value.json() == #"{"a":"x\"\\\n\u0001é","b":[1,null,true,1.5],"c":{},"d":[]}"#)
        #expect(
            (["a": [1, ["b": 2]]] as Value).json(pretty: true)
                == "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ]\n}")
        #expect(try Value(json: Array(value.json(pretty: true).utf8)) == value)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "1.", "-", "1e", "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "tru",
        "1 2", "nul", "+1",
        "{a:1}", "\"", "[", "1e999",
    ])
    func `broken JSON is refused`(_ text: String) {
        #expect(throws: JSONError.self) { try Value(json: Array(text.utf8)) }
    }

    @Test(
        arguments: [
            ("9223372036854775808", .double(9223372036854775808)), ("-9223372036854775808", .int(.min)),
            ("80.0", .double(80)),
            ("1E2", .double(100)), ("\"\\ud800\"", "\u{fffd}"), ("\"\\u00e9\\/\"", "é/"), (" [ ] ", []),
        ] as [(String, Value)])
    func `JSON is read to the letter`(_ text: String, _ expected: Value) throws {
        #expect(try Value(json: Array(text.utf8)) == expected)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-21T01:22:09Z", 1_795_224_129), ("2000-02-29T23:59:59Z", 951_868_799),
        ("1969-12-31T23:59:59Z", -1), ("2100-03-01T00:00:00Z", 4_107_542_400),
        ("0001-01-01T00:00:00Z", -62_135_596_800),
    ])
    func `a moment is written as it is read`(_ text: String, _ seconds: Int64) throws {
        let moment = try #require(Timestamp(text))
        #expect(moment.seconds == seconds)
        #expect(moment.description == text)
    }

    @Test func `moments have fractions and offsets`() throws {
        let moment = try #require(Timestamp("2026-11-21T02:22:09.1234567+01:00"))
        #expect(moment == Timestamp(seconds: 1_795_224_129, nanoseconds: 123_456_700))
        #expect(moment.microText == "2026-11-21T01:22:09.123456Z")
        #expect(moment.advanced(milliseconds: 900).nanoseconds == 23_456_700)
        #expect(moment.milliseconds == 1_795_224_129_123)
        #expect(Timestamp(milliseconds: -1) == Timestamp(seconds: -1, nanoseconds: 999_000_000))
        for text in ["", "2026-11-21", "2026-13-01T00:00:00Z", "2026-11-21T01:22:09", "2026-11-21T01:22:09.Z", "x"] {
            #expect(Timestamp(text) == nil, "\(text)")
        }
    }

    @Test func `a condition keeps its moment until its status changes`() {
        var pod = Object(apiVersion: "v1", kind: "Pod", namespace: "a", name: "b")
        let (first, second) = (Timestamp(seconds: 1), Timestamp(seconds: 2))
        var changes: [Bool] = []
        changes.append(pod.set(Condition("Ready", false, reason: "A"), now: first))
        changes.append(pod.set(Condition("Ready", false, reason: "A"), now: second))
        changes.append(pod.set(Condition("Ready", false, reason: "B"), now: second))
        #expect(changes == [true, false, true])
        #expect(pod.condition("Ready")?.lastTransitionTime == first)
        pod.set(Condition("Ready", true), now: second)
        #expect(pod.condition("Ready")?.lastTransitionTime == second)
        #expect(Pod(pod).isReady)
        #expect(pod.conditions.count == 1)
    }
}
