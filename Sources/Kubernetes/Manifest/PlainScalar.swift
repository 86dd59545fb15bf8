// SPDX-License-Identifier: Apache-2.0

/// What an unquoted YAML scalar stands for, as the YAML of Kubernetes has it (sigs.k8s.io/yaml, YAML 1.1 in Go's
/// reading): `yes`, `on` and `y` are true, `010` is eight, a date is a string.
enum PlainScalar {
    /// The value of the scalar; nil for a number that JSON has no way to write (`.inf`, `.nan`).
    static func value(_ text: String) -> Value? {
        if let word = words[text] { return word }
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            if infinities.contains(text) { return nil }
            return number(text, isDotted: first == UInt8(ascii: ".")) ?? .string(text)
        default: return .string(text)
        }
    }

    private static let words: [String: Value] = {
        var words: [String: Value] = [:]
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] { words[word] = true }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] { words[word] = false }
        for word in ["", "~", "null", "Null", "NULL"] { words[word] = .null }
        return words
    }()

    private static let infinities: Set<String> = [
        ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF",
    ]

    private static func number(_ text: String, isDotted: Bool) -> Value? {
        let plain = isDotted ? text : text.filter { $0 != "_" }
        if !isDotted, let whole = whole(plain) { return whole }
        guard isFraction(plain), let number = Double(plain), number.isFinite else { return nil }
        // Go writes a fraction without a fractional part as a whole number.
        if number.rounded() == number, number.magnitude < 1e18 { return .int(Int64(number)) }
        return .double(number)
    }

    /// `12`, `-3`, `0x1f`, `0b11`, `0o17` or `017`.
    private static func whole(_ text: String) -> Value? {
        var digits = text[...]
        let isNegative = digits.first == "-"
        if isNegative || digits.first == "+" { digits = digits.dropFirst() }
        var radix = 10
        if digits.first == "0", digits.count > 1 {
            let prefix = digits.dropFirst().first?.lowercased() ?? ""
            radix = ["x": 16, "b": 2, "o": 8][prefix] ?? 8
            digits = digits.dropFirst(["x", "b", "o"].contains(prefix) ? 2 : 1)
        }
        guard let first = digits.first, first != "-", first != "+" else { return nil }
        if let number = Int64((isNegative ? "-" : "") + digits, radix: radix) { return .int(number) }
        return UInt64(digits, radix: radix).map { .double(isNegative ? -Double($0) : Double($0)) }
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func isFraction(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        func digits() -> Int {
            let run = rest.prefix { 48...57 ~= $0 }.count
            rest = rest.dropFirst(run)
            return run
        }
        func sign() {
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        }
        sign()
        let before = digits()
        var after = 0
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            after = digits()
        }
        guard before + after > 0 else { return false }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = rest.dropFirst()
            sign()
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
