// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What a value must be: a plain value stands for `equals`; of several words all must be true.
public struct Expectation: Sendable, Equatable {
    /// One word and its operand.
    public indirect enum Test: Sendable, Equatable {
        /// `equals`.
        case equals(Value)
        /// `contains`: a text has this part, a list this element, an object these fields.
        case contains(Value)
        /// `matches`: a regular expression is found in the text.
        case matches(String)
        /// `in`.
        case oneOf([Value])
        /// `atLeast`, or `">= 1"`.
        case atLeast(Double)
        /// `atMost`, or `"<= 1"`.
        case atMost(Double)
        /// `above`, or `"> 1"`.
        case above(Double)
        /// `below`, or `"< 1"`.
        case below(Double)
        /// `not`.
        case not(Expectation)
    }

    /// All of these.
    public var tests: [Test]

    /// Puts one together from its parts.
    public init(_ tests: [Test]) { self.tests = tests }

    /// What equals a value.
    public static func equals(_ value: Value) -> Expectation { Expectation([.equals(value)]) }
}
