// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// How objects go: at once, after a grace period, after their finalizers, or after their contents.
extension Cluster {
    /// Deletes an object, or begins to; false if it is not there or may not be deleted.
    @discardableResult
    mutating func requestDeletion(_ key: ObjectKey, gracePeriodSeconds: Int?, now: Timestamp) -> Bool {
        guard let object = store[key], protection(of: key) == nil else { return false }
        var options = DeleteOptions()
        options.gracePeriodSeconds = gracePeriodSeconds
        _ = beginDeletion(key, object, options, now: now)
        return true
    }

    /// The corresponding Go functions are `rest.BeforeDelete` and `Store.Delete`.
    mutating func beginDeletion(
        _ key: ObjectKey, _ object: Object, _ options: DeleteOptions, now: Timestamp
    ) -> Deletion {
        let grace = gracePeriod(key, object, options)
        var object = object
        object.finalizers = options.finalizers(of: object)
        if key.kind == "Namespace" {
            object.beginTermination(graceSeconds: nil, now: now)
            object.value["status", "phase"] = "Terminating"
        } else if object.isTerminating {
            if object.shortenGrace(to: grace), nodes.placements[key] != nil { pending.podsToStop.append(key) }
        } else if key.kind == "Pod" || !object.finalizers.isEmpty {
            object.beginTermination(graceSeconds: grace, now: now)
        }
        let stays = key.kind == "Namespace" || grace > 0 || !object.finalizers.isEmpty
        let isForced = options.gracePeriodSeconds == 0
        guard stays || nodes.placements[key] != nil && !isForced else {
            if let event = store.remove(key) { observe(event, now: now) }
            return Deletion(object, isGone: true)
        }
        update(key, now: now) { $0 = object }
        return Deletion(store[key] ?? object, isGone: store[key] == nil)
    }

    /// Ten years in seconds: no clock overflows by it.
    private static let longestGrace = 315_360_000

    /// Only what runs has a grace period. The corresponding Go function is `CheckGracefulDelete`.
    private func gracePeriod(_ key: ObjectKey, _ object: Object, _ options: DeleteOptions) -> Int {
        guard key.kind == "Pod", nodes.placements[key] != nil else { return 0 }
        let pod = Pod(object)
        if pod.isFinished { return 0 }
        if let asked = options.gracePeriodSeconds { return asked < 0 ? 1 : min(asked, Self.longestGrace) }
        return object.value["metadata", "deletionGracePeriodSeconds"]?.int ?? pod.terminationGracePeriodSeconds
    }

    /// Takes an object away whose last finalizer is gone; a Pod's processes and a namespace's contents go before it.
    mutating func finishDeletion(_ key: ObjectKey, now: Timestamp) {
        guard let object = store[key], object.isTerminating, object.finalizers.isEmpty else { return }
        if key.kind == "Namespace" {
            let isEmpty =
                (object.spec["finalizers"]?.elements ?? []).isEmpty && store.keys(inNamespace: key.name).isEmpty
            guard isEmpty else { return }
        }
        guard nodes.placements[key] == nil, let event = store.remove(key) else { return }
        observe(event, now: now)
    }
}

extension DeleteOptions {
    static let orphan = "orphan"
    static let foreground = "foregroundDeletion"

    /// The finalizers with those that the way of deletion asks for, and without those that it rules out. The
    /// corresponding Go function is `deletionFinalizersForGarbageCollection`.
    func finalizers(of object: Object) -> [String] {
        let held = object.finalizers
        guard let propagation else { return held }
        let others = held.filter { $0 != Self.orphan && $0 != Self.foreground }
        return switch propagation {
        case .background: others
        case .orphan: others + [Self.orphan]
        case .foreground: others + [Self.foreground]
        }
    }
}

extension Object {
    fileprivate mutating func beginTermination(graceSeconds: Int?, now: Timestamp) {
        guard !isTerminating else { return }
        let end = now.advanced(milliseconds: Int64(graceSeconds ?? 0) * 1000)
        value["metadata", "deletionTimestamp"] = .string(end.description)
        value["metadata", "deletionGracePeriodSeconds"] = graceSeconds.map { .int(Int64($0)) }
        if value["metadata", "generation"] != nil { generation += 1 }
    }

    /// A grace period that runs may only get shorter.
    /// - Returns: whether it did.
    fileprivate mutating func shortenGrace(to seconds: Int) -> Bool {
        guard let current = value["metadata", "deletionGracePeriodSeconds"]?.int, seconds < current,
            let end = Timestamp(value["metadata", "deletionTimestamp"]?.string ?? "")
        else { return false }
        let sooner = end.advanced(milliseconds: Int64(seconds - current) * 1000)
        value["metadata", "deletionTimestamp"] = .string(sooner.description)
        value["metadata", "deletionGracePeriodSeconds"] = .int(Int64(seconds))
        return true
    }
}
