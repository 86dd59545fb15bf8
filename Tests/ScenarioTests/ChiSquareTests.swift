// SPDX-License-Identifier: Apache-2.0
import Scenarios
import Testing

@Suite struct ChiSquareTests {
    /// By bisection of the incomplete gamma function, as series and as continued fraction.
    @Test(arguments: [
        (1, 10.827566), (2, 13.815511), (3, 16.266236), (9, 27.877165), (10, 29.588298), (99, 148.230359),
        (1000, 1143.917093),
    ]) func `the quantile is right for any number of degrees`(degrees: Int, quantile: Double) {
        #expect(abs(ChiSquare.quantile(degrees: degrees) - quantile) < 1e-4)
    }

    /// By the same.
    @Test(arguments: [
        (3.841459, 1, 0.05), (5.991465, 2, 0.05), (0.5, 5, 0.9921233), (2000.0, 2000, 0.4957949), (1e5, 3, 0),
    ]) func `the probability is right`(statistic: Double, degrees: Int, probability: Double) {
        #expect(abs(ChiSquare.probability(of: statistic, degrees: degrees) - probability) < 1e-5)
    }

    @Test func `equal counts have no statistic`() {
        #expect(ChiSquare.statistic([20, 20, 20]) == 0)
        #expect(abs(ChiSquare.statistic([10, 30]) - 10) < 1e-9)
        #expect(ChiSquare.probability(of: 0, degrees: 4) == 1)
    }
}
