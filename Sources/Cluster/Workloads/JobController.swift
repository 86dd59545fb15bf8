// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// Runs Pods until enough have succeeded or too many have failed.
struct JobController: Controller {
    static let kind = "Job"

    let store: Store
    let index: ClusterIndex
    let now: Timestamp
    private(set) var wakeAt: Timestamp?

    init(store: Store, index: ClusterIndex, now: Timestamp) {
        self.store = store
        self.index = index
        self.now = now
    }

    mutating func reconcile(_ object: Object, _ numbers: inout RandomNumbers) -> [Write] {
        let job = Job(object)
        if job.isFinished { return retire(job) }
        let record = index.jobs[object.uid] ?? JobRecord()
        let pods = OwnedPods(object, store, index) { _ in true }
        var state = JobState(job: job, record: record, pods: pods.sorted)
        var result = object
        var writes = pods.writes
        if job.isSuspended { suspend(&result, &writes) } else { resume(&result, &writes) }
        judge(&state, &result, &writes)
        writes += manage(state, &numbers)
        if let end = state.end, state.isQuiet { finish(&result, end, &writes) }
        result.status = status(of: result, state)
        writes.append(.replace(result))
        return Job(result).isFinished ? writes + retire(Job(result)) : writes
    }

    private mutating func wake(at moment: Timestamp) { wakeAt = min(wakeAt ?? moment, moment) }

    /// A finished Job stays, with its Pods, until its time is up.
    private mutating func retire(_ job: Job) -> [Write] {
        guard let seconds = job.ttlSecondsAfterFinished,
            let end = job.object.conditions.first(where: { ["Complete", "Failed"].contains($0.type) })?
                .lastTransitionTime
        else { return [] }
        let moment = end.advanced(milliseconds: Int64(seconds) * 1000)
        if moment <= now { return [.delete(job.key)] }
        wake(at: moment)
        return []
    }

    private func suspend(_ object: inout Object, _ writes: inout [Write]) {
        object.value["status", "startTime"] = nil
        let condition = Condition("Suspended", .true, reason: "JobSuspended", message: "Job suspended")
        if object.set(condition, now: now) { writes.append(note(object, .normal, "Suspended", "Job suspended")) }
    }

    private func resume(_ object: inout Object, _ writes: inout [Write]) {
        if object.status["startTime"] == nil { object.value["status", "startTime"] = .string(now.description) }
        guard object.condition("Suspended")?.status == .true else { return }
        object.set(Condition("Suspended", .false, reason: "JobResumed", message: "Job resumed"), now: now)
        writes.append(note(object, .normal, "Resumed", "Job resumed"))
    }

