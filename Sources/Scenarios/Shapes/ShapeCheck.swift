// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Compares a document with the table of shapes, and notes every mistake.
struct ShapeCheck {
    private(set) var problems: [Problem] = []
    /// Where the document's fields stand, to say which of two comes first.
    private let source: Source

    init(_ source: Source) { self.source = source }

    mutating func check(_ value: Value, _ shape: Shape, at path: String) {
        switch shape {
        case .either(let shapes):
            let fitting = shapes.filter { $0.takesType(of: value) }
            guard let first = fitting.first else { return mistype(value, shape, path) }
            check(value, first, at: path)
        case _ where !shape.takesType(of: value): mistype(value, shape, path)
        case .text(let form):
            if let detail = form.problem(of: value.string ?? "") { add(path, .invalid, value, detail) }
        case .whole(let range):
            if let number = value.int, !range.contains(number) {
                add(path, .invalid, value, "must be between \(range.lowerBound) and \(range.upperBound), inclusive")
            }
        case .number(let range):
            if let number = value.number, !range.contains(number) {
                let bounds = [range.lowerBound, range.upperBound].map { Value(number: $0).json() }
                add(path, .invalid, value, "must be between \(bounds[0]) and \(bounds[1]), inclusive")
            }
        case .choice(let words): check(value.string ?? "", among: words, path)
        case .list(let element, let least):
            if value.elements.count < least {
                add(
                    path, .required, nil,
                    least == 1 ? "must have at least one item" : "must have at least \(least) items")
            }
            for (index, value) in value.elements.enumerated() { check(value, element, at: "\(path)[\(index)]") }
        case .map(let field):
            for (name, value) in value.fields.sorted(by: { $0.key < $1.key }) {
                check(value, field, at: FieldName.join(path, name))
            }
        case .record(let name): check(value.fields, ShapeTable.record(name), at: path)
        case .any, .scalar, .flag, .null: break
        }
    }

    private mutating func check(_ word: String, among words: [String], _ path: String) {
        guard !words.contains(word) else { return }
        let hint = Suggestion.closest(to: word, among: words).map { "; did you mean \($0.quoted)?" } ?? ""
        let all = words.map(\.quoted).joined(separator: ", ")
        add(path, .notSupported, .string(word), words.count == 1 ? "must be \(all)" : "must be one of \(all)\(hint)")
    }

    // MARK: Records

    private mutating func check(_ fields: Fields, _ record: RecordShape, at path: String) {
        var meant: Set<String> = []
        var hasUnknown = false
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            let own = FieldName.join(path, name)
            if let field = record.field(name) {
                check(value, field.shape, at: own)
            } else if !record.isOpen {
                hasUnknown = true
                let guess = record.guess(name, besides: fields)
                if let guess { meant.insert(guess) }
                let hint = guess.map { "; did you mean \($0.quoted)?" } ?? "; \(record.article) has \(record.list)"
                problems.append(Problem(own, .unknown, "unknown field \(own.quoted)\(hint)"))
            }
        }
        for field in record.fields where field.isRequired && fields[field.name] == nil && !meant.contains(field.name) {
            add(FieldName.join(path, field.name), .required, nil, field.requirement)
        }
        for rule in record.rules { check(rule, fields, record, path, hasUnknown) }
    }

    private mutating func check(
        _ rule: RecordShape.Rule, _ fields: Fields, _ record: RecordShape, _ path: String, _ hasUnknown: Bool
    ) {
        func present(_ names: [String]) -> [String] {
            names.filter { fields[$0] != nil }.sorted { position($0, path) < position($1, path) }
        }
        switch rule {
        case .exactlyOne(let names), .atMostOne(let names), .atLeastOne(let names):
            let there = present(names)
            if case .atMostOne = rule {
            } else if there.isEmpty, !hasUnknown {
                // What was not known may have been meant.
                let all = names.count > 8 ? names.prefix(8) + ["…"] : names[...]
                add(path, .required, nil, "\(record.article) has one of \(all.joined(separator: ", "))")
            }
            if case .atLeastOne = rule { return }
            guard let first = there.first else { return }
            for other in there.dropFirst() {
                let detail =
                    "\(record.article) has only one of these, and \(first) stands at \(position(first, path)) already"
                add(FieldName.join(path, other), .forbidden, nil, detail)
            }
        case .needs(let name, let others):
            guard fields[name] != nil, present(others).isEmpty, !hasUnknown else { return }
            add(FieldName.join(path, name), .forbidden, nil, "is of use only with \(others.joined(separator: " or "))")
        }
    }

    private func position(_ name: String, _ path: String) -> Position {
        source.position(of: FieldName.join(path, name))
    }

    // MARK: Sentences

    private mutating func mistype(_ value: Value, _ shape: Shape, _ path: String) {
        let isQuotable =
            shape.takesType(of: .string("")) && !value.isNull && value.elements.isEmpty && value.fields.isEmpty
        let hint = isQuotable && shape.takesAnyText ? "; put it in quotes: \(value.json().quoted)" : ""
        let words = shape.words.filter { $0 != "`" }
        add(path, .typeInvalid, value, "must be \(words), not \(value.kindWords)\(hint)")
    }

    private mutating func add(_ path: String, _ reason: Problem.Reason, _ value: Value?, _ detail: String) {
        let isShort = value.map { $0.elements.isEmpty && $0.fields.isEmpty } ?? false
        problems.append(Problem(path, reason, value: isShort ? value?.json() : nil, detail))
    }
}

extension RecordShape {
    /// The field that was meant by a word that is none: one that the word stands for elsewhere, or one that looks like it.
    func guess(_ word: String, besides fields: Fields) -> String? {
        let lower = word.lowercased()
        if let field = self.fields.first(where: { $0.aliases.contains { $0.lowercased() == lower } }),
            fields[field.name] == nil
        {
            return field.name
        }
        return Suggestion.closest(to: word, among: self.fields.map(\.name))
    }

    /// Its fields, for a sentence.
    var list: String {
        let names = fields.map(\.name)
        return names.count > 12 ? names.prefix(12).joined(separator: ", ") + ", …" : names.joined(separator: ", ")
    }
}

extension FieldShape {
    /// What a record lacks without it, for a sentence.
    var requirement: String {
        let words = shape.words.filter { $0 != "`" }
        return example.isEmpty ? "must be \(words)" : "must be \(words), as in \(example.quoted)"
    }
}

/// Paths of fields as Kubernetes writes them.
enum FieldName {
    /// The path of a field below another; a name that is no plain word stands in brackets.
    static func join(_ path: String, _ name: String) -> String {
        let isPlain = !name.contains { $0 == "." || $0 == "[" || $0 == "]" }
        guard isPlain else { return "\(path)[\(name)]" }
        return path.isEmpty ? name : "\(path).\(name)"
    }
}
