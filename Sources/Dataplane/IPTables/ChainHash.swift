// SPDX-License-Identifier: Apache-2.0

/// The part of a chain's name that stands for a Service port or an endpoint: SHA-256 (FIPS 180-4) in base32 (RFC 4648), of
/// which kube-proxy takes the first 16 letters.
enum ChainHash {
    /// Sixteen capital letters and digits for a text.
    static func letters(of text: String) -> String {
        let digest = digest(of: Array(text.utf8))
        var letters = ""
        letters.reserveCapacity(16)
        // 16 letters of five bits are the first ten bytes.
        for index in 0..<16 {
            let bit = index * 5
            let pair = UInt16(digest[bit / 8]) << 8 | UInt16(digest[bit / 8 + 1])
            letters.unicodeScalars.append(alphabet[Int(pair >> UInt16(11 - bit % 8) & 31)])
        }
        return letters
    }

    /// So many of a text's first hexadecimal digits: what a name of a Pod's own chain is made of.
    static func hexadecimal(of text: String, digits: Int) -> String {
        let all = digest(of: Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return String(all.prefix(digits))
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".unicodeScalars)

    /// The 32 bytes of SHA-256.
    static func digest(of message: [UInt8]) -> [UInt8] {
        var padded = message
        padded.append(0x80)
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        var state = initial
        var schedule = [UInt32](repeating: 0, count: 64)
        for block in stride(from: 0, to: padded.count, by: 64) { compress(padded, block, &schedule, &state) }
        return state.flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    private static func compress(
        _ bytes: [UInt8], _ start: Int, _ schedule: inout [UInt32], _ state: inout [UInt32]
    ) {
        for index in 0..<16 {
            let at = start + index * 4
            schedule[index] =
                UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8
                | UInt32(bytes[at + 3])
        }
        for index in 16..<64 {
            let (near, far) = (schedule[index - 2], schedule[index - 15])
            let first = rotate(far, 7) ^ rotate(far, 18) ^ far >> 3
            let second = rotate(near, 17) ^ rotate(near, 19) ^ near >> 10
            schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let sum = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
            let choice = (e & f) ^ (~e & g)
            let first = h &+ sum &+ choice &+ constants[index] &+ schedule[index]
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) &+ majority
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }

    /// The first 32 bits of the fractional parts of the square roots of the first 8 primes.
    private static let initial = primes.prefix(8).map { fraction(of: Double($0).squareRoot(), $0, power: 2) }

    /// The same of the cube roots of the first 64 primes.
    private static let constants = primes.map { fraction(of: cubeRoot(Double($0)), $0, power: 3) }

    private static let primes: [UInt64] = (2...311).filter { number in
        !(2..<number).contains { $0 * $0 <= number && number % $0 == 0 }
    }

    /// 32 bits after the binary point of a root; a double has room for them, and the last bit is made sure of in whole
    /// numbers.
    private static func fraction(of root: Double, _ prime: UInt64, power: Int) -> UInt32 {
        var scaled = UInt64(root * 4_294_967_296)
        let target = UInt128(prime) << UInt128(32 * power)
        func raised(_ number: UInt64) -> UInt128 {
            (1..<power).reduce(UInt128(number)) { sum, _ in sum * UInt128(number) }
        }
        while raised(scaled) > target { scaled -= 1 }
        while raised(scaled + 1) <= target { scaled += 1 }
        return UInt32(truncatingIfNeeded: scaled)
    }

    /// By Newton's method, close enough for `fraction` to correct.
    private static func cubeRoot(_ number: Double) -> Double {
        var root = number / 2 + 0.5
        for _ in 0..<60 { root = (2 * root + number / (root * root)) / 3 }
        return root
    }
}
