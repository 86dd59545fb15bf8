// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// Who may do what: the cluster's RBAC objects, and what a lab grants without any. A function of the Store.
struct Authorizer: Sendable {
    private let store: Store

    init(_ store: Store) { self.store = store }

    /// True if the user may do it.
    func allows(_ access: AccessAttributes) -> Bool {
        if access.user.groups.contains("system:masters") { return true }
        let namespace = if case .resource(_, _, _, let namespace, _) = access.target { namespace } else { "" }
        return rules(of: access.user, namespace: namespace).contains { $0.allows(access) }
    }

    /// Everything that the user may do in a namespace (an empty one: in the cluster as a whole).
    func rules(of user: User, namespace: String) -> [AccessRule] {
        var rules = Self.granted(to: user, namespace: namespace)
        if user.groups.contains("system:masters") { rules.append(contentsOf: Self.everything) }
        for binding in store.objects("ClusterRoleBinding") where Self.names(binding, user, namespace: "") {
            rules += self.rules(boundBy: binding, namespace: "")
        }
        guard !namespace.isEmpty else { return rules }
        for binding in store.objects("RoleBinding", namespace: namespace)
        where Self.names(binding, user, namespace: namespace) {
            rules += self.rules(boundBy: binding, namespace: namespace)
        }
        return rules
    }

    private func rules(boundBy binding: Object, namespace: String) -> [AccessRule] {
        let reference = binding.value["roleRef"]
        let name = reference?["name"]?.string ?? ""
        let isClusterWide = reference?["kind"]?.string == "ClusterRole"
        let role = isClusterWide ? store[ObjectKey("ClusterRole", "", name)] : store[ObjectKey("Role", namespace, name)]
        return (role?.value["rules"]?.elements ?? []).map(AccessRule.init)
    }

    /// True if the user is among the subjects of a binding.
    private static func names(_ binding: Object, _ user: User, namespace: String) -> Bool {
        (binding.value["subjects"]?.elements ?? []).contains { subject in
            let name = subject["name"]?.string ?? ""
            switch subject["kind"]?.string {
            case "User": return name == user.name
            case "Group": return user.groups.contains(name)
            case "ServiceAccount":
                let home = subject["namespace"]?.string ?? namespace
                return user.name == "system:serviceaccount:\(home):\(name)"
            default: return false
            }
        }
    }
}

// MARK: - Without RBAC objects

extension Authorizer {
    private static let everything = [
        AccessRule(["*"], groups: ["*"], resources: ["*"]), AccessRule(["*"], paths: ["*"]),
    ]

    /// What every authenticated user may do. The corresponding ClusterRoles are `system:basic-user`,
    /// `system:discovery` and `system:public-info-viewer`.
    private static let basic = [
        AccessRule(
            ["create"], groups: ["authorization.k8s.io"],
            resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]),
        AccessRule(["create"], groups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"]),
        AccessRule(
            ["get"],
            paths: [
                "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*", "/readyz",
                "/version", "/version/",
            ]),
    ]

    /// Every ServiceAccount sees the Services of its own namespace and who is behind them.
    private static let neighbours = [
        AccessRule(["get", "list", "watch"], groups: [""], resources: ["services", "endpoints", "pods"]),
        AccessRule(["get", "list", "watch"], groups: ["discovery.k8s.io"], resources: ["endpointslices"]),
    ]

    private static func granted(to user: User, namespace: String) -> [AccessRule] {
        let basic = user.groups.contains("system:authenticated") ? basic : []
        let isHome = !namespace.isEmpty && user.groups.contains("system:serviceaccounts:\(namespace)")
        return isHome ? basic + neighbours : basic
    }
}
