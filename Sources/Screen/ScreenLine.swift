// SPDX-License-Identifier: Apache-2.0

/// How a piece of text looks. The corresponding sequence is ECMA-48's SGR.
public enum TextLook: Sendable, Hashable {
    case plain
    case bold
    case dim
    case good
    case bad
    case warning
    /// Dark on light, or the other way round.
    case reversed

    fileprivate var code: String {
        switch self {
        case .plain: ""
        case .bold: "1"
        case .dim: "2"
        case .good: "32"
        case .bad: "31"
        case .warning: "33"
        case .reversed: "7"
        }
    }
}

/// One line of a screen: pieces of text from left to right, each with its look.
public struct ScreenLine: Sendable, Hashable {
    /// A piece of a line.
    public struct Piece: Sendable, Hashable {
        /// What is written.
        public var text: String
        /// How it looks.
        public var look: TextLook
    }

    /// The pieces.
    public private(set) var pieces: [Piece] = []

    /// An empty line.
    public init() {}

    /// A line of one piece.
    public init(_ text: String, _ look: TextLook = .plain) { add(text, look) }

    /// How many columns it takes.
    public var width: Int { pieces.reduce(0) { $0 + $1.text.count } }

    /// Adds a piece at its end.
    public mutating func add(_ text: String, _ look: TextLook = .plain) {
        guard !text.isEmpty else { return }
        pieces.append(Piece(text: text.printable, look: look))
    }

    /// Adds a piece that takes so many columns: text that is too long is cut, and shows that it is.
    public mutating func add(_ text: String, width: Int, _ look: TextLook = .plain, isRight: Bool = false) {
        let cut = text.printable.cut(width)
        let blanks = String(repeating: " ", count: max(0, width - cut.count))
        add(isRight ? blanks + cut : cut + blanks, look)
    }

    /// The line as it is written, not wider than that, without colours if there are to be none.
    public func text(columns: Int, hasColour: Bool) -> String {
        var left = columns
        var text = ""
        for piece in pieces {
            let shown = piece.text.count <= left ? piece.text : piece.text.cut(left)
            left -= shown.count
            text += hasColour && piece.look != .plain ? "\u{1b}[\(piece.look.code)m\(shown)\u{1b}[0m" : shown
            if left == 0 { break }
        }
        return text
    }
}

extension String {
    /// The first columns of a text; if something is left out, the last of them says so.
    func cut(_ columns: Int) -> String {
        if count <= columns { return self }
        return columns <= 0 ? "" : prefix(columns - 1) + "…"
    }

    /// Without anything that a terminal would act on: names come from whoever wrote them.
    fileprivate var printable: String {
        guard unicodeScalars.contains(where: { $0.value < 32 || (127..<160).contains($0.value) }) else { return self }
        return String(
            String.UnicodeScalarView(unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? "?" : $0 }))
    }
}
