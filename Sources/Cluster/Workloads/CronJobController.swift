// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Makes a Job each time that a CronJob's turn comes, and clears old ones away.
struct CronJobController: Controller {
    static let kind = "CronJob"
    static let adoptsPods = false

    let store: Store
    let now: Timestamp
    private(set) var wakeAt: Timestamp?

    init(store: Store, index: ClusterIndex, now: Timestamp) {
        self.store = store
        self.now = now
    }

    mutating func reconcile(_ object: Object, _ numbers: inout RandomNumbers) -> [Write] {
        let cron = CronJob(object)
        let jobs = store.dependents(ofUID: object.uid).filter { $0.kind == "Job" }.sorted().compactMap { store[$0] }
            .filter { $0.controller?.uid == object.uid }.map(Job.init)
        var result = object
        var writes = notes(on: jobs, &result)
        writes += retire(jobs.filter { $0.hasCondition("Complete") }, limit: cron.successfulJobsHistoryLimit, cron)
        writes += retire(jobs.filter { $0.hasCondition("Failed") }, limit: cron.failedJobsHistoryLimit, cron)
        var running = jobs.filter { !$0.isFinished && !$0.isTerminating }.map(\.object)
        if !cron.isSuspended, let turn = turn(of: cron) {
            if cron.concurrencyPolicy == .forbid, !running.isEmpty {
                writes.append(
                    note(
                        cron, "JobAlreadyActive",
                        "Not starting job because prior execution is running and concurrency policy is Forbid"))
            } else if store.takesNewObjects(namespace: cron.namespace) {
                if cron.concurrencyPolicy == .replace {
                    writes += running.flatMap { deletion($0, cron) }
                    running = []
                }
                let job = CronJobController.job(of: cron, at: turn)
                if store[job.key] == nil {
                    writes += [.create(job), note(cron, "SuccessfulCreate", "Created job \(job.name)")]
                }
            }
            result.value["status", "lastScheduleTime"] = .string(turn.description)
        }
        let active = running.map(CronJobController.reference)
        result.value["status", "active"] = active.isEmpty ? nil : .array(active)
        return writes + [.replace(result)]
    }

    /// The turn that has come and has had no Job yet; asks to be woken for the next one.
    private mutating func turn(of cron: CronJob) -> Timestamp? {
        guard let schedule = CronSchedule(cron.schedule) else { return nil }
        let made = Timestamp(cron.object.creationTimestamp) ?? now
        var earliest = max(cron.lastScheduleTime ?? made, made)
        if let deadline = cron.startingDeadlineSeconds {
            earliest = max(earliest, now.advanced(milliseconds: -Int64(deadline) * 1000))
        }
        // Of several missed turns only the last gets a Job; further back than a week, one turn stands for all.
        earliest = max(earliest, now.advanced(milliseconds: -7 * 86_400_000))
        var last: Timestamp?
        var next = schedule.next(after: earliest)
        while let moment = next, moment <= now {
            last = moment
            next = schedule.next(after: moment)
        }
        wakeAt = next
        return last
    }

    /// Says of each finished Job once that it is, and remembers when one last succeeded.
    private func notes(on jobs: [Job], _ object: inout Object) -> [Write] {
        let known = Set((object.status["active"]?.elements ?? []).compactMap { $0["uid"]?.string })
        var writes: [Write] = []
        for job in jobs where job.isFinished && known.contains(job.object.uid) {
            let condition = job.hasCondition("Complete") ? "Complete" : "Failed"
            let message = "Saw completed job: \(job.name), condition: \(condition)"
            writes.append(note(CronJob(object), "SawCompletedJob", message))
            if condition == "Complete", let end = job.object.status["completionTime"] {
                object.value["status", "lastSuccessfulTime"] = end
            }
        }
        return writes
    }

    private func retire(_ jobs: [Job], limit: Int, _ cron: CronJob) -> [Write] {
        let byAge = jobs.sorted {
            ($0.object.creationTimestamp, $0.name) < ($1.object.creationTimestamp, $1.name)
        }
        return byAge.prefix(max(0, byAge.count - limit)).filter { !$0.isTerminating }
            .flatMap { deletion($0.object, cron) }
    }

    private func deletion(_ job: Object, _ cron: CronJob) -> [Write] {
        [.delete(job.key), note(cron, "SuccessfulDelete", "Deleted job \(job.name)")]
    }

    private func note(_ cron: CronJob, _ reason: String, _ message: String) -> Write {
        .record(EventNote(.normal, reason, message, about: cron.key, from: "cronjob-controller"))
    }

    private static func job(of cron: CronJob, at turn: Timestamp) -> Object {
        let template = cron.jobTemplate
        let name = "\(cron.name)-\(turn.seconds / 60)"
        var job = Object(apiVersion: "batch/v1", kind: "Job", namespace: cron.namespace, name: name)
        job.labels = template["metadata"]?["labels"]?.strings ?? [:]
        job.annotations = template["metadata"]?["annotations"]?.strings ?? [:]
        job.annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] = turn.description
        job.owners = [OwnerReference(controller: cron.object)]
        job.spec = template["spec"] ?? .object([:])
        return job.defaulted()
    }

    private static func reference(to job: Object) -> Value {
        [
            "apiVersion": "batch/v1", "kind": "Job", "name": .string(job.name), "namespace": .string(job.namespace),
            "uid": .string(job.uid), "resourceVersion": .string(String(job.resourceVersion)),
        ]
    }
}

extension Job {
    fileprivate func hasCondition(_ type: String) -> Bool { object.condition(type)?.status == .true }
}
