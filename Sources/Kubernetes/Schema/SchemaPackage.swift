// SPDX-License-Identifier: Apache-2.0

/// The types of one group and version. The corresponding thing in Go is a package, such as `k8s.io/api/core/v1`.
///
/// Each is read from its text when something of it is first asked for.
struct SchemaPackage: Sendable {
    /// Group and version, as `core.v1`.
    let name: String
    /// The types, by their names in the package.
    let types: [String: TypeSchema]

    init(_ name: String, _ texts: [String: String]...) {
        self.name = name
        var types: [String: TypeSchema] = [:]
        for text in texts {
            for (type, entries) in text { types[type] = TypeSchema(type, in: name, entries) }
        }
        self.types = types
    }

    /// A type by its name in the package; nil if there is none.
    func type(_ name: String) -> TypeSchema? {
        if let type = types[name] { return type }
        return self.name == "core.v1" ? Self.volumes.types[name] : nil
    }

    /// `k8s.io/api/core/v1`, but for the volumes: most labs start without a look at those.
    static let core = SchemaPackage(
        "core.v1", corePods, coreContainers, corePodStatus, coreServices, coreNodes, coreOthers)

    private static let volumes = SchemaPackage("core.v1", coreVolumes)

    /// The package of types whose full names begin so; nil if there is none.
    static func named(_ name: some StringProtocol) -> SchemaPackage? {
        switch name {
        case "core.v1": core
        case "meta.v1": meta
        case "apps.v1": apps
        case "batch.v1": batch
        case "discovery.v1": discovery
        case "networking.v1": networking
        case "coordination.v1": coordination
        case "events.v1": events
        case "autoscaling.v1": autoscalingV1
        case "autoscaling.v2": autoscalingV2
        case "policy.v1": policy
        case "rbac.v1": rbac
        case "storage.v1": storage
        case "scheduling.v1": scheduling
        case "node.v1": node
        case "admissionregistration.v1": admissionRegistration
        case "authentication.v1": authentication
        case "authorization.v1": authorization
        case "apiextensions.v1": apiExtensions
        case "apiregistration.v1": apiRegistration
        default: nil
        }
    }

    /// The name of the package of the objects with an `apiVersion`; nil for a group that is not Kubernetes' own.
    static func name(ofAPIVersion apiVersion: String) -> String? {
        let parts = apiVersion.split(separator: "/", maxSplits: 1)
        guard let version = parts.last else { return nil }
        guard parts.count == 2 else { return "core.\(version)" }
        guard let group = groups[parts[0]] else { return nil }
        return "\(group).\(version)"
    }

    private static let groups: [Substring: String] = [
        "apps": "apps", "batch": "batch", "autoscaling": "autoscaling", "policy": "policy",
        "discovery.k8s.io": "discovery", "networking.k8s.io": "networking", "coordination.k8s.io": "coordination",
        "events.k8s.io": "events", "rbac.authorization.k8s.io": "rbac", "storage.k8s.io": "storage",
        "scheduling.k8s.io": "scheduling", "node.k8s.io": "node",
        "admissionregistration.k8s.io": "admissionregistration", "authentication.k8s.io": "authentication",
        "authorization.k8s.io": "authorization", "apiextensions.k8s.io": "apiextensions",
        "apiregistration.k8s.io": "apiregistration", "meta.k8s.io": "meta",
    ]
}
