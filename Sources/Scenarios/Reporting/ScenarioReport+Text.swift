// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension ScenarioReport {
    /// All runs as text for people, and what became of them together.
    public func text(_ style: TextStyle = TextStyle()) -> String {
        let failed = results.filter { $0.verdict.word == "failed" || $0.verdict.word == "broken" }
        var lines = results.map { $0.text(style) }
        lines.append(style.strong(summary))
        lines += failed.map { "  \(style.verdict($0.verdict)) \($0.label)  \(style.faint($0.place.description))" }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension ScenarioResult {
    /// One run as text for people: its steps, and of the one that failed what was expected, what was seen, and what helps
    /// to understand it.
    public func text(_ style: TextStyle = TextStyle()) -> String {
        var lines = [
            "\(style.verdict(verdict)) \(style.strong(label)): \(title.printable) \(style.faint("(\(time.words))"))"
        ]
        if style.isStory, !description.isEmpty { lines += ["", description.indented(by: 4), ""] }
        if !verdict.reason.isEmpty { lines.append(verdict.reason.indented(by: 4)) }
        let last = steps.last?.number
        for step in steps {
            lines.append(step.line(style, isFailed: verdict != .passed && step.number == last && !step.isPassed))
            if style.isStory, !step.note.isEmpty { lines.append(style.faint(step.note.indented(by: 8))) }
            for failure in step.failures { lines.append(failure.text(style)) }
            for evidence in step.evidence {
                lines.append("      \(style.strong(evidence.title.printable))")
                lines.append(evidence.text.indented(by: 8))
            }
        }
        for step in unreached { lines.append(style.faint("  – \(step.number) \(step.title.printable)")) }
        if verdict == .failed, let seed { lines.append(style.faint("    again with --seed \(seed)")) }
        return lines.joined(separator: "\n")
    }
}

extension StepResult {
    fileprivate func line(_ style: TextStyle, isFailed: Bool) -> String {
        let mark = isPassed ? style.good("✓") : isFailed ? style.bad("✗") : style.unsure("–")
        return "  \(mark) \(number) \(title.printable) \(style.faint("(\(time.words))"))"
    }
}

extension CheckFailure {
    fileprivate func text(_ style: TextStyle) -> String {
        var lines = ["      expected \(expected.printable)", "      saw      \(style.bad(seen.printable))"]
        if let place { lines.append("      \(style.faint("at \(place)"))") }
        return lines.joined(separator: "\n")
    }
}
