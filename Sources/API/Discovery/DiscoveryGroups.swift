// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// All served groups, each with its versions and resources. The corresponding Go type is `metav1.APIGroupList`.
struct DiscoveryGroups {
    /// The group without a name, under `/api`.
    let legacy: DiscoveryGroup
    /// The groups under `/apis`: Kubernetes' own by their priority, then those of custom resources by name.
    let groups: [DiscoveryGroup]

    init(_ catalog: ResourceCatalog) {
        var byGroup: [String: [String: [Resource]]] = [:]
        for resource in catalog.all {
            for apiVersion in Set(resource.apiVersions) {
                let parts = apiVersion.split(separator: "/").map(String.init)
                let group = parts.count == 2 ? parts[0] : ""
                byGroup[group, default: [:]][parts.last ?? "", default: []].append(resource)
            }
        }
        legacy = DiscoveryGroup("", byGroup.removeValue(forKey: "") ?? [:])
        groups = byGroup.map { DiscoveryGroup($0.key, $0.value) }.sorted { $0.rank < $1.rank }
    }

    func named(_ name: String) -> DiscoveryGroup? { groups.first { $0.name == name } }

    /// The document of `/apis`.
    var list: Value {
        ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map { $0.value(isAlone: false) })]
    }

    /// The document of `/api`, which alone says where the server is.
    func legacyVersions(serverAddress: String) -> Value {
        [
            "kind": "APIVersions", "versions": .array(legacy.versions.map { .string($0.name) }),
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]],
        ]
    }
}

/// One group. The corresponding Go type is `metav1.APIGroup`.
struct DiscoveryGroup {
    /// One version of a group, with its resources by name.
    struct Version {
        let name: String
        let resources: [Resource]
    }

    /// The name, empty for the group under `/api`.
    let name: String
    /// The versions, the preferred one first.
    let versions: [Version]

    init(_ name: String, _ resources: [String: [Resource]]) {
        self.name = name
        versions = resources.sorted { Resource.comesBefore($0.key, $1.key) }.map { version, resources in
            Version(name: version, resources: resources.sorted { $0.plural < $1.plural })
        }
    }

    /// `apps/v1`, or `v1` for the group without a name.
    func groupVersion(_ version: String) -> String { name.isEmpty ? version : "\(name)/\(version)" }

    func version(_ name: String) -> Version? { versions.first { $0.name == name } }

    /// The document of `/apis/GROUP`, or an entry of that of `/apis`, which has no kind of its own.
    func value(isAlone: Bool) -> Value {
        let versions = versions.map { version -> Value in
            ["groupVersion": .string(groupVersion(version.name)), "version": .string(version.name)]
        }
        var value: Value = [
            "name": .string(name), "versions": .array(versions), "preferredVersion": versions.first ?? .null,
        ]
        if isAlone {
            value["kind"] = "APIGroup"
            value["apiVersion"] = "v1"
        }
        return value
    }

    /// The document of `/apis/GROUP/VERSION` or `/api/VERSION`. The corresponding Go type is `APIResourceList`.
    func resourceList(_ version: Version) -> Value {
        var list: Value = [
            "kind": "APIResourceList", "groupVersion": .string(groupVersion(version.name)),
            "resources": .array(version.resources.flatMap(\.discoveryEntries)),
        ]
        // The oldest document of all was there before it had a version.
        if !name.isEmpty { list["apiVersion"] = "v1" }
        return list
    }

    /// Where Kubernetes puts the group: its own groups in the order of their priorities, all others after them.
    var rank: Rank { Rank(place: Self.order.firstIndex(of: name) ?? Self.order.count, name: name) }

    struct Rank: Comparable {
        let place: Int
        let name: String

        static func < (left: Self, right: Self) -> Bool { (left.place, left.name) < (right.place, right.name) }
    }

    private static let order = [
        "apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io", "authorization.k8s.io",
        "autoscaling", "batch", "certificates.k8s.io", "networking.k8s.io", "policy", "rbac.authorization.k8s.io",
        "storage.k8s.io", "admissionregistration.k8s.io", "apiextensions.k8s.io", "scheduling.k8s.io",
        "coordination.k8s.io", "node.k8s.io", "discovery.k8s.io", "resource.k8s.io", "flowcontrol.apiserver.k8s.io",
    ]
}
