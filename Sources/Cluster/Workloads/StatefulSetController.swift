// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Keeps the numbered Pods of a StatefulSet: made from the lowest up, taken away and renewed from the highest down, one
/// at a time unless they may go in parallel.
struct StatefulSetController: Controller {
    static let kind = "StatefulSet"

    let store: Store
    let index: ClusterIndex
    let now: Timestamp
    private(set) var wakeAt: Timestamp?

    init(store: Store, index: ClusterIndex, now: Timestamp) {
        self.store = store
        self.index = index
        self.now = now
    }

    mutating func reconcile(_ object: Object, _ numbers: inout RandomNumbers) -> [Write] {
        let set = StatefulSet(object)
        let pods = OwnedPods(object, store, index) { set.ordinal(of: $0.key.name) != nil }
        let revisions = ControllerRevisions(of: object, store)
        var slots = StatefulSlots(set, pods.sorted)
        for pod in pods.all where pod.isAvailable(at: now, minReadySeconds: set.minReadySeconds, &wakeAt) {
            slots.available.insert(pod.key)
        }
        let before = revisions.named(set.currentRevision) ?? revisions.current
        let step = StatefulSetStep(set: set, slots: slots, revisions: revisions, before: before, store: store)
        var writes = pods.writes + revisions.writes + step.writes
        if writes.isEmpty {
            let live = Set(pods.all.compactMap { $0.labels[ControllerRevisions.hashLabel] })
            writes += revisions.retire(
                limit: set.revisionHistoryLimit, live: live.union([ControllerRevisions.hash(of: before)]))
        }
        return writes + [.replace(withStatus(object, set, slots, revisions, before))]
    }

    private func withStatus(
        _ object: Object, _ set: StatefulSet, _ slots: StatefulSlots, _ revisions: ControllerRevisions, _ before: Object
    ) -> Object {
        let all = slots.pods.filter { !$0.isFinished && !$0.isTerminating }
        func count(of revision: Object) -> Int {
            all.count { $0.labels[ControllerRevisions.hashLabel] == ControllerRevisions.hash(of: revision) }
        }
        let (ready, updated) = (all.count(where: \.isReady), count(of: revisions.current))
        var current = before
        var isDone = updated == set.replicas && all.count == set.replicas && ready == set.replicas
        if case .onDelete = set.updateStrategy { isDone = false }
        if isDone { current = revisions.current }
        var status = object.status
        status.setCounts([
            ("observedGeneration", object.generation), ("readyReplicas", ready),
            ("currentReplicas", count(of: current)), ("updatedReplicas", updated),
        ])
        status["replicas"] = .int(Int64(slots.pods.count { !$0.isFinished }))
        status["availableReplicas"] = .int(Int64(all.count { slots.available.contains($0.key) }))
        status["currentRevision"] = .string(current.name)
        status["updateRevision"] = .string(revisions.current.name)
        status["collisionCount"] = status["collisionCount"] ?? 0
        var result = object
        result.status = status
        return result
    }
}

/// The Pods of a StatefulSet by number.
struct StatefulSlots: Sendable {
    /// The numbers that there should be, lowest first.
    let wanted: Range<Int>
    let pods: [PodFacts]
    private let byNumber: [Int: PodFacts]
    /// The Pods with numbers that there should not be, highest first.
    let condemned: [PodFacts]
    /// Those that have been ready for long enough.
    var available: Set<ObjectKey> = []

    init(_ set: StatefulSet, _ pods: [PodFacts]) {
        let wanted = set.firstOrdinal..<(set.firstOrdinal + max(0, set.replicas))
        let numbered = pods.compactMap { pod in set.ordinal(of: pod.key.name).map { (number: $0, pod: pod) } }
        self.wanted = wanted
        self.pods = pods
        byNumber = Dictionary(numbered.map { ($0.number, $0.pod) }) { first, _ in first }
        condemned = numbered.filter { !wanted.contains($0.number) }.sorted { $0.number > $1.number }.map(\.pod)
    }

    subscript(_ number: Int) -> PodFacts? { byNumber[number] }

    /// True for a Pod that runs, is ready, and is to stay.
    func isHealthy(_ pod: PodFacts) -> Bool { pod.phase == .running && pod.isReady && !pod.isTerminating }
}
