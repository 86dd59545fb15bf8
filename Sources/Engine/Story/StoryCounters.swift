// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The counters that were told of last.
struct StoryCounters {
    private var nodes: [String: CounterSample.Node] = [:]
    private var values: [String: Value] = [:]

    /// The last of each node, for those who come now.
    var told: [Value] { values.sorted { $0.key < $1.key }.map(\.value) }

    /// Takes a sample in; gives what is to be told of it: the nodes whose figures are others than before.
    mutating func take(_ sample: CounterSample) -> [Value] {
        var changed: [Value] = []
        for (name, node) in sample.nodes.sorted(by: { $0.key < $1.key }) where nodes[name] != node {
            let value = node.value(named: name, limit: sample.limit)
            nodes[name] = node
            values[name] = value
            changed.append(value)
        }
        return changed
    }
}
