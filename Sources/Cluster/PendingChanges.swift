// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// What has gathered for the next `Changes`.
struct PendingChanges: Sendable {
    var events: [StoreEvent] = []
    var names: [NameChange] = []
    var podsToStart: [PodAssignment] = []
    var podsToStop: [ObjectKey] = []
    var loadBalancers: [ObjectKey] = []
    var wakeAt: Timestamp?
    var datagramFlows: [DatagramFlows] = []
    var healthChecksChanged = false
    /// What is to be kept beside objects.
    var kept: [StateChange] = []
    private(set) var rules: [Table: [PartChange]] = [:]
    private var last: PartChange?

    /// One table of one namespace.
    struct Table: Sendable, Hashable {
        var namespace: NamespaceName
        var family: Family
    }

    /// Notes what a part wants changed in the rules of a namespace.
    mutating func change(_ namespace: NamespaceName, _ family: Family, _ part: String, _ changes: RuleChanges) {
        guard !changes.isEmpty else { return }
        var change = PartChange(part, changes)
        // Mostly all nodes need the same, one after the other: they share one copy of it.
        if let last, last == change { change = last } else { last = change }
        rules[Table(namespace: namespace, family: family), default: []].append(change)
    }

    /// Takes back all changes of the rules of some namespaces.
    mutating func forgetRules(of namespaces: [NamespaceName]) {
        let names = Set(namespaces)
        rules = rules.filter { !names.contains($0.key.namespace) }
    }

    /// Asks to be woken at a moment, or earlier if someone else asks for that.
    mutating func wake(at moment: Timestamp) { wakeAt = min(wakeAt ?? moment, moment) }

    /// The rules' changes, the namespaces that need the same ones together.
    var ruleUpdates: [RuleUpdate] {
        var updates: [RuleUpdate] = []
        for (table, parts) in rules.sorted(by: { $0.key.namespace < $1.key.namespace }) {
            if let place = updates.firstIndex(where: { $0.family == table.family && $0.parts == parts }) {
                updates[place].namespaces.append(table.namespace)
            } else {
                updates.append(RuleUpdate(namespaces: [table.namespace], family: table.family, parts: parts))
            }
        }
        return updates
    }
}

extension Cluster {
    mutating func takeChanges(now: Timestamp) -> Changes {
        var changes = Changes()
        changes.events = pending.events
        changes.rules = pending.ruleUpdates
        changes.datagramFlows = pending.datagramFlows
        changes.healthChecksChanged = pending.healthChecksChanged
        changes.names = pending.names
        changes.podsToStart = pending.podsToStart
        changes.podsToStop = pending.podsToStop
        changes.loadBalancers = pending.loadBalancers.filter { services.loadBalancers[$0] != nil }
        changes.kept = pending.kept + services.takeKept() + index.takeKept()
        if let wakeAt = [pending.wakeAt, alarms.next].compactMap(\.self).min() {
            // A little late rather than early: what is waited for must have passed.
            changes.wakeAfter = max(1, Int(clamping: wakeAt.milliseconds - now.milliseconds) + 1)
        }
        pending = PendingChanges()
        return changes
    }
}
