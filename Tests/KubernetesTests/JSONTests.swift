// SPDX-License-Identifier: Apache-2.0

import Foundation
import Kubernetes
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        (#"{"a":1,"a":2}"#, ["a"]), (#"{"spec":{"x":1,"y":2,"x":{"z":1}}}"#, ["spec.x"]),
        (#"{"a":[{"b":1},{"c":1,"c":2,"c":3}]}"#, ["a[1].c", "a[1].c"]),
        (#"{"a":{"b":1,"b":1},"a":{}}"#, ["a.b", "a"]), (#"{"a":1,"b":[1]}"#, []),
    ])
    func `fields that stand twice are told by their paths, and the last one counts`(
        _ text: String, _ expected: [String]
    ) throws {
        var duplicates: [String] = []
        let value = try Value(json: Array(text.utf8), duplicates: &duplicates)
        #expect(duplicates == expected)
        if text.hasPrefix(#"{"a":1,"a""#) { #expect(value == ["a": 2]) }
        if !expected.isEmpty { #expect(throws: JSONError.self) { try Value(json: Array(text.utf8)) } }
    }

    @Test func `what is broken besides is a fault all the same`() {
        for text in [#"{"a":1,"a":2"#, #"{"a":1,"a":"#, #"{"a":1,"a":2}}"#, "[1"] {
            var duplicates: [String] = []
            #expect(throws: JSONError.self) { try Value(json: Array(text.utf8), duplicates: &duplicates) }
            #expect(duplicates.isEmpty)
        }
    }

    @Test func `keys are sorted by their bytes, and every text comes back as it was`() throws {
        let names = ["", "a", "aa", "spec.one", "spec.other", "specification", "z", "é", "😀", "\u{1}\"\\/", "Z", "-1"]
        var value = Value.object([:])
        for (index, name) in names.enumerated() { value[name] = .array([.int(Int64(index)), .string(name)]) }
        let bytes = value.jsonBytes()
        #expect(String(decoding: bytes, as: UTF8.self) == value.json())
        #expect(try Value(json: bytes) == value)
        let places = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { name in
            value.json().range(of: "\(Value.string(name).json()):[")?.lowerBound
        }
        #expect(!places.contains(nil))
        #expect(places.compactMap(\.self) == places.compactMap(\.self).sorted())
    }

    @Test(arguments: [
        Int64.min, -999_999_999_999_999_999, -10, -1, 0, 9, 10, 99, 999_999_999_999_999_999, 1_000_000_000_000_000_000,
        .max,
    ])
    func `whole numbers come back as they were`(_ number: Int64) throws {
        #expect(try Value(json: Value.int(number).jsonBytes()) == .int(number))
    }

    @Test func `random text is read or refused, and what is read is written alike`() throws {
        var random = RandomNumberGenerator48(state: 3)
        let seed = Array(#"{"a":[1,-2.5e3,true,null,"x\u00e9\n"],"b":{"c":{},"d":[]},"😀":"\ud83d\ude00"}"#.utf8)
        var read = 0
        for _ in 0..<20_000 {
            var text = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[place] = UInt8.random(in: 0...255, using: &random)
                case 1: text.remove(at: place)
                default: text.insert(seed[Int.random(in: 0..<seed.count, using: &random)], at: place)
                }
            }
            var duplicates: [String] = []
            guard let value = try? Value(json: text, duplicates: &duplicates) else { continue }
            read += 1
            #expect(try Value(json: value.jsonBytes()) == value)
        }
        #expect(read > 1000)
    }

    @Test func `neither depth nor length does harm`() throws {
        for text in ["[", #"{"a":"#] {
            let deep = Array(String(repeating: text, count: 200_000).utf8)
            #expect(throws: JSONError.self) { try Value(json: deep) }
        }
        let wide = Value.array(Array(repeating: ["a": [1, 2, 3]], count: 50_000))
        #expect(try Value(json: wide.jsonBytes()).elements.count == 50_000)
    }
}
