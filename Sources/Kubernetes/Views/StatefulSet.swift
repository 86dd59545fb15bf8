// SPDX-License-Identifier: Apache-2.0

/// How the Pods of a StatefulSet come to a new template. The corresponding field is `spec.updateStrategy`.
public enum StatefulSetUpdateStrategy: Sendable, Hashable {
    /// Only when someone deletes them.
    case onDelete
    /// From the highest number down to the partition, so many at a time; nil stands for one.
    case rollingUpdate(partition: Int, maxUnavailable: IntOrPercent?)
}

/// A reading of a StatefulSet.
public struct StatefulSet: ObjectView {
    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// `spec.replicas`: how many Pods there should be.
    public var replicas: Int { number("replicas", or: 1) }
    /// `spec.ordinals.start`: the number of the first Pod.
    public var firstOrdinal: Int { field("ordinals")?["start"]?.int ?? 0 }
    /// `spec.selector`: which Pods are its own.
    public var selector: LabelSelector { LabelSelector(field("selector")) }
    /// The headless Service under whose name the Pods have theirs; empty if there is none.
    public var serviceName: String { text("serviceName") }
    /// True if the Pods need not wait for each other (`podManagementPolicy: Parallel`).
    public var isParallel: Bool { text("podManagementPolicy") == "Parallel" }
    /// For how many seconds a Pod must be ready to count as available.
    public var minReadySeconds: Int { number("minReadySeconds", or: 0) }
    /// How many old revisions are kept.
    public var revisionHistoryLimit: Int { number("revisionHistoryLimit", or: 10) }
    /// `spec.volumeClaimTemplates`: claims that are made for each Pod.
    public var volumeClaimTemplates: [Value] { field("volumeClaimTemplates")?.elements ?? [] }
    /// True if the Pods' claims go with the set (`persistentVolumeClaimRetentionPolicy.whenDeleted: Delete`).
    public var deletesClaimsWhenDeleted: Bool { retention("whenDeleted") == "Delete" }
    /// True if a Pod's claims go with a number that is no longer wanted (`whenScaled: Delete`).
    public var deletesClaimsWhenScaled: Bool { retention("whenScaled") == "Delete" }

    private func retention(_ moment: String) -> String? {
        field("persistentVolumeClaimRetentionPolicy")?[moment]?.string
    }

    /// `status.currentRevision`: the revision that Pods have which no update has reached.
    public var currentRevision: String? { statusField("currentRevision")?.string }

    /// `spec.updateStrategy`.
    public var updateStrategy: StatefulSetUpdateStrategy {
        let strategy = field("updateStrategy")
        guard strategy?["type"]?.string != "OnDelete" else { return .onDelete }
        let rolling = strategy?["rollingUpdate"]
        return .rollingUpdate(
            partition: rolling?["partition"]?.int ?? 0, maxUnavailable: IntOrPercent(rolling?["maxUnavailable"]))
    }

    /// The number in the name of one of its Pods; nil for other names.
    public func ordinal(of podName: String) -> Int? {
        guard podName.hasPrefix(name + "-") else { return nil }
        let digits = podName.dropFirst(name.count + 1)
        guard let number = Int(digits), String(number) == digits else { return nil }
        return number
    }
}
