// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What every namespace has from the start: the ServiceAccount `default`, and the cluster's certificate for the Pods.
/// The corresponding controllers of a real cluster are `serviceaccount` and `root-ca-certificate-publisher`.
extension Cluster {
    static let defaultAccount = "default"
    static let certificateMap = "kube-root-ca.crt"

    /// Makes what is missing. Done with the namespace itself, so that the Pods of the same manifest find it.
    mutating func provideContents(ofNamespace name: String, now: Timestamp) {
        guard store[ObjectKey("Namespace", "", name)]?.isTerminating == false else { return }
        if store[ObjectKey("ServiceAccount", name, Cluster.defaultAccount)] == nil {
            create(
                Object(apiVersion: "v1", kind: "ServiceAccount", namespace: name, name: Cluster.defaultAccount),
                now: now)
        }
        let data: Value = ["ca.crt": .string(configuration.certificateAuthority)]
        let key = ObjectKey("ConfigMap", name, Cluster.certificateMap)
        if store[key] == nil {
            var map = Object(apiVersion: "v1", kind: "ConfigMap", namespace: name, name: Cluster.certificateMap)
            map.annotations = [
                "kubernetes.io/description": "The certificate with which the cluster's API server is verified."
            ]
            map.value["data"] = data
            create(map, now: now)
        } else if store[key]?.value["data"] != data {
            update(key, now: now) { $0.value["data"] = data }
        }
        // The cluster's own Services and Pods come back, too.
        if name == "default", hasInitialObjects { provideKubernetesService(now: now) }
        if name == "kube-system", hasInitialObjects { provideStandIns(now: now) }
    }

    /// True for an object that its namespace cannot be without.
    static func isNamespaceContent(_ key: ObjectKey) -> Bool {
        key.kind == "ServiceAccount" && key.name == defaultAccount
            || key.kind == "ConfigMap" && key.name == certificateMap
    }
}
