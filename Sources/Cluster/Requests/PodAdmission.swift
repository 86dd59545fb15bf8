// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What an API server adds to a Pod before it is stored, and what it refuses it for.
/// The corresponding plugins of a real one are `ServiceAccount`, `Priority` and `DefaultTolerationSeconds`.
extension Cluster {
    /// - Parameter made: the keys of objects that come into being together with the Pod, in the same manifest.
    mutating func admit(pod: inout Object, made: Set<ObjectKey> = []) throws(Status) {
        try admitAccount(&pod, made)
        try admitPriority(&pod)
        pod.tolerateFailingNodes()
    }

    private mutating func admitAccount(_ pod: inout Object, _ made: Set<ObjectKey>) throws(Status) {
        let name = pod.spec["serviceAccountName"]?.string ?? pod.spec["serviceAccount"]?.string ?? ""
        let account = ObjectKey("ServiceAccount", pod.namespace, name.isEmpty ? "default" : name)
        // With a namespace comes its account `default`.
        let isMade =
            made.contains(account)
            || account.name == Cluster.defaultAccount && made.contains(ObjectKey("Namespace", "", pod.namespace))
        guard isMade || store[account] != nil else {
            throw Self.forbidden(
                pod,
                "error looking up service account \(pod.namespace)/\(account.name): "
                    + "serviceaccount \"\(account.name)\" not found")
        }
        pod.value["spec", "serviceAccountName"] = .string(account.name)
        pod.value["spec", "serviceAccount"] = .string(account.name)
        // The Pod's own word goes before the account's.
        let wanted = pod.spec["automountServiceAccountToken"] ?? store[account]?.value["automountServiceAccountToken"]
        if wanted?.bool ?? true { pod.mountToken(volume: "kube-api-access-\(numbers.suffix())") }
    }

    private func admitPriority(_ pod: inout Object) throws(Status) {
        let name = pod.spec["priorityClassName"]?.string ?? ""
        guard !name.isEmpty else {
            pod.setIfUnset("priority", 0)
            pod.setIfUnset("preemptionPolicy", "PreemptLowerPriority")
            return
        }
        guard let priority = store[ObjectKey("PriorityClass", "", name)] else {
            throw Self.forbidden(pod, "no PriorityClass with name \(name) was found")
        }
        pod.value["spec", "priority"] = priority.value["value"] ?? 0
        pod.value["spec", "preemptionPolicy"] = priority.value["preemptionPolicy"] ?? "PreemptLowerPriority"
    }

    private static func forbidden(_ pod: Object, _ why: String) -> Status {
        Status(
            .forbidden, "pods \"\(pod.name)\" is forbidden: \(why)", Status.Details(name: pod.name, kind: "pods"))
    }
}

extension Object {
    private static let tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"

    fileprivate mutating func setIfUnset(_ field: String, _ value: Value) {
        if self.value["spec", field] == nil { self.value["spec", field] = value }
    }

    /// Gives each container the account's token, the cluster's certificate and the namespace, unless it has something of
    /// its own at that path.
    fileprivate mutating func mountToken(volume: String) {
        let mount: Value = ["name": .string(volume), "readOnly": true, "mountPath": .string(Object.tokenPath)]
        var isWanted = false
        for field in ["initContainers", "containers"] {
            guard let containers = spec[field]?.elements, !containers.isEmpty else { continue }
            value["spec", field] = .array(
                containers.map { container in
                    let mounts = container["volumeMounts"]?.elements ?? []
                    if mounts.contains(where: { $0["mountPath"]?.string == Object.tokenPath }) { return container }
                    isWanted = true
                    var container = container
                    container["volumeMounts"] = .array(mounts + [mount])
                    return container
                })
        }
        guard isWanted else { return }
        value["spec", "volumes"] = .array((spec["volumes"]?.elements ?? []) + [Object.tokenVolume(volume)])
    }

    private static func tokenVolume(_ name: String) -> Value {
        let namespace: Value = [
            "path": "namespace", "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"],
        ]
        return [
            "name": .string(name),
            "projected": [
                "defaultMode": 420,
                "sources": [
                    ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
                    ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
                    ["downwardAPI": ["items": [namespace]]],
                ],
            ],
        ]
    }

    /// A Pod stays on a node that fails for five minutes, unless it says otherwise.
    fileprivate mutating func tolerateFailingNodes() {
        var tolerations = spec["tolerations"]?.elements ?? []
        for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let isSaid = tolerations.contains { toleration in
                let effect = toleration["effect"]?.string ?? ""
                let ownKey = toleration["key"]?.string ?? ""
                return (ownKey == key || ownKey.isEmpty) && (effect == "NoExecute" || effect.isEmpty)
            }
            guard !isSaid else { continue }
            tolerations.append([
                "key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300,
            ])
        }
        value["spec", "tolerations"] = .array(tolerations)
    }
}
