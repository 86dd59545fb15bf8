// SPDX-License-Identifier: Apache-2.0
internal import Linux

/// What a command writes, fitted to where it goes.
enum Terminal {
    /// True if standard output shows colours: a terminal, and NO_COLOR is not set (no-color.org).
    static let hasColor = Program.isTerminal(1) && (Program.environment("NO_COLOR") ?? "").isEmpty
    /// True if standard error is a terminal that progress can be shown on.
    static let showsProgress = Program.isTerminal(2) && Program.environment("TERM") != "dumb"

    static func print(_ text: String) { Program.write(1, text + "\n") }

    /// A remark that is no result: it goes to standard error.
    static func note(_ text: String) {
        clearProgress()
        Program.write(2, text + "\n")
    }

    /// Replaces the line that shows how far things are.
    static func progress(_ text: String) {
        guard showsProgress else { return }
        Program.write(2, "\r\u{1b}[K\(text.prefix((Program.columns(2) ?? 80) - 1))")
    }

    static func clearProgress() {
        if showsProgress { Program.write(2, "\r\u{1b}[K") }
    }

    static func bold(_ text: String) -> String { hasColor ? "\u{1b}[1m\(text)\u{1b}[0m" : text }
    static func green(_ text: String) -> String { hasColor ? "\u{1b}[32m\(text)\u{1b}[0m" : text }
    static func red(_ text: String) -> String { hasColor ? "\u{1b}[31m\(text)\u{1b}[0m" : text }

    /// Columns as kubectl prints them: a head in capitals, cells left-aligned, three blanks between. On a terminal that
    /// is too narrow the widest cells of the last column are cut.
    static func table(_ head: [String], _ rows: [[String]]) -> String {
        let all = [head] + rows
        let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let limit = Program.isTerminal(1) ? Program.columns(1) : nil
        return all.enumerated().map { number, row in
            var line = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "   ")
            if let limit, line.count > limit { line = line.prefix(limit - 1) + "…" }
            return number == 0 ? bold(line) : line
        }.joined(separator: "\n")
    }
}
