// SPDX-License-Identifier: Apache-2.0
internal import Linux

/// What a command writes, fitted to where it goes.
enum Terminal {
    /// True if standard output and standard error show colours: a terminal, and NO_COLOR is not set (no-color.org).
    private static let colors = (1...2).map { raw in
        Program.isTerminal(raw) && (Program.environment("NO_COLOR") ?? "").isEmpty
    }
    /// The same of standard output alone.
    static var hasColor: Bool { colors[0] }
    /// True if standard error is a terminal that progress can be shown on.
    static let showsProgress = Program.isTerminal(2) && Program.environment("TERM") != "dumb"

    static func print(_ text: String) { write(text + "\n") }

    /// Writes a text that has its own line ends.
    ///
    /// A result that cannot be written, because the device is full, is none: the program ends. Who reads no further has had
    /// enough.
    static func write(_ text: String) {
        guard let error = Program.write(1, text), error.errno != .brokenPipe else { return }
        note("Error: \(error)")
        Program.exit(1)
    }

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

    // For standard output (1), or for standard error (2).
    static func bold(_ text: String, on raw: Int32 = 1) -> String { colored(text, 1, raw) }
    static func dim(_ text: String, on raw: Int32 = 1) -> String { colored(text, 2, raw) }
    static func green(_ text: String, on raw: Int32 = 1) -> String { colored(text, 32, raw) }
    static func red(_ text: String, on raw: Int32 = 1) -> String { colored(text, 31, raw) }

    private static func colored(_ text: String, _ code: Int, _ raw: Int32) -> String {
        colors[Int(raw) - 1] ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }

    /// The width that text is fitted to; nil for what is no terminal.
    static func width(_ raw: Int32 = 1) -> Int? { Program.isTerminal(raw) ? Program.columns(raw) : nil }

    /// Columns as kubectl prints them: a head in capitals, cells left-aligned, three blanks between. On a terminal that
    /// is too narrow the widest cells of the last column are cut.
    static func table(_ head: [String], _ rows: [[String]]) -> String {
        let all = [head] + rows
        let widths = head.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let limit = width()
        return all.enumerated().map { number, row in
            var line = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "   ")
            if let limit, line.count > limit { line = line.prefix(limit - 1) + "…" }
            return number == 0 ? bold(line) : line
        }.joined(separator: "\n")
    }
}
