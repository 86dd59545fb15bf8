// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux

/// The lines of a journey as they are read: one hop a line, in columns, fitted to the terminal, what changed in bold.
struct JourneyText {
    /// One line: what stands before the place (a time, or nothing), the place, and what happened there.
    struct Row {
        var lead = ""
        var place: String
        var interface: String
        var text: String
        var kind: String
    }

    private let rows: [Row]
    private let outcome: String
    private let output: Int32

    /// The lines of a journey as JSON has it.
    /// - Parameters:
    ///   - output: where they go: standard output (1), or standard error (2).
    ///   - lead: what stands before a line; nothing, if it is left out.
    init(_ journey: Value, on output: Int32 = 1, lead: (Value) -> String = { _ in "" }) {
        rows = (journey["lines"]?.elements ?? []).map { line in
            Row(
                lead: lead(line), place: line.text("namespace"), interface: line.text("interface"),
                text: line.text("text"), kind: line.text("kind"))
        }
        outcome = journey.text("outcome")
        self.output = output
    }

    /// So much room a hop's text should have, in columns.
    private static let room = 48

    /// The lines, what belongs together under one another. Where columns would leave too little room, each place has a line
    /// of its own.
    var lines: [String] {
        let leads = rows.map(\.lead.count).max() ?? 0
        let places = rows.map(\.place.count).max() ?? 0
        let interfaces = rows.map(\.interface.count).max() ?? 0
        let width = Terminal.width(output)
        let isNarrow = width.map { $0 < places + interfaces + leads + 8 + JourneyText.room } ?? false
        var last: String?
        return rows.flatMap { row -> [String] in
            // A place is named once, where the packet comes to it.
            let isNew = row.place != last
            last = row.place
            let lead = leads == 0 ? "" : row.lead.filledBefore(leads) + "  "
            let place = isNarrow ? "" : (isNew ? row.place : "").filled(places) + "  "
            let head = "  \(lead)\(place)\(row.interface.filled(interfaces))  "
            let parts = JourneyText.wrapped(row.text, width: width, indent: head.count)
            let under = "\n" + String(repeating: " ", count: head.count)
            let line = head + parts.map { colored($0, row.kind) }.joined(separator: under)
            return isNarrow && isNew ? ["  \(row.place)", line] : [line]
        }
    }

    private func colored(_ text: String, _ kind: String) -> String {
        switch kind {
        case "translation": Terminal.bold(text, on: output)
        case "end": outcome == "delivered" ? Terminal.green(text, on: output) : Terminal.red(text, on: output)
        default: text
        }
    }

    /// A text broken at blanks where it would pass the width of the terminal; one that has no room at all is left as it is.
    static func wrapped(_ text: String, width: Int?, indent: Int) -> [String] {
        guard let width, width > indent + 24 else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width - indent - 1 {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [line]
    }
}

extension String {
    /// The text with blanks after it, to a length.
    func filled(_ length: Int) -> String { self + String(repeating: " ", count: max(0, length - count)) }

    /// The text with blanks before it, to a length.
    func filledBefore(_ length: Int) -> String { String(repeating: " ", count: max(0, length - count)) + self }
}
