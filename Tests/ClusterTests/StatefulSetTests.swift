// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct StatefulSetTests {
    private func text(replicas: Int = 3, image: String = "img:1", more: String = "", claims: Bool = false) -> String {
        """
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: web}
        spec:
          replicas: \(replicas)
          serviceName: nginx
          selector: {matchLabels: {app: web}}
        \(more)
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: c, image: "\(image)"}]}
        \(claims ? "  volumeClaimTemplates: [{metadata: {name: www}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]" : "")
        """
    }

    private func images(_ lab: Fixture) -> [String: String] {
        lab.pods().reduce(into: [:]) { $0[$1.name] = $1.containers.first?.image }
    }

    @Test func `Pods come one after the other, each once the one before is ready, with names, labels and host names`()
        throws
    {
        var lab = try Fixture()
        try lab.apply(text())
        var seen: [[String]] = []
        for _ in 0..<3 {
            let starts = lab.settle().podsToStart
            seen.append(starts.map(\.key.name))
            #expect(Progress(lab.cluster).wantedPods == 3 && !Progress(lab.cluster).isReady)
            for pod in starts { lab.start(pod) }
        }
        lab.run()
        #expect(seen == [["web-0"], ["web-1"], ["web-2"]])
        #expect(Progress(lab.cluster).isReady && Progress(lab.cluster).readyPods == 3)
        let pod = try lab.object("Pod", "web-1")
        #expect(pod.labels["statefulset.kubernetes.io/pod-name"] == "web-1")
        #expect(pod.labels["apps.kubernetes.io/pod-index"] == "1")
        #expect(Pod(pod).hostname == "web-1" && Pod(pod).subdomain == "nginx")
        let status = try lab.object("StatefulSet", "web").status
        for field in ["replicas", "readyReplicas", "availableReplicas", "currentReplicas", "updatedReplicas"] {
            #expect(status[field]?.int == 3, "\(field)")
        }
        let hash = try #require(pod.labels["controller-revision-hash"])
        #expect(
            status["currentRevision"] == .string("web-\(hash)") && status["updateRevision"] == .string("web-\(hash)"))
        #expect(try lab.object("ControllerRevision", "web-\(hash)").value["revision"] == 1)
    }

    @Test func `Pods go from the highest number down, one at a time`() throws {
        var lab = try Fixture()
        try lab.apply(text())
        lab.run()
        try lab.apply(text(replicas: 1))
        var gone: [[String]] = []
        for _ in 0..<2 {
            let stops = lab.settle().podsToStop
            gone.append(stops.map(\.name))
            for key in stops { lab.cluster.podRemoved(key, now: lab.now) }
        }
        lab.run()
        #expect(gone == [["web-2"], ["web-1"]])
        #expect(lab.pods().map(\.name) == ["web-0"])
    }

    @Test func `in parallel they come and go all at once`() throws {
        var lab = try Fixture()
        try lab.apply(text(more: "  podManagementPolicy: Parallel"))
        #expect(lab.settle().podsToStart.count == 3)
        lab.run()
        try lab.apply(text(replicas: 0, more: "  podManagementPolicy: Parallel"))
        #expect(lab.settle().podsToStop.count == 3)
    }

    @Test func `a Pod that is deleted comes back under its name, and claims stay`() throws {
        var lab = try Fixture()
        try lab.apply(text(claims: true))
        lab.run()
        let uid = try lab.object("Pod", "web-1").uid
        lab.cluster.delete([ObjectKey("Pod", "default", "web-1")], now: lab.now)
        lab.run()
        lab.run()
        #expect(try lab.object("Pod", "web-1").uid != uid)
        try lab.apply(text(replicas: 0, claims: true))
        lab.run()
        let claims = lab.cluster.store.objects("PersistentVolumeClaim")
        #expect(claims.map(\.name) == ["www-web-0", "www-web-1", "www-web-2"])
        #expect(claims.allSatisfy { $0.status["phase"] == "Bound" })
    }

    @Test func `an update goes from the highest number down and waits for each Pod`() throws {
        var lab = try Fixture()
        try lab.apply(text())
        lab.run()
        try lab.apply(text(image: "img:2"))
        #expect(lab.settle().podsToStop.map(\.name) == ["web-2"])
        #expect(lab.settle().podsToStop.isEmpty, "the others wait")
        lab.cluster.podRemoved(ObjectKey("Pod", "default", "web-2"), now: lab.now)
        let starts = lab.settle().podsToStart
        #expect(starts.map(\.key.name) == ["web-2"])
        #expect(lab.settle().podsToStop.isEmpty, "web-2 is not ready yet")
        for pod in starts { lab.start(pod) }
        lab.run()
        #expect(Set(images(lab).values) == ["img:2"])
        let status = try lab.object("StatefulSet", "web").status
        #expect(status["currentRevision"] == status["updateRevision"] && status["updatedReplicas"] == 3)
        #expect(lab.cluster.store.objects("ControllerRevision").count == 2)
    }

    @Test func `an update stops at the partition, and below it Pods come back as they were`() throws {
        var lab = try Fixture()
        let partition = "  updateStrategy: {rollingUpdate: {partition: 2}}"
        try lab.apply(text(more: partition))
        lab.run()
        try lab.apply(text(image: "img:2", more: partition))
        lab.run()
        #expect(images(lab) == ["web-0": "img:1", "web-1": "img:1", "web-2": "img:2"])
        lab.cluster.delete([ObjectKey("Pod", "default", "web-0")], now: lab.now)
        lab.run()
        lab.run()
        #expect(images(lab) == ["web-0": "img:1", "web-1": "img:1", "web-2": "img:2"])
        let status = try lab.object("StatefulSet", "web").status
        #expect(status["currentReplicas"] == 2 && status["updatedReplicas"] == 1)
        #expect(status["currentRevision"] != status["updateRevision"])
    }

    @Test func `OnDelete changes nothing until someone deletes a Pod`() throws {
        var lab = try Fixture()
        try lab.apply(text(more: "  updateStrategy: {type: OnDelete}"))
        lab.run()
        try lab.apply(text(image: "img:2", more: "  updateStrategy: {type: OnDelete}"))
        lab.run()
        #expect(Set(images(lab).values) == ["img:1"])
        lab.cluster.delete([ObjectKey("Pod", "default", "web-1")], now: lab.now)
        lab.run()
        lab.run()
        #expect(images(lab) == ["web-0": "img:1", "web-1": "img:2", "web-2": "img:1"])
    }

    @Test func `a Pod that fails is made again`() throws {
        var lab = try Fixture()
        try lab.apply(text(replicas: 2))
        lab.run()
        let uid = try lab.object("Pod", "web-0").uid
        lab.cluster.update(ObjectKey("Pod", "default", "web-0"), now: lab.now) {
            $0.value["status", "phase"] = "Failed"
        }
        lab.run()
        lab.run()
        #expect(try lab.object("Pod", "web-0").uid != uid)
        #expect(lab.pods().allSatisfy { $0.isReady })
    }

    @Test(arguments: [("whenScaled", ["www-web-0"]), ("whenDeleted", ["www-web-0", "www-web-1", "www-web-2"])])
    func `claims go when the policy says so`(moment: String, afterScaling: [String]) throws {
        var lab = try Fixture()
        let policy = "  persistentVolumeClaimRetentionPolicy: {\(moment): Delete}"
        try lab.apply(text(more: policy, claims: true))
        lab.run()
        try lab.apply(text(replicas: 1, more: policy, claims: true))
        lab.run()
        #expect(lab.cluster.store.objects("PersistentVolumeClaim").map(\.name) == afterScaling)
        lab.cluster.delete([ObjectKey("StatefulSet", "default", "web")], now: lab.now)
        lab.run()
        let left = lab.cluster.store.objects("PersistentVolumeClaim").map(\.name)
        #expect(left == (moment == "whenDeleted" ? [] : ["www-web-0"]))
    }
}
