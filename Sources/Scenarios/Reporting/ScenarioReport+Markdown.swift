// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension ScenarioReport {
    /// A summary for a CI system's page: a table of all runs, and what is to be known of those that failed.
    public var markdown: String {
        var text = "## \(exitCode == 0 ? "✅" : "❌") lab test: \(Markdown.escape(summary))\n\n"
        text += "| | scenario | mode | steps | time |\n|---|---|---|---|---|\n"
        for result in results { text += result.row }
        let failed = results.filter { $0.verdict == .failed || $0.verdict.word == "broken" }
        for result in failed { text += "\n" + result.section }
        let skipped = results.filter { $0.verdict.word == "skipped" }
        guard !skipped.isEmpty else { return text }
        let lines = skipped.map { "- \(Markdown.escape($0.label)): \(Markdown.escape($0.verdict.reason))\n" }
        return text + "\n### Skipped\n\n" + lines.joined()
    }
}

extension ScenarioResult {
    fileprivate var row: String {
        let mark =
            switch verdict {
            case .passed: "✅"
            case .failed: "❌"
            case .skipped: "⏭️"
            case .broken: "💥"
            }
        let round = round.map { ", round \($0)" } ?? ""
        let passed = steps.count(where: \.isPassed)
        let number = passed == titles.count ? "\(passed)" : "\(passed) of \(titles.count)"
        return
            "| \(mark) | **\(Markdown.escape(name))**: \(Markdown.escape(title)) | \(mode.rawValue)\(round) | \(number) | \(time.words) |\n"
    }

    fileprivate var section: String {
        var text = "### \(Markdown.escape(label))\n\n"
        if !verdict.reason.isEmpty { text += Markdown.escape(verdict.reason) + "\n" }
        for step in steps where !step.isPassed {
            text +=
                "Step \(step.number), \(Markdown.escape(step.title)) (`\(Markdown.code(step.place.description))`)\n\n"
            for failure in step.failures {
                text += "- expected \(Markdown.escape(failure.expected))\n"
                text += "- saw **\(Markdown.escape(failure.seen))**"
                text += failure.place.map { " (`\(Markdown.code($0.description))`)\n" } ?? "\n"
            }
            for evidence in step.evidence {
                text += "\n<details><summary>\(Markdown.html(evidence.title))</summary>\n\n"
                text += Markdown.block(evidence.text) + "\n</details>\n"
            }
        }
        if let seed, verdict == .failed { text += "\nAgain with `--seed \(seed)`.\n" }
        return text
    }
}

/// Texts as GitHub's Markdown has them.
enum Markdown {
    /// A text that means itself, in one line, in tables too.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for character in text.printable {
            if character.isNewline {
                escaped.append(" ")
            } else if character == "&" {
                escaped += "&amp;"
            } else if character == "<" {
                escaped += "&lt;"
            } else {
                if "\\`*_[]|~#".contains(character) { escaped.append("\\") }
                escaped.append(character)
            }
        }
        return escaped
    }

    /// Within an HTML element.
    static func html(_ text: String) -> String { XML.text(TAP.line(text)) }

    /// Between single backticks.
    static func code(_ text: String) -> String { String(TAP.line(text).map { $0 == "`" ? "'" : $0 }) }

    /// A block of code, with a fence that the text does not have.
    static func block(_ text: String) -> String {
        var longest = 2
        var run = 0
        for character in text {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return "\(fence)text\n\(text.indented(by: 0))\n\(fence)\n"
    }
}
