// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// Reviews: questions about access and identity. Nothing is stored; the answer is the question with its `status`.
extension KubernetesAPI {
    /// Answers a `POST` of a review.
    func review(_ call: Call, _ cluster: inout Cluster) throws(Status) -> Answer {
        guard call.info.verb == .create, call.info.name.isEmpty else { throw .methodNotAllowed }
        var object = try BodyReader(call).object()
        switch call.resource.kind {
        case "Binding": return try bind(call, object, &cluster)
        case "TokenReview": object.status = tokenStatus(object, now: call.now, cluster.store)
        case "SelfSubjectReview": object.status = ["userInfo": call.user.value]
        case "SelfSubjectRulesReview": object.status = Self.rulesStatus(object, call.user, cluster.store)
        default: object.status = try Self.accessStatus(object, call, cluster.store)
        }
        if object.creationTimestamp.isEmpty { object.creationTimestamp = call.now.description }
        return try call.answer(201, object.value)
    }

    private func tokenStatus(_ object: Object, now: Timestamp, _ store: Store) -> Value {
        let token = object.spec["token"]?.string ?? ""
        guard let user = tokens.user(token, now), user.isThere(store) else {
            return ["user": .object([:]), "error": "[invalid bearer token]"]
        }
        return ["authenticated": true, "user": user.value]
    }

    private static func rulesStatus(_ object: Object, _ user: User, _ store: Store) -> Value {
        let rules = Authorizer(store).rules(of: user, namespace: object.spec["namespace"]?.string ?? "")
        return [
            "resourceRules": .array(rules.filter { $0.paths.isEmpty }.map(\.value)),
            "nonResourceRules": .array(rules.filter { !$0.paths.isEmpty }.map(\.value)), "incomplete": false,
        ]
    }

    private static func accessStatus(_ object: Object, _ call: Call, _ store: Store) throws(Status) -> Value {
        let spec = object.spec
        let isSelf = call.resource.kind == "SelfSubjectAccessReview"
        let user = isSelf ? call.user : subject(spec)
        guard let access = question(spec, user) else {
            let problem = Problem(
                "spec.resourceAttributes", .invalid, value: "null",
                "exactly one of nonResourceAttributes or resourceAttributes must be specified")
            throw .invalid(object, [problem])
        }
        if call.resource.kind == "LocalSubjectAccessReview",
            spec["resourceAttributes"]?["namespace"]?.string ?? "" != call.namespace
        {
            throw Status(.badRequest, "spec.resourceAttributes.namespace must match namespace: \(call.namespace)")
        }
        return Authorizer(store).allows(access) ? ["allowed": true] : ["allowed": false]
    }

    private static func subject(_ spec: Value) -> User {
        User(
            spec["user"]?.string ?? "", groups: (spec["groups"]?.elements ?? []).compactMap(\.string),
            uid: spec["uid"]?.string ?? "")
    }

    private static func question(_ spec: Value, _ user: User) -> AccessAttributes? {
        let resource = spec["resourceAttributes"]
        let path = spec["nonResourceAttributes"]
        if let resource, !resource.isNull, path?.isNull ?? true {
            func text(_ field: String) -> String { resource[field]?.string ?? "" }
            return AccessAttributes(
                user, text("verb"),
                .resource(
                    group: text("group"), resource: text("resource"), subresource: text("subresource"),
                    namespace: text("namespace"), name: text("name")))
        }
        guard let path, !path.isNull, resource?.isNull ?? true else { return nil }
        return AccessAttributes(user, path["verb"]?.string ?? "", .path(path["path"]?.string ?? ""))
    }
}

extension User {
    /// The user as reviews show them. The corresponding Go type is `authenticationv1.UserInfo`.
    var value: Value {
        var value: Value = ["username": .string(name), "groups": .array(groups.map(Value.string))]
        if !uid.isEmpty { value["uid"] = .string(uid) }
        return value
    }

    /// False for a ServiceAccount that is gone, or that was made anew since.
    func isThere(_ store: Store) -> Bool {
        guard let account = Self.serviceAccount(name) else { return true }
        return store[ObjectKey("ServiceAccount", account.namespace, account.name)]?.uid == uid
    }

    /// The ServiceAccount whose user this is, as `system:serviceaccount:default:web`; nil for any other user.
    static func serviceAccount(_ user: String) -> (namespace: String, name: String)? {
        let parts = user.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" else { return nil }
        return (parts[2], parts[3])
    }
}
