// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Net
internal import Server

/// How the lab's API is reached: its certificate, the secrets of those who may ask, and the kubeconfig that has both.
struct APIAccess: Sendable {
    let authority: Authority
    let tokens: Tokens
    /// The token of the lab's own kubeconfig.
    let adminToken: String
    /// What ServiceAccounts' tokens are signed with.
    let secret: String

    /// Makes certificates and secrets for a cluster.
    init(_ configuration: Configuration) throws {
        let topology = Topology(configuration)
        let services = configuration.ranges.map { $0.services.address.advanced(by: 1) }
        authority = try Authority(
            name: configuration.name,
            names: [
                "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
            ], addresses: ([Address(127, 0, 0, 1)] + services + topology.controlPlaneAddresses).map(\.bytes))
        secret = Tokens.random()
        tokens = Tokens(secret: Array(secret.utf8))
        adminToken = Tokens.random()
    }

    /// Those that were made before.
    init(_ authority: Authority, secret: String, adminToken: String) {
        self.authority = authority
        self.secret = secret
        self.adminToken = adminToken
        tokens = Tokens(secret: Array(secret.utf8))
    }

    /// Whom a token is for, as far as the token alone tells.
    func user(ofToken token: String, now: Timestamp) -> User? {
        if tokens.isSame(token, adminToken) { return .admin }
        return tokens.user(of: token, now: now.seconds)
    }

    /// What makes and knows ServiceAccounts' tokens for the API.
    var keeper: TokenKeeper {
        let tokens = tokens
        return TokenKeeper(
            issue: { claims in
                tokens.issue(
                    namespace: claims.namespace, name: claims.name, uid: claims.uid, now: claims.issued.seconds,
                    expires: claims.expires?.seconds)
            }, user: { token, now in tokens.user(of: token, now: now.seconds) })
    }

    /// A kubeconfig with one cluster, one user and one context, all named `lab-NAME`.
    /// The corresponding Go type is `clientcmd.Config`.
    func kubeconfig(lab: String, port: UInt16) -> String {
        let name = Value.string("lab-\(lab)")
        let config: Value = [
            "apiVersion": "v1", "kind": "Config", "preferences": .object([:]), "current-context": name,
            "clusters": [
                [
                    "name": name,
                    "cluster": [
                        "server": .string("https://127.0.0.1:\(port)"),
                        "certificate-authority-data": .string(authority.certificateBase64),
                    ],
                ]
            ],
            "users": [["name": name, "user": ["token": .string(adminToken)]]],
            "contexts": [["name": name, "context": ["cluster": name, "user": name, "namespace": "default"]]],
        ]
        // JSON is YAML, too.
        return config.json(pretty: true) + "\n"
    }
}
