// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension Cluster {
    /// Gives every Pod without a node one, or says why none will do.
    mutating func schedulePods(now: Timestamp) {
        let keys = dirty.take(\.unscheduled)
        guard !keys.isEmpty else { return }
        let scheduler = Scheduler(store: store)
        for key in keys {
            guard let pod = store[key], !pod.isTerminating else { continue }
            if let node = Pod(pod).nodeName {
                if nodes.states[node] == nil { refuse(key, reason: "NodeNotFound", "node \"\(node)\" not found", now) }
                continue
            }
            // Another scheduler binds it, if there is one.
            guard Pod(pod).schedulerName == "default-scheduler" else { continue }
            guard !Cluster.isHeldBack(pod) else {
                hold(key, now: now)
                continue
            }
            do throws(Scheduler.Unschedulable) {
                let node = try scheduler.choose(for: pod, nodes, index, store)
                bind(key, to: node, now: now)
            } catch {
                refuse(key, reason: "Unschedulable", error.message, now)
            }
        }
    }

    /// True for a Pod that its scheduling gates hold back.
    private static func isHeldBack(_ pod: Object) -> Bool { !(pod.spec["schedulingGates"]?.elements ?? []).isEmpty }

    private mutating func hold(_ key: ObjectKey, now: Timestamp) {
        let message = "Scheduling is blocked due to non-empty scheduling gates"
        update(key, now: now) {
            $0.set(Condition("PodScheduled", .false, reason: "SchedulingGated", message: message), now: now)
        }
        dirty.unscheduled.remove(key)
    }

    private mutating func refuse(_ key: ObjectKey, reason: String, _ message: String, _ now: Timestamp) {
        nodes.waiting.insert(key)
        let condition = Condition("PodScheduled", .false, reason: reason, message: message)
        let isNews = update(key, now: now) { $0.set(condition, now: now) }
        // Its own condition is no reason to try again.
        dirty.unscheduled.remove(key)
        guard isNews else { return }
        record(EventNote(.warning, "FailedScheduling", message, about: key, from: "default-scheduler"), now: now)
    }

    private mutating func bind(_ key: ObjectKey, to node: String, now: Timestamp) {
        nodes.waiting.remove(key)
        update(key, now: now) {
            $0.value["spec", "nodeName"] = .string(node)
            $0.set(Condition("PodScheduled", .true), now: now)
        }
        let message = "Successfully assigned \(key.namespace)/\(key.name) to \(node)"
        record(EventNote(.normal, "Scheduled", message, about: key, from: "default-scheduler"), now: now)
    }
}
