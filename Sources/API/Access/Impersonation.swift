// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

extension KubernetesAPI {
    /// The user whose eyes a request wants to be seen with: `kubectl --as`. Without such a wish, who asks.
    func impersonated(_ request: Request, _ store: Store) throws(Status) -> User {
        guard let user = request.user else { throw Status(.unauthorized, "Unauthorized") }
        let name = request.headers["impersonate-user"] ?? ""
        var groups = (request.headers["impersonate-group"] ?? "").split(separator: ",")
            .map { String($0.trimmingPrefix { $0 == " " }) }
        guard !name.isEmpty else {
            if groups.isEmpty { return user }
            throw Status(
                .badRequest,
                "requested [{Group  \(groups[0])  authentication.k8s.io/v1  }] without impersonating a user")
        }
        let account = User.serviceAccount(name)
        try Authorizer(store).require(user, toImpersonate: name, account)
        for group in groups { try Authorizer(store).require(user, toImpersonate: group) }
        if let account, groups.isEmpty {
            groups = ["system:serviceaccounts", "system:serviceaccounts:\(account.namespace)"]
        }
        if name != "system:anonymous", !groups.contains("system:authenticated") {
            groups.append("system:authenticated")
        }
        return User(name, groups: groups, uid: request.headers["impersonate-uid"] ?? "")
    }
}

extension Authorizer {
    fileprivate func require(
        _ user: User, toImpersonate name: String, _ account: (namespace: String, name: String)?
    ) throws(Status) {
        let target: AccessAttributes.Target =
            if let account {
                .resource(
                    group: "", resource: "serviceaccounts", subresource: "", namespace: account.namespace,
                    name: account.name)
            } else { .resource(group: "", resource: "users", subresource: "", namespace: "", name: name) }
        let access = AccessAttributes(user, "impersonate", target)
        guard allows(access) else { throw access.refusal }
    }

    fileprivate func require(_ user: User, toImpersonate group: String) throws(Status) {
        let access = AccessAttributes(
            user, "impersonate",
            .resource(group: "", resource: "groups", subresource: "", namespace: "", name: group))
        guard allows(access) else { throw access.refusal }
    }
}
