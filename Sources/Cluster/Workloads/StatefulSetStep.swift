// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What a StatefulSet does next with its Pods. The corresponding Go function is `updateStatefulSet`.
struct StatefulSetStep {
    let set: StatefulSet
    let slots: StatefulSlots
    let revisions: ControllerRevisions
    /// The revision before the present one; the same after a finished update.
    let before: Object
    let store: Store

    var writes: [Write] {
        var writes: [Write] = []
        for number in slots.wanted {
            let (step, isWaiting) = fill(number)
            writes += step
            if isWaiting || writes.count > podsInOneStep { return writes }
        }
        let (condemned, isWaiting) = shrink()
        writes += condemned
        return isWaiting || !writes.isEmpty ? writes : update()
    }

    /// Makes the Pod of a number that lacks one; says whether the following numbers have to wait.
    private func fill(_ number: Int) -> (writes: [Write], isWaiting: Bool) {
        guard let pod = slots[number] else {
            guard store.takesNewObjects(namespace: set.namespace) else { return ([], true) }
            return (creation(number), !set.isParallel)
        }
        if pod.isFinished, !pod.isTerminating {
            return (deletion(pod), !set.isParallel)
        }
        guard !set.isParallel else { return ([], false) }
        return ([], !slots.isHealthy(pod) || !slots.available.contains(pod.key))
    }

    /// Takes away Pods beyond the wanted numbers.
    private func shrink() -> (writes: [Write], isWaiting: Bool) {
        guard !set.isParallel else {
            return (slots.condemned.filter { !$0.isTerminating }.flatMap(removal), !slots.condemned.isEmpty)
        }
        guard let last = slots.condemned.first else { return ([], false) }
        return (last.isTerminating ? [] : removal(last), true)
    }

    /// Ends Pods of other revisions, from the highest number down, so that they are made anew.
    private func update() -> [Write] {
        guard case .rollingUpdate(let partition, let maxUnavailable) = set.updateStrategy else { return [] }
        let hash = revisions.currentHash
        var room = max(1, maxUnavailable?.resolved(of: set.replicas, roundingUp: true) ?? 1)
        var writes: [Write] = []
        for number in slots.wanted.reversed() where number >= set.firstOrdinal + partition {
            guard let pod = slots[number], room > 0 else { return writes }
            if pod.labels[ControllerRevisions.hashLabel] != hash, !pod.isTerminating {
                writes += deletion(pod)
                room -= 1
            } else if !slots.isHealthy(pod) || !slots.available.contains(pod.key) {
                room -= 1
            }
        }
        return writes
    }

    /// Ends a Pod whose number is no longer wanted; its claims go with it if they are to.
    private func removal(_ pod: PodFacts) -> [Write] {
        guard set.deletesClaimsWhenScaled, let owner = store[pod.key] else { return deletion(pod) }
        let claims = set.volumeClaimTemplates.compactMap { template -> Write? in
            guard var claim = store[claimKey(template, pod: pod.key.name)] else { return nil }
            claim.owners = [OwnerReference(controller: owner)]
            return .replace(claim)
        }
        return claims + deletion(pod)
    }

    private func deletion(_ pod: PodFacts) -> [Write] {
        let message = "delete Pod \(pod.key.name) in StatefulSet \(set.name) successful"
        return [.delete(pod.key), note("SuccessfulDelete", message)]
    }

    private func note(_ reason: String, _ message: String) -> Write {
        .record(EventNote(.normal, reason, message, about: set.key, from: "statefulset-controller"))
    }

    // MARK: - New Pods

    private func creation(_ number: Int) -> [Write] {
        let pod = newPod(number)
        let claims = set.volumeClaimTemplates.flatMap { claim($0, pod: pod.name) }
        return claims + [
            .create(pod),
            note("SuccessfulCreate", "create Pod \(pod.name) in StatefulSet \(set.name) successful"),
        ]
    }

    /// Below the partition, and below what was not reached yet by an update, a Pod is made as it was before.
    private func revision(of number: Int) -> Object {
        guard case .rollingUpdate(let partition, _) = set.updateStrategy, before.key != revisions.current.key else {
            return revisions.current
        }
        return number < set.firstOrdinal + partition ? before : revisions.current
    }

    private func newPod(_ number: Int) -> Object {
        let revision = revision(of: number)
        var pod = set.object.podOfTemplate(ControllerRevisions.template(of: revision))
        pod.name = "\(set.name)-\(number)"
        pod.labels[ControllerRevisions.hashLabel] = ControllerRevisions.hash(of: revision)
        pod.labels["statefulset.kubernetes.io/pod-name"] = pod.name
        pod.labels["apps.kubernetes.io/pod-index"] = String(number)
        pod.value["spec", "hostname"] = .string(pod.name)
        if !set.serviceName.isEmpty { pod.value["spec", "subdomain"] = .string(set.serviceName) }
        let claimed: [Value] = set.volumeClaimTemplates.map { template in
            let name = template["metadata"]?["name"]?.string ?? ""
            let claim = "\(name)-\(pod.name)"
            return ["name": .string(name), "persistentVolumeClaim": ["claimName": .string(claim)]]
        }
        if !claimed.isEmpty {
            let names = Set(claimed.compactMap { $0["name"]?.string })
            let others = (pod.spec["volumes"]?.elements ?? []).filter { !names.contains($0["name"]?.string ?? "") }
            pod.value["spec", "volumes"] = .array(claimed + others)
        }
        return pod
    }

    private func claimKey(_ template: Value, pod: String) -> ObjectKey {
        ObjectKey("PersistentVolumeClaim", set.namespace, "\(template["metadata"]?["name"]?.string ?? "")-\(pod)")
    }

    /// The claim of one Pod on one volume; it outlives both unless it is to go with the set.
    private func claim(_ template: Value, pod: String) -> [Write] {
        let key = claimKey(template, pod: pod)
        let name = key.name
        let owners = set.deletesClaimsWhenDeleted ? [OwnerReference(controller: set.object)] : []
        if var old = store[key] {
            // What was to go with an earlier Pod stays with this one.
            guard old.controller.map({ $0.kind == "Pod" && $0.name == pod }) ?? false else { return [] }
            old.owners = owners
            return [.replace(old)]
        }
        var claim = Object(template)
        claim.value["apiVersion"] = "v1"
        claim.value["kind"] = "PersistentVolumeClaim"
        claim.value["status"] = nil
        claim.name = name
        claim.namespace = set.namespace
        claim.owners = owners
        claim.labels.merge(set.selector.matchLabels) { $1 }
        let message = "create Claim \(name) Pod \(pod) in StatefulSet \(set.name) success"
        return [.create(claim.defaulted()), note("SuccessfulCreate", message)]
    }
}
