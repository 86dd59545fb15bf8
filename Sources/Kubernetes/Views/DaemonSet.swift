// SPDX-License-Identifier: Apache-2.0

/// How the Pods of a DaemonSet come to a new template. The corresponding field is `spec.updateStrategy`.
public enum DaemonSetUpdateStrategy: Sendable, Hashable {
    /// Only when someone deletes them.
    case onDelete
    case rollingUpdate(maxSurge: IntOrPercent, maxUnavailable: IntOrPercent)
}

/// A reading of a DaemonSet.
public struct DaemonSet: ObjectView {
    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// `spec.selector`: which Pods are its own.
    public var selector: LabelSelector { LabelSelector(field("selector")) }
    /// The Pod template: `metadata` and `spec` of the Pods to make.
    public var template: Value { field("template") ?? .object([:]) }
    /// For how many seconds a Pod must be ready to count as available.
    public var minReadySeconds: Int { number("minReadySeconds", or: 0) }
    /// How many old revisions are kept.
    public var revisionHistoryLimit: Int { number("revisionHistoryLimit", or: 10) }

    /// `spec.updateStrategy`.
    public var updateStrategy: DaemonSetUpdateStrategy {
        let strategy = field("updateStrategy")
        guard strategy?["type"]?.string != "OnDelete" else { return .onDelete }
        let rolling = strategy?["rollingUpdate"]
        return .rollingUpdate(
            maxSurge: IntOrPercent(rolling?["maxSurge"]) ?? .int(0),
            maxUnavailable: IntOrPercent(rolling?["maxUnavailable"]) ?? .int(1))
    }
}
