// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The loop that runs the controllers, each on the keys that writes made dirty, until nothing is.
extension Cluster {
    /// More rounds than any honest change needs; what is left then is looked at by the next settle.
    private static let roundLimit = 10_000

    mutating func runControllers(now: Timestamp) {
        var rounds = 0
        while !dirty.isEmpty, rounds < Cluster.roundLimit {
            runRound(now: now)
            rounds += 1
        }
        if !dirty.isEmpty { pending.wake(at: now) }
    }

    private mutating func runRound(now: Timestamp) {
        for key in dirty.take(\.namespaces) { reconcileNamespace(key, now: now) }
        for key in dirty.take(\.definitions) { reconcileDefinition(key, now: now) }
        for key in dirty.take(\.collectable) { collect(key, now: now) }
        for key in dirty.take(\.finalizing) { reconcileFinalizing(key, now: now) }
        runWorkloadControllers(now: now)
        schedulePods(now: now)
        for key in dirty.take(\.endpoints) { reconcileEndpoints(key, now: now) }
        for key in dirty.take(\.loadBalancers) { reconcileLoadBalancer(key, now: now) }
        if dirty.hasOnlyTables { updateTables() }
    }

    /// Marks what has waited for a moment that is past, and says when the next one is.
    mutating func ring(now: Timestamp) {
        for key in alarms.take(upTo: now) { dirty.mark(key) }
    }
}

/// When which object wants to be looked at again though nothing happens.
struct Alarms: Sendable {
    private var moments: [ObjectKey: Timestamp] = [:]

    mutating func move(milliseconds: Int64) {
        moments = moments.mapValues { $0.advanced(milliseconds: milliseconds) }
    }

    mutating func set(_ key: ObjectKey, _ moment: Timestamp) { moments[key] = min(moments[key] ?? moment, moment) }

    mutating func take(upTo now: Timestamp) -> [ObjectKey] {
        guard !moments.isEmpty else { return [] }
        let due = moments.filter { $0.value <= now }.keys.sorted()
        for key in due { moments[key] = nil }
        return due
    }

    var next: Timestamp? { moments.values.min() }
}
