// SPDX-License-Identifier: Apache-2.0

/// A domain name (RFC 1035, section 3.1): labels of 1 to 63 bytes, at most 255 bytes in all.
///
/// Two names are the same if they differ in the case of ASCII letters only (RFC 4343); each keeps the case that it came
/// with.
public struct DomainName: Sendable {
    /// The name as it stands in a message, uncompressed: each label after its length, and a zero.
    public let bytes: [UInt8]

    /// The root: the name without labels.
    public static let root = DomainName(wire: [0])

    /// From bytes that are known to be well-formed.
    init(wire: [UInt8]) { bytes = wire }

    /// The name of these labels; nil if one is empty or longer than 63 bytes, or all are longer than 255.
    public init?(labels: some Sequence<some Collection<UInt8>>) {
        var bytes: [UInt8] = []
        for label in labels {
            guard 1...63 ~= label.count else { return nil }
            bytes.append(UInt8(label.count))
            bytes.append(contentsOf: label)
        }
        bytes.append(0)
        guard bytes.count <= 255 else { return nil }
        self.bytes = bytes
    }

    /// The name of so many bytes that stands uncompressed among others; nil if there is none.
    public init?(_ bytes: Span<UInt8>, at start: Int, length: Int) {
        guard start >= 0, 1...255 ~= length, start + length <= bytes.count else { return nil }
        var place = start
        while bytes[place] != 0 {
            guard bytes[place] < 64 else { return nil }
            place += 1 + Int(bytes[place])
            guard place < start + length else { return nil }
        }
        guard place == start + length - 1 else { return nil }
        self.bytes = unsafe [UInt8](unsafeUninitializedCapacity: length) { buffer, count in
            for index in 0..<length { unsafe buffer[index] = bytes[start + index] }
            count = length
        }
    }

    /// The labels, from the leftmost on.
    public var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var place = 0
        while bytes[place] != 0 {
            let end = place + 1 + Int(bytes[place])
            labels.append(bytes[(place + 1)..<end])
            place = end
        }
        return labels
    }

    /// True if the name is the other, or lies below it.
    public func isWithin(_ other: DomainName) -> Bool {
        let start = bytes.count - other.bytes.count
        guard start >= 0, startsLabel(start) else { return false }
        return zip(bytes[start...], other.bytes).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
    }

    private func startsLabel(_ offset: Int) -> Bool {
        var place = 0
        while place < offset { place += 1 + Int(bytes[place]) }
        return place == offset
    }

    /// The name with these labels before it; nil if it grows too long.
    public func prepending(_ label: some Collection<UInt8>) -> DomainName? {
        guard 1...63 ~= label.count, label.count + 1 + bytes.count <= 255 else { return nil }
        return DomainName(wire: [UInt8(label.count)] + label + bytes)
    }
}

extension DomainName: Hashable {
    /// Regardless of case.
    public static func == (left: DomainName, right: DomainName) -> Bool {
        left.bytes.count == right.bytes.count
            && zip(left.bytes, right.bytes).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
    }

    /// Regardless of case.
    public func hash(into hasher: inout Hasher) {
        for byte in bytes { hasher.combine(byte.lowercasedASCII) }
    }
}

extension UInt8 {
    /// The lower case of an ASCII capital; any other byte as it is. Lengths of labels are below the capitals.
    var lowercasedASCII: UInt8 { 65...90 ~= self ? self | 0x20 : self }
}
