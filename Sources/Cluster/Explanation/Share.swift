// SPDX-License-Identifier: Apache-2.0
public import Dataplane

/// A share of all connections: a sum of probabilities, exact as long as the numbers allow.
public struct Share: Sendable, Hashable, CustomStringConvertible {
    /// The exact sum; nil once its terms are too large to be added.
    public private(set) var exact: Probability?
    /// The sum as a number from 0 to 1.
    public private(set) var value: Double

    /// No connection.
    public static let none = Share(Probability(0, of: 1))

    /// The share that one journey has, if so many goals are equally likely.
    public init(_ probability: Probability, among goals: Int = 1) {
        let whole = goals > 1 ? probability.divided(by: UInt64(goals)) : probability
        exact = whole.denominator == .max ? nil : whole
        value = Double(probability.numerator) / Double(probability.denominator) / Double(max(goals, 1))
    }

    /// Adds another share.
    public static func += (left: inout Share, right: Share) {
        left.value += right.value
        guard let first = left.exact, let second = right.exact else {
            left.exact = nil
            return
        }
        left.exact = first.adding(second)
    }

    /// `1/3`, or `33.3 %` where no short fraction says it.
    public var description: String {
        if let exact, exact.denominator < 100_000 { return "\(exact)" }
        let tenths = Int((value * 1000).rounded())
        if value > 0, tenths == 0 { return "<0.1 %" }
        return "\(tenths / 10).\(tenths % 10) %"
    }
}

extension Probability {
    /// The sum; nil if its terms do not fit.
    fileprivate func adding(_ other: Probability) -> Probability? {
        if denominator == other.denominator {
            let (sum, overflow) = numerator.addingReportingOverflow(other.numerator)
            return overflow ? nil : Probability(sum, of: denominator)
        }
        let (left, first) = numerator.multipliedReportingOverflow(by: other.denominator)
        let (right, second) = other.numerator.multipliedReportingOverflow(by: denominator)
        let (sum, third) = left.addingReportingOverflow(right)
        let (below, fourth) = denominator.multipliedReportingOverflow(by: other.denominator)
        return first || second || third || fourth ? nil : Probability(sum, of: below)
    }
}
