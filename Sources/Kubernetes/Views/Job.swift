// SPDX-License-Identifier: Apache-2.0

/// A reading of a Job.
public struct Job: ObjectView {
    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// `spec.completions`: how many Pods must succeed; nil if the first success is enough.
    public var completions: Int? { field("completions")?.int }
    /// `spec.parallelism`: how many Pods may run at once.
    public var parallelism: Int { number("parallelism", or: 1) }
    /// `spec.backoffLimit`: how many failures there may be.
    public var backoffLimit: Int { number("backoffLimit", or: 6) }
    /// `spec.activeDeadlineSeconds`: after how long the Job has failed; nil for never.
    public var activeDeadlineSeconds: Int? { field("activeDeadlineSeconds")?.int?.boundedSeconds }
    /// `spec.ttlSecondsAfterFinished`: how long a finished Job is kept; nil for ever.
    public var ttlSecondsAfterFinished: Int? { field("ttlSecondsAfterFinished")?.int?.boundedSeconds }
    /// `spec.suspend`.
    public var isSuspended: Bool { flag("suspend") }
    /// True if each completion has a number of its own (`completionMode: Indexed`).
    public var isIndexed: Bool { text("completionMode") == "Indexed" }
    /// True if a Pod on its way out is replaced only once it has failed (`podReplacementPolicy: Failed`).
    public var replacesOnlyFailed: Bool { text("podReplacementPolicy") == "Failed" }
    /// The Pod template: `metadata` and `spec` of the Pods to make.
    public var template: Value { field("template") ?? .object([:]) }
    /// True if the Job has the condition `Complete` or `Failed`.
    public var isFinished: Bool {
        object.condition("Complete")?.status == .true || object.condition("Failed")?.status == .true
    }
}

/// A reading of a CronJob.
public struct CronJob: ObjectView {
    /// What becomes of a Job whose turn comes while another runs; raw values are Kubernetes' words.
    public enum ConcurrencyPolicy: String, Sendable, Hashable {
        case allow = "Allow"
        case forbid = "Forbid"
        case replace = "Replace"
    }

    /// The object that is read.
    public let object: Object

    /// Reads an object of the kind.
    public init(_ object: Object) { self.object = object }

    /// `spec.schedule` as it is written.
    public var schedule: String { text("schedule") }
    /// `spec.suspend`.
    public var isSuspended: Bool { flag("suspend") }
    /// `spec.concurrencyPolicy`.
    public var concurrencyPolicy: ConcurrencyPolicy { ConcurrencyPolicy(rawValue: text("concurrencyPolicy")) ?? .allow }
    /// `spec.startingDeadlineSeconds`: how late a Job may begin; nil for any delay.
    public var startingDeadlineSeconds: Int? { field("startingDeadlineSeconds")?.int?.boundedSeconds }
    /// `spec.jobTemplate`: `metadata` and `spec` of the Jobs to make.
    public var jobTemplate: Value { field("jobTemplate") ?? .object([:]) }
    /// How many complete Jobs are kept.
    public var successfulJobsHistoryLimit: Int { number("successfulJobsHistoryLimit", or: 3) }
    /// How many failed Jobs are kept.
    public var failedJobsHistoryLimit: Int { number("failedJobsHistoryLimit", or: 1) }
    /// `status.lastScheduleTime`: when a Job last had its turn.
    public var lastScheduleTime: Timestamp? { statusField("lastScheduleTime")?.string.flatMap { Timestamp($0) } }
}
