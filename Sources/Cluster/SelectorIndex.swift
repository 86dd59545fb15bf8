// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Whose selectors pick an object with some labels, without a look at every selector. One without conditions picks
/// nothing.
struct SelectorIndex: Sendable {
    private var selections: [ObjectKey: Selection] = [:]
    private var byLabel: [LabelPair: Set<ObjectKey>] = [:]
    /// Those whose selectors name no label with its value, by namespace.
    private var others: [String: Set<ObjectKey>] = [:]

    /// A selector, and the one of its labels under which it is found; nil if it has none.
    private struct Selection: Sendable {
        var selector: LabelSelector
        var pair: LabelPair?
    }

    /// Files a selector under the label of it that the fewest others are filed under; nil takes it away.
    mutating func set(_ key: ObjectKey, _ selector: LabelSelector?) {
        if let old = selections[key] {
            guard old.selector != selector else { return }
            selections[key] = nil
            if let pair = old.pair { byLabel.remove(key, from: pair) } else { others.remove(key, from: key.namespace) }
        }
        guard let selector, !selector.isEmpty else { return }
        let pairs = selector.matchLabels.map { LabelPair(key.namespace, $0.key, $0.value) }.sorted()
        let pair = pairs.min { count($0) < count($1) }
        selections[key] = Selection(selector: selector, pair: pair)
        if let pair { byLabel[pair, default: []].insert(key) } else { others[key.namespace, default: []].insert(key) }
    }

    private func count(_ pair: LabelPair) -> Int { byLabel[pair]?.count ?? 0 }

    /// Those that pick an object with these labels, in no order.
    func keys(selecting labels: [String: String], namespace: String) -> [ObjectKey] {
        var found: [ObjectKey] = []
        for (name, value) in labels {
            for key in byLabel[LabelPair(namespace, name, value)] ?? [] where selects(key, labels) { found.append(key) }
        }
        for key in others[namespace] ?? [] where selects(key, labels) { found.append(key) }
        return found
    }

    private func selects(_ key: ObjectKey, _ labels: [String: String]) -> Bool {
        selections[key]?.selector.matches(labels) ?? false
    }
}
