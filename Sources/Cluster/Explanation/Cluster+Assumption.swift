// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
internal import Net

extension Cluster {
    /// Lets a cluster that nobody drives come to rest, as if all its Pods ran and were ready as soon as they have a node,
    /// and load balancers were there at once. What controllers wait for passes, up to a minute.
    /// - Parameters:
    ///   - unready: Pods, or workloads whose Pods, are assumed not to be ready.
    ///   - now: the moment at which it begins.
    /// - Returns: the moment at which it rests.
    @discardableResult
    public mutating func assumeRunning(unready: Set<ObjectKey> = [], now: Timestamp) -> Timestamp {
        var time = now
        var patience = Cluster.assumedPatience
        for _ in 0..<Cluster.assumedRounds {
            let changes = settle(now: time)
            for pod in changes.podsToStart {
                let isReady = !unready.contains(pod.key) && unready.isDisjoint(with: owners(of: pod.key))
                assume(pod, isReady: isReady, now: time)
            }
            for key in changes.podsToStop { podRemoved(key, now: time) }
            for key in changes.loadBalancers { publishLoadBalancer(key, now: time) }
            guard changes.events.isEmpty, changes.podsToStop.isEmpty, changes.loadBalancers.isEmpty else { continue }
            guard let wait = changes.wakeAfter, wait <= patience else { break }
            patience -= wait
            time = time.advanced(milliseconds: Int64(wait))
        }
        return time
    }

    private static let assumedRounds = 10_000
    /// In milliseconds.
    private static let assumedPatience = 60_000

    private mutating func assume(_ pod: PodAssignment, isReady: Bool, now: Timestamp) {
        let addresses = nodes.placements[pod.key]?.addresses ?? []
        update(pod.key, now: now) { object in
            object.value["status", "phase"] = "Running"
            object.value["status", "podIP"] = addresses.first.map { .string($0.description) }
            object.value["status", "podIPs"] = .array(addresses.map { ["ip": .string($0.description)] })
            let ready =
                isReady ? Condition("Ready", true) : Condition("Ready", false, reason: Cluster.assumedUnready)
            object.set(ready, now: now)
        }
    }

    /// The controller of a Pod, and that one's own.
    private func owners(of key: ObjectKey) -> Set<ObjectKey> {
        var owners: Set<ObjectKey> = []
        var next = store[key]?.controller
        while let owner = next, owners.count < 4 {
            let key = ObjectKey(owner.keyKind, key.namespace, owner.name)
            owners.insert(key)
            next = store[key]?.controller
        }
        return owners
    }

    /// The Pod or the workload that a text as `pod/web-1` or `deploy/web/hello` names, for `assumeRunning`.
    public func assumedKey(_ text: String) throws(QuestionError) -> ObjectKey {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 || parts.count == 3, let kind = catalog.named(parts[0])?.keyKind,
            kind == "Pod" || Cluster.kindsWithSelectors.contains(kind)
        else {
            throw QuestionError("\"\(text)\" is no Pod or workload: write pod/NAME or deploy/NAME")
        }
        return try uniqueKey(kind, parts[parts.count - 1], in: parts.count == 3 ? parts[1] : nil, text)
    }
}
