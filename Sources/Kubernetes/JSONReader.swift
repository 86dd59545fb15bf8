// SPDX-License-Identifier: Apache-2.0

/// Why text is no JSON, and where.
public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let detail: String
    /// The offset in bytes.
    public let offset: Int
    let position: Position
    /// True for faults that no other reading of the text could mend: duplicate keys, too many levels.
    let isFinal: Bool
    /// True for a key that stands twice.
    var isDuplicate = false

    /// `line 3: a string without an end`.
    public var description: String { "line \(position.line), column \(position.column): \(detail)" }

    func refusal(file: String) -> Refusal { Refusal(syntax: detail, at: Place(file, position)) }
}

extension Value {
    /// The value of JSON text (RFC 8259), at most a hundred levels deep.
    /// - Throws: the first fault; a key that stands twice in one object is one.
    public init(json bytes: [UInt8]) throws(JSONError) {
        var reader = JSONReader(bytes, keepsPositions: false)
        self = try reader.document()
        try reader.expectEnd()
    }

    /// The value of JSON text, in which of several fields of one name the last one counts, as in Go.
    /// - Parameter duplicates: gets the path of every field that stands a second time, as `spec.ports[0].port`.
    /// - Throws: the first fault.
    public init(json bytes: [UInt8], duplicates: inout [String]) throws(JSONError) {
        do {
            try self.init(json: bytes)
        } catch {
            guard error.isDuplicate else { throw error }
            // Paths cost time, and are needed next to never.
            var reader = JSONReader(bytes, keepsPositions: false)
            reader.path = []
            self = try reader.document()
            try reader.expectEnd()
            duplicates += reader.duplicates
        }
    }
}

/// A recursive descent through JSON text.
struct JSONReader {
    private let bytes: [UInt8]
    private var index = 0
    private var line = 1
    private var lineStart = 0
    private var builder = PositionTree.Builder()
    private let keepsPositions: Bool
    /// The fields of the objects that are not read to their end, in one list, so that each object's storage can be made
    /// in its right size.
    private var fields: [Field] = []
    /// The way to the value that is being read; nil if a key that stands twice is a fault.
    fileprivate var path: [FieldPath.Step]?
    fileprivate private(set) var duplicates: [String] = []

    private struct Field {
        let name: String
        let value: Value
        let position: Position
    }

    init(_ bytes: [UInt8], keepsPositions: Bool) {
        self.bytes = bytes
        self.keepsPositions = keepsPositions
    }

    /// All values of a text, one after the other, with their positions.
    static func read(_ bytes: [UInt8], file: String) throws(JSONError) -> [LocatedValue] {
        var reader = JSONReader(bytes, keepsPositions: true)
        var documents: [LocatedValue] = []
        repeat {
            let value = try reader.document()
            documents.append(LocatedValue(value: value, positions: reader.builder.finish()))
            reader.skipBlanks()
        } while reader.index < bytes.count
        reader.builder.share(with: &documents)
        return documents
    }

    mutating func document() throws(JSONError) -> Value {
        skipBlanks()
        return try value(nil, position, depth: 0)
    }

    mutating func expectEnd() throws(JSONError) {
        skipBlanks()
        guard index == bytes.count else { throw fault("text after the end of the value") }
    }

