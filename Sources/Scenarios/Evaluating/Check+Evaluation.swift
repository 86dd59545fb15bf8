// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// Why a check does not hold.
public struct CheckFailure: Sendable, Equatable, CustomStringConvertible {
    /// What was expected, in plain words.
    public var expected: String
    /// What was seen instead.
    public var seen: String
    /// Where the check stands.
    public var place: Place?

    /// Puts one together from its parts.
    public init(expected: String, seen: String, place: Place? = nil) {
        self.expected = expected
        self.seen = seen
        self.place = place
    }

    /// `expected status 200, saw 503 (3 of 40)`.
    public var description: String { "expected \(expected), saw \(seen)" }
}

extension Check {
    /// Everything that does not hold of what was seen; none if the check passes.
    /// - Parameter systems: whom names, selectors and addresses stand for.
    public func evaluate(_ observation: Observation, in systems: KnownSystems = KnownSystems()) -> [CheckFailure] {
        if case .unavailable(let why) = observation {
            return [CheckFailure(expected: title, seen: why, place: place)]
        }
        return tests.flatMap { test in
            seen(against: test, observation, systems).map { seen in
                CheckFailure(expected: test.description, seen: seen, place: place)
            }
        }
    }

    /// What was seen in place of what a test says; nothing if it holds.
    private func seen(against test: Test, _ observation: Observation, _ systems: KnownSystems) -> [String] {
        switch observation {
        case .replies(let replies):
            ReplyEvaluation(replies, systems, takesFailures: takesFailures).seen(against: test)
        case .lookups(let lookups): LookupEvaluation(lookups).seen(against: test)
        case .execution(let execution): execution.seen(against: test)
        case .objects(let objects): ObjectEvaluation(objects).seen(against: test)
        case .rules(let rules): RuleEvaluation(rules).seen(against: test)
        case .ways(let ways): WayEvaluation(ways, systems).seen(against: test)
        case .counted(let packets, let bytes):
            switch test {
            case .packets(let expectation): unmet(expectation, packets, "packet")
            case .bytes(let expectation): unmet(expectation, bytes, "byte")
            default: ["a counter, of which this says nothing"]
            }
        case .events(let events): events.seen(against: test, subject)
        case .unavailable(let why): [why]
        }
    }

    /// Whether requests may fail, since the check says how many do: what else it says is then of the others.
    private var takesFailures: Bool {
        tests.contains { test in
            switch test {
            case .outcomes, .failures: true
            default: false
            }
        }
    }
}

/// The number with its noun, if it is not as expected.
func unmet(_ expectation: Expectation, _ number: Int, _ noun: String) -> [String] {
    expectation.holds(for: .int(Int64(number))) ? [] : [Numbers.count(number, noun)]
}

extension Observation.Execution {
    fileprivate func seen(against test: Check.Test) -> [String] {
        switch test {
        case .exitCode(let expectation):
            if expectation.holds(for: .int(Int64(exitCode))) { return [] }
            return ["exit code \(exitCode)\(errorOutput.isEmpty ? "" : ", and as errors \(errorOutput.excerpt)")"]
        case .output(let expectation): return expectation.holds(forText: output) ? [] : [output.excerpt]
        case .errorOutput(let expectation): return expectation.holds(forText: errorOutput) ? [] : [errorOutput.excerpt]
        default: return ["a program's end, of which this says nothing"]
        }
    }
}

extension String {
    /// For a sentence: in quotes, cut short.
    var excerpt: String {
        let text = droppingLastNewline
        return text.isEmpty ? "nothing" : text.count > 300 ? "\(String(text.prefix(300)).quoted)…" : text.quoted
    }
}
