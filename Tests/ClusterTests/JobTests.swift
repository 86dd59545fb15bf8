// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct JobTests {
    private func text(_ spec: String = "", policy: String = "Never") -> String {
        """
        apiVersion: batch/v1
        kind: Job
        metadata: {name: pi}
        spec:
        \(spec)
          template:
            spec: {restartPolicy: \(policy), containers: [{name: c, image: img}]}
        """
    }

    private func job(_ lab: Fixture) throws -> Object { try lab.object("Job", "pi") }

    private func active(_ lab: Fixture) -> [Pod] { lab.pods().filter { !$0.isFinished && !$0.isTerminating } }

    private func finish(_ lab: inout Fixture, _ pod: Pod, _ phase: String = "Succeeded") {
        let now = lab.now
        lab.cluster.update(pod.key, now: now) {
            $0.value["status", "phase"] = .string(phase)
            $0.set(Condition("Ready", false), now: now)
        }
        lab.run()
    }

    @Test func `a Job runs one Pod and is complete once that has succeeded`() throws {
        var lab = try Fixture()
        try lab.apply(text())
        lab.run()
        let uid = try job(lab).uid
        let pod = try #require(lab.pods().first)
        #expect(pod.name.hasPrefix("pi-") && pod.labels["job-name"] == "pi")
        #expect(pod.labels["batch.kubernetes.io/controller-uid"] == uid)
        #expect(try job(lab).status["active"] == 1)
        #expect(try job(lab).status["ready"] == 1)
        finish(&lab, pod)
        let status = try job(lab).status
        #expect(status["succeeded"] == 1 && status["active"] == nil && status["completionTime"] != nil)
        #expect(try job(lab).condition("Complete")?.reason == "CompletionsReached")
        #expect(lab.pods().count == 1, "the Pod stays to be read")
    }

    @Test func `no more Pods run at once than parallelism, and no more in all than completions`() throws {
        var lab = try Fixture()
        try lab.apply(text("  completions: 5\n  parallelism: 2"))
        lab.run()
        for done in 0..<5 {
            #expect(active(lab).count == min(2, 5 - done))
            finish(&lab, try #require(active(lab).first))
        }
        #expect(try job(lab).status["succeeded"] == 5)
        #expect(try job(lab).condition("Complete")?.status == .true)
        #expect(lab.pods().count == 5)
    }

    @Test func `Pods that are gone still count`() throws {
        var lab = try Fixture()
        try lab.apply(text("  completions: 2"))
        lab.run()
        let first = try #require(active(lab).first)
        finish(&lab, first)
        lab.cluster.delete([first.key], now: lab.now)
        lab.run()
        finish(&lab, try #require(active(lab).first))
        #expect(try job(lab).status["succeeded"] == 2)
        #expect(try job(lab).condition("Complete")?.status == .true)
    }

    @Test func `failed Pods are tried again, later each time, until the limit is passed`() throws {
        var lab = try Fixture()
        try lab.apply(text("  backoffLimit: 2"))
        lab.run()
        for delay in [10, 20] as [Int64] {
            finish(&lab, try #require(active(lab).first), "Failed")
            #expect(active(lab).isEmpty, "not at once")
            lab.advance(seconds: delay - 1)
            lab.run()
            #expect(active(lab).isEmpty, "not before its time")
            lab.advance(seconds: 2)
            lab.run()
            #expect(active(lab).count == 1)
        }
        finish(&lab, try #require(active(lab).first), "Failed")
        #expect(try job(lab).condition("Failed")?.reason == "BackoffLimitExceeded")
        #expect(try job(lab).status["failed"] == 3)
        lab.advance(seconds: 1000)
        lab.run()
        #expect(active(lab).isEmpty)
    }

    @Test func `a Job past its deadline fails and its Pods end`() throws {
        var lab = try Fixture()
        try lab.apply(text("  activeDeadlineSeconds: 30"))
        lab.run()
        lab.advance(seconds: 31)
        lab.run()
        lab.run()
        #expect(try job(lab).condition("Failed")?.reason == "DeadlineExceeded")
        #expect(active(lab).isEmpty)
    }

    @Test func `a finished Job goes with its Pods once its time is up`() throws {
        var lab = try Fixture()
        try lab.apply(text("  ttlSecondsAfterFinished: 60"))
        lab.run()
        finish(&lab, try #require(active(lab).first))
        #expect(try #require(lab.cluster.settle(now: lab.now).wakeAfter) <= 60_001)
        lab.advance(seconds: 61)
        lab.run()
        #expect(lab.cluster.store.objects("Job").isEmpty && lab.pods().isEmpty)
    }

    @Test func `a suspended Job has no Pods, and starts when it is resumed`() throws {
        var lab = try Fixture()
        try lab.apply(text("  suspend: true"))
        lab.run()
        #expect(lab.pods().isEmpty)
        #expect(try job(lab).condition("Suspended")?.status == .true)
        lab.cluster.update(ObjectKey("Job", "default", "pi"), now: lab.now) { $0.value["spec", "suspend"] = false }
        lab.run()
        #expect(active(lab).count == 1)
        #expect(try job(lab).condition("Suspended")?.reason == "JobResumed")
        lab.cluster.update(ObjectKey("Job", "default", "pi"), now: lab.now) { $0.value["spec", "suspend"] = true }
        lab.run()
        #expect(active(lab).isEmpty)
        #expect(try job(lab).status["failed"] == nil, "what the Job itself ends has not failed")
    }

    @Test func `an Indexed Job has one success for each index, and its Pods know theirs`() throws {
        var lab = try Fixture()
        try lab.apply(text("  completions: 4\n  parallelism: 4\n  completionMode: Indexed"))
        lab.run()
        #expect(Set(lab.pods().map(\.hostname)) == ["pi-0", "pi-1", "pi-2", "pi-3"])
        let second = try #require(lab.pods().first { $0.hostname == "pi-1" })
        #expect(second.annotations["batch.kubernetes.io/job-completion-index"] == "1")
        #expect(second.object.spec["containers"]?.elements[0]["env"]?.elements[0]["name"] == "JOB_COMPLETION_INDEX")
        for name in ["pi-0", "pi-2", "pi-3"] {
            finish(&lab, try #require(lab.pods().first { $0.hostname == name }))
        }
        #expect(try job(lab).status["completedIndexes"] == "0,2,3")
        finish(&lab, second, "Failed")
        lab.advance(seconds: 11)
        lab.run()
        let again = try #require(active(lab).first)
        #expect(again.hostname == "pi-1" && active(lab).count == 1)
        finish(&lab, again)
        #expect(try job(lab).status["completedIndexes"] == "0-3")
        #expect(try job(lab).condition("Complete")?.status == .true)
    }

    @Test func `restarts count against the limit where Pods restart their containers`() throws {
        var lab = try Fixture()
        try lab.apply(text("  backoffLimit: 2", policy: "OnFailure"))
        lab.run()
        let pod = try #require(active(lab).first)
        for count in [1, 2] as [Int64] {
            #expect(try job(lab).condition("FailureTarget") == nil)
            lab.cluster.update(pod.key, now: lab.now) {
                $0.value["status", "containerStatuses"] = [["name": "c", "restartCount": .int(count)]]
            }
            lab.run()
        }
        lab.run()
        #expect(try job(lab).condition("Failed")?.reason == "BackoffLimitExceeded")
        #expect(active(lab).isEmpty)
    }

    @Test func `a CronJob makes a Job each time its turn comes, and keeps as many as it should`() throws {
        var lab = try Fixture()
        try lab.apply(
            """
            apiVersion: batch/v1
            kind: CronJob
            metadata: {name: tick}
            spec:
              schedule: "*/5 * * * *"
              successfulJobsHistoryLimit: 1
              jobTemplate:
                spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: img}]}}}
            """)
        lab.run()
        #expect(lab.cluster.store.objects("Job").isEmpty)
        var names: [String] = []
        for _ in 0..<3 {
            let wake = try #require(lab.cluster.settle(now: lab.now).wakeAfter)
            #expect(wake <= 300_001)
            lab.advance(seconds: 300)
            lab.run()
            let made = try #require(lab.cluster.store.objects("Job").last)
            #expect(made.name == "tick-\(lab.now.seconds / 60 / 5 * 5)")
            names.append(made.name)
            finish(&lab, try #require(active(lab).first))
        }
        #expect(Set(names).count == 3)
        #expect(lab.cluster.store.objects("Job").map(\.name) == [names[2]])
        let status = try lab.object("CronJob", "tick").status
        #expect(status["active"] == nil && status["lastScheduleTime"] != nil && status["lastSuccessfulTime"] != nil)
    }
}