    private mutating func value(_ name: String?, _ position: Position, depth: Int) throws(JSONError) -> Value {
        guard depth <= Manifest.depthLimit else {
            throw fault("values are nested more than \(Manifest.depthLimit) levels deep", isFinal: true)
        }
        guard index < bytes.count else { throw fault("the text ends where a value should stand") }
        let entry = keepsPositions ? builder.open(name, position) : 0
        defer { if keepsPositions { builder.close(entry) } }
        switch bytes[index] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", true)
        case UInt8(ascii: "f"): return try word("false", false)
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), 48...57: return try number()
        default: throw fault("a value cannot begin here")
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> Value {
        let start = fields.count
        index += 1
        skipBlanks()
        if skip("}") { return .object([:]) }
        repeat {
            skipBlanks()
            let place = position
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
                throw fault("a name in quotes should stand here")
            }
            let name = try string()
            skipBlanks()
            guard skip(":") else { throw fault("a colon should stand here") }
            skipBlanks()
            path?.append(.field(name))
            fields.append(Field(name: name, value: try value(name, place, depth: depth + 1), position: place))
            path?.removeLast()
            skipBlanks()
        } while skip(",")
        guard skip("}") else { throw fault("a comma or } should stand here") }
        return .object(try object(from: start))
    }

    /// The object of the fields that were read last.
    private mutating func object(from start: Int) throws(JSONError) -> Fields {
        var object = Fields(capacity: fields.count - start)
        for place in start..<fields.count {
            let field = fields[place]
            if object[field.name] != nil { try meet(field) }
            object[field.name] = field.value
        }
        fields.removeLast(fields.count - start)
        return object
    }

    private mutating func meet(_ duplicate: Field) throws(JSONError) {
        guard let path else {
            throw JSONError(
                detail: "the key \(duplicate.name.quoted) stands twice in one object", offset: index,
                position: duplicate.position,
                isFinal: true, isDuplicate: true)
        }
        duplicates.append(FieldPath.text(path + [.field(duplicate.name)]))
    }

    private mutating func array(depth: Int) throws(JSONError) -> Value {
        var elements: [Value] = []
        index += 1
        skipBlanks()
        if skip("]") { return .array(elements) }
        repeat {
            skipBlanks()
            path?.append(.element(elements.count))
            elements.append(try value(nil, position, depth: depth + 1))
            path?.removeLast()
            skipBlanks()
        } while skip(",")
        guard skip("]") else { throw fault("a comma or ] should stand here") }
        return .array(elements)
    }

    private mutating func word(_ text: String, _ value: Value) throws(JSONError) -> Value {
        guard bytes[index...].starts(with: text.utf8) else { throw fault("a value cannot begin here") }
        index += text.utf8.count
        return value
    }

    private mutating func number() throws(JSONError) -> Value {
        let start = index
        _ = skip("-")
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[index - whole] != UInt8(ascii: "0") else {
            throw fault("this is no number")
        }
        var isWhole = true
        if skip(".") {
            isWhole = false
            guard digits() > 0 else { throw fault("a digit should stand here") }
        }
        if skip("e") || skip("E") {
            isWhole = false
            _ = skip("+") || skip("-")
            guard digits() > 0 else { throw fault("a digit should stand here") }
        }
        if isWhole, index - start <= 18 { return .int(wholeNumber(from: start)) }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let number = Int64(text) { return .int(number) }
        guard let number = Double(text), number.isFinite else { throw fault("the number is too large") }
        return .double(number)
    }

    /// The number of up to eighteen characters.
    private func wholeNumber(from start: Int) -> Int64 {
        let isNegative = bytes[start] == UInt8(ascii: "-")
        var number: Int64 = 0
        for place in (isNegative ? start + 1 : start)..<index { number = number * 10 + Int64(bytes[place] - 48) }
        return isNegative ? -number : number
    }

    private mutating func digits() -> Int {
        let start = index
        while index < bytes.count, 48...57 ~= bytes[index] { index += 1 }
        return index - start
    }

    private mutating func skipBlanks() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x0a:
                line += 1
                lineStart = index + 1
            case 0x20, 0x09, 0x0d: break
            default: return
            }
            index += 1
        }
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private var position: Position { Position(line: line, column: index - lineStart + 1) }

    private func fault(_ detail: String, isFinal: Bool = false) -> JSONError {
        JSONError(detail: "broken JSON: " + detail, offset: index, position: position, isFinal: isFinal)
    }
}

extension JSONReader {
    private mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        while index < bytes.count, bytes[index] != 0x22, bytes[index] != 0x5c, bytes[index] >= 0x20 { index += 1 }
        var text = try text(bytes[start..<index])
        while index < bytes.count, bytes[index] != 0x22 {
            guard bytes[index] >= 0x20 else { throw fault("a control character in a string") }
            if bytes[index] == 0x5c {
                text.unicodeScalars.append(try escaped())
            } else {
                let start = index
                while index < bytes.count, bytes[index] != 0x22, bytes[index] != 0x5c, bytes[index] >= 0x20 {
                    index += 1
                }
                text += try self.text(bytes[start..<index])
            }
        }
        guard skip("\"") else { throw fault("a string without an end") }
        return text
    }

    private func text(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else { throw fault("a string that is not UTF-8") }
        return text
    }

    private mutating func escaped() throws(JSONError) -> Unicode.Scalar {
        guard index + 1 < bytes.count else { throw fault("a string without an end") }
        defer { index += 1 }
        index += 1
        switch bytes[index] {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicode()
        default: throw fault("an unknown escape")
        }
    }

    /// The character of four hexadecimal digits, or of two such in the manner of UTF-16; half a pair becomes U+FFFD.
    private mutating func unicode() throws(JSONError) -> Unicode.Scalar {
        let first = try unit()
        guard 0xd800..<0xdc00 ~= first else { return Unicode.Scalar(first) ?? "\u{fffd}" }
        guard index + 2 < bytes.count, bytes[index + 1] == 0x5c, bytes[index + 2] == UInt8(ascii: "u") else {
            return "\u{fffd}"
        }
        let before = index
        index += 2
        let second = try unit()
        guard 0xdc00..<0xe000 ~= second else {
            index = before
            return "\u{fffd}"
        }
        return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)) ?? "\u{fffd}"
    }

    /// Reads the four digits after the `u` that the index stands at, and stops at the last.
    private mutating func unit() throws(JSONError) -> UInt32 {
        guard index + 4 < bytes.count else { throw fault("a string without an end") }
        let digits = bytes[(index + 1)...(index + 4)]
        guard digits.allSatisfy({ isHexadecimal($0) }),
            let unit = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw fault("an escape of four hexadecimal digits should stand here") }
        index += 4
        return unit
    }

    private func isHexadecimal(_ byte: UInt8) -> Bool {
        48...57 ~= byte || 65...70 ~= byte || 97...102 ~= byte
    }
}
