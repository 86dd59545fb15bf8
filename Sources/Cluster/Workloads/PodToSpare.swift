// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// A Pod with its place in the order in which Kubernetes deletes Pods: the least useful first.
struct PodToSpare: Comparable {
    let pod: PodFacts
    private let deletionCost: Int
    private let neighbours: Int
    private let restarts: Int
    private let created: String

    init(_ pod: PodFacts, _ object: Object?, neighbours: Int) {
        self.pod = pod
        self.neighbours = neighbours
        deletionCost = object?.annotations["controller.kubernetes.io/pod-deletion-cost"].flatMap { Int($0) } ?? 0
        restarts =
            (object?.value["status", "containerStatuses"]?.elements ?? [])
            .map { $0["restartCount"]?.int ?? 0 }.max() ?? 0
        created = object?.creationTimestamp ?? ""
    }

    private var phaseRank: Int {
        switch pod.phase {
        case .pending: 0
        case .unknown: 1
        default: 2
        }
    }

    static func == (left: Self, right: Self) -> Bool { left.pod.key == right.pod.key }

    /// The corresponding Go type is `ActivePodsWithRanks`.
    static func < (left: Self, right: Self) -> Bool {
        if (left.pod.node == nil) != (right.pod.node == nil) { return left.pod.node == nil }
        if left.phaseRank != right.phaseRank { return left.phaseRank < right.phaseRank }
        if left.pod.isReady != right.pod.isReady { return right.pod.isReady }
        if left.deletionCost != right.deletionCost { return left.deletionCost < right.deletionCost }
        if left.neighbours != right.neighbours { return left.neighbours > right.neighbours }
        if let since = left.pod.readySince, let other = right.pod.readySince, left.pod.isReady, since != other {
            return since > other
        }
        if left.restarts != right.restarts { return left.restarts > right.restarts }
        if left.created != right.created { return left.created > right.created }
        return left.pod.key < right.pod.key
    }
}
