// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What happens to the ReplicaSets of a Deployment whose size changes, or that is paused.
extension RolloutSets {
    static let desiredReplicas = "deployment.kubernetes.io/desired-replicas"
    static let maxReplicas = "deployment.kubernetes.io/max-replicas"

    private var active: [Object] { all.filter { ReplicaSet($0).replicas > 0 } }

    /// True if the Deployment was given another size since its ReplicaSets last had theirs.
    func isScaling(_ deployment: Deployment) -> Bool {
        active.contains { set in
            guard let size = set.annotations[RolloutSets.desiredReplicas].flatMap({ Int($0) }) else { return false }
            return size != deployment.replicas
        }
    }

    /// One active ReplicaSet takes the whole change; several, in the midst of a rollout, share it in proportion. The
    /// corresponding Go function is `DeploymentController.scale`.
    func scaleAll(_ deployment: Deployment) -> [Write] {
        let active = active
        if active.count <= 1 {
            guard let only = active.first ?? new ?? old.last else { return [] }
            return resize(only, to: deployment.replicas, deployment)
        }
        if let new, isSaturated(new, deployment) {
            return active.filter { $0.key != new.key }.flatMap { resize($0, to: 0, deployment) }
                + resize(new, to: deployment.replicas, deployment)
        }
        guard case .rollingUpdate = deployment.strategy else { return [] }
        return shares(of: active, deployment).flatMap { resize($0.set, to: $0.size, deployment) }
    }

    private func isSaturated(_ new: Object, _ deployment: Deployment) -> Bool {
        let desired = new.annotations[RolloutSets.desiredReplicas].flatMap { Int($0) }
        return ReplicaSet(new).replicas == deployment.replicas && desired == deployment.replicas
            && new.status["availableReplicas"]?.int ?? 0 == deployment.replicas
    }

    private func shares(of active: [Object], _ deployment: Deployment) -> [(set: Object, size: Int)] {
        let allowed = deployment.replicas > 0 ? deployment.replicas + RolloutBounds(of: deployment).surge : 0
        let change = allowed - total
        // The largest come first; of equals, the newest when growing and the oldest when shrinking.
        let sorted = active.enumerated().sorted { left, right in
            let sizes = (ReplicaSet(left.element).replicas, ReplicaSet(right.element).replicas)
            if sizes.0 != sizes.1 { return sizes.0 > sizes.1 }
            return change > 0 ? left.offset > right.offset : left.offset < right.offset
        }.map(\.element)
        var rest = change
        var result = sorted.map { set -> (set: Object, size: Int) in
            let size = ReplicaSet(set).replicas
            let share = fraction(of: set, deployment)
            let part = change > 0 ? min(max(share, 0), rest) : max(min(share, 0), rest)
            rest -= part
            return (set, size + part)
        }
        if !result.isEmpty { result[0].size = max(0, result[0].size + rest) }
        return result
    }

    /// How much a ReplicaSet changes if it keeps its share of the Deployment. The corresponding Go function is
    /// `getReplicaSetFraction`.
    private func fraction(of set: Object, _ deployment: Deployment) -> Int {
        let size = ReplicaSet(set).replicas
        guard deployment.replicas > 0 else { return -size }
        let most = deployment.replicas + RolloutBounds(of: deployment).surge
        let before = set.annotations[RolloutSets.maxReplicas].flatMap { Int($0) } ?? 0
        let base = before > 0 ? before : max(1, deployment.object.status["replicas"]?.count ?? 1)
        return Int((Double(size) * Double(most) / Double(base)).rounded()) - size
    }

    /// As `scale`, but the annotations that tell of the Deployment's size are written in any case.
    private func resize(_ set: Object, to replicas: Int, _ deployment: Deployment) -> [Write] {
        if ReplicaSet(set).replicas != replicas { return scale(set, to: replicas, deployment) }
        var annotated = set
        annotated.annotateSize(of: deployment)
        return annotated == set ? [] : [.replace(annotated)]
    }
}
