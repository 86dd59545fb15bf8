// SPDX-License-Identifier: Apache-2.0

/// Why the text of a selector cannot be read, in Kubernetes' own words.
public struct SelectorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with the text.
    public let description: String
}

extension LabelSelector {
    /// The selector that kubectl's text stands for: `a=b,c==d,e!=f,g in (x,y),h notin (z),i,!j`; empty text matches
    /// all.
    public init(text: String) throws(SelectorError) {
        self.init()
        var parser = Parser(text)
        guard !parser.isAtEnd else { return }
        repeat { matchExpressions.append(try parser.requirement()) } while try parser.comma()
    }
}

extension LabelSelector: CustomStringConvertible {
    /// The selector as kubectl prints it: `app=web,tier in (a,b)`; `<none>` if it has no condition.
    public var description: String {
        let equal = matchLabels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let all = equal + matchExpressions.map(\.description)
        return all.isEmpty ? "<none>" : all.joined(separator: ",")
    }
}

extension LabelRequirement: CustomStringConvertible {
    /// The condition as kubectl prints it: `tier in (a,b)`.
    public var description: String {
        let list = values.sorted().joined(separator: ",")
        return switch self.operator {
        case .isIn: values.count == 1 ? "\(key)=\(list)" : "\(key) in (\(list))"
        case .notIn: values.count == 1 ? "\(key)!=\(list)" : "\(key) notin (\(list))"
        case .exists: key
        case .doesNotExist: "!\(key)"
        }
    }
}

extension LabelSelector {
    private struct Parser {
        private var tokens: ArraySlice<String>

        init(_ text: String) {
            var tokens: [String] = []
            var word = ""
            var rest = text[...]
            func isSign(_ character: Character) -> Bool { "=!(),".contains(character) }
            while let character = rest.first {
                if character.isWhitespace || isSign(character) {
                    if !word.isEmpty { tokens.append(word) }
                    word = ""
                }
                if isSign(character) {
                    let sign = ["==", "!="].first { rest.hasPrefix($0) } ?? String(character)
                    tokens.append(sign)
                    rest = rest.dropFirst(sign.count)
                    continue
                }
                if !character.isWhitespace { word.append(character) }
                rest = rest.dropFirst()
            }
            if !word.isEmpty { tokens.append(word) }
            self.tokens = tokens[...]
        }

        var isAtEnd: Bool { tokens.isEmpty }

        mutating func comma() throws(SelectorError) -> Bool {
            guard let token = tokens.popFirst() else { return false }
            guard token == "," else { throw unexpected(token, "',' or 'end of string'") }
            return true
        }

        mutating func requirement() throws(SelectorError) -> LabelRequirement {
            if tokens.first == "!" {
                tokens.removeFirst()
                return LabelRequirement(try key(), .doesNotExist)
            }
            let key = try key()
            guard let sign = tokens.first, sign != "," else { return LabelRequirement(key, .exists) }
            tokens.removeFirst()
            switch sign {
            case "=", "==": return LabelRequirement(key, .isIn, [try value()])
            case "!=": return LabelRequirement(key, .notIn, [try value()])
            case "in": return LabelRequirement(key, .isIn, try values())
            case "notin": return LabelRequirement(key, .notIn, try values())
            default: throw unexpected(sign, "in, notin, =, ==, !=, gt, lt")
            }
        }

        private mutating func key() throws(SelectorError) -> String {
            let key = tokens.popFirst() ?? ""
            if key.isEmpty || "=!=(),".contains(key) { throw unexpected(key, "!, identifier, or 'end of string'") }
            if let fault = Names.qualified(key).first {
                throw SelectorError(
                    description: "unable to parse requirement: key: Invalid value: \(key.quoted): \(fault)")
            }
            return key
        }

        /// A value may be missing: `a=` asks for an empty label.
        private mutating func value() throws(SelectorError) -> String {
            guard let value = tokens.first, value != "," else { return "" }
            if "=!=()".contains(value) { throw unexpected(value, "identifier") }
            tokens.removeFirst()
            if let fault = Names.labelValue(value).first {
                throw SelectorError(
                    description: "unable to parse requirement: values[0]: Invalid value: \(value.quoted): \(fault)")
            }
            return value
        }

        private mutating func values() throws(SelectorError) -> [String] {
            guard tokens.popFirst() == "(" else { throw unexpected(tokens.first ?? "", "'('") }
            var values: [String] = []
            while true {
                let token = tokens.popFirst()
                switch token {
                case ")": return values.isEmpty ? [""] : values
                case ",": if values.isEmpty { values.append("") }
                case let word? where !"=!=(".contains(word): values.append(word)
                default: throw unexpected(token ?? "", "',', ')' or identifier")
                }
            }
        }

        private func unexpected(_ token: String, _ expected: String) -> SelectorError {
            SelectorError(description: "unable to parse requirement: found '\(token)', expected: \(expected)")
        }
    }
}
