// SPDX-License-Identifier: Apache-2.0

extension Resource {
    /// Every kind that a lab knows.
    public static let all: [Resource] = acted + keptCore + keptGroups

    private static let acted = [
        Resource("Namespace", ["v1"], "namespaces", ["ns"], namespaced: false, .acted),
        Resource("Node", ["v1"], "nodes", ["no"], namespaced: false, .acted),
        Resource("Pod", ["v1"], "pods", ["po"], .acted),
        Resource("Service", ["v1"], "services", ["svc"], .acted),
        Resource("Endpoints", ["v1"], "endpoints", ["ep"], .acted),
        Resource("Deployment", ["apps/v1"], "deployments", ["deploy"], .acted),
        Resource("ReplicaSet", ["apps/v1"], "replicasets", ["rs"], .acted),
        Resource("EndpointSlice", ["discovery.k8s.io/v1"], "endpointslices", [], .acted),
    ]

    private static let keptCore = [
        Resource("ConfigMap", ["v1"], "configmaps", ["cm"]),
        Resource("Secret", ["v1"], "secrets"),
        Resource("ServiceAccount", ["v1"], "serviceaccounts", ["sa"]),
        Resource("PersistentVolume", ["v1"], "persistentvolumes", ["pv"], namespaced: false),
        Resource("PersistentVolumeClaim", ["v1"], "persistentvolumeclaims", ["pvc"]),
        Resource("ReplicationController", ["v1"], "replicationcontrollers", ["rc"]),
        Resource("PodTemplate", ["v1"], "podtemplates"),
        Resource("LimitRange", ["v1"], "limitranges", ["limits"]),
        Resource("ResourceQuota", ["v1"], "resourcequotas", ["quota"]),
        Resource("Event", ["v1", "events.k8s.io/v1"], "events", ["ev"]),
    ]

    private static let keptGroups =
        apps + networking + access
        + [
            Resource("StorageClass", ["storage.k8s.io/v1"], "storageclasses", ["sc"], namespaced: false),
            Resource("CSIDriver", ["storage.k8s.io/v1"], "csidrivers", [], namespaced: false),
            Resource(
                "HorizontalPodAutoscaler", ["autoscaling/v2", "autoscaling/v1"], "horizontalpodautoscalers", ["hpa"]),
            Resource("PodDisruptionBudget", ["policy/v1"], "poddisruptionbudgets", ["pdb"]),
            Resource("PriorityClass", ["scheduling.k8s.io/v1"], "priorityclasses", ["pc"], namespaced: false),
            Resource("RuntimeClass", ["node.k8s.io/v1"], "runtimeclasses", [], namespaced: false),
            Resource("Lease", ["coordination.k8s.io/v1"], "leases"),
            Resource(
                "CustomResourceDefinition", ["apiextensions.k8s.io/v1"], "customresourcedefinitions", ["crd", "crds"],
                namespaced: false),
            Resource("APIService", ["apiregistration.k8s.io/v1"], "apiservices", [], namespaced: false),
            Resource(
                "ValidatingWebhookConfiguration", ["admissionregistration.k8s.io/v1"],
                "validatingwebhookconfigurations",
                [], namespaced: false),
            Resource(
                "MutatingWebhookConfiguration", ["admissionregistration.k8s.io/v1"], "mutatingwebhookconfigurations",
                [], namespaced: false),
        ]

    private static let apps = [
        Resource("StatefulSet", ["apps/v1"], "statefulsets", ["sts"]),
        Resource("DaemonSet", ["apps/v1"], "daemonsets", ["ds"]),
        Resource("ControllerRevision", ["apps/v1"], "controllerrevisions"),
        Resource("Job", ["batch/v1"], "jobs"),
        Resource("CronJob", ["batch/v1"], "cronjobs", ["cj"]),
    ]

    private static let networking = [
        Resource("Ingress", ["networking.k8s.io/v1"], "ingresses", ["ing"]),
        Resource("IngressClass", ["networking.k8s.io/v1"], "ingressclasses", [], namespaced: false),
        Resource("NetworkPolicy", ["networking.k8s.io/v1"], "networkpolicies", ["netpol"]),
        Resource("ServiceCIDR", ["networking.k8s.io/v1"], "servicecidrs", [], namespaced: false),
        Resource("IPAddress", ["networking.k8s.io/v1"], "ipaddresses", ["ip"], namespaced: false),
    ]

    private static let access = [
        Resource("Role", ["rbac.authorization.k8s.io/v1"], "roles"),
        Resource("RoleBinding", ["rbac.authorization.k8s.io/v1"], "rolebindings"),
        Resource("ClusterRole", ["rbac.authorization.k8s.io/v1"], "clusterroles", [], namespaced: false),
        Resource("ClusterRoleBinding", ["rbac.authorization.k8s.io/v1"], "clusterrolebindings", [], namespaced: false),
    ]
}
