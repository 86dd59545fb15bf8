// SPDX-License-Identifier: Apache-2.0

/// Writes values in the binary form in which a lab keeps its state: smaller than JSON, and quicker to read.
///
/// A value is a byte that says what it is, and then what it has; numbers take as many bytes as they need (LEB128), texts and
/// lists tell first how long they are. What becomes of a value when it changes can be written alone (`put(_:after:)`), so that
/// the cost is that of the change. `BinaryReader` reads it.
public struct BinaryWriter: Sendable {
    /// What was written so far.
    public private(set) var bytes: [UInt8] = []

    /// Nothing is written yet.
    public init() {}

    /// Forgets what was written, and keeps the room that it had for what comes.
    public mutating func clear() { bytes.removeAll(keepingCapacity: true) }

    /// Puts four bytes, the lowest first, in the place of those that were written somewhere.
    public mutating func replace(at place: Int, with number: UInt32) {
        for index in 0..<4 { bytes[place + index] = UInt8(truncatingIfNeeded: number >> UInt32(8 * index)) }
    }

    /// Adds a number that is not negative.
    public mutating func put(_ number: Int) {
        var rest = UInt64(max(number, 0))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Adds a text.
    public mutating func put(_ text: String) {
        put(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    /// Adds a value.
    public mutating func put(_ value: Value) {
        switch value {
        case .null: put(BinaryTag.null)
        case .bool(let value): put(value ? BinaryTag.yes : BinaryTag.no)
        case .int(let value):
            put(BinaryTag.int)
            put(bits: UInt64(bitPattern: value))
        case .double(let value):
            put(BinaryTag.double)
            put(bits: value.bitPattern)
        case .string(let text):
            put(BinaryTag.string)
            put(text)
        case .array(let elements):
            put(BinaryTag.array)
            put(elements.count)
            for element in elements { put(element) }
        case .object(let fields):
            put(BinaryTag.object)
            put(fields.count)
            for (name, value) in fields {
                put(name)
                put(value)
            }
        }
    }

    /// Adds what makes a value of the one that was there before.
    public mutating func put(_ value: Value, after old: Value) {
        switch (value, old) {
        case (.object(let fields), .object(let before)):
            put(BinaryTag.fields)
            put(fields, after: before)
        case (.array(let elements), .array(let before)):
            put(BinaryTag.elements)
            put(elements, after: before)
        default: put(value)
        }
    }

    private mutating func put(_ fields: Fields, after old: Fields) {
        let gone = old.keys.filter { fields[$0] == nil }
        put(gone.count)
        for name in gone { put(name) }
        let changed = fields.filter { old[$0.key] != $0.value }
        put(changed.count)
        for (name, value) in changed {
            put(name)
            put(value, after: old[name] ?? .null)
        }
    }

    private mutating func put(_ elements: [Value], after old: [Value]) {
        let changed = elements.indices.filter { !old.indices.contains($0) || old[$0] != elements[$0] }
        put(elements.count)
        put(changed.count)
        for index in changed {
            put(index)
            put(elements[index], after: old.indices.contains(index) ? old[index] : .null)
        }
    }

    private mutating func put(_ tag: BinaryTag) { bytes.append(tag.rawValue) }

    /// Eight bytes, the lowest first.
    private mutating func put(bits: UInt64) {
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(8 * place))) }
    }
}

/// What a value is.
enum BinaryTag: UInt8, Sendable {
    case null, no, yes, int, double, string, array, object
    /// Changes of an object's fields, and of an array's elements.
    case fields, elements
}
