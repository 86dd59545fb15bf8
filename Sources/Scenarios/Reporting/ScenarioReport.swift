// SPDX-License-Identifier: Apache-2.0

/// What became of several runs together, in the forms that people and machines read.
public struct ScenarioReport: Sendable, Equatable {
    /// The runs, in order.
    public var results: [ScenarioResult]
    /// How long all of them took, by the clock on the wall.
    public var time: Duration

    /// Puts one together from its parts.
    public init(_ results: [ScenarioResult], time: Duration) {
        self.results = results
        self.time = time
    }

    /// What `lab test` exits with: 0 if all passed or were skipped, 1 if a check failed, 3 if a lab could not be had.
    public var exitCode: Int32 {
        if results.contains(where: { $0.verdict == .failed }) { return 1 }
        return results.contains { $0.verdict.word == "broken" } ? 3 : 0
    }

    /// How many runs ended so: `passed`, `failed`, `skipped`, `broken`.
    public func count(_ word: String) -> Int { results.count { $0.verdict.word == word } }

    /// `12 passed, 1 failed, 2 skipped in 14.2 s`.
    public var summary: String {
        let parts = ["passed", "failed", "broken", "skipped"].compactMap { word -> String? in
            let number = count(word)
            return number > 0 || word == "passed" ? "\(number) \(word)" : nil
        }
        return "\(parts.joined(separator: ", ")) in \(time.words)"
    }
}

extension ScenarioResult.Verdict {
    /// In one word: `passed`, `failed`, `skipped` or `broken`.
    public var word: String {
        switch self {
        case .passed: "passed"
        case .failed: "failed"
        case .skipped: "skipped"
        case .broken: "broken"
        }
    }

    /// Why it was skipped or is broken; empty for the others.
    public var reason: String {
        switch self {
        case .skipped(let reason), .broken(let reason): reason
        case .passed, .failed: ""
        }
    }
}

extension Duration {
    /// In seconds with three digits behind the point, as XML and JSON have it.
    var decimalSeconds: String {
        let thousandths = Int64((seconds * 1000).rounded())
        let rest = String(abs(thousandths) % 1000)
        return "\(thousandths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}
