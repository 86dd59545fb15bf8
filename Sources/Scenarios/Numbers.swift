// SPDX-License-Identifier: Apache-2.0

/// Numbers and times as sentences have them.
enum Numbers {
    /// A number with at most `places` digits behind the point, and no zeros at its end.
    static func text(_ number: Double, places: Int = 1) -> String {
        guard number.isFinite, abs(number) < 1e15 else { return "\(number)" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let rounded = Int64((abs(number) * scale).rounded())
        let sign = number < 0 && rounded != 0 ? "-" : ""
        let (whole, rest) = rounded.quotientAndRemainder(dividingBy: Int64(scale))
        guard rest != 0 else { return "\(sign)\(whole)" }
        var digits = String(rest)
        digits = String(repeating: "0", count: places - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }

    /// A noun with its number: `1 request`, `3 requests`.
    static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

extension Duration {
    /// In seconds.
    public var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

    /// In milliseconds.
    public var milliseconds: Double { seconds * 1000 }

    /// `850 µs`, `3.2 ms`, `1.5 s`, `2 min`.
    public var words: String {
        switch abs(seconds) {
        case 0: "0 s"
        case ..<0.001: "\(Numbers.text(seconds * 1_000_000, places: 0)) µs"
        case ..<0.01: "\(Numbers.text(milliseconds, places: 2)) ms"
        case ..<1: "\(Numbers.text(milliseconds)) ms"
        case ..<120: "\(Numbers.text(seconds, places: 2)) s"
        default: "\(Numbers.text(seconds / 60)) min"
        }
    }
}
