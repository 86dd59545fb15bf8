// SPDX-License-Identifier: Apache-2.0

/// A look at a YAML file before it is parsed, for the one thing that the parser would not survive: it compares the keys of
/// every mapping, and a key made of aliases that stand for aliases takes it time without end.
enum AliasedKeys {
    /// The place of a key that is no plain word, in a file with so many aliases that it could matter; nil in all others.
    static func find(_ text: String, file: String) -> Place? {
        let bytes = Array(text.utf8)
        var aliases = 0
        var anchors = 0
        var key: Int?
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "*"): if startsWord(bytes, index) { aliases += 1 }
            case UInt8(ascii: "&"): if startsWord(bytes, index) { anchors += 1 }
            case UInt8(ascii: ":"): if key == nil, followsKey(bytes, index) { key = index }
            case UInt8(ascii: "?"): if key == nil, startsWord(bytes, index), isBlank(bytes, index + 1) { key = index }
            default: break
            }
        }
        guard aliases >= 16, anchors >= 8, let key else { return nil }
        return ManifestText.place(key, bytes, file)
    }

    /// True after the start of a line, a blank or one of `[{,`.
    private static func startsWord(_ bytes: [UInt8], _ index: Int) -> Bool {
        index == 0 || [0x20, 0x0a, 0x0d, 0x09, 0x5b, 0x7b, 0x2c].contains(bytes[index - 1])
    }

    private static func isBlank(_ bytes: [UInt8], _ index: Int) -> Bool {
        index >= bytes.count || [0x20, 0x0a, 0x0d, 0x09].contains(bytes[index])
    }

    /// True for a colon after `]`, `}` or an alias, with or without blanks between.
    private static func followsKey(_ bytes: [UInt8], _ colon: Int) -> Bool {
        var index = colon - 1
        while index >= 0, bytes[index] == 0x20 { index -= 1 }
        guard index >= 0 else { return false }
        if bytes[index] == 0x5d || bytes[index] == 0x7d { return true }
        guard index < colon - 1 else { return false }
        let limit = max(0, index - 64)
        while index > limit, ![0x20, 0x0a, 0x2c, 0x7b, 0x5b, 0x2a].contains(bytes[index]) { index -= 1 }
        return bytes[index] == 0x2a
    }
}
