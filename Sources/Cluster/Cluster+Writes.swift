// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// A write that a controller asks for.
enum Write: Sendable {
    case create(Object)
    /// The object as it should be; nothing is written if it is so already.
    case replace(Object)
    /// Deletion as a user would ask for it, with the kind's own manners.
    case delete(ObjectKey)
    /// An Event about an object, kept after the writes before it.
    case record(EventNote)
}

extension Cluster {
    mutating func perform(_ writes: [Write], now: Timestamp) {
        for write in writes {
            switch write {
            case .create(let object): create(object, now: now)
            case .replace(let object): update(object.key, now: now) { $0 = object }
            case .delete(let key): requestDeletion(key, gracePeriodSeconds: nil, now: now)
            case .record(let note): record(note, now: now)
            }
        }
    }

    /// Adds an object with what the API server gives each: uid, creation time, generation, and a first status.
    mutating func create(_ object: Object, now: Timestamp) {
        var object = object
        object.uid = numbers.uid()
        object.creationTimestamp = now.description
        if Cluster.kindsWithGeneration.contains(object.kind) { object.generation = 1 }
        object.setFirstStatus()
        observe(store.create(object), now: now)
        if object.kind == "Namespace" { provideContents(ofNamespace: object.name, now: now) }
    }

    private static let kindsWithGeneration: Set<String> = [
        "Pod", "Deployment", "ReplicaSet", "EndpointSlice", "StatefulSet", "DaemonSet", "Ingress", "NetworkPolicy",
        "PodDisruptionBudget", "Job", "CronJob",
    ]

    /// Deletes an object, or begins to; false if it is not there or may not be deleted.
    @discardableResult
    mutating func requestDeletion(_ key: ObjectKey, gracePeriodSeconds: Int?, now: Timestamp) -> Bool {
        guard let object = store[key] else { return false }
        switch key.kind {
        case "Pod" where nodes.placements[key] != nil:
            let pod = Pod(object)
            let grace = pod.isFinished ? 0 : gracePeriodSeconds ?? pod.terminationGracePeriodSeconds
            terminate(key, graceSeconds: grace, now: now)
        case "Namespace":
            guard !Cluster.initialNamespaces.contains(key.name) else { return false }
            terminateNamespace(key, now: now)
        default:
            guard let event = store.remove(key) else { return false }
            observe(event, now: now)
        }
        return true
    }

    private mutating func terminate(_ pod: ObjectKey, graceSeconds: Int, now: Timestamp) {
        update(pod, now: now) {
            guard !$0.isTerminating else { return }
            let end = now.advanced(milliseconds: Int64(graceSeconds) * 1000)
            $0.value["metadata", "deletionTimestamp"] = .string(end.description)
            $0.value["metadata", "deletionGracePeriodSeconds"] = .int(Int64(graceSeconds))
        }
    }

    private mutating func terminateNamespace(_ key: ObjectKey, now: Timestamp) {
        update(key, now: now) {
            guard !$0.isTerminating else { return }
            $0.value["metadata", "deletionTimestamp"] = .string(now.description)
            $0.value["status", "phase"] = "Terminating"
        }
    }
}

extension Object {
    fileprivate mutating func setFirstStatus() {
        switch kind {
        case "Pod":
            if value["status", "phase"] == nil { value["status", "phase"] = "Pending" }
            if value["status", "qosClass"] == nil { value["status", "qosClass"] = "BestEffort" }
        case "Namespace":
            value["metadata", "labels", "kubernetes.io/metadata.name"] = .string(name)
            value["spec"] = ["finalizers": ["kubernetes"]]
            value["status"] = ["phase": "Active"]
        case "Service": if value["status"] == nil { value["status"] = ["loadBalancer": .object([:])] }
        case "Deployment": if value["status"] == nil { value["status"] = .object([:]) }
        case "ReplicaSet": if value["status"] == nil { value["status"] = ["replicas": 0] }
        default: break
        }
    }
}
