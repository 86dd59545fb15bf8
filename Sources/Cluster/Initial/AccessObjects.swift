// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The roles that every cluster has for people and programs to be bound to. The corresponding Go file of a real API
/// server is `bootstrappolicy/policy.go`.
enum AccessObjects {
    static let all: [Object] = [
        role("cluster-admin", [rule(["*"], ["*"], ["*"]), ["nonResourceURLs": ["*"], "verbs": ["*"]]]),
        role(
            "admin",
            [rule(groups, ["*"], ["*"]), rule(["rbac.authorization.k8s.io"], ["roles", "rolebindings"], ["*"])]),
        role("edit", [rule(groups, ["*"], ["*"])]), role("view", [rule(groups, readable, ["get", "list", "watch"])]),
        role(
            "system:discovery",
            [
                [
                    "nonResourceURLs": [
                        "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi",
                        "/openapi/*", "/readyz", "/version", "/version/",
                    ], "verbs": ["get"],
                ]
            ]),
        binding("cluster-admin", to: "system:masters"), binding("system:discovery", to: "system:authenticated"),
    ]

    private static let groups = ["", "apps", "autoscaling", "batch", "discovery.k8s.io", "networking.k8s.io", "policy"]

    /// What may be seen by those who may only see: secrets are not among it.
    private static let readable = [
        "configmaps", "endpoints", "events", "limitranges", "namespaces", "persistentvolumeclaims", "pods", "pods/log",
        "pods/status", "replicationcontrollers", "resourcequotas", "serviceaccounts", "services", "services/status",
        "controllerrevisions", "daemonsets", "deployments", "deployments/scale", "replicasets", "replicasets/scale",
        "statefulsets", "statefulsets/scale", "horizontalpodautoscalers", "cronjobs", "jobs", "endpointslices",
        "ingresses",
        "networkpolicies", "poddisruptionbudgets",
    ]

    private static func rule(_ groups: [String], _ resources: [String], _ verbs: [String]) -> Value {
        [
            "apiGroups": .array(groups.map { .string($0) }), "resources": .array(resources.map { .string($0) }),
            "verbs": .array(verbs.map { .string($0) }),
        ]
    }

    private static func role(_ name: String, _ rules: [Value]) -> Object {
        var role = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: name)
        role.labels = ["kubernetes.io/bootstrapping": "rbac-defaults"]
        role.value["rules"] = .array(rules)
        return role
    }

    private static func binding(_ role: String, to group: String) -> Object {
        var binding = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", name: role)
        binding.labels = ["kubernetes.io/bootstrapping": "rbac-defaults"]
        binding.value["roleRef"] = [
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(role),
        ]
        binding.value["subjects"] = [
            ["apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": .string(group)]
        ]
        return binding
    }
}
