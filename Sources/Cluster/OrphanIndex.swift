// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Objects of one kind that no controller manages, by their labels: those that a workload may take in.
struct OrphanIndex: Sendable {
    private var byNamespace: [String: Set<ObjectKey>] = [:]
    private var byLabel: [LabelPair: Set<ObjectKey>] = [:]

    /// Files an object anew.
    /// - Parameters:
    ///   - old: the labels under which it was; nil if it was not here.
    ///   - new: its labels now; nil if it is gone, or has a controller.
    mutating func set(_ key: ObjectKey, _ old: [String: String]?, _ new: [String: String]?) {
        if let old {
            byNamespace.remove(key, from: key.namespace)
            for (name, value) in old { byLabel.remove(key, from: LabelPair(key.namespace, name, value)) }
        }
        guard let new else { return }
        byNamespace[key.namespace, default: []].insert(key)
        for (name, value) in new { byLabel[LabelPair(key.namespace, name, value), default: []].insert(key) }
    }

    /// Those that a selector may pick, sorted: of its labels, the one that the fewest objects have is looked at.
    func candidates(for selector: LabelSelector, namespace: String) -> [ObjectKey] {
        guard !selector.isEmpty, var fewest = byNamespace[namespace] else { return [] }
        for (name, value) in selector.matchLabels {
            let keys = byLabel[LabelPair(namespace, name, value)] ?? []
            if keys.count < fewest.count { fewest = keys }
        }
        return fewest.sorted()
    }
}
