// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableLayout {
    /// The layout of a built-in resource; of one that Kubernetes has no columns for, name and time of
    /// creation; of a custom one that says nothing of columns, name and age.
    static func of(_ resource: Resource) -> TableLayout {
        byKind[resource.qualifiedKind] ?? (resource.isCustom ? nameAndAge : plain)
    }

    /// Name and time of creation, not age: what Kubernetes prints of kinds that it has no columns for, Roles among them.
    private static let plain = TableLayout([
        .name,
        TableColumn("Created At", type: "date", "When the object was made") {
            .string($0.object.creationTimestamp)
        },
    ])

    private static let nameAndAge = TableLayout([.name, .age])

    private static let byKind: [String: TableLayout] = [
        "Namespace": namespace, "Node": node, "Pod": pod, "PodTemplate": podTemplate, "Service": service,
        "Endpoints": endpoints, "ConfigMap": configMap, "Secret": secret, "ServiceAccount": nameAndAge,
        "Event": event, "Event.events.k8s.io": event,
        "ReplicationController": replicationController, "ResourceQuota": resourceQuota,
        "PersistentVolume": persistentVolume, "PersistentVolumeClaim": persistentVolumeClaim,
        "Deployment.apps": deployment, "ReplicaSet.apps": replicaSet, "StatefulSet.apps": statefulSet,
        "DaemonSet.apps": daemonSet, "ControllerRevision.apps": controllerRevision,
        "Job.batch": job, "CronJob.batch": cronJob,
        "HorizontalPodAutoscaler.autoscaling": horizontalPodAutoscaler,
        "PodDisruptionBudget.policy": podDisruptionBudget, "PriorityClass.scheduling.k8s.io": priorityClass,
        "RuntimeClass.node.k8s.io": runtimeClass, "Lease.coordination.k8s.io": lease,
        "EndpointSlice.discovery.k8s.io": endpointSlice, "Ingress.networking.k8s.io": ingress,
        "IngressClass.networking.k8s.io": ingressClass, "NetworkPolicy.networking.k8s.io": networkPolicy,
        "ServiceCIDR.networking.k8s.io": serviceCIDR, "IPAddress.networking.k8s.io": ipAddress,
        "RoleBinding.rbac.authorization.k8s.io": roleBinding,
        "ClusterRoleBinding.rbac.authorization.k8s.io": roleBinding,
        "StorageClass.storage.k8s.io": storageClass, "CSIDriver.storage.k8s.io": csiDriver,
        "APIService.apiregistration.k8s.io": apiService,
        "MutatingWebhookConfiguration.admissionregistration.k8s.io": webhookConfiguration,
        "ValidatingWebhookConfiguration.admissionregistration.k8s.io": webhookConfiguration,
    ]
}
