// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes

/// What a lab takes in and does not act on yet: said when it is applied, so that nobody waits for an effect in vain.
enum Limits {
    /// One line a warning: Kubernetes' own, and the fields without effect.
    static func warnings(_ applied: [Applied], _ store: Store) -> [String] {
        applied.flatMap { item -> [String] in
            let own = item.warnings
            let inert = store[item.key].map { fields(of: $0).map { "\($0) has no effect in a lab yet" } } ?? []
            return (own + inert).map { "warning: \(item.key): \($0)" }
        }
    }

    /// The fields of an object that are kept and have no effect.
    static func fields(of object: Object) -> [String] {
        switch object.kind {
        case "Pod": return podFields(object.spec, "spec")
        case "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Job":
            return podFields(object.value["spec", "template", "spec"] ?? .null, "spec.template.spec")
        default: return []
        }
    }

    private static func podFields(_ spec: Value, _ path: String) -> [String] {
        let kinds = ["name", "emptyDir", "configMap", "secret", "downwardAPI", "projected", "hostPath"]
        let claims = ["persistentVolumeClaim", "ephemeral"]
        let volumes = spec["volumes"]?.elements ?? []
        return volumes.enumerated().flatMap { index, volume in
            volume.fields.keys.filter { !kinds.contains($0) && !claims.contains($0) }.sorted()
                .map { "\(path).volumes[\(index)].\($0)" }
        }
    }
}

extension Lab {
    /// What is to be said of objects that were applied.
    func warnings(_ applied: [Applied]) -> [String] { Limits.warnings(applied, cluster.store) }
}
