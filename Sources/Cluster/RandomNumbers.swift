// SPDX-License-Identifier: Apache-2.0

/// Numbers that look random and follow from a seed (SplitMix64), so that the same calls make the same cluster.
struct RandomNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Five characters that cannot spell a bad word. The corresponding Go function is `rand.String(5)`.
    mutating func suffix() -> String {
        String(decoding: (0..<5).map { _ in SafeAlphabet.letters[Int(next() % 27)] }, as: UTF8.self)
    }

    /// A UUID of version 4.
    mutating func uid() -> String {
        let high = next() & 0xffff_ffff_ffff_0fff | 0x4000
        let low = next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for place in 0..<32 {
            if place == 8 || place == 12 || place == 16 || place == 20 { text.append(UInt8(ascii: "-")) }
            let half = place < 16 ? high : low
            text.append(digits[Int(half >> UInt64(60 - 4 * (place % 16)) & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// The characters of generated names: no vowels, and no digits that look like letters.
enum SafeAlphabet {
    static let letters = Array("bcdfghjklmnpqrstvwxz2456789".utf8)

    /// A text of such characters from a number. The corresponding Go function is `rand.SafeEncodeString`.
    static func encode(_ number: UInt32) -> String {
        String(decoding: String(number).utf8.map { letters[Int($0) % letters.count] }, as: UTF8.self)
    }
}
