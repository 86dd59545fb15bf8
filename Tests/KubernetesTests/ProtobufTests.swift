// SPDX-License-Identifier: Apache-2.0

import Foundation
import Kubernetes
import Testing

/// One body that a real kubectl sent, as `Tests/Fixtures/protobuf-bodies.jsonl` keeps them.
struct ProtobufBody: Sendable, CustomTestStringConvertible {
    let command: String
    let bytes: [UInt8]
    /// What the same command prints as JSON; nil where it prints none.
    let json: Value?

    var testDescription: String { command }

    static let all: [ProtobufBody] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../Fixtures/protobuf-bodies.jsonl")
        guard let data = try? Data(contentsOf: file) else { return [] }
        return data.split(separator: 0x0a).dropFirst().compactMap { line in
            guard let value = try? Value(json: Array(line)), let text = value["protobuf"]?.string else { return nil }
            return ProtobufBody(
                command: value["command"]?.string ?? "", bytes: Base64.bytes(of: text) ?? [],
                json: value["json"]?.isNull == true ? nil : value["json"])
        }
    }()
}

@Suite struct ProtobufTests {
    @Test func `the bodies are there`() {
        #expect(ProtobufBody.all.count == 25)
        #expect(ProtobufBody.all.filter { $0.json != nil }.count == 20)
    }

    @Test(arguments: ProtobufBody.all)
    func `an object in protobuf is the object that kubectl prints as JSON`(_ body: ProtobufBody) throws {
        #expect(Object.isProtobuf(body.bytes))
        let object = try Object(protobuf: body.bytes)
        #expect(object.decodingFailure() == nil)
        #expect(object.strictFaults() == [])
        if let json = body.json { #expect(comparable(object.value) == comparable(json)) }
    }

    /// A value without nulls, and without the status, in which Go prints zeros that mean nothing.
    private func comparable(_ value: Value) -> Value {
        var value = value.withoutNulls
        value["status"] = nil
        return value
    }

    @Test func `reviews, tokens and evictions are read whole`() throws {
        func sent(_ command: String) throws -> Value {
            let body = try #require(ProtobufBody.all.first { $0.command.hasPrefix(command) })
            return try Object(protobuf: body.bytes).value
        }
        let review = try sent("kubectl auth can-i create pods")
        #expect(review["kind"] == "SelfSubjectAccessReview")
        #expect(review["spec", "resourceAttributes", "verb"] == "create")
        #expect(review["spec", "resourceAttributes", "resource"] == "pods")
        let token = try sent("kubectl create token")
        #expect(token["apiVersion"] == "authentication.k8s.io/v1")
        #expect(token["spec", "expirationSeconds"] == 3600)
        #expect(token["spec", "boundObjectRef"] == ["kind": "Pod", "apiVersion": "v1", "name": "p", "uid": "7"])
        let options = try sent("kubectl drain")
        #expect(options == ["apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 7])
        let name = field(1, field(1, Array("p".utf8)))
        let eviction = try Object(protobuf: unknown("policy/v1", "Eviction", name + field(2, [8, 7])))
        #expect(eviction.name == "p")
        #expect(eviction.value["deleteOptions", "gracePeriodSeconds"] == 7)
    }

    @Test func `a time and its microseconds, a map of lists, packed numbers and DeleteOptions`() throws {
        // Lease: spec.renewTime is field 4 of field 2, a message of seconds and nanoseconds.
        let lease = unknown("coordination.k8s.io/v1", "Lease", field(2, field(4, [8, 5, 16, 0xc0, 0x84, 0x3d])))
        #expect(try Object(protobuf: lease).spec["renewTime"] == "1970-01-01T00:00:05.001000Z")
        // SubjectAccessReview: spec.extra is field 5 of field 2, a map of messages with lists.
        let entry = field(1, Array("k".utf8)) + field(2, field(1, Array("a".utf8)) + field(1, Array("b".utf8)))
        let review = unknown("authorization.k8s.io/v1", "SubjectAccessReview", field(2, field(5, entry)))
        #expect(try Object(protobuf: review).spec["extra"] == ["k": ["a", "b"]])
        // Pod: spec.securityContext.supplementalGroups is field 4 of field 14 of field 2.
        let pod = unknown("v1", "Pod", field(2, field(14, field(4, [1, 2, 0x80, 1]) + [32, 9])))
        #expect(try Object(protobuf: pod).spec["securityContext", "supplementalGroups"] == [1, 2, 128, 9])
        let options = unknown("v1", "DeleteOptions", [8, 0] + field(4, Array("Orphan".utf8)))
        #expect(
            try Object(protobuf: options).value
                == [
                    "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "propagationPolicy": "Orphan",
                ])
    }

