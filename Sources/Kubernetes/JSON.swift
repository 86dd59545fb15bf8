// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// The value as JSON text with sorted keys; `pretty` indents by two blanks, as kubectl does.
    public func json(pretty: Bool = false) -> String { String(decoding: jsonBytes(pretty: pretty), as: UTF8.self) }

    /// The value as JSON in UTF-8, with keys sorted by their bytes: what `json` gives, without a text in between.
    public func jsonBytes(pretty: Bool = false) -> [UInt8] {
        var writer = JSONWriter()
        writer.write(self, indent: pretty ? 0 : nil)
        return writer.bytes
    }
}

extension String {
    /// The text in double quotes with JSON's escapes.
    var quoted: String { Value.string(self).json() }
}

/// Writes JSON, byte by byte.
private struct JSONWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: Value, indent: Int?) {
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .int(let value): write(value)
        case .double(let value): bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        case .string(let value): write(value)
        case .array(let elements): write(elements, indent)
        case .object(let fields): write(fields, indent)
        }
    }

    private mutating func write(_ elements: [Value], _ indent: Int?) {
        let inner = indent.map { $0 + 2 }
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            newLine(inner)
            write(element, indent: inner)
        }
        if !elements.isEmpty { newLine(indent) }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func write(_ fields: Fields, _ indent: Int?) {
        let (names, values) = (fields.keys, fields.values)
        let inner = indent.map { $0 + 2 }
        bytes.append(UInt8(ascii: "{"))
        var isFirst = true
        for place in Self.sorted(names) {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            newLine(inner)
            write(names[place.index])
            bytes.append(UInt8(ascii: ":"))
            if inner != nil { bytes.append(UInt8(ascii: " ")) }
            write(values[place.index], indent: inner)
        }
        if !isFirst { newLine(indent) }
        bytes.append(UInt8(ascii: "}"))
    }

    /// A field's place, with the first eight bytes of its name as a number: enough to sort most objects by.
    private struct Place {
        let start: UInt64
        let index: Int
    }

    /// The fields' places, in the order of their names' bytes.
    private static func sorted(_ names: [String]) -> [Place] {
        var places: [Place] = []
        places.reserveCapacity(names.count)
        for index in names.indices { places.append(Place(start: start(names[index]), index: index)) }
        guard places.count > 1 else { return places }
        places.sort {
            guard $0.start == $1.start else { return $0.start < $1.start }
            return names[$0.index].utf8.lexicographicallyPrecedes(names[$1.index].utf8)
        }
        return places
    }

    private static func start(_ name: String) -> UInt64 {
        let bytes = name.utf8Span.span
        var start: UInt64 = 0
        for index in 0..<8 { start = start << 8 | (index < bytes.count ? UInt64(bytes[index]) : 0) }
        return start
    }

    private mutating func write(_ number: Int64) {
        if 0..<10 ~= number {
            bytes.append(48 + UInt8(number))
        } else {
            bytes.append(contentsOf: String(number).utf8)
        }
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if Self.hasEscapes(text.utf8Span.span) {
            for byte in text.utf8 { writeEscaped(byte) }
        } else {
            bytes.append(contentsOf: text.utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func hasEscapes(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices {
            let byte = bytes[index]
            if byte < 0x20 || byte == 0x22 || byte == 0x5c { return true }
        }
        return false
    }

    private mutating func writeEscaped(_ byte: UInt8) {
        switch byte {
        case 0x22: append("\\\"")
        case 0x5c: append("\\\\")
        case 0x0a: append("\\n")
        case 0x0d: append("\\r")
        case 0x09: append("\\t")
        case 0..<0x20:
            append("\\u00")
            for digit in [byte >> 4, byte & 15] { bytes.append(digit < 10 ? 48 + digit : 87 + digit) }
        default: bytes.append(byte)
        }
    }

    private mutating func newLine(_ indent: Int?) {
        guard let indent else { return }
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<indent { bytes.append(UInt8(ascii: " ")) }
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
