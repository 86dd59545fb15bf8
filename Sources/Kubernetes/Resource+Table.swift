// SPDX-License-Identifier: Apache-2.0

extension Resource {
    /// Every kind that every lab knows, in the order of discovery: the core group first.
    public static let all: [Resource] = core + workloads + networking + access + policies + storage + extensions

    private static let core = [
        Resource("Binding", ["v1"], "bindings", [], .answered),
        Resource("ConfigMap", ["v1"], "configmaps", ["cm"], .acted),
        Resource("Endpoints", ["v1"], "endpoints", ["ep"], .acted),
        Resource("Event", ["v1", "events.k8s.io/v1"], "events", ["ev"], .acted),
        Resource("LimitRange", ["v1"], "limitranges", ["limits"]),
        Resource("Namespace", ["v1"], "namespaces", ["ns"], namespaced: false, .acted, with: ["finalize", "status"]),
        Resource("Node", ["v1"], "nodes", ["no"], namespaced: false, .acted, with: ["proxy", "status"]),
        Resource("PersistentVolumeClaim", ["v1"], "persistentvolumeclaims", ["pvc"], .acted, with: ["status"]),
        Resource("PersistentVolume", ["v1"], "persistentvolumes", ["pv"], namespaced: false, with: ["status"]),
        Resource(
            "Pod", ["v1"], "pods", ["po"], .acted, in: ["all"],
            with: [
                "attach", "binding", "ephemeralcontainers", "eviction", "exec", "log", "portforward", "proxy",
                "resize", "status",
            ]),
        Resource("PodTemplate", ["v1"], "podtemplates"),
        Resource(
            "ReplicationController", ["v1"], "replicationcontrollers", ["rc"], .acted, in: ["all"],
            with: ["scale", "status"]),
        Resource("ResourceQuota", ["v1"], "resourcequotas", ["quota"], with: ["status"]),
        Resource("Secret", ["v1"], "secrets", [], .acted),
        Resource("ServiceAccount", ["v1"], "serviceaccounts", ["sa"], .acted, with: ["token"]),
        Resource("Service", ["v1"], "services", ["svc"], .acted, in: ["all"], with: ["proxy", "status"]),
    ]

    private static let workloads = [
        Resource("ControllerRevision", ["apps/v1"], "controllerrevisions", [], .acted),
        Resource("DaemonSet", ["apps/v1"], "daemonsets", ["ds"], .acted, in: ["all"], with: ["status"]),
        Resource("Deployment", ["apps/v1"], "deployments", ["deploy"], .acted, in: ["all"], with: ["scale", "status"]),
        Resource("ReplicaSet", ["apps/v1"], "replicasets", ["rs"], .acted, in: ["all"], with: ["scale", "status"]),
        Resource("StatefulSet", ["apps/v1"], "statefulsets", ["sts"], .acted, in: ["all"], with: ["scale", "status"]),
        Resource("Job", ["batch/v1"], "jobs", [], .acted, in: ["all"], with: ["status"]),
        Resource("CronJob", ["batch/v1"], "cronjobs", ["cj"], .acted, in: ["all"], with: ["status"]),
        Resource(
            "HorizontalPodAutoscaler", ["autoscaling/v2", "autoscaling/v1"], "horizontalpodautoscalers", ["hpa"],
            in: ["all"], with: ["status"]),
        Resource("Lease", ["coordination.k8s.io/v1"], "leases", [], .acted),
    ]

    private static let networking = [
        Resource("EndpointSlice", ["discovery.k8s.io/v1"], "endpointslices", [], .acted),
        Resource("Ingress", ["networking.k8s.io/v1"], "ingresses", ["ing"], with: ["status"]),
        Resource("IngressClass", ["networking.k8s.io/v1"], "ingressclasses", namespaced: false),
        Resource("IPAddress", ["networking.k8s.io/v1"], "ipaddresses", ["ip"], namespaced: false, .acted),
        Resource("NetworkPolicy", ["networking.k8s.io/v1"], "networkpolicies", ["netpol"]),
        Resource(
            "ServiceCIDR", ["networking.k8s.io/v1"], "servicecidrs", namespaced: false, .acted, with: ["status"]),
    ]

    private static let access = [
        Resource("SelfSubjectReview", ["authentication.k8s.io/v1"], "selfsubjectreviews", namespaced: false, .answered),
        Resource("TokenReview", ["authentication.k8s.io/v1"], "tokenreviews", namespaced: false, .answered),
        Resource("LocalSubjectAccessReview", ["authorization.k8s.io/v1"], "localsubjectaccessreviews", [], .answered),
        Resource(
            "SelfSubjectAccessReview", ["authorization.k8s.io/v1"], "selfsubjectaccessreviews", namespaced: false,
            .answered),
        Resource(
            "SelfSubjectRulesReview", ["authorization.k8s.io/v1"], "selfsubjectrulesreviews", namespaced: false,
            .answered),
        Resource(
            "SubjectAccessReview", ["authorization.k8s.io/v1"], "subjectaccessreviews", namespaced: false, .answered),
        Resource("ClusterRoleBinding", [rbac], "clusterrolebindings", namespaced: false, .acted),
        Resource("ClusterRole", [rbac], "clusterroles", namespaced: false, .acted),
        Resource("RoleBinding", [rbac], "rolebindings", [], .acted),
        Resource("Role", [rbac], "roles", [], .acted),
    ]

    private static let policies = [
        Resource("PodDisruptionBudget", ["policy/v1"], "poddisruptionbudgets", ["pdb"], .acted, with: ["status"]),
        Resource("PriorityClass", ["scheduling.k8s.io/v1"], "priorityclasses", ["pc"], namespaced: false, .acted),
        Resource("RuntimeClass", ["node.k8s.io/v1"], "runtimeclasses", namespaced: false),
    ]

    private static let storage = [
        Resource("CSIDriver", ["storage.k8s.io/v1"], "csidrivers", namespaced: false),
        Resource("StorageClass", ["storage.k8s.io/v1"], "storageclasses", ["sc"], namespaced: false),
    ]

    private static let extensions = [
        Resource(
            "CustomResourceDefinition", ["apiextensions.k8s.io/v1"], "customresourcedefinitions", ["crd", "crds"],
            namespaced: false, .acted, in: apiExtensions, with: ["status"]),
        Resource(
            "APIService", ["apiregistration.k8s.io/v1"], "apiservices", namespaced: false, in: apiExtensions,
            with: ["status"]),
        Resource(
            "MutatingWebhookConfiguration", [admission], "mutatingwebhookconfigurations", namespaced: false,
            in: apiExtensions),
        Resource(
            "ValidatingWebhookConfiguration", [admission], "validatingwebhookconfigurations", namespaced: false,
            in: apiExtensions),
    ]

    private static let rbac = "rbac.authorization.k8s.io/v1"
    private static let admission = "admissionregistration.k8s.io/v1"
    private static let apiExtensions = ["api-extensions"]
}
