// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// ConfigMaps and Secrets. The corresponding Go functions are `ValidateConfigMap` and `ValidateSecret` and their
    /// updates.
    mutating func configuration(_ object: Object, replacing old: Object?) {
        var size = 0
        for field in ["data", "binaryData"] {
            let entries = object.value[field]?.fields ?? [:]
            for (name, value) in entries.sorted(by: { $0.key < $1.key }) {
                invalid("\(field)[\(name)]", name, Self.configurationKeyFaults(name))
                size += value.string?.utf8.count ?? 0
            }
        }
        if object.kind == "ConfigMap" {
            let names = Set((object.value["data"]?.fields ?? [:]).keys)
            for name in (object.value["binaryData"]?.fields ?? [:]).keys.sorted() where names.contains(name) {
                let detail = "duplicate of key present in data"
                add(Problem("binaryData", .invalid, value: name.quoted, detail))
            }
        }
        if size > 1 << 20 { add(Problem("data", .tooLong, "may not be more than \(1 << 20) bytes")) }
        if let old { unchangedConfiguration(object, old) }
    }

    private mutating func unchangedConfiguration(_ object: Object, _ old: Object) {
        if object.kind == "Secret", object.value["type"] != old.value["type"] {
            invalid("type", object.value["type"], "field is immutable")
        }
        guard old.value["immutable"] == true else { return }
        if object.value["immutable"] != true {
            forbidden("immutable", "field is immutable when `immutable` is set")
        }
        for field in ["data", "binaryData"] where object.value[field] != old.value[field] {
            forbidden(field, "field is immutable when `immutable` is set")
        }
    }

    /// The corresponding Go function is `IsConfigMapKey`.
    private static func configurationKeyFaults(_ name: String) -> [String] {
        let isMade = name.utf8.allSatisfy { byte in
            48...57 ~= byte || 65...90 ~= byte || 97...122 ~= byte || [0x2d, 0x2e, 0x5f].contains(byte)
        }
        if name.isEmpty || !isMade {
            return [
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                    + "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
            ]
        }
        if name.utf8.count > 253 { return ["must be no more than 253 characters"] }
        if name == "." || name == ".." { return ["must not be '\(name)'"] }
        return name.hasPrefix("..") ? ["must not start with '..'"] : []
    }

    /// What of a CustomResourceDefinition a lab relies on. The corresponding Go function is
    /// `ValidateCustomResourceDefinition`.
    mutating func definition(_ object: Object, replacing old: Object?) {
        let spec = object.spec
        let group = spec["group"]?.string ?? ""
        let plural = spec["names"]?["plural"]?.string ?? ""
        if object.name != "\(plural).\(group)" {
            invalid("metadata.name", .string(object.name), "must be spec.names.plural+\".\"+spec.group")
        }
        if group.isEmpty { required("spec.group") } else { subdomain("spec.group", .string(group)) }
        if !group.isEmpty, !group.contains(".") {
            invalid("spec.group", .string(group), "should be a domain with at least one dot")
        }
        oneOf("spec.scope", spec["scope"], ["Cluster", "Namespaced"])
        for field in ["plural", "singular", "kind", "listKind"] {
            let text = spec["names"]?[field]?.string ?? ""
            if text.isEmpty { required("spec.names.\(field)") }
            invalid("spec.names.\(field)", text, text.isEmpty ? [] : Names.label(text.lowercased()))
        }
        definitionVersions(spec["versions"]?.elements ?? [])
        guard let old else { return }
        for field in ["group", "scope"] where spec[field] != old.spec[field] {
            invalid("spec.\(field)", spec[field], "field is immutable")
        }
        for field in ["kind", "plural"] where spec["names"]?[field] != old.spec["names"]?[field] {
            invalid("spec.names.\(field)", spec["names"]?[field], "field is immutable")
        }
    }

    private mutating func definitionVersions(_ versions: [Value]) {
        var names: Set<String> = []
        for (index, version) in versions.enumerated() {
            let name = version["name"]?.string ?? ""
            invalid("spec.versions[\(index)].name", name, Names.label(name))
            if !names.insert(name).inserted { duplicate("spec.versions[\(index)].name", .string(name)) }
        }
        if versions.count(where: { $0["storage"] == true }) != 1 {
            let value = "[\(versions.compactMap { $0["name"]?.json() }.joined(separator: ","))]"
            add(
                Problem(
                    "spec.versions", .invalid, value: value, "must have exactly one version marked as storage version"))
        }
    }
}
