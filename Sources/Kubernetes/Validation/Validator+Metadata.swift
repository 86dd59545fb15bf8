// SPDX-License-Identifier: Apache-2.0

extension Validator {
    /// The corresponding Go functions are `ValidateObjectMeta` and `ValidateObjectMetaUpdate`.
    mutating func metadata(_ object: Object, replacing old: Object?) {
        let metadata = object.value["metadata"]
        if let generated = metadata?["generateName"]?.string, !generated.isEmpty {
            // The prefix may end in a dash: what is added after it makes a name of it.
            let whole = generated.hasSuffix("-") ? String(generated.dropLast()) + "a" : generated
            invalid("metadata.generateName", generated, Self.nameFaults(whole, kind: object.kind))
        }
        if object.name.isEmpty {
            if metadata?["generateName"].isUnset ?? true {
                required("metadata.name", "name or generateName is required")
            }
        } else {
            invalid("metadata.name", object.name, Self.nameFaults(object.name, kind: object.kind))
        }
        namespace(object)
        labels("metadata.labels", metadata?["labels"])
        annotations(metadata?["annotations"], "metadata.annotations")
        for (index, finalizer) in (metadata?["finalizers"]?.elements ?? []).enumerated() {
            invalid("metadata.finalizers[\(index)]", finalizer.string ?? "", Names.qualified(finalizer.string ?? ""))
        }
        if let old { unchanged(object, old) }
    }

    private mutating func namespace(_ object: Object) {
        guard !object.namespace.isEmpty, let resource = Resource.of(kind: object.kind) else { return }
        if resource.isNamespaced {
            invalid("metadata.namespace", object.namespace, Names.label(object.namespace))
        } else {
            forbidden("metadata.namespace", "not allowed on this type")
        }
    }

    /// Keys as labels have them, in any case of letters, and 256 KiB in all.
    mutating func annotations(_ value: Value?, _ path: String) {
        let all = value?.strings ?? [:]
        for key in all.keys.sorted() { invalid(path, key, Names.qualified(key.lowercased())) }
        let size = all.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        if size > 256 << 10 { add(Problem(path, .tooLong, "may not be more than \(256 << 10) bytes")) }
    }

    private mutating func unchanged(_ object: Object, _ old: Object) {
        for field in ["name", "namespace", "uid"] {
            let (new, before) = (object.value["metadata"]?[field], old.value["metadata"]?[field])
            guard !new.isUnset, !before.isUnset, new != before else { continue }
            invalid("metadata.\(field)", new, "field is immutable")
        }
    }

    private static func nameFaults(_ name: String, kind: String) -> [String] {
        switch kind {
        case "Namespace", "Service": return Names.label(name)
        case "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding": return pathSegmentFaults(name)
        default: return Names.subdomain(name)
        }
    }

    /// The corresponding Go function is `IsValidPathSegmentName`.
    private static func pathSegmentFaults(_ name: String) -> [String] {
        if name == "." || name == ".." { return ["may not be '\(name)'"] }
        return ["/", "%"].filter { name.contains($0) }.map { "may not contain '\($0)'" }
    }

    /// The corresponding Go functions are `ValidateNode` and `ValidateNodeUpdate`.
    mutating func node(_ spec: Value?, replacing old: Value?) {
        var seen: Set<[String]> = []
        for (index, taint) in (spec?["taints"]?.elements ?? []).enumerated() {
            let path = "spec.taints[\(index)]"
            let key = taint["key"]?.string ?? ""
            invalid("\(path).key", key, Names.qualified(key))
            invalid("\(path).value", taint["value"]?.string ?? "", Names.labelValue(taint["value"]?.string ?? ""))
            oneOf("\(path).effect", taint["effect"], ["NoSchedule", "PreferNoSchedule", "NoExecute"])
            guard !seen.insert([key, taint["effect"]?.string ?? ""]).inserted else { continue }
            add(Problem(path, .duplicate, value: taint.json(), "taints must be unique by key and effect pair"))
        }
        for (index, text) in (spec?["podCIDRs"]?.elements ?? []).enumerated() {
            range("spec.podCIDRs[\(index)]", text.string ?? "")
        }
        if let before = old?["podCIDRs"], !before.elements.isEmpty, before != spec?["podCIDRs"] {
            forbidden("spec.podCIDRs", "node updates may not change podCIDR except from \"\" to valid")
        }
    }
}
