// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// How a Job stands at one moment.
struct JobState: Sendable {
    /// How a Job ends.
    enum End: Sendable, Hashable {
        case complete
        case failed(reason: String, message: String)
    }

    let job: Job
    let record: JobRecord
    let pods: [PodFacts]
    let active: [PodFacts]
    /// The Job's end once it is decided, though Pods may still be running.
    var end: End?

    init(job: Job, record: JobRecord, pods: [PodFacts]) {
        self.job = job
        self.record = record
        self.pods = pods
        active = pods.filter(\.isActive)
    }

    /// Pods that were told to go and have not gone yet.
    var leaving: Int { pods.count { $0.isTerminating && !$0.isFinished } }

    /// True if no Pod runs any more.
    var isQuiet: Bool { active.isEmpty && leaving == 0 }

    /// How many parts are done: indexes if the Job has them, else Pods.
    var succeeded: Int {
        guard job.isIndexed, let completions = job.completions else { return record.succeeded }
        return record.completed.count { $0 < completions }
    }

    /// Without a number of completions, the first success ends the Job as soon as the other Pods are through.
    var hasEnough: Bool {
        guard let completions = job.completions else { return record.succeeded > 0 && active.isEmpty }
        return succeeded >= completions
    }

    /// Failed Pods count, and restarts where Pods restart their containers.
    var isPastBackoffLimit: Bool {
        if record.failed > job.backoffLimit { return true }
        guard job.template["spec"]?["restartPolicy"] == "OnFailure" else { return false }
        let restarts = active.reduce(0) { $0 + $1.restarts }
        return job.backoffLimit == 0 ? restarts > 0 : restarts >= job.backoffLimit
    }

    /// How many Pods should run now.
    var wantedActive: Int {
        guard end == nil, !job.isSuspended else { return 0 }
        guard let completions = job.completions else {
            return record.succeeded > 0 ? active.count : job.parallelism
        }
        let room = job.replacesOnlyFailed ? max(0, job.parallelism - leaving) : job.parallelism
        return min(room, completions - succeeded)
    }
}
