// SPDX-License-Identifier: Apache-2.0

/// Finds what keeps an object from being applied: fields that its type does not have, entries of lists that cannot be
/// told apart, values of the wrong type.
struct AppliedCheck {
    private var problems: [String] = []

    /// Checks an applied object.
    /// - Throws: what a server answers: 500, with every problem's path.
    static func run(_ applied: Object, _ shape: MergeShape) throws(Status) {
        var check = AppliedCheck()
        check.check(applied.value, shape, nil, "")
        guard let first = check.problems.first else { return }
        let text = check.problems.count == 1 ? first : "errors:\n  " + check.problems.joined(separator: "\n  ")
        throw Status.unforeseen(
            "failed to create typed patch object (\(applied.namespace)/\(applied.name); \(applied.typeText)): \(text)")
    }

    private mutating func check(_ value: Value, _ shape: MergeShape, _ type: Schema?, _ path: String) {
        guard !value.isNull else { return }
        switch shape {
        case .structure: checkFields(value, shape, path)
        case .map, .custom, .open:
            guard case .object = value else { return mistyped("map", value, path) }
            for (name, child) in value.sortedFields {
                check(child, shape.member(name).shape, type?.element, "\(path).\(name)")
            }
        case .keyed(_, _, let element): checkEntries(value, shape, element, path)
        case .set:
            guard shape.entries(of: value) == nil, case .array = value else { return }
            duplicates(value, shape, path)
        case .leaf: checkScalar(value, type, path)
        case .deduced: break
        }
    }

    private mutating func checkFields(_ value: Value, _ shape: MergeShape, _ path: String) {
        guard case .object = value, case .structure(let structure) = shape else { return mistyped("map", value, path) }
        for (name, child) in value.sortedFields {
            if let field = structure.fields[name] {
                check(child, MergeShape(field), field.type, "\(path).\(name)")
            } else {
                problems.append("\(path).\(name): field not declared in schema")
            }
        }
    }

    private mutating func checkEntries(_ value: Value, _ shape: MergeShape, _ element: MergeShape, _ path: String) {
        guard case .array(let elements) = value else { return mistyped("list", value, path) }
        var isComplete = true
        for (index, entry) in elements.enumerated() {
            switch (entry, shape.pathElement(of: entry)) {
            case (.object, .success(let key)): check(entry, element, nil, path + PathElement(key).description)
            case (.object, .failure(let missing)):
                isComplete = false
                problems.append(
                    "\(path): element \(index): associative list with keys has an element that omits key field "
                        + "\(missing.name.quoted) (and doesn't have default value)")
            default:
                isComplete = false
                let what = entry.isNull ? "a null element" : "non-map elements"
                problems.append("\(path): element \(index): associative list with keys may not have \(what)")
            }
        }
        if isComplete { duplicates(value, shape, path) }
    }

    private mutating func duplicates(_ list: Value, _ shape: MergeShape, _ path: String) {
        var seen: Set<String> = []
        for entry in list.elements {
            guard let key = try? shape.pathElement(of: entry).get(), !seen.insert(key).inserted else { continue }
            problems.append("\(path): duplicate entries for key \(PathElement(key))")
        }
    }

    private mutating func checkScalar(_ value: Value, _ type: Schema?, _ path: String) {
        switch (type, value) {
        case (.int, .int), (.int, .double), (.bool, .bool), (.list, .array), (.map, .object), (.object, .object): break
        case (.string, .string), (.word, .string), (.time, .string), (.microTime, .string), (.bytes, .string): break
        case (.int, _): mistyped("numeric (int or float)", value, path)
        case (.bool, _): mistyped("boolean", value, path)
        case (.list, _): mistyped("list", value, path)
        case (.map, _), (.object, _): mistyped("map", value, path)
        case (.string, _), (.word, _), (.time, _), (.microTime, _), (.bytes, _): mistyped("string", value, path)
        default: break
        }
    }

    private mutating func mistyped(_ wanted: String, _ value: Value, _ path: String) {
        problems.append("\(path): expected \(wanted), got \(value.goText)")
    }
}

extension Value {
    fileprivate var sortedFields: [(key: String, value: Value)] { fields.sorted { $0.key < $1.key } }
}
