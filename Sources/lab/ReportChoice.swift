// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import LabKit
internal import Linux

/// One `--report FORMAT[=FILE]`.
struct ReportChoice {
    /// What there is.
    enum Format: String, CaseIterable {
        case text, jsonl, junit, tap, markdown
    }

    let format: Format
    /// Nil for standard output.
    let file: String?

    /// True for the text that people read as it comes.
    var isTextOnTerminal: Bool { format == .text && file == nil }

    /// The reports that are wanted; without any, text as it comes.
    static func all(_ texts: [String]) throws -> [ReportChoice] {
        guard !texts.isEmpty else { return [ReportChoice(format: .text, file: nil)] }
        return try texts.map { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard let format = parts.first.flatMap({ Format(rawValue: $0) }), !text.hasSuffix("=") else {
                let names = Format.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--report takes \(names), or one of them with =FILE, not \"\(text)\".")
            }
            return ReportChoice(format: format, file: parts.count > 1 ? parts[1] : nil)
        }
    }

    func write(_ report: ScenarioReport) throws {
        // On standard error it was told as it came.
        guard !isTextOnTerminal else { return }
        let text =
            switch format {
            case .text: report.text()
            case .jsonl: report.jsonLines
            case .junit: report.jUnit
            case .tap: report.tap
            case .markdown: report.markdown
            }
        guard let file else { return Terminal.write(text) }
        try File.write(file, text)
    }
}
