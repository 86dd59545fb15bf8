// SPDX-License-Identifier: Apache-2.0

/// A key that was pressed.
public enum ScreenKey: Sendable, Hashable {
    case character(Character)
    case up
    case down
    case pageUp
    case pageDown
    case home
    case end
    case enter
    case escape
    case backspace
    /// Control and C.
    case interrupt

    /// The keys in what a terminal sent.
    public static func keys(in bytes: [UInt8]) -> [ScreenKey] {
        var keys: [ScreenKey] = []
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        while let first = rest.first {
            if first == "\u{1b}", let (key, length) = sequence(rest) {
                if let key { keys.append(key) }
                rest = rest.dropFirst(length)
                continue
            }
            rest = rest.dropFirst()
            if let key = ScreenKey(first) { keys.append(key) }
        }
        return keys
    }

    private init?(_ character: Character) {
        switch character {
        case "\u{1b}": self = .escape
        case "\r", "\n", "\r\n": self = .enter
        case "\u{7f}", "\u{8}": self = .backspace
        case "\u{3}": self = .interrupt
        case let other where other.unicodeScalars.allSatisfy { $0.value >= 32 }: self = .character(other)
        default: return nil
        }
    }

    private static let sequences: [String: ScreenKey] = [
        "A": .up, "B": .down, "H": .home, "F": .end, "1~": .home, "4~": .end, "5~": .pageUp, "6~": .pageDown,
        "7~": .home, "8~": .end,
    ]

    /// The key of an escape sequence at the beginning of a text, if it is one of ours, and the sequence's length.
    private static func sequence(_ text: Substring) -> (key: ScreenKey?, length: Int)? {
        let rest = text.dropFirst()
        guard let kind = rest.first, kind == "[" || kind == "O" else { return nil }
        let parameters = rest.dropFirst().prefix { $0.isNumber || $0 == ";" }
        guard let last = rest.dropFirst(1 + parameters.count).first else { return nil }
        let name = last == "~" ? parameters + "~" : "\(last)"
        return (sequences[String(name)], 3 + parameters.count)
    }
}
