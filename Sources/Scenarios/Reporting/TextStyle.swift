// SPDX-License-Identifier: Apache-2.0

/// How a text looks on a terminal.
public struct TextStyle: Sendable, Equatable {
    /// Whether there are colours.
    public var hasColour: Bool
    /// Whether descriptions and notes are told: the story, and not the results alone.
    public var isStory: Bool

    /// Puts one together from its parts.
    public init(hasColour: Bool = false, isStory: Bool = false) {
        self.hasColour = hasColour
        self.isStory = isStory
    }

    func good(_ text: String) -> String { paint(text, "32") }
    func bad(_ text: String) -> String { paint(text, "31") }
    func unsure(_ text: String) -> String { paint(text, "33") }
    func strong(_ text: String) -> String { paint(text, "1") }
    func faint(_ text: String) -> String { paint(text, "2") }

    func verdict(_ verdict: ScenarioResult.Verdict) -> String {
        switch verdict {
        case .passed: good(verdict.word)
        case .failed, .broken: bad(verdict.word)
        case .skipped: unsure(verdict.word)
        }
    }

    private func paint(_ text: String, _ code: String) -> String {
        hasColour && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

extension String {
    /// Each line with blanks before it; without what a terminal would take for commands.
    func indented(by blanks: Int) -> String {
        let margin = String(repeating: " ", count: blanks)
        let lines = droppingLastNewline.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.isEmpty ? "" : margin + $0.printable }.joined(separator: "\n")
    }
}

extension StringProtocol {
    /// Without control characters, but tabs and newlines.
    var printable: String {
        var text = ""
        for scalar in unicodeScalars {
            let isControl = scalar.value < 0x20 && scalar != "\n" && scalar != "\t" || 0x7F...0x9F ~= scalar.value
            text.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return text
    }
}