    @Test(
        arguments: [
            ([], "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"),
            (
                Array("{}".utf8),
                "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
            ),
            ([0x6b, 0x38, 0x73, 0], "no kind \"\" is registered for version \"\""),
            (
                [0x6b, 0x38, 0x73, 0, 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
                "unexpected EOF"
            ),
            (unknown("v1", "Widget", []), "no kind \"Widget\" is registered for version \"v1\""),
            (unknown("v1", "Service", [0]), "proto: illegal tag 0"),
            (unknown("v1", "Service", [0x0b]), "proto: illegal wireType 3"),
            (unknown("v1", "Service", [0x08, 1]), "proto: wrong wireType for field metadata"),
            (unknown("v1", "Service", [0x0a, 9, 1]), "unexpected EOF"),
            (unknown("v1", "Service", field(1, field(1, [0xff]))), "proto: a string that is not UTF-8"),
            (
                unknown("v1", "Service", field(1, field(8, [8] + Array(repeating: 0xff, count: 8) + [0x7f]))),
                "a time is out of range"
            ),
        ] as [([UInt8], String)])
    func `bytes that are no object are refused`(_ bytes: [UInt8], _ why: String) {
        #expect(throws: ProtobufError.self) { try Object(protobuf: bytes) }
        do { _ = try Object(protobuf: bytes) } catch { #expect(error.description == why) }
    }

    @Test func `objects within objects end somewhere`() {
        var bytes = unknown("v1", "List", [])
        for _ in 0..<200 { bytes = unknown("v1", "List", field(2, field(1, bytes))) }
        #expect(throws: ProtobufError.self) { try Object(protobuf: bytes) }
    }

    @Test func `an object of a million elements is refused`() {
        let ports = (0..<2_000_000).map { $0 % 2 == 0 ? 0x0a : UInt8(0) }
        #expect(throws: ProtobufError.self) { try Object(protobuf: unknown("v1", "Service", field(2, ports))) }
    }

    @Test func `ten thousand mutated bodies are read or refused, and nothing else`() {
        var random = SplitMix(state: 20_26)
        var read = 0
        for round in 0..<10_000 {
            var bytes = ProtobufBody.all[round % ProtobufBody.all.count].bytes
            for _ in 0...Int.random(in: 0..<6, using: &random) { mutate(&bytes, &random) }
            if let object = try? Object(protobuf: bytes) {
                read += 1
                _ = object.decodingFailure()
                _ = object.value.json()
            }
        }
        #expect(0 < read && read < 10_000)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.remove(at: place)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        default: bytes.removeSubrange(place...)
        }
    }
}

/// Numbers that are the same on every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// A field of bytes: its number, their length, and they.
private func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(UInt64(bytes.count)) + bytes
}

private func varint(_ number: UInt64) -> [UInt8] {
    number < 0x80 ? [UInt8(number)] : [UInt8(number & 0x7f) | 0x80] + varint(number >> 7)
}

/// An object with these fields, in the envelope that says what it is.
private func unknown(_ apiVersion: String, _ kind: String, _ raw: [UInt8]) -> [UInt8] {
    let type = field(1, Array(apiVersion.utf8)) + field(2, Array(kind.utf8))
    return [0x6b, 0x38, 0x73, 0] + field(1, type) + field(2, raw)
}

extension Value {
    /// The value without nulls and without Go's empty times, which kubectl prints as `null`.
    fileprivate var withoutNulls: Value {
        switch self {
        case .array(let elements): .array(elements.map(\.withoutNulls))
        case .object(let fields): .object(fields.filter { !$0.value.isNull }.mapValues(\.withoutNulls))
        default: self
        }
    }
}
