// SPDX-License-Identifier: Apache-2.0

/// Pearson's chi-square: whether counts differ by more than chance explains. (No mathematics library is at hand here.)
public enum ChiSquare {
    /// Below this probability an even split is taken to be uneven: one honest check in a thousand fails.
    public static let level = 0.001

    /// The statistic of counts that should all be equal.
    public static func statistic(_ counts: [Int]) -> Double {
        let total = counts.reduce(0, +)
        guard total > 0, counts.count > 1 else { return 0 }
        let expected = Double(total) / Double(counts.count)
        return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
    }

    /// The probability of a statistic at least so large by chance alone: Q(k/2, x/2), the upper regularized gamma function.
    public static func probability(of statistic: Double, degrees: Int) -> Double {
        guard degrees > 0, statistic > 0 else { return 1 }
        // Q(a + 1, y) = Q(a, y) + yᵃ e⁻ʸ / Γ(a + 1), from Q(1/2, y) = erfc(√y) or Q(1, y) = e⁻ʸ.
        let y = statistic / 2
        let isOdd = degrees % 2 == 1
        var sum = isOdd ? Mathematics.complementaryError(y.squareRoot()) : Mathematics.exponential(-y)
        var a = isOdd ? 0.5 : 1.0
        // ln Γ(a + 1) on the way.
        var logGamma = isOdd ? Mathematics.logarithm(Mathematics.rootOfPi / 2) : 0
        let logY = Mathematics.logarithm(y)
        while a < Double(degrees) / 2 {
            sum += Mathematics.exponential(a * logY - y - logGamma)
            a += 1
            logGamma += Mathematics.logarithm(a)
        }
        return min(sum, 1)
    }

    /// The statistic that chance exceeds with this probability.
    public static func quantile(_ probability: Double = level, degrees: Int) -> Double {
        guard degrees > 0, probability > 0, probability < 1 else { return 0 }
        var (low, high) = (0.0, Double(degrees) + 10)
        while self.probability(of: high, degrees: degrees) > probability { high *= 2 }
        for _ in 0..<80 {
            let middle = (low + high) / 2
            if self.probability(of: middle, degrees: degrees) > probability { low = middle } else { high = middle }
        }
        return (low + high) / 2
    }
}

/// The few functions that the standard library does not have.
enum Mathematics {
    static let rootOfPi = Double.pi.squareRoot()
    private static let ln2 = 0.693147180559945309417232121458

    /// eˣ, by halving x until a short series will do.
    static func exponential(_ x: Double) -> Double {
        guard x > -745 else { return 0 }
        guard x < 709 else { return .infinity }
        let power = (x / ln2).rounded()
        let rest = x - power * ln2
        var (term, sum) = (1.0, 1.0)
        for n in 1...20 {
            term *= rest / Double(n)
            sum += term
        }
        return sum * Double(sign: .plus, exponent: Int(power) < -1022 ? -1022 : Int(power), significand: 1)
            * (Int(power) < -1022 ? Double(sign: .plus, exponent: Int(power) + 1022, significand: 1) : 1)
    }

    /// ln x of a number above zero, from its exponent and the series of artanh.
    static func logarithm(_ x: Double) -> Double {
        guard x > 0, x.isFinite else { return x == 0 ? -.infinity : .nan }
        var (exponent, significand) = (Double(x.exponent), x.significand)
        if significand > 1.4142135623730951 {
            significand /= 2
            exponent += 1
        }
        let ratio = (significand - 1) / (significand + 1)
        var (power, sum) = (ratio, ratio)
        for n in 1...24 {
            power *= ratio * ratio
            sum += power / Double(2 * n + 1)
        }
        return 2 * sum + exponent * ln2
    }

    /// erfc z of a number from zero on; from 6 on it is less than 10⁻¹⁶.
    static func complementaryError(_ z: Double) -> Double {
        guard z < 6 else { return 0 }
        // erf z = 2/√π e^(-z²) Σ 2ⁿ z²ⁿ⁺¹ / (1·3·…·(2n+1))
        var (term, sum, n) = (z, z, 0.0)
        while term > 1e-18 * sum, n < 400 {
            n += 1
            term *= 2 * z * z / (2 * n + 1)
            sum += term
        }
        return max(0, 1 - 2 / rootOfPi * exponential(-z * z) * sum)
    }
}
