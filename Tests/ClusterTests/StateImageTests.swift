// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

/// The log in which a lab keeps its state: what was written whole is read again, and nothing else.
@Suite struct StateImageTests {
    /// A lab's state growing: each step's changes.
    private static let steps: [[StateChange]] = [
        [
            StateChange("object Pod/default/web-1", ["spec": ["nodeName": "node-1"], "status": ["phase": "Pending"]]),
            StateChange("revision", 7),
        ],
        [
            StateChange("object Pod/default/web-1", ["spec": ["nodeName": "node-1"], "status": ["phase": "Running"]]),
            StateChange("place default/web-1", ["addresses": ["10.244.0.2"], "own": true, "pools": [1, 2, 3]]),
        ],
        [
            StateChange("place default/web-1", ["addresses": ["10.244.0.2", "fd00::2"], "own": false, "pools": [3]]),
            StateChange("share", .double(0.25)), StateChange("nothing", .null), StateChange("less", -9),
        ],
        [StateChange("object Pod/default/web-1", nil), StateChange("revision", 9), StateChange("ünïcode", "€")],
    ]

    /// The whole log of the steps, where each record ends, and what was kept then.
    private static func log() -> (bytes: [UInt8], ends: [Int], entries: [[String: Value]]) {
        var image = StateImage()
        var bytes = image.snapshot()
        var (ends, entries) = ([bytes.count], [image.entries])
        for step in steps {
            bytes += image.record(step) ?? []
            ends.append(bytes.count)
            entries.append(image.entries)
        }
        return (bytes, ends, entries)
    }

    @Test func `a log that is cut at any byte says what it said before the record that was cut`() throws {
        let (bytes, ends, entries) = Self.log()
        for count in ends[0]...bytes.count {
            let image = try #require(StateImage(log: Array(bytes[..<count])))
            let step = try #require(ends.lastIndex { $0 <= count })
            #expect(image.entries == entries[step], "cut at \(count)")
            #expect(image.ignored == count - ends[step])
        }
        for count in 0..<ends[0] { #expect(StateImage(log: Array(bytes[..<count])) == nil, "no log at all") }
    }

    @Test func `a byte that was changed ends the log before the record that it is in`() throws {
        let (bytes, ends, entries) = Self.log()
        for place in ends[0]..<bytes.count {
            for bit in [0, 3, 7] as [UInt8] {
                var broken = bytes
                broken[place] ^= 1 << bit
                let image = try #require(StateImage(log: broken))
                let step = try #require(ends.lastIndex { $0 <= place })
                #expect(image.entries == entries[step], "bit \(bit) of byte \(place)")
            }
        }
    }

    @Test func `a snapshot says all that the records before it did, and goes on with records`() throws {
        let (bytes, _, _) = Self.log()
        var image = try #require(StateImage(log: bytes))
        for number in 0..<1000 { _ = image.record([StateChange("object X//\(number)", .int(Int64(number)))]) }
        var compacted = try #require(StateImage(log: image.snapshot()))
        #expect(compacted.entries == image.entries && compacted.ignored == 0)
        let more = compacted.record([StateChange("revision", 10)]) ?? []
        #expect(try #require(StateImage(log: image.snapshot() + more)).entries == compacted.entries)
    }

    @Test func `what changes nothing is no record, and a small change of a large object is a small record`() {
        var image = StateImage()
        var slice: Value = [
            "endpoints": .array(
                (0..<1000).map { ["addresses": [.string("10.0.0.\($0)")], "conditions": ["ready": true]] })
        ]
        let whole = image.record([StateChange("object EndpointSlice/default/web", slice)]) ?? []
        let again = image.record([StateChange("object EndpointSlice/default/web", slice)])
        #expect(again == [])
        var endpoints = slice["endpoints"]?.elements ?? []
        endpoints[500]["conditions", "ready"] = false
        slice["endpoints"] = .array(endpoints)
        let change = image.record([StateChange("object EndpointSlice/default/web", slice)]) ?? []
        #expect(whole.count > 20_000 && change.count < 100, "\(whole.count) \(change.count)")
        #expect(StateImage(log: StateImage().snapshot() + whole + change)?.entries == image.entries)
    }

    @Test func `changes that would be a longer record than is wanted are taken in, and a snapshot in pieces says all`()
        throws
    {
        var image = StateImage()
        let changes = (0..<5000).map {
            StateChange("object X//\($0)", ["number": .int(Int64($0)), "same": "the same"])
        }
        let short = image.record([StateChange("revision", 1)], limit: 100)
        let long = image.record(changes, limit: 100)
        let again = image.record(changes, limit: 0)
        #expect(short?.isEmpty == false && long == nil && again == [], "the last is nothing new")
        #expect(image.entries.count == 5001)
        var pieces: [[UInt8]] = []
        image.writeSnapshot { pieces.append($0) }
        #expect(pieces.count > 3 && pieces.allSatisfy { $0.count < 100_000 }, "\(pieces.map(\.count))")
        #expect(StateImage(log: Array(pieces.joined()))?.entries == image.entries)
    }

    @Test func `random values and random changes of them are read as they were written`() throws {
        var numbers = SeededNumbers(6)
        var image = StateImage()
        var bytes = image.snapshot()
        for _ in 0..<500 {
            let name = "v \(Int.random(in: 0..<20, using: &numbers))"
            let old = image[name] ?? .null
            bytes += image.record([StateChange(name, Self.changed(old, &numbers, depth: 4))]) ?? []
        }
        #expect(try #require(StateImage(log: bytes)).entries == image.entries)
    }

    @Test func `bytes that nobody wrote are refused, whatever they are`() {
        var numbers = SeededNumbers(7)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &numbers)).map { _ in
                UInt8.random(in: 0..<16, using: &numbers)
            }
            var reader = BinaryReader(bytes[...])
            while !reader.isAtEnd, (try? reader.value(after: ["a": [1, 2]])) != nil {}
        }
    }

    private static func changed(_ old: Value, _ numbers: inout SeededNumbers, depth: Int) -> Value {
        switch (old, Int.random(in: 0..<4, using: &numbers)) {
        case (.object(var fields), 0...2):
            let name = "f\(Int.random(in: 0..<30, using: &numbers))"
            fields[name] =
                numbers.chance(30) ? nil : changed(fields[name] ?? .null, &numbers, depth: depth - 1)
            return .object(fields)
        case (.array(var elements), 0...2):
            if numbers.chance(20), !elements.isEmpty {
                elements.remove(at: Int.random(in: 0..<elements.count, using: &numbers))
            } else if let place = elements.indices.randomElement(using: &numbers), numbers.chance(50) {
                elements[place] = changed(elements[place], &numbers, depth: depth - 1)
            } else {
                elements.append(fresh(&numbers, depth: depth - 1))
            }
            return .array(elements)
        default: return fresh(&numbers, depth: depth)
        }
    }

    private static func fresh(_ numbers: inout SeededNumbers, depth: Int) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &numbers) {
        case 0: .null
        case 1: .bool(numbers.chance(50))
        case 2: .int(.random(in: .min ... .max, using: &numbers))
        case 3: .double(.random(in: -1e9...1e9, using: &numbers))
        case 4: .string(String(repeating: "ä\n", count: .random(in: 0..<70, using: &numbers)))
        case 5: .array((0..<3).map { _ in fresh(&numbers, depth: depth - 1) })
        default: .object(Fields((0..<3).map { ("f\($0)", fresh(&numbers, depth: depth - 1)) }) { $1 })
        }
    }
}
