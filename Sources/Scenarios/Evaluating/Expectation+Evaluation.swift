// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

extension Expectation: CustomStringConvertible {
    /// In words: `200`, `at least 3`, `not "blue"`.
    public var description: String {
        tests.isEmpty ? "any value" : tests.map(\.description).joined(separator: " and ")
    }

    /// Whether a value is as it should be; nil stands for one that is not there.
    public func holds(for value: Value?) -> Bool { tests.allSatisfy { $0.holds(for: value) } }

    /// Whether a text is as it should be; a newline at the end of either does not count.
    public func holds(forText text: String) -> Bool { holds(for: .string(text.droppingLastNewline)) }
}

extension Expectation.Test: CustomStringConvertible {
    /// In words.
    public var description: String {
        switch self {
        case .equals(let value): value.isNull ? "absent" : value.words
        case .contains(let value): "something with \(value.words) in it"
        case .matches(let pattern): "something that matches /\(pattern)/"
        case .oneOf(let values):
            values.count == 1 ? values[0].words : "one of \(values.map(\.words).joined(separator: ", "))"
        case .atLeast(let number): "at least \(Numbers.text(number, places: 3))"
        case .atMost(let number): "at most \(Numbers.text(number, places: 3))"
        case .above(let number): "more than \(Numbers.text(number, places: 3))"
        case .below(let number): "less than \(Numbers.text(number, places: 3))"
        case .not(let expectation): "not \(expectation)"
        }
    }

    /// Whether a value is as it should be; nil stands for one that is not there.
    public func holds(for value: Value?) -> Bool {
        switch self {
        case .equals(let expected): (value ?? .null).isSame(as: expected)
        case .contains(let part): value?.contains(part) ?? false
        case .matches(let pattern): Pattern.isFound(pattern, in: value?.plainText)
        case .oneOf(let values): values.contains { (value ?? .null).isSame(as: $0) }
        case .atLeast(let bound): value?.numeral.map { $0 >= bound } ?? false
        case .atMost(let bound): value?.numeral.map { $0 <= bound } ?? false
        case .above(let bound): value?.numeral.map { $0 > bound } ?? false
        case .below(let bound): value?.numeral.map { $0 < bound } ?? false
        case .not(let expectation): !expectation.holds(for: value)
        }
    }
}

/// Regular expressions.
enum Pattern {
    /// Whether one is found in a text; a text that is not there has none.
    static func isFound(_ pattern: String, in text: String?) -> Bool {
        guard let text, let regex = try? Regex(pattern) else { return false }
        return text.firstMatch(of: regex) != nil
    }
}

extension Value {
    /// Equal, where 3, 3.0 and "3" are one: objects write numbers as text here and there.
    func isSame(as other: Value) -> Bool {
        if self == other { return true }
        if case .string(let text) = self, case .string(let wanted) = other {
            return text.droppingLastNewline == wanted.droppingLastNewline
        }
        guard let left = numeral, let right = other.numeral else { return false }
        return left == right
    }

    /// A text with this part, a list with this element, an object with these fields.
    func contains(_ part: Value) -> Bool {
        switch (self, part) {
        case (.array(let elements), _): elements.contains { $0.isSame(as: part) || $0.contains(part) }
        case (.object(let fields), .object(let wanted)):
            wanted.allSatisfy { name, value in
                fields[name].map { $0.isSame(as: value) || $0.contains(value) } ?? false
            }
        case (.object(let fields), .string(let name)): fields[name] != nil
        default:
            if let text = plainText, let wanted = part.plainText { text.firstRange(of: wanted) != nil } else { false }
        }
    }

    /// The number, or the number that a text says.
    var numeral: Double? { number ?? string.flatMap(Double.init) }

    /// A scalar as text.
    var plainText: String? {
        switch self {
        case .string(let text): text
        case .int, .double, .bool: json()
        default: nil
        }
    }

    /// For a sentence: JSON, cut short.
    var words: String {
        let text = json()
        return text.count > 200 ? "\(text.prefix(200))…" : text
    }
}

extension String {
    var droppingLastNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
