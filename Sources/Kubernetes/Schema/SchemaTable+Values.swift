// SPDX-License-Identifier: Apache-2.0

extension SchemaTable {
    /// What a field of a Go type of its own may say, as `core.v1.Protocol`; nil for a type that is open to anything.
    /// The corresponding lists are OpenAPI's `enum`.
    public static func values(of word: String) -> [String]? {
        values[word]?.split(separator: " ").map(String.init)
    }

    private static let values = pods.merging(services) { $1 }.merging(workloads) { $1 }.merging(others) { $1 }

    private static let services = [
        "core.v1.Protocol": "SCTP TCP UDP",
        "core.v1.ServiceType": "ClusterIP ExternalName LoadBalancer NodePort",
        "core.v1.ServiceAffinity": "ClientIP None",
        "core.v1.ServiceExternalTrafficPolicy": "Cluster Local",
        "core.v1.ServiceInternalTrafficPolicy": "Cluster Local",
        "core.v1.IPFamily": "IPv4 IPv6",
        "core.v1.IPFamilyPolicy": "PreferDualStack RequireDualStack SingleStack",
        "discovery.v1.AddressType": "FQDN IPv4 IPv6",
        "networking.v1.PathType": "Exact ImplementationSpecific Prefix",
        "networking.v1.PolicyType": "Egress Ingress",
    ]

    private static let pods = [
        "core.v1.DNSPolicy": "ClusterFirst ClusterFirstWithHostNet Default None",
        "core.v1.RestartPolicy": "Always Never OnFailure",
        "core.v1.PullPolicy": "Always IfNotPresent Never",
        "core.v1.URIScheme": "HTTP HTTPS",
        "core.v1.TaintEffect": "NoExecute NoSchedule PreferNoSchedule",
        "core.v1.TerminationMessagePolicy": "FallbackToLogsOnError File",
        "core.v1.NodeSelectorOperator": "DoesNotExist Exists Gt In Lt NotIn",
        "core.v1.PodPhase": "Failed Pending Running Succeeded Unknown",
        "core.v1.PreemptionPolicy": "Never PreemptLowerPriority",
        "core.v1.UnsatisfiableConstraintAction": "DoNotSchedule ScheduleAnyway",
        "core.v1.NodeInclusionPolicy": "Honor Ignore",
        "core.v1.MountPropagationMode": "Bidirectional HostToContainer None",
        "core.v1.PodFSGroupChangePolicy": "Always OnRootMismatch",
        "core.v1.SupplementalGroupsPolicy": "Merge Strict",
        "core.v1.ProcMountType": "Default Unmasked",
        "core.v1.SeccompProfileType": "Localhost RuntimeDefault Unconfined",
        "core.v1.AppArmorProfileType": "Localhost RuntimeDefault Unconfined",
    ]

    private static let workloads = [
        "apps.v1.DeploymentStrategyType": "Recreate RollingUpdate",
        "apps.v1.DaemonSetUpdateStrategyType": "OnDelete RollingUpdate",
        "apps.v1.StatefulSetUpdateStrategyType": "OnDelete RollingUpdate",
        "apps.v1.PodManagementPolicyType": "OrderedReady Parallel",
        "batch.v1.CompletionMode": "Indexed NonIndexed",
        "batch.v1.ConcurrencyPolicy": "Allow Forbid Replace",
        "batch.v1.PodReplacementPolicy": "Failed TerminatingOrFailed",
    ]

    private static let others = [
        "core.v1.NamespacePhase": "Active Terminating",
        "core.v1.PersistentVolumeMode": "Block Filesystem",
        "core.v1.PersistentVolumeReclaimPolicy": "Delete Recycle Retain",
        "storage.v1.VolumeBindingMode": "Immediate WaitForFirstConsumer",
        "policy.v1.UnhealthyPodEvictionPolicyType": "AlwaysAllow IfHealthyBudget",
    ]
}
