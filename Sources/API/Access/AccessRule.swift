// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// One rule of a Role or ClusterRole. The corresponding Go type is `rbacv1.PolicyRule`.
struct AccessRule: Sendable, Hashable {
    var verbs: [String]
    var groups: [String] = []
    /// Plurals, with `/SUBRESOURCE` where a part is meant.
    var resources: [String] = []
    var names: [String] = []
    /// Paths, which may end with `*`.
    var paths: [String] = []

    /// A rule for resources.
    init(_ verbs: [String], groups: [String], resources: [String]) {
        self.verbs = verbs
        self.groups = groups
        self.resources = resources
    }

    /// A rule for paths.
    init(_ verbs: [String], paths: [String]) {
        self.verbs = verbs
        self.paths = paths
    }

    /// The rule that stands in an object.
    init(_ value: Value) {
        func texts(_ field: String) -> [String] { (value[field]?.elements ?? []).compactMap(\.string) }
        verbs = texts("verbs")
        groups = texts("apiGroups")
        resources = texts("resources")
        names = texts("resourceNames")
        paths = texts("nonResourceURLs")
    }

    /// True if the rule allows it.
    func allows(_ access: AccessAttributes) -> Bool {
        guard verbs.contains("*") || verbs.contains(access.verb) else { return false }
        switch access.target {
        case .path(let path): return paths.contains { Self.matches(path, $0) }
        case .resource(let group, let resource, let subresource, _, let name):
            let whole = subresource.isEmpty ? resource : "\(resource)/\(subresource)"
            return (groups.contains("*") || groups.contains(group))
                && resources.contains {
                    $0 == "*" || $0 == whole || (!subresource.isEmpty && $0 == "*/\(subresource)")
                }
                && (names.isEmpty || names.contains(name))
        }
    }

    private static func matches(_ path: String, _ pattern: String) -> Bool {
        if pattern == "*" || pattern == path { return true }
        guard pattern.hasSuffix("*") else { return false }
        return path.hasPrefix(pattern.dropLast())
    }

    /// The rule as `SelfSubjectRulesReview` shows it.
    var value: Value {
        func list(_ texts: [String]) -> Value { .array(texts.map(Value.string)) }
        var value: Value = ["verbs": list(verbs)]
        if !groups.isEmpty { value["apiGroups"] = list(groups) }
        if !resources.isEmpty { value["resources"] = list(resources) }
        if !names.isEmpty { value["resourceNames"] = list(names) }
        if !paths.isEmpty { value["nonResourceURLs"] = list(paths) }
        return value
    }
}
