// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes

/// What has gathered for the next `Changes`.
struct PendingChanges: Sendable {
    var events: [StoreEvent] = []
    var podsToStart: [PodAssignment] = []
    var podsToStop: [ObjectKey] = []
    var loadBalancers: [ObjectKey] = []
    var wakeAt: Timestamp?
    private(set) var tables: [NamespaceName: [TableChange]] = [:]

    mutating func change(_ namespace: NamespaceName, _ changes: [TableChange]) {
        if !changes.isEmpty { tables[namespace, default: []] += changes }
    }

    /// Asks to be woken at a moment, or earlier if someone else asks for that.
    mutating func wake(at moment: Timestamp) { wakeAt = min(wakeAt ?? moment, moment) }

    /// The tables' changes, the namespaces that need the same ones together.
    var tableUpdates: [TableUpdate] {
        var updates: [TableUpdate] = []
        for (namespace, changes) in tables.sorted(by: { $0.key < $1.key }) {
            if let place = updates.firstIndex(where: { $0.changes == changes }) {
                updates[place].namespaces.append(namespace)
            } else {
                updates.append(TableUpdate(namespaces: [namespace], changes: changes))
            }
        }
        return updates
    }
}

extension Cluster {
    mutating func takeChanges(now: Timestamp) -> Changes {
        var changes = Changes()
        changes.events = pending.events
        changes.tables = pending.tableUpdates
        changes.podsToStart = pending.podsToStart
        changes.podsToStop = pending.podsToStop
        changes.loadBalancers = pending.loadBalancers.filter { services.loadBalancers[$0] != nil }
        if let wakeAt = [pending.wakeAt, alarms.next].compactMap(\.self).min() {
            // A little late rather than early: what is waited for must have passed.
            changes.wakeAfter = max(1, Int(clamping: wakeAt.milliseconds - now.milliseconds) + 1)
        }
        pending = PendingChanges()
        return changes
    }
}
