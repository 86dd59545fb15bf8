// SPDX-License-Identifier: Apache-2.0

public import Net

/// What keeps Pods away from a node. The corresponding field is `spec.taints`.
public struct Taint: Sendable, Hashable {
    public let key: String
    public let value: String
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    public let effect: String
}

/// A reading of a Node.
public struct Node: ObjectView {
    public let object: Object

    public init(_ object: Object) { self.object = object }

    /// The ranges that the node's Pods take their addresses from.
    public var podCIDRs: [Prefix] {
        let all = texts("podCIDRs").compactMap { Prefix($0) }
        return all.isEmpty ? [text("podCIDR")].compactMap { Prefix($0) } : all
    }

    /// The entry of `status.addresses` of type `InternalIP`.
    public var internalAddress: Address? {
        statusField("addresses")?.elements.first { $0["type"]?.string == "InternalIP" }?["address"]?.address
    }

    /// True if the condition `Ready` is `True`.
    public var isReady: Bool { object.condition("Ready")?.status == .true }
    public var isUnschedulable: Bool { flag("unschedulable") }

    public var taints: [Taint] {
        (field("taints")?.elements ?? []).map {
            Taint(
                key: $0["key"]?.string ?? "", value: $0["value"]?.string ?? "", effect: $0["effect"]?.string ?? "")
        }
    }

    /// The label `topology.kubernetes.io/zone`.
    public var zone: String? { object.value["metadata", "labels", "topology.kubernetes.io/zone"]?.string }
}
