// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What the scheduler and the load balancer ask about a Node object.
struct NodeFacts: Sendable, Hashable {
    let name: String
    let labels: [String: String]
    let isReady: Bool
    let isUnschedulable: Bool
    let taints: [Taint]
    /// One a family, that of the primary family first.
    let addresses: [Address]
    /// What Pods may ask for in all, in thousandths, by resource; what is not named is not counted.
    let allocatable: [String: Int64]

    init(_ object: Object) {
        let node = Node(object)
        name = object.name
        labels = object.labels
        isReady = node.isReady
        isUnschedulable = node.isUnschedulable
        taints = node.taints
        addresses = node.internalAddresses
        allocatable = ResourceAmounts.read(object.status["allocatable"]).filter { $0.key != "pods" }
    }

    /// That of the primary family.
    var address: Address? { addresses.first }

    /// D63: whether the load balancer sends connections to the node.
    var takesExternalTraffic: Bool {
        isReady && labels["node.kubernetes.io/exclude-from-external-load-balancers"] == nil && !isLeaving
    }

    /// The zone that the node is in; nil without a label that says so.
    var zone: String? { labels["topology.kubernetes.io/zone"].flatMap { $0.isEmpty ? nil : $0 } }

    /// True if the node is about to be taken away.
    var isLeaving: Bool { taints.contains { $0.key == "ToBeDeletedByClusterAutoscaler" } }
}
