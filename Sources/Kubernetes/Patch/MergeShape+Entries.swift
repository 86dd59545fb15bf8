// SPDX-License-Identifier: Apache-2.0

extension MergeShape {
    /// The entries of a list by what tells them apart.
    struct Entries {
        /// The path elements in the list's order.
        var order: [String] = []
        /// The entries by their path elements.
        var values: [String: Value] = [:]
    }

    /// The entries of a list; nil if some of them cannot be told apart.
    func entries(of list: Value?) -> Entries? {
        guard case .array(let elements) = list else { return Entries() }
        var entries = Entries()
        for element in elements {
            guard let key = try? pathElement(of: element).get(),
                entries.values.updateValue(element, forKey: key) == nil
            else { return nil }
            entries.order.append(key)
        }
        return entries
    }

    /// A key field that an entry of a list does not have, and that has no default.
    struct MissingKey: Error {
        let name: String
    }

    /// What an entry of a list is known by, as a path element's text.
    func pathElement(of entry: Value) -> Result<String, MissingKey> {
        guard case .keyed(let names, let defaults, _) = self else { return .success(PathElement.value(entry).text) }
        var keys: Fields = [:]
        for name in names {
            guard let value = entry[name].nonNull ?? defaults[name] else { return .failure(MissingKey(name: name)) }
            keys[name] = value
        }
        return .success(PathElement.key(keys).text)
    }

    /// The shape that a field has by the schema of a CustomResourceDefinition: `x-kubernetes-list-type` and its kin.
    init(openAPI schema: Value) {
        switch schema["type"] {
        case "array": self = Self.list(schema)
        case "object" where schema["x-kubernetes-map-type"] == "atomic": self = .leaf
        case "object" where schema["properties"] != nil || schema["additionalProperties"]?.fields.isEmpty == false:
            self = .open(schema)
        case "object", nil: self = schema["x-kubernetes-int-or-string"] == true ? .leaf : .deduced
        default: self = .leaf
        }
    }

    private static func list(_ schema: Value) -> MergeShape {
        switch schema["x-kubernetes-list-type"] {
        case "set": return .set
        case "map":
            let keys = (schema["x-kubernetes-list-map-keys"]?.elements ?? []).compactMap(\.string)
            let items = schema["items"] ?? .null
            var defaults: [String: Value] = [:]
            for key in keys { defaults[key] = items["properties", key, "default"] }
            return .keyed(keys, defaults: defaults, MergeShape(openAPI: items))
        default: return .leaf
        }
    }
}
