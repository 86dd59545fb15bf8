// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The Pods of one owner: those that name it as their controller, and those that it takes in because they match its
/// selector and belong to nobody. The corresponding Go type is `PodControllerRefManager`.
struct OwnedPods: Sendable {
    /// All of them, in no order; some may be finished, some on their way out.
    private(set) var all: [PodFacts] = []
    /// What takes Pods in and lets others go.
    private(set) var writes: [Write] = []

    /// All of them, sorted by name. Sorting many costs more than counting them: only for those to whom order matters.
    var sorted: [PodFacts] { all.sorted { $0.key < $1.key } }

    /// Those that count: neither finished nor on their way out.
    var active: [PodFacts] { all.filter(\.isActive) }

    /// - Parameter adopts: which of the Pods that match and belong to nobody are taken in.
    init(_ owner: Object, _ store: Store, _ index: ClusterIndex, adopts: (PodFacts) -> Bool = { $0.isActive }) {
        let selector = owner.podSelector
        for key in store.dependents(ofUID: owner.uid) {
            guard let pod = index.pods[key], pod.controller?.uid == owner.uid else { continue }
            if !pod.isTerminating, !selector.matches(pod.labels) {
                writes += OwnedPods.release(key, owner, store)
            } else {
                all.append(pod)
            }
        }
        for key in index.orphans.candidates(for: selector, namespace: owner.namespace) {
            guard let pod = index.pods[key], !pod.isTerminating, selector.matches(pod.labels), adopts(pod) else {
                continue
            }
            all.append(pod)
            writes += OwnedPods.adopt(key, owner, store)
        }
    }

    /// A Pod whose labels no longer match runs on without a controller.
    private static func release(_ pod: ObjectKey, _ owner: Object, _ store: Store) -> [Write] {
        guard var object = store[pod] else { return [] }
        object.owners.removeAll { $0.uid == owner.uid }
        return [.replace(object)]
    }

    private static func adopt(_ pod: ObjectKey, _ owner: Object, _ store: Store) -> [Write] {
        guard var object = store[pod] else { return [] }
        object.owners.append(OwnerReference(controller: owner))
        return [.replace(object)]
    }
}

extension Object {
    /// Which Pods the object's `spec.selector` picks. A ReplicationController's is a plain set of labels.
    var podSelector: LabelSelector {
        let field = value["spec"]?["selector"]
        guard kind == "ReplicationController" else { return LabelSelector(field) }
        return LabelSelector(matchLabels: field?.strings ?? [:])
    }

    /// The Pod that a template describes, owned by the object, but for its name.
    func podOfTemplate(_ template: Value) -> Object {
        var metadata = template["metadata"]?.fields ?? [:]
        metadata["generateName"] = .string(name + "-")
        metadata["namespace"] = .string(namespace)
        metadata["creationTimestamp"] = nil
        var pod = Object([
            "apiVersion": "v1", "kind": "Pod", "metadata": .object(metadata), "spec": template["spec"] ?? .object([:]),
        ])
        pod.owners = [OwnerReference(controller: self)]
        return pod.defaulted()
    }
}

/// How many Pods a controller makes in one step; the next step follows at once. The corresponding Go constant is
/// `BurstReplicas`.
let podsInOneStep = 500

/// Names for new Pods of one owner: the prefix and five characters, none given twice.
struct PodNames {
    private let prefix: String
    private let namespace: String
    private let store: Store
    private var taken: Set<String> = []

    init(_ prefix: String, namespace: String, store: Store) {
        // Room for the five characters within a name's 63.
        self.prefix = String(decoding: prefix.utf8.prefix(58), as: UTF8.self)
        self.namespace = namespace
        self.store = store
    }

    mutating func next(_ numbers: inout RandomNumbers) -> String {
        while true {
            let name = prefix + numbers.suffix()
            guard store[ObjectKey("Pod", namespace, name)] == nil, taken.insert(name).inserted else { continue }
            return name
        }
    }
}

extension PodFacts {
    /// True once the Pod has been ready for so many seconds; `wakeAt` then becomes no later than the moment when a Pod
    /// that is ready now will be.
    func isAvailable(at now: Timestamp, minReadySeconds: Int, _ wakeAt: inout Timestamp?) -> Bool {
        guard isReady, minReadySeconds > 0 else { return isReady }
        guard let since = readySince else { return false }
        let moment = since.advanced(milliseconds: Int64(minReadySeconds) * 1000)
        if moment <= now { return true }
        wakeAt = min(wakeAt ?? moment, moment)
        return false
    }
}

extension Store {
    /// True if nothing stands against new objects in a namespace.
    func takesNewObjects(namespace: String) -> Bool {
        self[ObjectKey("Namespace", "", namespace)]?.isTerminating == false
    }
}

extension Value {
    /// A count that anybody may have written into a status or an annotation, kept to what 32 bits hold.
    var count: Int { min(max(int ?? 0, 0), Int(Int32.max)) }

    /// Writes counts into a status; one that is 0 leaves its field out, as fields with `omitempty` do.
    mutating func setCounts(_ counts: [(String, Int)]) {
        for (name, count) in counts { self[name] = count == 0 ? nil : .int(Int64(count)) }
    }
}
