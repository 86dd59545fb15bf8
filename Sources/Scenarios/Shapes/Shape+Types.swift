// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension Shape {
    /// Whether a value has a JSON type that the shape may have.
    func takesType(of value: Value) -> Bool {
        switch (self, value) {
        case (.any, _), (.text, .string), (.choice, .string), (.whole, .int), (.number, .int), (.number, .double),
            (.flag, .bool), (.null, .null), (.list, .array), (.map, .object), (.record, .object),
            (.scalar, .string), (.scalar, .int), (.scalar, .double), (.scalar, .bool):
            true
        case (.either(let shapes), _): shapes.contains { $0.takesType(of: value) }
        default: false
        }
    }

    /// Whether any text will do, so that quotes are all that lacks.
    var takesAnyText: Bool {
        switch self {
        case .text(.any), .text(.filled), .text(.template), .text(.name): true
        case .either(let shapes): shapes.contains(where: \.takesAnyText)
        default: false
        }
    }

    /// What it is, for a sentence and for the reference.
    var words: String {
        switch self {
        case .any: "any value"
        case .scalar: "a text, a number or a truth value"
        case .text(let form): form.words
        case .whole(let range):
            range.upperBound >= 1_000_000
                ? "a whole number from \(range.lowerBound)"
                : "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range) where range == 0...1: "a number from 0 to 1"
        case .number: "a number"
        case .flag: "true or false"
        case .null: "null"
        case .choice(let words): words.map { "`\($0)`" }.joined(separator: words.count == 2 ? " or " : ", ")
        case .list(let element, _): "a list of \(element.plural)"
        case .map(let field): field.isAnything ? "an object" : "an object whose fields are \(field.plural)"
        case .record(let name): ShapeTable.record(name).words
        case .either(let shapes):
            shapes.count < 3
                ? shapes.map(\.words).joined(separator: ", or ")
                : shapes.dropLast().map(\.words).joined(separator: ", ") + ", or \(shapes[shapes.count - 1].words)"
        }
    }

    private var isAnything: Bool { if case .any = self { true } else { false } }

    private var plural: String {
        switch self {
        case .any: "values"
        case .text(.any), .text(.filled), .text(.template): "texts"
        case .choice(let words): "these words: \(words.map { "`\($0)`" }.joined(separator: ", "))"
        case .record(let name): ["Step": "steps", "Check": "checks", "Applied": "objects"][name] ?? words
        case .map: "objects"
        case .number: "numbers"
        default: words
        }
    }
}

extension RecordShape {
    /// Its first fields, for a sentence: `an object {selector, namespace}`.
    var words: String {
        let names = fields.map(\.name)
        return "an object {\(names.prefix(6).joined(separator: ", "))\(names.count > 6 ? ", …" : "")}"
    }
}

extension Value {
    /// What kind of value it is, for a sentence.
    var kindWords: String {
        switch self {
        case .null: "null"
        case .bool: "a truth value"
        case .int: "a whole number"
        case .double: "a fraction"
        case .string: "a text"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

extension String {
    /// The text in double quotes with JSON's escapes.
    var quoted: String { Value.string(self).json() }
}
