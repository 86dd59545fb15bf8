// SPDX-License-Identifier: Apache-2.0

/// An amount of processor time, memory or the like: `500m`, `2`, `64Mi`, `1e3`. The corresponding Go type is
/// `resource.Quantity`.
public struct Quantity: Sendable, Hashable, CustomStringConvertible {
    /// In which units the amount was written, and is written again.
    enum Format: Sendable, Hashable {
        /// Powers of 1000: `m`, `k`, `M`, ….
        case decimal
        /// Powers of 1024: `Ki`, `Mi`, ….
        case binary
        /// Powers of ten as numbers: `1e3`.
        case exponent
    }

    /// The amount in billionths of its unit, of which there are no parts.
    private let billionths: Int128
    private let format: Format

    /// Reads a text; nil for one that is no quantity. What is beyond all bounds is the bound, 2⁶³ − 1.
    public init?(_ text: String) {
        guard let parts = Parts(text), let unit = Unit(parts.suffix) else { return nil }
        format = unit.format
        billionths = parts.amount(in: unit)
    }

    /// Reads a field, which may hold a text or a number; nil for one that is no quantity.
    public init?(_ value: Value) {
        switch value {
        case .string(let text): self.init(text)
        case .int(let number): self.init(String(number))
        case .double(let number): self.init(number.description)
        default: return nil
        }
    }

    /// The amount in whole units, rounded up.
    public var units: Int64 { Int64(clamping: rounded(to: 1_000_000_000)) }

    /// The amount in thousandths of the unit, rounded up.
    public var thousandths: Int64 { Int64(clamping: rounded(to: 1_000_000)) }

    private func rounded(to size: Int128) -> Int128 {
        let (quotient, rest) = billionths.quotientAndRemainder(dividingBy: size)
        return rest > 0 ? quotient + 1 : quotient
    }

    /// The amount as a server writes it: `1`, not `1000m`; `1Gi`, not `1024Mi`. The corresponding Go method is
    /// `CanonicalizeBytes`.
    public var description: String {
        guard billionths != 0 else { return "0" }
        // Less than 1024 of something has no binary unit.
        let isBinary = format == .binary && billionths.magnitude >= 1024 * 1_000_000_000
        return isBinary ? binaryText : decimalText
    }

    private var binaryText: String {
        var (number, power) = (rounded(to: 1_000_000_000), 0)
        while number % 1024 == 0, power < 6 {
            number /= 1024
            power += 1
        }
        return "\(number)\(["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"][power])"
    }

    private var decimalText: String {
        var (number, power) = (billionths, -3)
        while number % 1000 == 0, power < 6 {
            number /= 1000
            power += 1
        }
        if format == .exponent { return power == 0 ? "\(number)" : "\(number)e\(power * 3)" }
        return "\(number)\(["n", "u", "m", "", "k", "M", "G", "T", "P", "E"][power + 3])"
    }
}

/// A number as it is written: sign, digits, how many of them are behind the point, and what follows them.
private struct Parts {
    var isNegative = false
    /// All digits as one number; nil if there are more than anybody can mean.
    var digits: Int128? = 0
    var decimals = 0
    var suffix = ""

    init?(_ text: String) {
        var rest = text.utf8[...]
        if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        var hasDigit = false
        var hasPoint = false
        while let byte = rest.first {
            if 48...57 ~= byte {
                hasDigit = true
                take(Int128(byte - 48), isDecimal: hasPoint)
            } else if byte == UInt8(ascii: "."), !hasPoint {
                hasPoint = true
            } else {
                break
            }
            rest = rest.dropFirst()
        }
        guard hasDigit, let suffix = String(rest) else { return nil }
        self.suffix = suffix
    }

    private mutating func take(_ digit: Int128, isDecimal: Bool) {
        // Digits that far behind the point are less than a billionth of anything.
        if isDecimal, decimals >= 18 { return }
        if isDecimal { decimals += 1 }
        guard let number = digits?.multipliedReportingOverflow(by: 10), !number.overflow else {
            digits = nil
            return
        }
        let sum = number.partialValue.addingReportingOverflow(digit)
        digits = sum.overflow ? nil : sum.partialValue
    }

    /// The amount in billionths; what there is of a smaller part counts as a whole one.
    func amount(in unit: Unit) -> Int128 {
        var (power, number) = (unit.power - decimals, digits)
        while power > 0, let smaller = number, smaller != 0 {
            let (product, overflow) = smaller.multipliedReportingOverflow(by: 10)
            number = overflow ? nil : product
            power -= 1
        }
        if let whole = number {
            let (product, overflow) = whole.multipliedReportingOverflow(by: unit.factor)
            number = overflow ? nil : product
        }
        while power < 0, let larger = number, larger > 1 {
            number = larger / 10 + (larger % 10 == 0 ? 0 : 1)
            power += 1
        }
        let amount = min(number ?? Self.most, Self.most)
        return isNegative ? -amount : amount
    }

    /// 2⁶³ − 1 units.
    private static let most = Int128(Int64.max) * 1_000_000_000
}

/// What a suffix stands for: a factor, and a power of ten that counts billionths.
private struct Unit {
    var format: Quantity.Format
    var factor: Int128 = 1
    var power = 9

    init?(_ suffix: String) {
        if let power = Self.decimal[suffix] {
            format = .decimal
            self.power += power
        } else if let bits = Self.binary[suffix] {
            format = .binary
            factor = 1 << Int128(bits)
        } else if suffix.first == "e" || suffix.first == "E", let power = Int32(suffix.dropFirst()) {
            format = .exponent
            // More than the bounds on either side make no difference.
            self.power += Int(min(max(power, -64), 64))
        } else {
            return nil
        }
    }

    private static let decimal = [
        "n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18,
    ]
    private static let binary = ["Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60]
}
