// SPDX-License-Identifier: Apache-2.0

/// Reads what `BinaryWriter` wrote. Bytes that nobody wrote so are refused; nothing is read beyond their end.
public struct BinaryReader: Sendable {
    /// Why bytes cannot be read.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// Where, in bytes from the start.
        public var offset: Int
        /// The sentence.
        public var description: String { "byte \(offset) is no part of a value" }
    }

    private let bytes: ArraySlice<UInt8>
    private var place: Int

    /// Deeper than this no value is: the bytes are not what they seem.
    private static let depthLimit = 512

    /// Begins with the first of the bytes.
    public init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        place = bytes.startIndex
    }

    /// True if all was read.
    public var isAtEnd: Bool { place == bytes.endIndex }

    /// The next number.
    public mutating func number() throws(Failure) -> Int {
        var number: UInt64 = 0
        for shift: UInt64 in stride(from: 0, to: 63, by: 7) {
            let byte = try byte()
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return Int(number) }
        }
        throw failure
    }

    /// The next text.
    public mutating func text() throws(Failure) -> String {
        let count = try number()
        guard count <= bytes.endIndex - place else { throw failure }
        defer { place += count }
        return String(decoding: bytes[place..<place + count], as: UTF8.self)
    }

    /// The next value; `old` is the one that was there before, if only changes were written.
    public mutating func value(after old: Value = .null) throws(Failure) -> Value {
        try value(after: old, depth: 0)
    }

    private mutating func value(after old: Value, depth: Int) throws(Failure) -> Value {
        guard depth < BinaryReader.depthLimit, let tag = BinaryTag(rawValue: try byte()) else { throw failure }
        switch tag {
        case .null: return .null
        case .no: return .bool(false)
        case .yes: return .bool(true)
        case .int: return .int(Int64(bitPattern: try bits()))
        case .double: return .double(Double(bitPattern: try bits()))
        case .string: return .string(try text())
        case .array:
            var elements: [Value] = []
            for _ in 0..<(try count()) { elements.append(try value(after: .null, depth: depth + 1)) }
            return .array(elements)
        case .object:
            let count = try count()
            var fields = Fields(capacity: count)
            for _ in 0..<count {
                let name = try text()
                fields[name] = try value(after: .null, depth: depth + 1)
            }
            return .object(fields)
        case .fields: return .object(try fields(after: old, depth))
        case .elements: return .array(try elements(after: old, depth))
        }
    }

    private mutating func fields(after old: Value, _ depth: Int) throws(Failure) -> Fields {
        guard case .object(var fields) = old else { throw failure }
        for _ in 0..<(try count()) { fields[try text()] = nil }
        for _ in 0..<(try count()) {
            let name = try text()
            fields[name] = try value(after: fields[name] ?? .null, depth: depth + 1)
        }
        return fields
    }

    private mutating func elements(after old: Value, _ depth: Int) throws(Failure) -> [Value] {
        guard case .array(var elements) = old else { throw failure }
        let wanted = try number()
        // Each that is new is written.
        guard wanted <= elements.count + bytes.endIndex - place else { throw failure }
        if wanted < elements.count { elements.removeLast(elements.count - wanted) }
        while elements.count < wanted { elements.append(.null) }
        for _ in 0..<(try count()) {
            let index = try number()
            guard elements.indices.contains(index) else { throw failure }
            elements[index] = try value(after: elements[index], depth: depth + 1)
        }
        return elements
    }

    /// A number of things of which each takes a byte at least.
    private mutating func count() throws(Failure) -> Int {
        let count = try number()
        guard count <= bytes.endIndex - place else { throw failure }
        return count
    }

    private mutating func byte() throws(Failure) -> UInt8 {
        guard place < bytes.endIndex else { throw failure }
        defer { place += 1 }
        return bytes[place]
    }

    private mutating func bits() throws(Failure) -> UInt64 {
        var bits: UInt64 = 0
        for shift: UInt64 in stride(from: 0, to: 64, by: 8) { bits |= UInt64(try byte()) << shift }
        return bits
    }

    private var failure: Failure { Failure(offset: place - bytes.startIndex) }
}
