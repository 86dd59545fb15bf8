// SPDX-License-Identifier: Apache-2.0

/// A count, or a share of another count. The corresponding Go type is `intstr.IntOrString`, as `maxSurge` uses it.
public enum IntOrPercent: Sendable, Hashable {
    case int(Int)
    case percent(Int)

    /// The count or share that a field's value spells: a number, or a string as `25%`.
    public init?(_ value: Value?) {
        switch value {
        case .int(let number): self = .int(Int(number))
        case .string(let text):
            guard text.hasSuffix("%"), let percent = Int(text.dropLast()) else { return nil }
            self = .percent(percent)
        default: return nil
        }
    }

    /// The count that this is of a total: a share is rounded up or down to a whole number.
    public func resolved(of total: Int, roundingUp: Bool) -> Int {
        switch self {
        case .int(let count): count
        case .percent(let percent):
            // A share may be of any size; no count goes beyond 32 bits.
            (min(percent, Int(Int32.max)) * min(total, Int(Int32.max)) + (roundingUp ? 99 : 0)) / 100
        }
    }
}

/// How a Deployment goes from old Pods to new ones. The corresponding field is `spec.strategy`.
public enum DeploymentStrategy: Sendable, Hashable {
    case recreate
    case rollingUpdate(maxSurge: IntOrPercent, maxUnavailable: IntOrPercent)
}

/// A reading of a Deployment.
public struct Deployment: ObjectView {
    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// `spec.replicas`: how many Pods there should be.
    public var replicas: Int { number("replicas", or: 1) }
    /// `spec.selector`: which Pods are its own.
    public var selector: LabelSelector { LabelSelector(field("selector")) }
    /// The Pod template: `metadata` and `spec` of the Pods to make.
    public var template: Value { field("template") ?? .object([:]) }

    /// `spec.strategy`.
    public var strategy: DeploymentStrategy {
        let strategy = field("strategy")
        guard strategy?["type"]?.string != "Recreate" else { return .recreate }
        let bounds = strategy?["rollingUpdate"]
        return .rollingUpdate(
            maxSurge: IntOrPercent(bounds?["maxSurge"]) ?? .percent(25),
            maxUnavailable: IntOrPercent(bounds?["maxUnavailable"]) ?? .percent(25))
    }

    /// For how many seconds a Pod must be ready to count as available.
    public var minReadySeconds: Int { number("minReadySeconds", or: 0) }
    /// How many old ReplicaSets are kept.
    public var revisionHistoryLimit: Int { number("revisionHistoryLimit", or: 10) }
    /// `spec.paused`.
    public var isPaused: Bool { flag("paused") }
    /// After how many seconds without progress the Deployment is said to have failed.
    public var progressDeadlineSeconds: Int { number("progressDeadlineSeconds", or: 600) }
}

/// A reading of a ReplicaSet.
public struct ReplicaSet: ObjectView {
    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// `spec.replicas`: how many Pods there should be.
    public var replicas: Int { number("replicas", or: 1) }
    /// `spec.selector`: which Pods are its own.
    public var selector: LabelSelector { LabelSelector(field("selector")) }
    /// The Pod template: `metadata` and `spec` of the Pods to make.
    public var template: Value { field("template") ?? .object([:]) }
    /// For how many seconds a Pod must be ready to count as available.
    public var minReadySeconds: Int { number("minReadySeconds", or: 0) }
}
