// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Testing

@Suite struct FieldsTests {
    /// Numbers that look random and are the same in every run.
    private struct Numbers {
        var state: UInt64

        mutating func below(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }

    /// Few names and many: the way in which fields are kept changes between them.
    @Test(arguments: [5, 30, 60], 0..<10)
    func `fields hold what a dictionary of the same history holds`(_ names: Int, _ seed: Int) {
        var numbers = Numbers(state: UInt64(seed))
        var fields: Fields = [:]
        var reference: [String: Value] = [:]
        for step in 0..<300 {
            // Some are equal as texts and different as bytes.
            let number = numbers.below(names)
            let name = number == 0 ? "e\u{301}" : number == 1 ? "\u{e9}" : "name-\(number)"
            switch numbers.below(4) {
            case 0: #expect(fields.removeValue(forKey: name) == reference.removeValue(forKey: name))
            case 1:
                let isThere = fields.change(name) { $0 = .int(Int64(step)) } != nil
                #expect(isThere == (reference[name] != nil))
                if isThere { reference[name] = .int(Int64(step)) }
            default:
                fields[name] = .int(Int64(step))
                reference[name] = .int(Int64(step))
            }
            #expect(fields.count == reference.count)
            #expect(fields[name] == reference[name])
        }
        #expect(Dictionary(uniqueKeysWithValues: fields.map { ($0.key, $0.value) }) == reference)
        #expect(fields == Fields(reference))
        #expect(fields.hashValue == Fields(reference).hashValue)
        #expect(fields.filter { $0.key.hasSuffix("2") } == Fields(reference.filter { $0.key.hasSuffix("2") }))
        #expect(fields.mapValues { .array([$0]) } == Fields(reference.mapValues { .array([$0]) }))
    }

    @Test func `fields are the same in whatever order they came`() {
        let names = (0..<40).map { "name-\($0)" }
        for count in [0, 1, 7, 24, 25, 40] {
            var (one, other) = (Fields(), Fields())
            for name in names.prefix(count) { one[name] = .string(name) }
            for name in names.reversed() { other[name] = .string(name) }
            for name in names.dropFirst(count) { other[name] = nil }
            #expect(one == other)
            #expect(one.hashValue == other.hashValue)
            #expect(Value.object(one).json() == Value.object(other).json())
        }
    }

    @Test func `of two values with one name the reader of a list says which counts`() {
        let pairs: [(String, Value)] = [("a", 1), ("b", 2), ("a", 3)]
        #expect(Fields(pairs) { first, _ in first } == ["a": 1, "b": 2])
        #expect(Fields(pairs) { $1 } == ["a": 3, "b": 2])
        #expect((["a": 1] as Fields).merging(["a": 2, "b": 3]) { first, _ in first } == ["a": 1, "b": 3])
    }

    @Test func `what is brought into little memory stays the same value`() throws {
        var names = FieldNames()
        for number in 0..<50 {
            let text = """
                {"kind": "Pod", "metadata": {"name": "pod-\(number)", "creationTimestamp": "2027-01-15T08:00:0\(number % 2)Z"},
                "spec": {"containers": [{"name": "web", "ports": [{"containerPort": \(8080 + number % 3)}]}]}}
                """
            let value = try Value(json: Array(text.utf8))
            var compact = value
            names.compact(&compact)
            #expect(compact == value)
            #expect(compact.json() == value.json())
        }
    }
}
