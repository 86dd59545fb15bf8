// SPDX-License-Identifier: Apache-2.0

/// A protobuf message that is being written, field by field.
struct ProtobufWriter {
    /// The message so far.
    private(set) var bytes: [UInt8] = []

    /// Adds a field of text; nothing for no text.
    mutating func text(_ number: UInt64, _ text: String?) {
        if let text { message(number, Array(text.utf8)) }
    }

    /// Adds a field that is a message, or bytes.
    mutating func message(_ number: UInt64, _ content: [UInt8]) {
        varint(number << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }

    /// Adds a field that is a message, which is written here.
    mutating func message(_ number: UInt64, _ write: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        write(&inner)
        message(number, inner.bytes)
    }

    private mutating func varint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
