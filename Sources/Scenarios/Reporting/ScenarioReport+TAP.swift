// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension ScenarioReport {
    /// The Test Anything Protocol, version 14: a test a run, with its steps as a subtest.
    public var tap: String {
        var text = "TAP version 14\n1..\(results.count)\(results.isEmpty ? " # SKIP no scenario" : "")\n"
        for (index, result) in results.enumerated() { text += result.tap(index + 1) }
        return text
    }
}

extension ScenarioResult {
    fileprivate func tap(_ number: Int) -> String {
        let name = TAP.escape("\(label): \(title)")
        var text = ""
        if !steps.isEmpty {
            text += "# Subtest: \(name)\n    1..\(steps.count + unreached.count)\n"
            for (index, step) in steps.enumerated() { text += step.tap(index + 1).indented(by: 4) + "\n" }
        }
        for step in unreached {
            text += "    ok \(step.number) - \(TAP.escape(step.title)) # SKIP not reached\n"
        }
        switch verdict {
        case .passed: text += "ok \(number) - \(name)\n"
        case .skipped(let reason): text += "ok \(number) - \(name) # SKIP \(TAP.line(reason))\n"
        case .failed: text += "not ok \(number) - \(name)\n"
        case .broken(let reason):
            text += "not ok \(number) - \(name)\n  ---\n  message: \(TAP.line(reason).quoted)\n  ...\n"
        }
        return text
    }
}

extension StepResult {
    fileprivate func tap(_ number: Int) -> String {
        guard !isPassed else { return "ok \(number) - \(TAP.escape(title))" }
        var lines = [
            "not ok \(number) - \(TAP.escape(title))", "  ---", "  at: \(place.description.quoted)", "  failures:",
        ]
        for failure in failures {
            // A text in JSON's quotes is one in YAML.
            lines.append("    - expected: \(failure.expected.quoted)")
            lines.append("      seen: \(failure.seen.quoted)")
            if let place = failure.place { lines.append("      at: \(place.description.quoted)") }
        }
        if !evidence.isEmpty { lines.append("  evidence:") }
        for evidence in evidence {
            lines.append("    - title: \(evidence.title.quoted)")
            lines.append("      text: \(evidence.text.quoted)")
        }
        return (lines + ["  ..."]).joined(separator: "\n")
    }
}

/// Texts as TAP has them.
enum TAP {
    /// A description: one line, in which a # would begin a directive.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in line(text) {
            if character == "\\" || character == "#" { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }

    static func line(_ text: String) -> String {
        String(text.printable.map { $0.isNewline ? " " : $0 })
    }
}
