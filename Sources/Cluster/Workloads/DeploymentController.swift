// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Brings a Deployment from its old ReplicaSets to the one of its present template, within the bounds of its strategy.
struct DeploymentController: Controller {
    static let kind = "Deployment"
    static let adoptsPods = false

    let store: Store
    let index: ClusterIndex
    let now: Timestamp
    /// When the Deployment's progress deadline passes.
    var wakeAt: Timestamp?

    init(store: Store, index: ClusterIndex, now: Timestamp) {
        self.store = store
        self.index = index
        self.now = now
    }

    /// One step; the writes it returns bring the Deployment back for the next.
    mutating func reconcile(_ object: Object, _ numbers: inout RandomNumbers) -> [Write] {
        let deployment = Deployment(object)
        let adoptions = adoptions(by: deployment)
        // What is taken in counts from the next step on.
        guard adoptions.isEmpty else { return adoptions }
        let sets = RolloutSets(owned(by: object), template: deployment.template)
        let writes = step(sets, deployment)
        var result = object
        if let revision = sets.new?.annotations[RolloutSets.revision], !deployment.isPaused {
            result.annotations[RolloutSets.revision] = revision
        }
        setStatus(&result, sets, deployment)
        if case .create(let made)? = writes.first { result.rememberCollisions(sets.collisions(of: made, deployment)) }
        return writes + [.replace(result)]
    }

    private func step(_ sets: RolloutSets, _ deployment: Deployment) -> [Write] {
        if deployment.isPaused || sets.isScaling(deployment) { return sets.scaleAll(deployment) }
        let writes = roll(sets, deployment) + sets.stampRevision(of: deployment)
        return writes.isEmpty ? retireHistory(sets, limit: deployment.revisionHistoryLimit) : writes
    }

    private func owned(by object: Object) -> [Object] {
        store.dependents(ofUID: object.uid).sorted()
            .filter { $0.kind == "ReplicaSet" }.compactMap { store[$0] }
            .filter { !$0.isTerminating && $0.controller?.uid == object.uid }
    }

    /// ReplicaSets that match and belong to nobody, as those of a Deployment that was deleted without them.
    private func adoptions(by deployment: Deployment) -> [Write] {
        let selector = deployment.selector
        return index.orphanSets.candidates(for: selector, namespace: deployment.namespace).compactMap { store[$0] }
            .filter { !$0.isTerminating && selector.matches($0.labels) }
            .map { orphan in
                var set = orphan
                set.owners.append(OwnerReference(controller: deployment.object))
                return .replace(set)
            }
    }

    private func roll(_ sets: RolloutSets, _ deployment: Deployment) -> [Write] {
        switch deployment.strategy {
        case .recreate:
            let down = sets.old.flatMap { sets.scale($0, to: 0, deployment) }
            if !down.isEmpty || sets.old.contains(where: hasPods) { return down }
            if sets.new == nil { return sets.makeNew(deployment, replicas: deployment.replicas, store) }
            return sets.new.map { sets.scale($0, to: deployment.replicas, deployment) } ?? []
        case .rollingUpdate(let maxSurge, let maxUnavailable):
            let bounds = RolloutBounds(deployment.replicas, maxSurge: maxSurge, maxUnavailable: maxUnavailable)
            return rollOver(sets, deployment, bounds)
        }
    }

    private func rollOver(_ sets: RolloutSets, _ deployment: Deployment, _ bounds: RolloutBounds) -> [Write] {
        let replicas = deployment.replicas
        guard let new = sets.new else {
            let room = max(0, replicas + bounds.surge - sets.total)
            return sets.makeNew(deployment, replicas: min(replicas, room), store)
        }
        let size = ReplicaSet(new).replicas
        if size > replicas { return sets.scale(new, to: replicas, deployment) }
        if size < replicas {
            let room = max(0, replicas + bounds.surge - sets.total)
            let up = sets.scale(new, to: size + min(room, replicas - size), deployment)
            if !up.isEmpty { return up }
        }
        return sets.scaleDownOld(deployment, minAvailable: replicas - bounds.unavailable)
    }

    /// True if a Pod of the ReplicaSet still runs, be it on its way out.
    private func hasPods(_ replicaSet: Object) -> Bool {
        store.dependents(ofUID: replicaSet.uid).contains { index.pods[$0].map { !$0.isFinished } ?? false }
    }

    private func retireHistory(_ sets: RolloutSets, limit: Int) -> [Write] {
        let idle = sets.old.filter { ReplicaSet($0).replicas == 0 && ($0.status["replicas"]?.int ?? 0) == 0 }
        return idle.prefix(max(0, idle.count - limit)).map { .delete($0.key) }
    }
}

/// How far above and below its size a Deployment may go while it rolls.
struct RolloutBounds: Sendable {
    let surge: Int
    let unavailable: Int

    private init(surge: Int, unavailable: Int) {
        self.surge = surge
        self.unavailable = unavailable
    }

    /// The corresponding Go function is `ResolveFenceposts`: shares of Pods round in the careful direction, and both
    /// bounds are never 0.
    init(_ replicas: Int, maxSurge: IntOrPercent, maxUnavailable: IntOrPercent) {
        let surge = maxSurge.resolved(of: replicas, roundingUp: true)
        let unavailable = maxUnavailable.resolved(of: replicas, roundingUp: false)
        self.surge = surge
        self.unavailable = surge == 0 && unavailable == 0 ? 1 : min(unavailable, replicas)
    }

    /// Without rolling there is neither.
    init(of deployment: Deployment) {
        switch deployment.strategy {
        case .recreate: self = RolloutBounds(surge: 0, unavailable: 0)
        case .rollingUpdate(let maxSurge, let maxUnavailable):
            self.init(deployment.replicas, maxSurge: maxSurge, maxUnavailable: maxUnavailable)
        }
    }
}

extension Object {
    /// How many hashes of a Deployment's template were taken by others is kept, so that later ones start there.
    fileprivate mutating func rememberCollisions(_ count: Int) {
        guard count > 0 else { return }
        value["status", "collisionCount"] = .int(Int64(count))
    }
}
