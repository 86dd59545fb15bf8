// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// A part of an object with a URL of its own, as discovery tells of it.
struct DiscoveredSubresource {
    /// `status`, `scale`, `exec` …
    let name: String
    /// Group and version of what is sent and answered; nil if they are the resource's own.
    let foreign: (group: String, version: String)?
    /// The kind of what is sent and answered.
    let kind: String
    /// What may be done with it.
    let verbs: [String]

    init(_ name: String, of resource: Resource) {
        self.name = name
        let own = resource.kind
        (foreign, kind, verbs) =
            switch name {
            case "scale": (("autoscaling", "v1"), "Scale", Self.edited)
            case "eviction": (("policy", "v1"), "Eviction", ["create"])
            case "token": (("authentication.k8s.io", "v1"), "TokenRequest", ["create"])
            case "binding": (nil, "Binding", ["create"])
            case "attach": (nil, "PodAttachOptions", Self.opened)
            case "exec": (nil, "PodExecOptions", Self.opened)
            case "portforward": (nil, "PodPortForwardOptions", Self.opened)
            case "proxy": (nil, "\(own)ProxyOptions", ["create", "delete", "get", "patch", "update"])
            case "log": (nil, own, ["get"])
            case "finalize": (nil, own, ["update"])
            default: (nil, own, Self.edited)
            }
    }

    private static let edited = ["get", "patch", "update"]
    private static let opened = ["create", "get"]
}

extension Resource {
    var discoveredSubresources: [DiscoveredSubresource] {
        subresources.sorted().map { DiscoveredSubresource($0, of: self) }
    }

    /// The entries of an `APIResourceList`: the resource, and each of its subresources.
    var discoveryEntries: [Value] {
        var entry: Value = [
            "name": .string(plural), "singularName": .string(singular), "namespaced": .bool(isNamespaced),
            "kind": .string(kind), "verbs": .array(verbs.map(Value.string)),
        ]
        if !shortNames.isEmpty { entry["shortNames"] = .array(shortNames.map(Value.string)) }
        if !categories.isEmpty { entry["categories"] = .array(categories.map(Value.string)) }
        if handling != .answered { entry["storageVersionHash"] = .string(storageVersionHash) }
        return [entry] + discoveredSubresources.map(subresourceEntry)
    }

    private func subresourceEntry(_ subresource: DiscoveredSubresource) -> Value {
        var entry: Value = [
            "name": .string("\(plural)/\(subresource.name)"), "singularName": "", "namespaced": .bool(isNamespaced),
            "kind": .string(subresource.kind), "verbs": .array(subresource.verbs.map(Value.string)),
        ]
        if let foreign = subresource.foreign {
            entry["group"] = .string(foreign.group)
            entry["version"] = .string(foreign.version)
        }
        return entry
    }

    /// Says to migrating clients in which form objects are stored: here always the preferred version.
    private var storageVersionHash: String {
        let hash = StableHash("\(apiVersion)/\(kind)").value
        return String(hash, radix: 16)
    }

    /// The entry of aggregated discovery. The corresponding Go type is `apidiscovery.APIResourceDiscovery`.
    func aggregated(group: String, version: String) -> Value {
        var entry: Value = [
            "resource": .string(plural), "singularResource": .string(singular),
            "responseKind": responseKind(nil, kind, group, version),
            "scope": isNamespaced ? "Namespaced" : "Cluster", "verbs": .array(verbs.map(Value.string)),
        ]
        if !shortNames.isEmpty { entry["shortNames"] = .array(shortNames.map(Value.string)) }
        if !categories.isEmpty { entry["categories"] = .array(categories.map(Value.string)) }
        let parts = discoveredSubresources
        guard !parts.isEmpty else { return entry }
        entry["subresources"] = .array(
            parts.map { part in
                [
                    "subresource": .string(part.name),
                    "responseKind": responseKind(part.foreign, part.kind, group, version),
                    "verbs": .array(part.verbs.map(Value.string)),
                ]
            })
        return entry
    }

    /// Kubernetes' own kinds leave out the group and version that they are listed under; custom ones do not.
    private func responseKind(
        _ foreign: (group: String, version: String)?, _ kind: String, _ group: String, _ version: String
    ) -> Value {
        let shown = foreign ?? (isCustom ? (group, version) : ("", ""))
        return ["group": .string(shown.group), "version": .string(shown.version), "kind": .string(kind)]
    }
}
