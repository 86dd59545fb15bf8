// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// Something that happened to an object, for people to read with `kubectl describe`. The Event object that keeps it is
/// made by `Cluster.record`.
public struct EventNote: Sendable, Hashable {
    /// `type`. Raw values are Kubernetes' own.
    public enum Kind: String, Sendable, Hashable {
        case normal = "Normal"
        case warning = "Warning"
    }

    /// Whether it is as it should be.
    public var kind: Kind
    /// One word for it, as `ScalingReplicaSet`.
    public var reason: String
    /// The sentence.
    public var message: String
    /// The object that it happened to (`involvedObject`).
    public var object: ObjectKey
    /// The part of the object, as `spec.containers{web}`; empty for the whole.
    public var fieldPath: String
    /// Who says so, as `deployment-controller` (`source.component`).
    public var component: String
    /// The node where it happened (`source.host`); empty if it did at none.
    public var host: String

    /// Puts one together from its parts.
    public init(
        _ kind: Kind = .normal, _ reason: String, _ message: String, about object: ObjectKey, fieldPath: String = "",
        from component: String, host: String = ""
    ) {
        self.kind = kind
        self.reason = reason
        self.message = message
        self.object = object
        self.fieldPath = fieldPath
        self.component = component
        self.host = host
    }
}
