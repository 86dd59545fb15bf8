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
        var sets = RolloutSets(owned(by: object), template: deployment.template)
        var writes: [Write] = []
        if deployment.isPaused {
            writes += scaleWhilePaused(&sets, deployment)
        } else {
            writes += roll(&sets, deployment)
            writes += sets.stampRevision(of: deployment)
            if writes.isEmpty { writes += retireHistory(sets, limit: deployment.revisionHistoryLimit) }
        }
        var result = object
        if let revision = sets.new?.annotations[RolloutSets.revision], !deployment.isPaused {
            result.annotations[RolloutSets.revision] = revision
        }
        setStatus(&result, sets, deployment)
        return writes + [.replace(result)]
    }

    private func owned(by object: Object) -> [Object] {
        store.dependents(ofUID: object.uid).sorted()
            .filter { $0.kind == "ReplicaSet" }.compactMap { store[$0] }
            .filter { !$0.isTerminating && $0.controller?.uid == object.uid }
    }

    private func roll(_ sets: inout RolloutSets, _ deployment: Deployment) -> [Write] {
        switch deployment.strategy {
        case .recreate:
            let down = sets.old.flatMap { sets.scale($0, to: 0, deployment) }
            if !down.isEmpty || sets.old.contains(where: hasPods) { return down }
            if sets.new == nil { return [sets.makeNew(deployment, replicas: deployment.replicas, store)] }
            return sets.new.map { sets.scale($0, to: deployment.replicas, deployment) } ?? []
        case .rollingUpdate(let maxSurge, let maxUnavailable):
            let bounds = RolloutBounds(deployment.replicas, maxSurge: maxSurge, maxUnavailable: maxUnavailable)
            return rollOver(&sets, deployment, bounds)
        }
    }

    private func rollOver(_ sets: inout RolloutSets, _ deployment: Deployment, _ bounds: RolloutBounds) -> [Write] {
        let replicas = deployment.replicas
        guard let new = sets.new else {
            let room = max(0, replicas + bounds.surge - sets.total)
            return [sets.makeNew(deployment, replicas: min(replicas, room), store)]
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

    private func scaleWhilePaused(_ sets: inout RolloutSets, _ deployment: Deployment) -> [Write] {
        let difference = deployment.replicas - sets.total
        let active = sets.all.filter { ReplicaSet($0).replicas > 0 }
        guard difference != 0, let target = active.last ?? sets.new ?? sets.old.last else { return [] }
        if difference > 0 { return sets.scale(target, to: ReplicaSet(target).replicas + difference, deployment) }
        var excess = -difference
        return active.flatMap { set -> [Write] in
            let less = min(excess, ReplicaSet(set).replicas)
            excess -= less
            return sets.scale(set, to: ReplicaSet(set).replicas - less, deployment)
        }
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

    /// The corresponding Go function is `ResolveFenceposts`: shares of Pods round in the careful direction, and both
    /// bounds are never 0.
    init(_ replicas: Int, maxSurge: IntOrPercent, maxUnavailable: IntOrPercent) {
        let surge = maxSurge.resolved(of: replicas, roundingUp: true)
        let unavailable = maxUnavailable.resolved(of: replicas, roundingUp: false)
        self.surge = surge
        self.unavailable = surge == 0 && unavailable == 0 ? 1 : min(unavailable, replicas)
    }
}
