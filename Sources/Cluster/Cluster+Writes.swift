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
        var isRefused = false
        for write in writes {
            switch write {
            // One refused Pod stands for all that its owner would have made with it.
            case .create(let object) where isRefused && object.kind == "Pod": continue
            case .create(let object): isRefused = !createAdmitted(object, now: now)
            case .replace(let object): update(object.key, now: now) { $0 = object }
            case .delete(let key): requestDeletion(key, gracePeriodSeconds: nil, now: now)
            case .record(let note) where isRefused && note.reason == "SuccessfulCreate": continue
            case .record(let note): record(note, now: now)
            }
        }
    }

    /// Adds what a controller made. A Pod passes admission as anybody's does; one that does not is left out, which its
    /// owner says and tries again.
    /// - Returns: whether it is there now.
    private mutating func createAdmitted(_ object: Object, now: Timestamp) -> Bool {
        // As an API server, the Store has one object of a name, and nothing new in a namespace that ends.
        let namespace = store[ObjectKey("Namespace", "", object.namespace)]
        guard store[object.key] == nil, namespace?.isTerminating != true else { return false }
        guard object.kind == "Pod" else {
            create(object, now: now)
            return true
        }
        var pod = object
        do throws(Status) {
            guard nodes.waiting.count + dirty.unscheduled.count < Cluster.waitingLimit else {
                throw Status(.forbidden, "\(Cluster.waitingLimit) pods wait for a node already")
            }
            try admit(pod: &pod)
            create(pod, now: now)
            return true
        } catch {
            guard let owner = object.controller else { return false }
            let key = ObjectKey(owner.keyKind, object.namespace, owner.name)
            alarms.set(key, now.advanced(milliseconds: Cluster.admissionRetry))
            record(
                EventNote(
                    .warning, "FailedCreate", "Error creating: \(error.message)", about: key,
                    from: "\(owner.kind.lowercased())-controller"), now: now)
            return false
        }
    }

    /// No controller adds to so many Pods that no node takes: a slip of the hand is not to fill the memory.
    private static let waitingLimit = 2000

    /// In how many milliseconds a controller tries again to make a Pod that was refused.
    private static let admissionRetry: Int64 = 5000

    /// Adds an object with what the API server gives each.
    mutating func create(_ object: consuming Object, now: Timestamp) { enter(begun(object, now: now), now: now) }

    /// An object with what the API server gives each new one: uid, creation time, generation, and a first status.
    mutating func begun(_ object: consuming Object, now: Timestamp) -> Object {
        var object = object
        object.uid = numbers.uid()
        object.creationTimestamp = now.description
        let kind = object.keyKind
        if Cluster.kindsWithGeneration.contains(kind) || catalog.resource(keyKind: kind)?.isCustom == true {
            object.generation = 1
        }
        if kind == "Job" { object.selectOwnPods() }
        object.setFirstStatus()
        return object
    }

    mutating func enter(_ object: consuming Object, now: Timestamp) {
        let event = store.create(object)
        let key = event.key
        observe(event, now: now)
        if key.kind == "Namespace" { provideContents(ofNamespace: key.name, now: now) }
    }

    private static let kindsWithGeneration: Set<String> = [
        "Pod", "Deployment", "ReplicaSet", "EndpointSlice", "StatefulSet", "DaemonSet", "Ingress", "NetworkPolicy",
        "PodDisruptionBudget", "Job", "CronJob",
    ]
}

extension Object {
    fileprivate mutating func setFirstStatus() {
        switch keyKind {
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
