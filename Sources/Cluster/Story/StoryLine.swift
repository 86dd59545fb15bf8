// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// One line of a lab's story: what happened, and when (docs/story.md).
public struct StoryLine: Sendable, Hashable {
    /// What a line tells of. Lines of kinds that are not among these are passed over.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case lab, source, object, ready, rules, counters, connection, request, step, fault, journey, failure, mode, end
    }

    /// Milliseconds since the story began.
    public var milliseconds: Double
    /// Grows from line to line.
    public var number: Int
    /// What it tells of, as the line has it.
    public var kind: String
    /// All other fields.
    public var fields: Value

    /// Puts one together from its parts.
    public init(_ kind: Kind, _ fields: Value, milliseconds: Double = 0, number: Int = 0) {
        self.milliseconds = milliseconds
        self.number = number
        self.kind = kind.rawValue
        self.fields = fields
    }

    /// Reads a line.
    /// - Throws: what is wrong with it.
    public init(json: [UInt8]) throws {
        let value = try Value(json: json)
        guard let kind = value["kind"]?.string, let number = value["n"]?.int, let time = value["t"]?.numeral else {
            throw StoryError("the line has no fields t, n and kind, as every line of a story has")
        }
        guard (0...Double(StoryLine.mostMilliseconds)).contains(time) else {
            throw StoryError("its time t is \(time), and must be milliseconds since the story began")
        }
        (self.kind, self.number, milliseconds) = (kind, number, time)
        fields = value
        for name in ["t", "n", "kind"] { fields[name] = nil }
    }

    /// The year 9999: no moment of a story is later.
    static let mostMilliseconds = 253_402_300_799_999

    /// The kind, if it is a known one.
    public var known: Kind? { Kind(rawValue: kind) }

    /// The line without its end, in JSON.
    public var json: [UInt8] {
        StoryLine.lead(kind, milliseconds: milliseconds, number: number) + StoryLine.rest(fields)
    }

    /// What a line begins with: its time, its number, its kind.
    public static func lead(_ kind: String, milliseconds: Double, number: Int) -> [UInt8] {
        let time = Value.double((milliseconds * 1000).rounded() / 1000).json()
        return Array("{\"t\":\(time),\"n\":\(number),\"kind\":\(Value.string(kind).json())".utf8)
    }

    /// What a line ends with: its other fields, for whoever has the same for several lines.
    public static func rest(_ fields: Value) -> [UInt8] {
        let bytes = fields.jsonBytes()
        return bytes.count <= 2 ? [UInt8(ascii: "}")] : [UInt8(ascii: ",")] + bytes.dropFirst()
    }
}

/// A story that is none, or does not agree with itself.
public struct StoryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public var description: String
    /// An error that says this.
    public init(_ description: String) { self.description = description }
}

extension Value {
    /// The number, whole or not.
    var numeral: Double? {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }
}
