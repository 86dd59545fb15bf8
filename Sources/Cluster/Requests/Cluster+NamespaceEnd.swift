// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// A namespace that ends takes its contents with it, and goes when the last of them has gone.
extension Cluster {
    mutating func reconcileNamespace(_ key: ObjectKey, now: Timestamp) {
        guard store[key]?.isTerminating == true else { return provideContents(ofNamespace: key.name, now: now) }
        guard mayEnd(key, now: now) else { return }
        // Owners first, so that nobody replaces what goes.
        func rank(_ key: ObjectKey) -> Int { Cluster.controllers.firstIndex { $0.kind == key.kind } ?? .max }
        for content in store.keys(inNamespace: key.name).sorted(by: { (rank($0), $0) < (rank($1), $1) })
        where store[content]?.isTerminating == false {
            requestDeletion(content, gracePeriodSeconds: nil, now: now)
        }
        let left = store.keys(inNamespace: key.name)
        guard left.isEmpty else {
            let conditions = endConditions(left)
            update(key, now: now) { for condition in conditions { $0.set(condition, now: now) } }
            return
        }
        // What others still have to do with the namespace itself stands in its `metadata.finalizers`.
        let finalizers = (store[key]?.spec["finalizers"]?.elements ?? []).filter { $0 != "kubernetes" }
        update(key, now: now) { $0.value["spec", "finalizers"] = .array(finalizers) }
        finishDeletion(key, now: now)
    }

    /// False until the contents have been kept long enough.
    private mutating func mayEnd(_ key: ObjectKey, now: Timestamp) -> Bool {
        guard configuration.namespaceDelay > 0 else { return true }
        let end = index.namespaceEnds[key] ?? now.advanced(milliseconds: Int64(configuration.namespaceDelay))
        index.namespaceEnds[key] = end
        if now < end { alarms.set(key, end) }
        return now >= end
    }

    /// What `kubectl describe namespace` shows of an end that takes its time.
    private func endConditions(_ left: [ObjectKey]) -> [Condition] {
        let remaining = counts(left.map { catalog.resource(of: $0)?.qualifiedPlural ?? $0.kind })
            .map { "\($0.key)\($0.key.contains(".") ? "" : ".") has \($0.value) resource instances" }
        let finalizers = counts(left.flatMap { store[$0]?.finalizers ?? [] })
            .map { "\($0.key) in \($0.value) resource instances" }
        let rest = remaining.joined(separator: ", ")
        return [
            Condition(
                "NamespaceDeletionDiscoveryFailure", .false, reason: "ResourcesDiscovered",
                message: "All resources successfully discovered"),
            Condition(
                "NamespaceDeletionGroupVersionParsingFailure", .false, reason: "ParsedGroupVersions",
                message: "All legacy kube types successfully parsed"),
            Condition(
                "NamespaceDeletionContentFailure", .false, reason: "ContentDeleted",
                message: "All content successfully deleted, may be waiting on finalization"),
            Condition(
                "NamespaceContentRemaining", .true, reason: "SomeResourcesRemain",
                message: "Some resources are remaining: \(rest)"),
            Condition(
                "NamespaceFinalizersRemaining", finalizers.isEmpty ? .false : .true,
                reason: finalizers.isEmpty ? "ContentHasNoFinalizers" : "SomeFinalizersRemain",
                message: finalizers.isEmpty
                    ? "All content-preserving finalizers finished"
                    : "Some content in the namespace has finalizers remaining: "
                        + finalizers.joined(separator: ", ")),
        ]
    }

    private func counts(_ words: [String]) -> [(key: String, value: Int)] {
        Dictionary(words.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
    }
}
