// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The attributes of a message or of a nest within it, by type. The corresponding C type is `struct nlattr`.
///
/// All loads are checked: a message cut short gives fewer attributes, never a trap.
struct NetlinkAttributes {
    private let bytes: [UInt8]
    private(set) var fields: [(type: Int, range: Range<Int>)] = []

    /// The attributes that start at an offset, after the subsystem's own header.
    init(_ bytes: [UInt8], from offset: Int) { self.init(bytes, offset..<max(offset, bytes.count)) }

    private init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        var offset = range.lowerBound
        let end = min(range.upperBound, bytes.count)
        while offset + 4 <= end {
            let length = Int(bytes.half(at: offset))
            guard length >= 4, offset + length <= end else { return }
            // The two highest bits say "nested" and "network order"; they are not part of the type.
            fields.append((Int(bytes.half(at: offset + 2) & 0x3fff), (offset + 4)..<(offset + length)))
            offset += (length + 3) & ~3
        }
    }

    private func range(_ type: Int) -> Range<Int>? { fields.first { $0.type == type }?.range }

    /// The attribute's bytes.
    func bytes(_ type: Int) -> ArraySlice<UInt8>? { range(type).map { bytes[$0] } }

    /// The attributes within an attribute.
    func nest(_ type: Int) -> NetlinkAttributes? { range(type).map { NetlinkAttributes(bytes, $0) } }

    /// The nests within an attribute, whatever their types: a list.
    func nests(_ type: Int) -> [NetlinkAttributes] {
        guard let list = nest(type) else { return [] }
        return list.fields.map { NetlinkAttributes(bytes, $0.range) }
    }

    /// A number of 32 bits in host order.
    func word(_ type: Int) -> UInt32? {
        guard let range = range(type), range.count >= 4 else { return nil }
        return bytes.word(at: range.lowerBound)
    }

    /// A number in network order, of up to 64 bits.
    func network(_ type: Int) -> UInt64? {
        guard let range = range(type), (1...8).contains(range.count) else { return nil }
        return bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The text of an attribute, without its closing zero.
    func text(_ type: Int) -> String? {
        bytes(type).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// An address in network order.
    func address(_ type: Int) -> Address? { bytes(type).flatMap { Address(bytes: $0) } }
}

extension [UInt8] {
    /// The 32 bits at an offset, in host order.
    func word(at offset: Int) -> UInt32 { UInt32(half(at: offset)) | UInt32(half(at: offset + 2)) << 16 }

    /// The 16 bits at an offset, in host order (which is little-endian wherever Lab runs).
    func half(at offset: Int) -> UInt16 { UInt16(self[offset]) | UInt16(self[offset + 1]) << 8 }
}
