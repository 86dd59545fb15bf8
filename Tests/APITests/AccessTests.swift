// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

@Suite struct AccessTests {
    private static let account = User.serviceAccount(namespace: "default", name: "default", uid: "1")

    private func fixture(_ user: User = account) throws -> APIFixture {
        var fixture = try APIFixture()
        fixture.user = user
        return fixture
    }

    @Test(arguments: [
        "/api/v1/namespaces/default/services", "/api/v1/namespaces/default/pods",
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", "/api", "/apis", "/apis/apps/v1", "/version",
    ])
    func `a ServiceAccount sees the Services of its namespace, and discovery`(_ url: String) throws {
        var fixture = try fixture()
        #expect(try fixture.answer(.get, url).status == 200)
    }

    @Test(arguments: [
        (
            "/api/v1/namespaces/default/secrets",
            #"secrets is forbidden: User "system:serviceaccount:default:default" cannot list resource "secrets" in API group "" in the namespace "default""#
        ),
        (
            "/api/v1/services",
            #"services is forbidden: User "system:serviceaccount:default:default" cannot list resource "services" in API group "" at the cluster scope"#
        ),
        (
            "/apis/apps/v1/namespaces/other/deployments/web",
            #"deployments.apps "web" is forbidden: User "system:serviceaccount:default:default" cannot get resource "deployments" in API group "apps" in the namespace "other""#
        ),
        (
            "/api/v1/namespaces/default/pods/web/log",
            #"pods "web" is forbidden: User "system:serviceaccount:default:default" cannot get resource "pods/log" in API group "" in the namespace "default""#
        ),
        ("/metrics", #"forbidden: User "system:serviceaccount:default:default" cannot get path "/metrics""#),
    ])
    func `what it may not do is refused in a real server's words`(_ url: String, _ message: String) throws {
        var fixture = try fixture()
        let value = try fixture.value(.get, url, status: 403)
        #expect(value["message"] == .string(message))
        #expect(value["reason"] == "Forbidden")
    }

    @Test func `a RoleBinding gives what its Role says, in its namespace`() throws {
        var fixture = try fixture()
        fixture.user = .admin
        let group = "/apis/rbac.authorization.k8s.io/v1/namespaces/default"
        try fixture.make(
            "\(group)/roles",
            """
            {apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: reader},
             rules: [{apiGroups: [""], resources: [configmaps, pods/log], verbs: [get, list]}]}
            """)
        try fixture.make(
            "\(group)/rolebindings",
            """
            {apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: reader},
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader},
             subjects: [{kind: ServiceAccount, name: default, namespace: default}]}
            """)
        fixture.user = Self.account
        #expect(try fixture.answer(.get, "/api/v1/namespaces/default/configmaps").status == 200)
        #expect(try fixture.answer(.get, "/api/v1/namespaces/default/pods/web/log").status == 404)
        #expect(try fixture.answer(.get, "/api/v1/namespaces/kube-system/configmaps").status == 403)
        #expect(try fixture.answer(.post, "/api/v1/namespaces/default/configmaps", [:]).status == 403)
    }

    @Test func `a ClusterRoleBinding gives it everywhere, to a group too`() throws {
        var fixture = try fixture()
        fixture.user = .admin
        let group = "/apis/rbac.authorization.k8s.io/v1"
        try fixture.make(
            "\(group)/clusterroles",
            """
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: one},
             rules: [{apiGroups: ["*"], resources: [secrets], resourceNames: [mine], verbs: ["*"]},
                     {nonResourceURLs: ["/metri*"], verbs: [get]}]}
            """)
        try fixture.make(
            "\(group)/clusterrolebindings",
            """
            {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: one},
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: one},
             subjects: [{kind: Group, name: "system:serviceaccounts:default", apiGroup: rbac.authorization.k8s.io}]}
            """)
        fixture.user = Self.account
        #expect(try fixture.answer(.get, "/api/v1/namespaces/other/secrets/mine").status == 404)
        #expect(try fixture.answer(.get, "/api/v1/namespaces/other/secrets/yours").status == 403)
        #expect(
            try fixture.answer(.get, "/api/v1/namespaces/other/secrets?fieldSelector=metadata.name%3Dmine").status
                == 200)
        #expect(try fixture.answer(.get, "/metrics").status == 200)
    }

