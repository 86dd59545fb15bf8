// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Amounts of CPU, memory and the like by name, in thousandths of their units. The corresponding Go type is
/// `v1.ResourceList`.
enum ResourceAmounts {
    /// The amounts of a list as `{cpu: 500m, memory: 64Mi}`; what cannot be read is left out.
    static func read(_ list: Value?) -> [String: Int64] { (list?.fields ?? [:]).compactMapValues(amount) }

    /// What the Pod's containers ask for together: those that run side by side, or the largest of those that run
    /// before them if that is more.
    static func requests(of pod: Object) -> [String: Int64] {
        var sum = total(pod.spec["containers"]?.elements ?? [])
        for container in pod.spec["initContainers"]?.elements ?? [] {
            let own = read(container["resources"]?["requests"])
            let runsOn = container["restartPolicy"] == "Always"
            sum.merge(own) { runsOn ? $0.addingReportingOverflow($1).partialValue : max($0, $1) }
        }
        return sum.merging(read(pod.spec["overhead"])) { $0.addingReportingOverflow($1).partialValue }
    }

    private static func total(_ containers: [Value]) -> [String: Int64] {
        containers.reduce(into: [:]) { sum, container in
            sum.merge(read(container["resources"]?["requests"])) { $0.addingReportingOverflow($1).partialValue }
        }
    }

    /// `250m` is 250; nil for what is no amount. Nobody asks for less than nothing, or for more than any node has.
    private static func amount(_ value: Value) -> Int64? {
        Quantity(value).map { min(max($0.thousandths, 0), 10_000_000_000_000_000) }
    }
}
