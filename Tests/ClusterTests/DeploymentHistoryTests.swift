// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct DeploymentHistoryTests {
    private let key = ObjectKey("Deployment", "default", "web")

    private func sets(_ lab: Fixture) -> [Object] { lab.cluster.store.objects("ReplicaSet") }

    private func said(_ lab: Fixture, about kind: String) -> [String] {
        lab.cluster.store.objects("Event", namespace: "default")
            .filter { $0.value["involvedObject", "kind"]?.string == kind }
            .map { "\($0.value["reason"]?.string ?? "") \($0.value["message"]?.string ?? "")" }
    }

    @Test func `a rollback moves the old ReplicaSet to a new revision and remembers the old one`() throws {
        var lab = try Fixture()
        for image in ["img:1", "img:2"] {
            try lab.apply(Text.deployment(image: image))
            lab.run()
        }
        let first = try #require(sets(lab).first { $0.annotations["deployment.kubernetes.io/revision"] == "1" })
        // As kubectl rollout undo does: the template of the ReplicaSet without the hash, a null time beside it.
        var template = ReplicaSet(first).template
        template["metadata", "labels", "pod-template-hash"] = nil
        template["metadata", "creationTimestamp"] = .null
        lab.cluster.update(key, now: lab.now) { $0.value["spec", "template"] = template }
        lab.run()
        let again = try #require(lab.cluster.store[first.key])
        #expect(again.annotations["deployment.kubernetes.io/revision"] == "3")
        #expect(again.annotations["deployment.kubernetes.io/revision-history"] == "1")
        #expect(try lab.object("Deployment", "web").annotations["deployment.kubernetes.io/revision"] == "3")
        #expect(sets(lab).count == 2 && lab.pods().count == 3)
    }

    @Test func `the cause of a change goes with its ReplicaSet`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        lab.cluster.update(key, now: lab.now) { $0.annotations["kubernetes.io/change-cause"] = "first" }
        lab.run()
        lab.cluster.update(key, now: lab.now) {
            $0.annotations["kubernetes.io/change-cause"] = "second"
            $0.value["spec", "template", "spec", "terminationGracePeriodSeconds"] = 5
        }
        lab.run()
        let causes = sets(lab).reduce(into: [String: String]()) {
            $0[$1.annotations["deployment.kubernetes.io/revision"] ?? ""] = $1.annotations["kubernetes.io/change-cause"]
        }
        #expect(causes == ["1": "first", "2": "second"])
    }

    @Test func `a change of size in the midst of a rollout is shared in proportion`() throws {
        var lab = try Fixture()
        let strategy = "  strategy: {rollingUpdate: {maxSurge: 3, maxUnavailable: 2}}"
        try lab.apply(Text.deployment(replicas: 10, more: strategy))
        lab.run()
        try lab.apply(Text.deployment(replicas: 10, image: "img:2", more: strategy))
        lab.settle()
        func sizes() -> [String: Int] {
            sets(lab).reduce(into: [:]) {
                $0[$1.annotations["deployment.kubernetes.io/revision"] ?? ""] = ReplicaSet($1).replicas
            }
        }
        #expect(sizes() == ["1": 8, "2": 5])
        lab.cluster.update(key, now: lab.now) { $0.value["spec", "replicas"] = 15 }
        lab.cluster.update(key, now: lab.now) { $0.value["spec", "paused"] = true }
        lab.settle()
        #expect(sizes() == ["1": 11, "2": 7])
    }

    @Test func `what the controllers did can be read in Events`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment(replicas: 1))
        lab.run()
        let set = try #require(sets(lab).first)
        let pod = try #require(lab.pods().first)
        #expect(said(lab, about: "Deployment") == ["ScalingReplicaSet Scaled up replica set \(set.name) from 0 to 1"])
        #expect(said(lab, about: "ReplicaSet") == ["SuccessfulCreate Created pod: \(pod.name)"])
        try lab.apply(Text.deployment(replicas: 0))
        lab.run()
        #expect(
            said(lab, about: "Deployment").last == "ScalingReplicaSet Scaled down replica set \(set.name) from 1 to 0")
        #expect(said(lab, about: "ReplicaSet").last == "SuccessfulDelete Deleted pod: \(pod.name)")
    }

    @Test func `ReplicaSets that a Deployment left behind are taken in by its successor`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        let pods = Set(lab.pods().map(\.name))
        let set = try #require(sets(lab).first).key
        lab.cluster.update(set, now: lab.now) { $0.owners = [] }
        lab.cluster.delete([key], now: lab.now)
        lab.run()
        #expect(sets(lab).count == 1)
        try lab.apply(Text.deployment())
        lab.run()
        #expect(sets(lab).count == 1 && Set(lab.pods().map(\.name)) == pods)
        #expect(lab.cluster.store[set]?.controller?.uid == lab.cluster.store[key]?.uid)
    }

    @Test func `a finished rollout stays finished when a Pod is no longer ready`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        lab.setReady(lab.pods()[0].key, false)
        lab.run()
        let object = try lab.object("Deployment", "web")
        #expect(object.condition("Progressing")?.reason == "NewReplicaSetAvailable")
        #expect(object.status["unavailableReplicas"] == 1)
        lab.setReady(lab.pods()[0].key, true)
        lab.run()
        #expect(try lab.object("Deployment", "web").condition("Progressing")?.reason == "NewReplicaSetAvailable")
    }

    @Test func `a ReplicationController keeps its Pods, and needs no selector`() throws {
        var lab = try Fixture()
        try lab.apply(
            """
            apiVersion: v1
            kind: ReplicationController
            metadata: {name: old}
            spec:
              replicas: 2
              template: {metadata: {labels: {app: old}}, spec: {containers: [{name: c, image: img}]}}
            """)
        lab.run()
        #expect(lab.pods().count == 2)
        lab.cluster.delete([lab.pods()[0].key], now: lab.now)
        lab.run()
        #expect(lab.pods().count == 2)
        let status = try lab.object("ReplicationController", "old").status
        #expect(status["replicas"] == 2 && status["readyReplicas"] == 2)
    }

    @Test func `the cheapest Pods to lose go first`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment(replicas: 4))
        lab.run()
        let cheap = lab.pods()[1].key
        let dear = lab.pods()[2].key
        lab.cluster.update(cheap, now: lab.now) { $0.annotations["controller.kubernetes.io/pod-deletion-cost"] = "-5" }
        lab.cluster.update(dear, now: lab.now) { $0.annotations["controller.kubernetes.io/pod-deletion-cost"] = "5" }
        try lab.apply(Text.deployment(replicas: 3))
        lab.run()
        #expect(lab.cluster.store[cheap] == nil)
        try lab.apply(Text.deployment(replicas: 1))
        lab.run()
        #expect(lab.pods().map(\.key) == [dear])
    }

    @Test(arguments: [
        ("Deployment", "apps/v1", ""), ("ReplicaSet", "apps/v1", ""),
        ("StatefulSet", "apps/v1", "  podManagementPolicy: Parallel"),
    ])
    func `a size that no lab holds fills the nodes and no more`(kind: String, version: String, more: String) throws {
        var lab = try Fixture(nodes: 1)
        try lab.apply(
            """
            apiVersion: \(version)
            kind: \(kind)
            metadata: {name: web}
            spec:
              replicas: 2147483647
              selector: {matchLabels: {app: web}}
            \(more)
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: c, image: img}]}
            """)
        lab.settle()
        lab.settle()
        #expect(lab.pods().filter { $0.nodeName != nil }.count == 253)
        #expect(lab.pods().count < 3000)
        #expect(try #require(lab.last.wakeAfter) <= 5001)
        let said = lab.cluster.store.objects("Event").filter { $0.value["reason"] == "FailedCreate" }
        #expect(said.count == 1)
    }

    @Test func `numbers that others wrote do no harm`() throws {
        var lab = try Fixture()
        let strategy = "  strategy: {rollingUpdate: {maxSurge: '9000000000000000000%', maxUnavailable: 0}}"
        try lab.apply(Text.deployment(more: strategy))
        lab.run()
        let set = try #require(sets(lab).first).key
        lab.cluster.update(set, now: lab.now) {
            $0.annotations["deployment.kubernetes.io/revision"] = "9223372036854775807"
            $0.annotations["deployment.kubernetes.io/max-replicas"] = "9223372036854775807"
            $0.value["status", "availableReplicas"] = .int(.max)
            $0.value["status", "replicas"] = .int(.max)
        }
        lab.cluster.update(key, now: lab.now) { $0.value["status", "collisionCount"] = 2_147_483_647 }
        lab.run()
        try lab.apply(Text.deployment(replicas: 4, image: "img:2", more: strategy))
        lab.run()
        lab.cluster.update(lab.pods()[0].key, now: lab.now) {
            $0.value["status", "containerStatuses"] = [["restartCount": .int(.max)], ["restartCount": .int(.max)]]
        }
        try lab.apply(Text.deployment(replicas: 2, image: "img:3", more: strategy))
        lab.run()
        #expect(lab.pods().count == 2)
    }
}
