// SPDX-License-Identifier: Apache-2.0

extension RuleListing {
    /// One printed line: rules, a comment, or both.
    public struct Row: Sendable, Hashable {
        /// What the program reads, with its indentation; empty for a line that is a comment.
        public var text: String
        /// The comment with its number sign, and the blanks before it; empty without one.
        public var comment: String

        init(_ text: String = "", comment: String = "") {
            self.text = text
            self.comment = comment
        }
    }

    /// The rules as a file that `nft -f` or `iptables-restore` loads, the reasons beside or above them as comments.
    public var text: String { rows().map { $0.text + $0.comment + "\n" }.joined() }

    /// The same line by line.
    /// - Parameter width: the terminal's: a reason that does not fit beside its rule stands above it, and what is longer
    ///   than a line goes on in the next; nil for one line a rule.
    public func rows(width: Int? = nil) -> [Row] {
        var rows: [Row] = lines.contains { $0.readable != nil } ? RuleListing.note(width) : []
        var first = lines.startIndex
        while first < lines.endIndex {
            var end = first + 1
            while end < lines.endIndex, lines[end].isBeside(lines[first]) { end += 1 }
            rows += RuleRun(lines[first..<end], width).rows
            first = end
        }
        return rows
    }

    private static func note(_ width: Int?) -> [Row] {
        let text =
            "What nft lists and does not read back stands here as it reads it: numbers of meta priority have the type "
            + "classid, and a translation names its protocols. The kernel has the same either way."
        return text.comment(indent: 0, width)
    }
}

/// Rules or elements of one place that stand one after another, or a single frame.
private struct RuleRun {
    private let lines: ArraySlice<RuleLine>
    private let width: Int?
    /// Where reasons begin: beside the longest of the lines that are no longer than most.
    private let column: Int

    private static let widestColumn = 64

    init(_ lines: ArraySlice<RuleLine>, _ width: Int?) {
        self.lines = lines
        self.width = width
        column = lines.map { $0.printed.count + 1 }.filter { $0 <= RuleRun.widestColumn }.max() ?? 0
    }

    var rows: [RuleListing.Row] {
        var rows: [RuleListing.Row] = []
        for index in lines.indices {
            let line = lines[index]
            if line.kind == .frame {
                rows += frame(line)
            } else if line.isOfIPTables {
                // Its grammar has comments of whole lines only.
                rows += (isNew(index) ? line.reason.comment(indent: 0, width) : []) + code(line.printed, joint: "")
            } else {
                let separator = line.kind == .element && index + 1 < lines.endIndex ? "," : ""
                rows += beside(index, line.printed + separator)
            }
        }
        return rows
    }

    /// What a set is for stands in a comment where it is too long for a line.
    private func frame(_ line: RuleLine) -> [RuleListing.Row] {
        guard let width, line.printed.count > width, line.text.hasPrefix("comment \"") else {
            return code(line.printed, joint: " \\")
        }
        return String(line.text.dropFirst(9).dropLast()).comment(indent: line.depth * 4, width)
    }

    private func beside(_ index: Int, _ code: String) -> [RuleListing.Row] {
        let line = lines[index]
        let blanks = String(repeating: " ", count: Swift.max(0, column - code.count) + 2)
        let comment = blanks + "# " + line.reason
        guard let width, code.count + comment.count > width else { return [RuleListing.Row(code, comment: comment)] }
        return (isNew(index) ? line.reason.comment(indent: line.depth * 4, width) : []) + self.code(code, joint: " \\")
    }

    /// False for a line of the same reason as the one before: what stands above both is told once.
    private func isNew(_ index: Int) -> Bool {
        index == lines.startIndex || lines[index - 1].because != lines[index].because
    }

    /// A rule in as many lines as it takes.
    private func code(_ text: String, joint: String) -> [RuleListing.Row] {
        guard let width, text.count > width else { return [RuleListing.Row(text)] }
        let indent = text.prefix { $0 == " " }.count
        let lines = String(text.dropFirst(indent)).broken(width - indent - 4 - joint.count)
        return lines.enumerated().map { number, line in
            let blanks = String(repeating: " ", count: indent + (number == 0 ? 0 : 4))
            return RuleListing.Row(blanks + line + (number == lines.count - 1 ? "" : joint))
        }
    }
}

extension RuleLine {
    /// The line as it is printed: as its program reads it, four blanks a brace.
    fileprivate var printed: String { String(repeating: " ", count: depth * 4) + (readable ?? text) }

    fileprivate var isOfIPTables: Bool { kind != .frame && depth == 0 }

    fileprivate var reason: String { (because?.description ?? "").oneLine }

    fileprivate func isBeside(_ other: RuleLine) -> Bool {
        kind != .frame && other.kind != .frame && table == other.table && place == other.place
    }
}

extension String {
    /// The text without anything that would end a line or speak to a terminal: file names may have it.
    public var oneLine: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isUnprintable ? "\u{FFFD}" : $0 }))
    }

    /// The text as lines of at most so many characters, broken at blanks; a longer word has a line to itself.
    fileprivate func broken(_ width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        return lines + [line]
    }

    /// The text as comment lines.
    fileprivate func comment(indent: Int, _ width: Int?) -> [RuleListing.Row] {
        let blanks = String(repeating: " ", count: indent)
        let lines = width.map { broken(Swift.max(20, $0 - indent - 2)) } ?? [self]
        return lines.map { RuleListing.Row(comment: blanks + "# " + $0) }
    }
}

extension Unicode.Scalar {
    /// True for what moves a cursor, ends a line, or turns the direction of writing.
    fileprivate var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
