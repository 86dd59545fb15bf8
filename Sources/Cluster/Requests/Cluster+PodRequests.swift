// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What is asked of Pods by URLs of their own.
extension Cluster {
    /// Gives a Pod its node: `POST …/binding`, as a scheduler does. The corresponding Go type is `v1.Binding`.
    mutating func bind(
        _ key: ObjectKey, to binding: Object, _ options: WriteOptions, now: Timestamp
    ) throws(Status) -> Written {
        let pod = try pod(key)
        let node = binding.value["target", "name"]?.string ?? ""
        guard !node.isEmpty else {
            throw Status.invalid(binding, [Problem("target.name", .required, "")])
        }
        if let uid = Optional(binding.uid), !uid.isEmpty, uid != pod.uid {
            throw bindingConflict(
                key, "the UID in the precondition (\(uid)) does not match the UID in record (\(pod.uid))")
        }
        if pod.isTerminating {
            throw bindingConflict(key, "pod \(key.name) is being deleted, cannot be assigned to a host")
        }
        if let other = pod.spec["nodeName"]?.string, !other.isEmpty {
            throw bindingConflict(key, "pod \(key.name) is already assigned to node \"\(other)\"")
        }
        guard !options.isDryRun else { return Written(pod) }
        update(key, now: now) {
            $0.value["spec", "nodeName"] = .string(node)
            $0.set(Condition("PodScheduled", .true), now: now)
        }
        return Written(store[key] ?? pod, isCreated: true)
    }

    private func bindingConflict(_ key: ObjectKey, _ why: String) -> Status {
        Status(
            .conflict, "Operation cannot be fulfilled on pods/binding \"\(key.name)\": \(why)",
            Status.Details(name: key.name, kind: "pods/binding"))
    }

    private func pod(_ key: ObjectKey) throws(Status) -> Object {
        guard let resource = catalog.resource(of: key) else { throw Status.nothingThere }
        guard let pod = store[key] else { throw Status.notFound(resource, key.name) }
        return pod
    }

    /// Deletes a Pod unless a PodDisruptionBudget is against it: `POST …/eviction`. The corresponding Go type is
    /// `policy/v1.Eviction`.
    mutating func evict(
        _ key: ObjectKey, _ eviction: Object, _ options: WriteOptions, now: Timestamp
    ) throws(Status) -> Written {
        let pod = try pod(key)
        var wanted = DeleteOptions(eviction.value["deleteOptions"])
        wanted.isDryRun = wanted.isDryRun || options.isDryRun
        if !Pod(pod).isFinished, !pod.isTerminating, let budget = budget(against: pod) {
            let detail =
                "The disruption budget \(budget.name) needs \(budget.wanted) healthy pods and has \(budget.healthy) currently"
            var details = Status.Details(name: "", kind: "")
            details.causes = [Status.Cause(reason: "DisruptionBudget", message: detail)]
            throw Status(
                .tooManyRequests, "Cannot evict pod as it would violate the pod's disruption budget.", details)
        }
        return Written(try delete(key, wanted, now: now).object, isCreated: true)
    }

    /// How many Pods one PodDisruptionBudget wants.
    private struct Budget {
        var name: String
        var wanted: Int
        var healthy: Int
    }

    /// The budget that one Pod less would break; nil if there is none.
    private func budget(against pod: Object) -> Budget? {
        for object in store.objects("PodDisruptionBudget", namespace: pod.namespace) {
            let field = object.spec["selector"]
            let selector = LabelSelector(field)
            guard field != nil, selector.matches(pod.labels) else { continue }
            let pods = store.objects("Pod", namespace: pod.namespace).filter { selector.matches($0.labels) }.map(
                Pod.init)
            let healthy = pods.count { $0.isReady && !$0.object.isTerminating }
            let least = Self.amount(object.spec["minAvailable"], of: pods.count)
            let most = Self.amount(object.spec["maxUnavailable"], of: pods.count).map { pods.count - $0 }
            guard let wanted = least ?? most, healthy - 1 < wanted, Pod(pod).isReady else { continue }
            return Budget(name: object.name, wanted: wanted, healthy: healthy)
        }
        return nil
    }

    /// A number, or a percentage of a number, rounded up.
    private static func amount(_ value: Value?, of count: Int) -> Int? {
        if let number = value?.int { return max(0, min(number, count)) }
        guard let text = value?.string, text.hasSuffix("%"), let percent = Int(text.dropLast()), 0...100 ~= percent
        else { return nil }
        return (count * percent + 99) / 100
    }
}
