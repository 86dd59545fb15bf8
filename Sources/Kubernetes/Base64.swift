// SPDX-License-Identifier: Apache-2.0

/// Bytes as text: RFC 4648, section 4. The corresponding Go type is `base64.StdEncoding`.
public enum Base64 {
    /// The text of some bytes, padded with `=`.
    public static func text(of bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var iterator = bytes.makeIterator()
        while let first = iterator.next() {
            let second = iterator.next()
            let third = second == nil ? nil : iterator.next()
            let group = UInt32(first) << 16 | UInt32(second ?? 0) << 8 | UInt32(third ?? 0)
            text.append(letters[Int(group >> 18)])
            text.append(letters[Int(group >> 12 & 63)])
            text.append(second == nil ? padding : letters[Int(group >> 6 & 63)])
            text.append(third == nil ? padding : letters[Int(group & 63)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text, in which line ends may stand; nil if it is no base64.
    public static func bytes(of text: String) -> [UInt8]? {
        var reading = Reading()
        for byte in text.utf8 { reading.take(byte) }
        return reading.isWhole ? reading.bytes : nil
    }

    /// Where a text stops being base64, in bytes, as Go's decoder counts; nil if it does not.
    public static func fault(in text: String) -> Int? {
        var reading = Reading()
        for byte in text.utf8 { reading.take(byte) }
        return reading.isWhole ? nil : reading.faultOffset
    }

    /// The text with the alphabet for URLs and without padding: section 5. The corresponding Go value is
    /// `base64.RawURLEncoding`.
    public static func urlText(of bytes: some Collection<UInt8>) -> String {
        let text = text(of: bytes).utf8.filter { $0 != padding }
        return String(decoding: text.map { urlLetters[$0] ?? $0 }, as: UTF8.self)
    }

    /// The bytes of a text with the alphabet for URLs; nil if it is no such text.
    public static func bytes(ofURLText text: String) -> [UInt8]? {
        let letters = text.utf8.map { letter in urlLetters.first { $0.value == letter }?.key ?? letter }
        let padding = String(repeating: "=", count: (4 - letters.count % 4) % 4)
        return bytes(of: String(decoding: letters, as: UTF8.self) + padding)
    }

    /// The letters that URLs have in place of others.
    private static let urlLetters = [UInt8(ascii: "+"): UInt8(ascii: "-"), UInt8(ascii: "/"): UInt8(ascii: "_")]

    private static let padding = UInt8(ascii: "=")
    private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func number(of letter: UInt8) -> UInt32? {
        switch letter {
        case 65...90: UInt32(letter) - 65
        case 97...122: UInt32(letter) - 71
        case 48...57: UInt32(letter) + 4
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// A text that is read letter by letter, four of which are three bytes.
    private struct Reading {
        var bytes: [UInt8] = []
        private var group: UInt32 = 0
        private var letters = 0
        private var paddings = 0
        private var offset = 0
        private var fault: Int?

        /// Whether all of it was right, and the last group complete.
        var isWhole: Bool { fault == nil && letters == 0 }
        /// The first byte that was wrong; the end, if the last group is not complete.
        var faultOffset: Int { fault ?? offset }

        mutating func take(_ letter: UInt8) {
            defer { offset += 1 }
            guard fault == nil, letter != 0x0a, letter != 0x0d else { return }
            if letter == Base64.padding, letters >= 2 {
                paddings += 1
            } else if paddings == 0, let number = Base64.number(of: letter) {
                group |= number << UInt32(18 - 6 * letters)
            } else {
                fault = offset
                return
            }
            letters += 1
            if letters == 4 { finishGroup() }
        }

        private mutating func finishGroup() {
            let three = [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
            bytes += three.prefix(3 - paddings)
            group = 0
            // After padding nothing may follow: a fifth letter finds `paddings` set.
            letters = 0
        }
    }
}
