// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// A path to values within an object, as `.status.conditions[?(@.type=="Ready")].status`: as much of JSONPath as a
/// CustomResourceDefinition's columns use.
struct JSONPath: Sendable {
    private enum Step: Sendable {
        case field(String)
        /// An element by its number, from the end if negative.
        case element(Int)
        /// Every element or field.
        case all
        /// The elements of which a path gives a value, or one that is (or is not) equal to a text or number.
        case matching(JSONPath, Comparison?)
    }

    private struct Comparison: Sendable {
        let isEqual: Bool
        let operand: Value
    }

    private var steps: [Step] = []

    /// Reads a path; nil if it is none, or goes beyond what is known here.
    init?(_ text: String) {
        var rest = text[...]
        if rest.first == "$" || rest.first == "@" { rest.removeFirst() }
        while let first = rest.popFirst() {
            let step = first == "." ? Self.field(&rest) : first == "[" ? Self.bracket(&rest) : nil
            guard let step else { return nil }
            steps.append(step)
        }
        if steps.isEmpty { return nil }
    }

    /// The first value that the path leads to; nil if it leads nowhere.
    func first(in value: Value) -> Value? { Self.first(steps[...], value) }

    private static func first(_ steps: ArraySlice<Step>, _ value: Value) -> Value? {
        guard let step = steps.first else { return value }
        let rest = steps.dropFirst()
        switch step {
        case .field(let name): return value[name].flatMap { first(rest, $0) }
        case .element(let number):
            let elements = value.elements
            let index = number < 0 ? elements.count + number : number
            return elements.indices.contains(index) ? first(rest, elements[index]) : nil
        case .all:
            let all = value.elements + value.fields.sorted { $0.key < $1.key }.map(\.value)
            return all.lazy.compactMap { first(rest, $0) }.first
        case .matching(let path, let comparison):
            return value.elements.lazy.filter { matches($0, path, comparison) }.compactMap { first(rest, $0) }.first
        }
    }

    private static func matches(_ value: Value, _ path: JSONPath, _ comparison: Comparison?) -> Bool {
        guard let found = path.first(in: value) else { return false }
        guard let comparison else { return true }
        return (found == comparison.operand) == comparison.isEqual
    }

    /// A name up to the next `.` or `[`; a backslash takes the next character as it is.
    private static func field(_ rest: inout Substring) -> Step? {
        if rest.first == "*" {
            rest.removeFirst()
            return .all
        }
        var name = ""
        while let character = rest.first, character != ".", character != "[" {
            rest.removeFirst()
            if character == "\\", let escaped = rest.popFirst() { name.append(escaped) } else { name.append(character) }
        }
        return name.isEmpty ? nil : .field(name)
    }

    private static func bracket(_ rest: inout Substring) -> Step? {
        if rest.first == "?" { return filter(&rest) }
        guard let end = rest.firstIndex(of: "]") else { return nil }
        let inside = rest[..<end]
        rest = rest[rest.index(after: end)...]
        if inside == "*" { return .all }
        if let number = Int(inside) { return .element(number) }
        return literal(inside)?.string.map(Step.field)
    }

    private static func filter(_ rest: inout Substring) -> Step? {
        guard rest.hasPrefix("?("), let end = rest.firstRange(of: ")]") else { return nil }
        let inside = rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound]
        rest = rest[end.upperBound...]
        for sign in ["==", "!="] {
            guard let range = inside.firstRange(of: sign) else { continue }
            guard let path = JSONPath(trimmed(inside[..<range.lowerBound])),
                let operand = literal(Substring(trimmed(inside[range.upperBound...])))
            else { return nil }
            return .matching(path, Comparison(isEqual: sign == "==", operand: operand))
        }
        return JSONPath(trimmed(inside)).map { .matching($0, nil) }
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    /// A text in single or double quotes, a number or a truth value.
    private static func literal(_ text: Substring) -> Value? {
        for quote in ["'", "\""] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
            return .string(String(text.dropFirst().dropLast()))
        }
        if let number = Int64(text) { return .int(number) }
        return Bool(String(text)).map(Value.bool)
    }
}