    /// Decides whether the Job has done what it should, or failed; what was decided stays.
    private mutating func judge(_ state: inout JobState, _ object: inout Object, _ writes: inout [Write]) {
        if let failure = object.condition("FailureTarget") {
            state.end = .failed(reason: failure.reason, message: failure.message)
        } else if object.condition("SuccessCriteriaMet") != nil {
            state.end = .complete
        } else if state.isPastBackoffLimit {
            state.end = .failed(
                reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit")
        } else if isPastDeadline(object, state.job) {
            state.end = .failed(
                reason: "DeadlineExceeded", message: "Job was active longer than specified deadline")
        } else if state.hasEnough {
            state.end = .complete
        }
        switch state.end {
        case .failed(let reason, let message):
            object.set(Condition("FailureTarget", .true, reason: reason, message: message), now: now)
        case .complete: object.set(JobController.reached("SuccessCriteriaMet"), now: now)
        case nil: break
        }
    }

    private static func reached(_ type: String) -> Condition {
        Condition(
            type, .true, reason: "CompletionsReached", message: "Reached expected number of succeeded pods")
    }

    private mutating func isPastDeadline(_ object: Object, _ job: Job) -> Bool {
        guard let seconds = job.activeDeadlineSeconds, !job.isSuspended,
            let start = object.status["startTime"]?.string.flatMap({ Timestamp($0) })
        else { return false }
        let moment = start.advanced(milliseconds: Int64(seconds) * 1000)
        if moment <= now { return true }
        wake(at: moment)
        return false
    }

    private func finish(_ object: inout Object, _ end: JobState.End, _ writes: inout [Write]) {
        switch end {
        case .complete:
            object.set(JobController.reached("Complete"), now: now)
            object.value["status", "completionTime"] = .string(now.description)
            writes.append(note(object, .normal, "Completed", "Job completed"))
        case .failed(let reason, let message):
            object.set(Condition("Failed", .true, reason: reason, message: message), now: now)
            writes.append(note(object, .warning, reason, message))
        }
    }

    private func status(of object: Object, _ state: JobState) -> Value {
        var status = object.status
        status.setCounts([
            ("active", state.active.count), ("succeeded", state.succeeded), ("failed", state.record.failed),
        ])
        status["ready"] = .int(Int64(state.active.count(where: \.isReady)))
        status["terminating"] = .int(Int64(state.leaving))
        status["uncountedTerminatedPods"] = status["uncountedTerminatedPods"] ?? .object([:])
        let completed = state.job.isIndexed ? state.record.completedText(below: state.job.completions ?? 0) : ""
        status["completedIndexes"] = completed.isEmpty ? nil : .string(completed)
        return status
    }

    func note(_ object: Object, _ kind: EventNote.Kind, _ reason: String, _ message: String) -> Write {
        .record(EventNote(kind, reason, message, about: object.key, from: "job-controller"))
    }
}

extension JobController {
    /// Makes the Pods that are missing and ends those that are too many.
    private mutating func manage(_ state: JobState, _ numbers: inout RandomNumbers) -> [Write] {
        let excess = state.active.count - state.wantedActive
        if excess > 0 {
            let spare = state.active.map { PodToSpare($0, store[$0.key], neighbours: 0) }.sorted().prefix(excess)
            return spare.flatMap {
                [
                    .delete($0.pod.key),
                    note(state.job.object, .normal, "SuccessfulDelete", "Deleted pod: \($0.pod.key.name)"),
                ]
            }
        }
        guard excess < 0, store.takesNewObjects(namespace: state.job.namespace) else { return [] }
        if let moment = state.record.nextTry, moment > now {
            wake(at: moment)
            return []
        }
        return state.job.isIndexed
            ? indexedPods(-excess, state, &numbers) : plainPods(-excess, state.job, &numbers)
    }

    private func plainPods(_ count: Int, _ job: Job, _ numbers: inout RandomNumbers) -> [Write] {
        let prototype = job.object.podOfTemplate(job.template)
        var names = PodNames(job.name + "-", namespace: job.namespace, store: store)
        return (0..<min(count, podsInOneStep)).flatMap { _ -> [Write] in
            var pod = prototype
            pod.name = names.next(&numbers)
            return [.create(pod), note(job.object, .normal, "SuccessfulCreate", "Created pod: \(pod.name)")]
        }
    }

    private func indexedPods(_ count: Int, _ state: JobState, _ numbers: inout RandomNumbers) -> [Write] {
        let job = state.job
        let busy = Set(state.active.compactMap(JobRecord.index))
        let open = (0..<(job.completions ?? 0)).lazy
            .filter { !busy.contains($0) && !state.record.completed.contains($0) }
        return open.prefix(min(count, podsInOneStep)).flatMap { number -> [Write] in
            var pod = job.object.podOfTemplate(job.template).withCompletionIndex(number)
            let prefix = "\(job.name)-\(number)-"
            var names = PodNames(prefix, namespace: job.namespace, store: store)
            pod.value["metadata", "generateName"] = .string(prefix)
            pod.value["spec", "hostname"] = .string("\(job.name)-\(number)")
            pod.name = names.next(&numbers)
            return [.create(pod), note(job.object, .normal, "SuccessfulCreate", "Created pod: \(pod.name)")]
        }
    }
}

extension Object {
    /// A Pod that knows which part of an Indexed Job it is: by label, by annotation, and in its containers'
    /// `JOB_COMPLETION_INDEX`.
    fileprivate func withCompletionIndex(_ number: Int) -> Object {
        var pod = self
        pod.labels[JobRecord.indexLabel] = String(number)
        pod.annotations[JobRecord.indexLabel] = String(number)
        let reference: Value = [
            "fieldRef": ["apiVersion": "v1", "fieldPath": .string("metadata.labels['\(JobRecord.indexLabel)']")]
        ]
        let variable: Value = ["name": "JOB_COMPLETION_INDEX", "valueFrom": reference]
        for field in ["containers", "initContainers"] {
            guard case .array(let containers)? = pod.spec[field] else { continue }
            pod.value["spec", field] = .array(
                containers.map { container in
                    var container = container
                    let others = (container["env"]?.elements ?? []).filter { $0["name"] != variable["name"] }
                    container["env"] = .array(others + [variable])
                    return container
                })
        }
        return pod
    }
}