    @Test func `an administrator may see with another's eyes`() throws {
        var fixture = try fixture(.admin)
        let headers = ["impersonate-user": "system:serviceaccount:default:default"]
        #expect(try fixture.answer(.get, APIFixture.services, headers: headers).status == 200)
        #expect(try fixture.answer(.get, "/api/v1/secrets", headers: headers).status == 403)
        fixture.user = Self.account
        let value = try fixture.value(.get, APIFixture.services, headers: ["impersonate-user": "root"], status: 403)
        #expect(value["message"]?.string?.hasPrefix("users \"root\" is forbidden") == true)
    }
}

@Suite struct ReviewTests {
    private static let reviews = "/apis/authorization.k8s.io/v1"

    @Test(arguments: [("list", "services", true), ("delete", "services", false), ("*", "*", false)])
    func `kubectl auth can-i is answered by the rules`(_ verb: String, _ resource: String, _ isAllowed: Bool) throws {
        var fixture = try APIFixture()
        fixture.user = .serviceAccount(namespace: "default", name: "default", uid: "1")
        let attributes: Value = ["verb": .string(verb), "resource": .string(resource), "namespace": "default"]
        let review: Value = [
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
            "spec": ["resourceAttributes": attributes],
        ]
        let url = "\(Self.reviews)/selfsubjectaccessreviews"
        #expect(try fixture.value(.post, url, review, status: 201)["status"]?["allowed"] == .bool(isAllowed))
        fixture.user = .admin
        #expect(try fixture.value(.post, url, review, status: 201)["status"]?["allowed"] == true)
    }

    @Test func `others may be asked about, too`() throws {
        var fixture = try APIFixture()
        let review: Value = [
            "spec": [
                "user": "jane", "groups": ["system:authenticated"],
                "nonResourceAttributes": ["path": "/version", "verb": "get"],
            ]
        ]
        let value = try fixture.value(.post, "\(Self.reviews)/subjectaccessreviews", review, status: 201)
        #expect(value["status"]?["allowed"] == true)
        let rules = try fixture.value(
            .post, "\(Self.reviews)/selfsubjectrulesreviews", ["spec": ["namespace": "default"]], status: 201)
        #expect(rules["status"]?["resourceRules"]?.elements.contains { $0["resources"] == ["*"] } == true)
    }

    @Test func `a client learns who it is`() throws {
        var fixture = try APIFixture()
        let value = try fixture.value(.post, "/apis/authentication.k8s.io/v1/selfsubjectreviews", [:], status: 201)
        #expect(value["status"]?["userInfo"]?["username"] == "kubernetes-admin")
    }

    @Test func `a ServiceAccount's token is made, and known again until the account is gone`() throws {
        let tokens = TokenKeeper(
            issue: { "\($0.namespace)/\($0.name)/\($0.uid)" },
            user: { token, _ in
                let parts = token.split(separator: "/").map(String.init)
                return parts.count == 3 ? .serviceAccount(namespace: parts[0], name: parts[1], uid: parts[2]) : nil
            })
        var fixture = try APIFixture(api: KubernetesAPI(tokens: tokens))
        let accounts = "/api/v1/namespaces/default/serviceaccounts"
        try fixture.make(accounts, "{apiVersion: v1, kind: ServiceAccount, metadata: {name: robot}}")
        let made = try fixture.value(
            .post, "\(accounts)/robot/token", ["spec": ["expirationSeconds": 900]], status: 201)
        let token = try #require(made["status"]?["token"]?.string)
        #expect(made["status"]?["expirationTimestamp"]?.string == "2027-01-15T08:15:00Z")
        let url = "/apis/authentication.k8s.io/v1/tokenreviews"
        let review: Value = ["spec": ["token": .string(token)]]
        let known = try fixture.value(.post, url, review, status: 201)
        #expect(known["status"]?["user"]?["username"] == "system:serviceaccount:default:robot")
        try fixture.value(.delete, "\(accounts)/robot")
        #expect(try fixture.value(.post, url, review, status: 201)["status"]?["authenticated"] == nil)
        let short = try fixture.value(
            .post, "\(accounts)/default/token", ["spec": ["expirationSeconds": 5]], status: 422)
        #expect(short["details"]?["causes"]?.elements.first?["field"] == "spec.expirationSeconds")
    }
}
