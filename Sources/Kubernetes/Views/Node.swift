// SPDX-License-Identifier: Apache-2.0

public import Net

/// What keeps Pods away from a node. The corresponding field is `spec.taints`.
public struct Taint: Sendable, Hashable {
    /// The taint's name.
    public let key: String
    /// Its value; may be empty.
    public let value: String
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    public let effect: String

    /// Puts one together from its parts.
    public init(key: String, value: String = "", effect: String) {
        self.key = key
        self.value = value
        self.effect = effect
    }
}

/// A reading of a Node.
public struct Node: ObjectView {
    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// The ranges that the node's Pods take their addresses from.
    public var podCIDRs: [Prefix] {
        let all = texts("podCIDRs").compactMap { Prefix($0) }
        return all.isEmpty ? [text("podCIDR")].compactMap { Prefix($0) } : all
    }

    /// The first entry of `status.addresses` of type `InternalIP`.
    public var internalAddress: Address? { internalAddresses.first }

    /// The entries of `status.addresses` of type `InternalIP`: one a family, that of the primary family first.
    public var internalAddresses: [Address] {
        (statusField("addresses")?.elements ?? []).filter { $0["type"]?.string == "InternalIP" }
            .compactMap { $0["address"]?.address }
    }

    /// True if the condition `Ready` is `True`.
    public var isReady: Bool { object.condition("Ready")?.status == .true }
    /// `spec.unschedulable`: no further Pod is to come.
    public var isUnschedulable: Bool { flag("unschedulable") }

    /// `spec.taints`.
    public var taints: [Taint] {
        (field("taints")?.elements ?? []).map {
            Taint(
                key: $0["key"]?.string ?? "", value: $0["value"]?.string ?? "", effect: $0["effect"]?.string ?? "")
        }
    }

    /// The label `topology.kubernetes.io/zone`.
    public var zone: String? { object.value["metadata", "labels", "topology.kubernetes.io/zone"]?.string }
}
