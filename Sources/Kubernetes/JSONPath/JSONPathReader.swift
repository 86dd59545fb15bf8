// SPDX-License-Identifier: Apache-2.0

/// Reads JSONPath's text, from left to right.
struct JSONPathReader {
    private let characters: [Character]
    private var index = 0
    /// How many filters are open.
    private var depth = 0

    /// How many filters may stand within one another.
    private static let depthLimit = 8

    init(_ text: String) { characters = Array(text) }

    /// A whole text: `{.a}`, `$.a`, `.a`, `a`.
    mutating func path() throws(JSONPathError) -> [JSONPath.Step] {
        if take("{") {
            guard characters.last == "}" else { throw fault("a } is missing at the end") }
        }
        if peek == "$" || peek == "@" { index += 1 }
        var steps: [JSONPath.Step] = []
        if let first = peek, first != ".", first != "[", first != "}" { steps.append(try name()) }
        while let character = peek {
            if character == "}", index == characters.count - 1, characters.first == "{" {
                index += 1
                break
            }
            steps += try step()
        }
        guard !steps.isEmpty else { throw fault("a field should stand here, as in {.status.phase}") }
        return steps
    }

    private mutating func step() throws(JSONPathError) -> [JSONPath.Step] {
        if take(".") {
            guard take(".") else { return [try name()] }
            return peek == "[" ? [.descendants] : [.descendants, try name()]
        }
        guard take("[") else { throw fault("a . or [ should stand here") }
        return [try bracket()]
    }

    /// A name up to the next `.` or `[`; a backslash takes the next character as it is.
    private mutating func name() throws(JSONPathError) -> JSONPath.Step {
        if take("*") { return .all }
        var name = ""
        while let character = peek, !".[]{} ()=<>!,".contains(character) {
            index += 1
            if character == "\\", let escaped = peek {
                index += 1
                name.append(escaped)
            } else {
                name.append(character)
            }
        }
        guard !name.isEmpty else { throw fault("the name of a field should stand here") }
        return .field(name)
    }

    /// What stands between brackets, with the bracket at its end.
    private mutating func bracket() throws(JSONPathError) -> JSONPath.Step {
        if take("?") { return try filter() }
        var parts = [try part()]
        while take(",") { parts.append(try part()) }
        guard take("]") else { throw fault("a ] should stand here") }
        return parts.count == 1 ? parts[0] : .union(parts)
    }

    private mutating func part() throws(JSONPathError) -> JSONPath.Step {
        skipBlanks()
        defer { skipBlanks() }
        if take("*") { return .all }
        if let text = try quoted() { return .field(text) }
        let first = number()
        guard take(":") else {
            guard let first else { throw fault("a number, * or a name in quotes should stand here") }
            return .element(first)
        }
        return .slice(from: first, to: number())
    }

    private mutating func filter() throws(JSONPathError) -> JSONPath.Step {
        guard take("(") else { throw fault("a ( should stand here") }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw fault("more than \(Self.depthLimit) filters within one another") }
        let start = index
        skipBlanks()
        guard take("@") else { throw fault("a filter begins with @, as in ?(@.type==\"Ready\")") }
        var steps: [JSONPath.Step] = []
        while let character = peek, character == "." || character == "[" { steps += try step() }
        let path = JSONPath(steps: steps, description: String(characters[start..<index]))
        skipBlanks()
        var comparison: JSONPath.Comparison?
        if let sign = JSONPath.Operator.allCases.first(where: { take($0.rawValue) }) {
            skipBlanks()
            comparison = JSONPath.Comparison(operator: sign, operand: try operand())
            skipBlanks()
        }
        guard take(")"), take("]") else {
            throw fault("a comparison (==, !=, <, <=, >, >=) or the filter's end, )], should stand here")
        }
        return .matching(path, comparison)
    }

    /// A text in single or double quotes, a number or a truth value.
    private mutating func operand() throws(JSONPathError) -> Value {
        if let text = try quoted() { return .string(text) }
        let start = index
        while let character = peek, character.isLetter || character.isNumber || "+-.".contains(character) {
            index += 1
        }
        let word = String(characters[start..<index])
        if let number = Int64(word) { return .int(number) }
        if let number = Double(word), number.isFinite { return .double(number) }
        if let flag = Bool(word) { return .bool(flag) }
        index = start
        throw fault("a text in quotes, a number, true or false should stand here")
    }

    private mutating func quoted() throws(JSONPathError) -> String? {
        guard let quote = peek, quote == "'" || quote == "\"" else { return nil }
        index += 1
        var text = ""
        while let character = peek, character != quote {
            index += 1
            if character == "\\", let escaped = peek {
                index += 1
                text.append(escaped)
            } else {
                text.append(character)
            }
        }
        guard take(quote) else { throw fault("a text without an end") }
        return text
    }

    private mutating func number() -> Int? {
        let start = index
        if peek == "-" { index += 1 }
        while let character = peek, character.isASCII, character.isNumber { index += 1 }
        guard let number = Int(String(characters[start..<index])) else {
            index = start
            return nil
        }
        return number
    }

    private var peek: Character? { index < characters.count ? characters[index] : nil }

    private mutating func skipBlanks() { while peek == " " { index += 1 } }

    private mutating func take(_ character: Character) -> Bool {
        guard peek == character else { return false }
        index += 1
        return true
    }

    private mutating func take(_ text: String) -> Bool {
        guard characters[index...].starts(with: text) else { return false }
        index += text.count
        return true
    }

    private func fault(_ detail: String) -> JSONPathError {
        JSONPathError(description: "\(detail) (at character \(min(index, characters.count) + 1))")
    }
}
