// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Binds every PersistentVolumeClaim at once: a lab has room for all, and no volumes to choose from.
struct ClaimBinder: Controller {
    static let kind = "PersistentVolumeClaim"
    static let adoptsPods = false

    let wakeAt: Timestamp? = nil

    init(store: Store, index: ClusterIndex, now: Timestamp) {}

    func reconcile(_ object: Object, _ numbers: inout RandomNumbers) -> [Write] {
        guard object.status["phase"] != "Bound" else { return [] }
        var bound = object
        if (object.spec["volumeName"]?.string ?? "").isEmpty {
            bound.value["spec", "volumeName"] = .string("pvc-\(object.uid)")
        }
        bound.value["status", "phase"] = "Bound"
        bound.value["status", "accessModes"] = object.spec["accessModes"]
        bound.value["status", "capacity"] = object.spec["resources", "requests"]
        return [.replace(bound)]
    }
}
