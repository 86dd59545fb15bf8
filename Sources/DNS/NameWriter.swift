// SPDX-License-Identifier: Apache-2.0
internal import Net

/// The bytes of a message under way, in which a name that stood there before is a pointer to it (RFC 1035, section
/// 4.1.4).
///
/// Letters are compared with their case: a name is shown as its owner wrote it, and only the question keeps the client's
/// case (RFC 4343, section 4).
struct NameWriter: Sendable {
    var bytes: [UInt8]
    /// Where labels start that later names may end with; bounded, so that looking never costs more than it saves.
    private var known: [Int] = []
    private static let knownLimit = 64
    /// A pointer has fourteen bits.
    private static let reach = 0x3fff

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func half(_ value: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
        bytes.append(UInt8(truncatingIfNeeded: value))
    }

    mutating func word(_ value: UInt32) {
        half(UInt16(truncatingIfNeeded: value >> 16))
        half(UInt16(truncatingIfNeeded: value))
    }

    mutating func put(_ value: UInt16, at offset: Int) {
        bytes[offset] = UInt8(truncatingIfNeeded: value >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// Remembers the labels of an uncompressed name that stands in the message.
    mutating func remember(nameAt offset: Int) {
        var place = offset
        while bytes[place] != 0, place <= Self.reach, known.count < Self.knownLimit {
            known.append(place)
            place += 1 + Int(bytes[place])
        }
    }

    mutating func name(_ name: DomainName) {
        let wire = name.bytes
        var place = 0
        // Not into itself: it is not whole yet.
        let earlier = known.count
        while wire[place] != 0 {
            if let target = target(of: wire, from: place, among: earlier) { return half(0xc000 | UInt16(target)) }
            if bytes.count <= Self.reach, known.count < Self.knownLimit { known.append(bytes.count) }
            let end = place + 1 + Int(wire[place])
            bytes += wire[place..<end]
            place = end
        }
        bytes.append(0)
    }

    /// Takes back all that was written after a place.
    mutating func cut(to count: Int) {
        bytes.removeSubrange(count...)
        while let last = known.last, last >= count { known.removeLast() }
    }

    private func target(of wire: [UInt8], from place: Int, among count: Int) -> Int? {
        for target in known[..<count] where isSame(wire, place, target) { return target }
        return nil
    }

    /// Whether the rest of a name is what stands at a place of the message.
    private func isSame(_ wire: [UInt8], _ start: Int, _ target: Int) -> Bool {
        var (place, other) = (start, target)
        while true {
            while bytes[other] >= 192 { other = Int(bytes[other] & 63) << 8 | Int(bytes[other + 1]) }
            let length = Int(wire[place])
            guard bytes[other] == length else { return false }
            if length == 0 { return true }
            for index in 1...length where wire[place + index] != bytes[other + index] { return false }
            place += length + 1
            other += length + 1
        }
    }
}

extension NameWriter {
    /// The data of a record. Names in SRV are compressed as well, which RFC 2782 did not want, RFC 3597 (section 4) asks
    /// readers to bear, and CoreDNS does not do: so neither do we.
    mutating func data(_ data: RecordData) {
        switch data {
        case .address(let address): self.address(address)
        case .cname(let target), .ns(let target), .ptr(let target): name(target)
        case .mx(let preference, let target):
            half(preference)
            name(target)
        case .srv(let priority, let weight, let port, let target):
            for value in [priority, weight, port] { half(value) }
            plain(target)
        case .txt(let strings): for text in strings { string(text) }
        case .hinfo(let first, let second):
            string(first)
            string(second)
        case .soa(let soa):
            name(soa.server)
            name(soa.mailbox)
            for value in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] { word(value) }
        case .other(_, let data): bytes += data
        }
    }

    private mutating func address(_ address: Address) {
        switch address {
        case .v4(let value): word(value)
        case .v6(let value):
            for shift in [96, 64, 32, 0] { word(UInt32(truncatingIfNeeded: value >> UInt128(shift))) }
        }
    }

    /// A name without pointers, to which others may point.
    private mutating func plain(_ name: DomainName) {
        let start = bytes.count
        bytes += name.bytes
        remember(nameAt: start)
    }

    private mutating func string(_ text: [UInt8]) {
        bytes.append(UInt8(truncatingIfNeeded: text.prefix(255).count))
        bytes += text.prefix(255)
    }
}
