// SPDX-License-Identifier: Apache-2.0

extension Manifest {
    /// What keeps a document from being an object that a lab knows: its type and its name.
    static func header(of value: Value) -> [Problem] {
        guard case .object = value else {
            return [Problem("", .unknown, "a document is an object with apiVersion and kind, not \(value.article)")]
        }
        var problems = [
            text(value["apiVersion"], "apiVersion", like: "v1"), text(value["kind"], "kind", like: "Service"),
        ]
        .compactMap { $0 }
        let object = Object(value)
        let isLab = LabConfiguration.isLab(object)
        // Whether a CustomResourceDefinition makes the kind, only the cluster knows.
        if problems.isEmpty, let problem = self.problem(of: object) { problems.append(problem) }
        if let problem = name(value["metadata"], isOptional: isLab) { problems.append(problem) }
        return problems
    }

    private static func problem(of object: Object) -> Problem? {
        guard object.apiVersion.hasPrefix("lab/") else {
            return Resource.mayBeCustom(object) ? nil : Resource.problem(of: object)
        }
        let kinds = ["Lab", "Scenario"]
        guard !kinds.contains(object.kind) else { return nil }
        let hint = Suggestion.closest(to: object.kind, among: kinds).map { "; did you mean \($0.quoted)?" } ?? ""
        return Problem("kind", .invalid, value: object.kind.quoted, "a kind of lab/v1 is Lab or Scenario\(hint)")
    }

    private static func text(_ value: Value?, _ field: String, like example: String) -> Problem? {
        switch value {
        case .string(let text) where !text.isEmpty: nil
        case nil, .null, .string: Problem(field, .required, "as in \"\(field): \(example)\"")
        case .some(let other):
            Problem(field, .typeInvalid, value: other.json(), "must be a string, not \(other.article)")
        }
    }

    private static func name(_ metadata: Value?, isOptional: Bool) -> Problem? {
        guard let metadata, !metadata.isNull else {
            return isOptional ? nil : Problem("metadata.name", .required, "name or generateName is required")
        }
        guard case .object = metadata else {
            return Problem(
                "metadata", .typeInvalid, value: metadata.json(), "must be an object, not \(metadata.article)")
        }
        for field in ["name", "namespace", "generateName"] {
            guard let value = metadata[field], !value.isNull, value.string == nil else { continue }
            return Problem(
                "metadata.\(field)", .typeInvalid, value: value.json(), "must be a string, not \(value.article)")
        }
        let names = [metadata["name"], metadata["generateName"]].compactMap { $0?.string }.filter { !$0.isEmpty }
        guard names.isEmpty, !isOptional else { return nil }
        return Problem("metadata.name", .required, "name or generateName is required")
    }
}

extension Value {
    /// What kind of value it is, for a sentence: `a string`, `an integer`, `a list`, ….
    var article: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int: "an integer"
        case .double: "a fraction"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
