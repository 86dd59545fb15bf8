// SPDX-License-Identifier: Apache-2.0

/// A look at a YAML file before it is parsed, for the one thing that the parser would not survive: it compares the keys
/// of every mapping, and a key made of aliases that stand for aliases takes it time without end.
struct AliasedKeys {
    private let bytes: [UInt8]
    /// How often each anchor is used.
    private var uses: [ArraySlice<UInt8>: Int] = [:]
    /// The first place that could be a key other than a plain word.
    private var key: Int?

    /// The place of a key that is no plain word, in a file whose aliases could make it large; nil in all others.
    static func find(_ text: String, file: String) -> Place? {
        let scan = AliasedKeys(text)
        guard let key = scan.key, scan.isLarge else { return nil }
        return ManifestText.place(key, scan.bytes, file)
    }

    private init(_ text: String) {
        bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "&") where startsWord(index):
                let name = word(after: index)
                if !name.isEmpty, uses[name] == nil { uses[name] = 0 }
            case UInt8(ascii: "*") where startsWord(index):
                let name = word(after: index)
                if let count = uses[name] { uses[name] = count + 1 }
            case UInt8(ascii: ":") where key == nil && followsKey(index),
                UInt8(ascii: "?") where key == nil && isKeyIndicator(index):
                key = index
            default: break
            }
        }
    }

    /// True if the aliases could stand for a million values: each anchor multiplies by its uses at most.
    private var isLarge: Bool {
        var product = 1.0
        for count in uses.values { product *= Double(count + 1) }
        return product > 1_000_000
    }

    /// True after the start of a line, a blank or one of `[{,`.
    private func startsWord(_ index: Int) -> Bool {
        index == 0 || isBlank(index - 1) || [0x5b, 0x7b, 0x2c].contains(bytes[index - 1])
    }

    private func isBlank(_ index: Int) -> Bool { [0x20, 0x0a, 0x0d, 0x09].contains(bytes[index]) }

    private func word(after index: Int) -> ArraySlice<UInt8> {
        bytes[(index + 1)...].prefix(while: { ![0x20, 0x0a, 0x0d, 0x09, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d].contains($0) })
    }

    /// True for `? ` where a key may begin.
    private func isKeyIndicator(_ index: Int) -> Bool {
        guard index + 1 >= bytes.count || isBlank(index + 1) else { return false }
        guard let before = bytes[..<index].last(where: { $0 != 0x20 }) else { return true }
        return [0x0a, 0x0d, 0x2d, 0x3f, 0x5b, 0x7b, 0x2c].contains(before)
    }

    /// True for a colon after `]`, `}` or an alias, with or without blanks between.
    private func followsKey(_ colon: Int) -> Bool {
        var index = colon - 1
        while index >= 0, bytes[index] == 0x20 { index -= 1 }
        guard index >= 0 else { return false }
        if bytes[index] == 0x5d || bytes[index] == 0x7d { return true }
        guard index < colon - 1 else { return false }
        while index > 0, !isBlank(index), ![0x2c, 0x7b, 0x5b, 0x2a].contains(bytes[index]) { index -= 1 }
        return bytes[index] == 0x2a
    }
}
