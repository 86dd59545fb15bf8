// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension DeploymentController {
    mutating func setStatus(_ object: inout Object, _ sets: RolloutSets, _ deployment: Deployment) {
        let available = sets.sum("availableReplicas")
        let replicas = sets.sum("replicas")
        let updated = sets.new?.status["replicas"]?.int ?? 0
        let unavailable = max(0, max(sets.total, replicas) - available)
        var status = object.status.fields
        let counts: [(String, Int)] = [
            ("replicas", replicas), ("updatedReplicas", updated), ("readyReplicas", sets.sum("readyReplicas")),
            ("availableReplicas", available), ("unavailableReplicas", unavailable),
        ]
        for (name, count) in counts { status[name] = count == 0 ? nil : .int(Int64(count)) }
        status["terminatingReplicas"] = .int(Int64(sets.sum("terminatingReplicas")))
        status["observedGeneration"] = .int(Int64(object.generation))
        let before = object.status
        object.status = .object(status)
        setAvailable(&object, deployment, available)
        let isComplete =
            updated == deployment.replicas && replicas == deployment.replicas && available == deployment.replicas
        setProgressing(&object, sets, deployment, isComplete: isComplete, before: before)
    }

    private func setAvailable(_ object: inout Object, _ deployment: Deployment, _ available: Int) {
        let unavailable = RolloutBounds(of: deployment).unavailable
        let condition =
            available >= deployment.replicas - unavailable
            ? Condition(
                "Available", .true, reason: "MinimumReplicasAvailable",
                message: "Deployment has minimum availability.")
            : Condition(
                "Available", .false, reason: "MinimumReplicasUnavailable",
                message: "Deployment does not have minimum availability.")
        object.set(condition, now: now, stampsUpdate: true)
    }

    private mutating func setProgressing(
        _ object: inout Object, _ sets: RolloutSets, _ deployment: Deployment, isComplete: Bool, before: Value
    ) {
        let old = object.condition("Progressing")
        if deployment.isPaused {
            guard old?.reason != "DeploymentPaused" else { return }
            let message = "Deployment is paused"
            object.set(
                Condition("Progressing", .unknown, reason: "DeploymentPaused", message: message), now: now,
                stampsUpdate: true)
            return
        }
        guard deployment.hasProgressDeadline else { return object.removeCondition("Progressing") }
        guard let name = sets.new?.name else { return }
        let isDone =
            old?.reason == "NewReplicaSetAvailable"
            && object.status["replicas"] == object.status["updatedReplicas"]
        // A finished rollout stays so, whatever becomes of its Pods.
        if isDone, !isComplete { return }
        if isComplete {
            let message = "ReplicaSet \"\(name)\" has successfully progressed."
            object.set(
                Condition("Progressing", .true, reason: "NewReplicaSetAvailable", message: message), now: now,
                stampsUpdate: true)
        } else if hasProgressed(from: before, to: object.status) || old == nil || old?.reason == "DeploymentPaused" {
            let message = "ReplicaSet \"\(name)\" is progressing."
            object.set(
                Condition("Progressing", .true, reason: "ReplicaSetUpdated", message: message), now: now,
                stampsUpdate: true)
            stampUpdate(&object)
        }
        if !isComplete { checkDeadline(&object, deployment, name) }
    }

    private func hasProgressed(from old: Value, to new: Value) -> Bool {
        func count(_ value: Value, _ name: String) -> Int { value[name]?.int ?? 0 }
        let oldRest = count(old, "replicas") - count(old, "updatedReplicas")
        let newRest = count(new, "replicas") - count(new, "updatedReplicas")
        return count(new, "updatedReplicas") > count(old, "updatedReplicas") || newRest < oldRest
            || count(new, "readyReplicas") > count(old, "readyReplicas")
            || count(new, "availableReplicas") > count(old, "availableReplicas")
    }

    /// Progress moves the deadline even where the condition reads the same.
    private func stampUpdate(_ object: inout Object) {
        var conditions = object.value["status", "conditions"]?.elements ?? []
        guard let place = conditions.firstIndex(where: { $0["type"]?.string == "Progressing" }) else { return }
        conditions[place]["lastUpdateTime"] = .string(now.description)
        object.value["status", "conditions"] = .array(conditions)
    }

    private mutating func checkDeadline(_ object: inout Object, _ deployment: Deployment, _ name: String) {
        let entry = (object.value["status", "conditions"]?.elements ?? [])
            .first { $0["type"]?.string == "Progressing" && $0["status"]?.string == "True" }
        guard let updated = entry?["lastUpdateTime"]?.string.flatMap({ Timestamp($0) }),
            entry?["reason"]?.string != "NewReplicaSetAvailable"
        else { return }
        let deadline = updated.advanced(milliseconds: Int64(clamping: deployment.progressDeadlineSeconds) * 1000)
        guard deadline <= now else {
            wakeAt = min(wakeAt ?? deadline, deadline)
            return
        }
        let message = "ReplicaSet \"\(name)\" has timed out progressing."
        object.set(
            Condition("Progressing", .false, reason: "ProgressDeadlineExceeded", message: message), now: now,
            stampsUpdate: true)
    }
}

extension Deployment {
    /// 2^31 - 1 seconds stands for no deadline.
    fileprivate var hasProgressDeadline: Bool { progressDeadlineSeconds < Int(Int32.max) }
}

extension Object {
    fileprivate mutating func removeCondition(_ type: String) {
        let all = value["status", "conditions"]?.elements ?? []
        let rest = all.filter { $0["type"]?.string != type }
        if rest.count < all.count { value["status", "conditions"] = .array(rest) }
    }
}
