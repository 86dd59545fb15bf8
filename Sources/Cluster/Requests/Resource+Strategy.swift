// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// How objects of a kind may be written. The corresponding Go interfaces are `RESTCreateStrategy` and
/// `RESTUpdateStrategy`.
extension Resource {
    /// True if `status` is written by its own URL, and by that alone.
    var hasStatus: Bool { subresources.contains("status") }

    /// True if a `PUT` on a name that is free makes the object.
    var allowsCreationOnUpdate: Bool { !isCustom && Self.madeByUpdate.contains(kind) }

    /// True if a write may leave out the resourceVersion, and then goes over whatever is there.
    var allowsUnconditionalUpdate: Bool { !isCustom && !Self.conditional.contains(kind) }

    /// True if dependents stay unless their deletion is asked for, as these kinds always had it. The corresponding Go
    /// function is `DefaultGarbageCollectionPolicy`.
    var orphansByDefault: Bool { keyKind == "Job" || keyKind == "ReplicationController" }

    private static let madeByUpdate: Set<String> = [
        "Service", "Endpoints", "Event", "LimitRange", "Lease", "PriorityClass", "Role", "RoleBinding", "ClusterRole",
        "ClusterRoleBinding",
    ]

    private static let conditional: Set<String> = [
        "Lease", "CustomResourceDefinition", "PodDisruptionBudget", "RuntimeClass", "APIService", "CSIDriver",
        "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
    ]

    /// Where a real server's database has the object: a part of some of its sentences.
    func storagePath(_ object: Object) -> String {
        let folder =
            switch keyKind {
            case "Service": "services/specs"
            case "Endpoints": "services/endpoints"
            case "Node": "minions"
            default: isCustom ? "\(group)/\(plural)" : plural
            }
        return "/registry/\(folder)/\(object.namespace.isEmpty ? "" : "\(object.namespace)/")\(object.name)"
    }
}
