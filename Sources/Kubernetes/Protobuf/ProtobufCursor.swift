// SPDX-License-Identifier: Apache-2.0

/// Why bytes are no object in protobuf.
public struct ProtobufError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// A place in a protobuf message, from which its fields are read one after the other.
struct ProtobufCursor {
    /// How a field's bytes are laid out. Raw values are the format's own.
    enum WireType: UInt64 {
        case varint = 0
        case fixed64 = 1
        case bytes = 2
        case fixed32 = 5
    }

    private let bytes: ArraySlice<UInt8>
    private var index: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    /// Whether nothing is left.
    var isAtEnd: Bool { index == bytes.endIndex }

    /// The number of the next field, and how it is laid out.
    mutating func tag() throws(ProtobufError) -> (number: Int, wire: WireType) {
        let tag = try varint()
        guard let number = Int(exactly: tag >> 3), 1..<1 << 29 ~= number else {
            throw ProtobufError("proto: illegal tag \(tag >> 3)")
        }
        guard let wire = WireType(rawValue: tag & 7) else { throw ProtobufError("proto: illegal wireType \(tag & 7)") }
        return (number, wire)
    }

    /// A number of up to 64 bits, seven a byte.
    mutating func varint() throws(ProtobufError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard index < bytes.endIndex else { throw .truncated }
            let byte = bytes[index]
            index += 1
            number |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return number }
        }
        throw ProtobufError("proto: integer overflow")
    }

    /// So many bytes as the number before them says.
    mutating func chunk() throws(ProtobufError) -> ArraySlice<UInt8> {
        guard let length = Int(exactly: try varint()), length <= bytes.endIndex - index else { throw .truncated }
        defer { index += length }
        return bytes[index..<index + length]
    }

    /// Passes over a field of which nobody wants to know.
    mutating func skip(_ wire: WireType) throws(ProtobufError) {
        switch wire {
        case .varint: _ = try varint()
        case .bytes: _ = try chunk()
        case .fixed64: try pass(8)
        case .fixed32: try pass(4)
        }
    }

    private mutating func pass(_ count: Int) throws(ProtobufError) {
        guard count <= bytes.endIndex - index else { throw .truncated }
        index += count
    }
}

extension ProtobufError {
    static let truncated = ProtobufError("unexpected EOF")

    static func wrongWireType(_ field: String) -> ProtobufError {
        ProtobufError("proto: wrong wireType for field \(field)")
    }
}
