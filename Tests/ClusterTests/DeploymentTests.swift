// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

@Suite struct DeploymentTests {
    private func deployment(_ lab: Fixture, _ name: String = "web") throws -> Object {
        try lab.object("Deployment", name)
    }

    private func sets(_ lab: Fixture) -> [ReplicaSet] { lab.cluster.store.objects("ReplicaSet").map(ReplicaSet.init) }

    @Test func `a Deployment makes a ReplicaSet and Pods with Kubernetes' names, and says how it stands`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        let set = try #require(sets(lab).first)
        let hash = try #require(set.labels["pod-template-hash"])
        #expect(set.name == "web-\(hash)")
        #expect(hash.utf8.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".utf8.contains($0) })
        #expect(lab.pods().count == 3)
        for pod in lab.pods() {
            #expect(pod.name.wholeMatch(of: try Regex("\(set.name)-[bcdfghjklmnpqrstvwxz2456789]{5}")) != nil)
            #expect(pod.labels == ["app": "web", "pod-template-hash": hash])
            #expect(pod.object.controller?.name == set.name)
        }
        let status = try deployment(lab).status
        for field in ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"] {
            #expect(status[field]?.int == 3)
        }
        #expect(status["unavailableReplicas"] == nil)
        #expect(status["observedGeneration"]?.int == 1)
        #expect(try deployment(lab).condition("Available")?.reason == "MinimumReplicasAvailable")
        #expect(try deployment(lab).condition("Progressing")?.reason == "NewReplicaSetAvailable")
        #expect(try deployment(lab).annotations["deployment.kubernetes.io/revision"] == "1")
        #expect(Progress(lab.cluster).isReady)
    }

    @Test(arguments: [(3, 5), (5, 2), (3, 0), (0, 4)])
    func `scaling makes or removes just the Pods that are needed`(from: Int, to: Int) throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment(replicas: from))
        lab.run()
        let before = Set(lab.pods().map(\.name))
        try lab.apply(Text.deployment(replicas: to))
        lab.run()
        let after = Set(lab.pods().map(\.name))
        #expect(after.count == to)
        #expect(before.isSubset(of: after) || after.isSubset(of: before))
        #expect(sets(lab).count == 1)
    }

    @Test func `scaling down removes Pods that are not ready first`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment(replicas: 4))
        lab.run()
        let unready = lab.pods()[2].key
        lab.setReady(unready, false)
        lab.run()
        try lab.apply(Text.deployment(replicas: 3))
        lab.run()
        #expect(lab.pods().count == 3)
        #expect(lab.cluster.store[unready] == nil)
    }

    @Test func `a relabelled Pod runs on alone and a replacement comes`() throws {
        var lab = try Fixture()
        try lab.apply(Text.all(Text.deployment(), Text.service()))
        lab.run()
        let key = lab.pods()[0].key
        let address = try #require(lab.pods()[0].address?.description)
        #expect(lab.readyAddresses("web").contains(address))
        lab.cluster.update(key, now: lab.now) { $0.labels["app"] = "bye" }
        lab.settle()
        #expect(!lab.readyAddresses("web").contains(address))
        for pod in lab.last.podsToStart { lab.start(pod) }
        lab.run()
        #expect(lab.pods().count == 4)
        #expect(lab.cluster.store[key]?.owners == [])
        #expect(lab.cluster.store[key]?.isTerminating == false)
        #expect(lab.readyAddresses("web").count == 3)
        lab.cluster.update(key, now: lab.now) { $0.labels["app"] = "web" }
        lab.run()
        #expect(lab.pods().count == 3, "it is taken back, and one is too many")
    }

    @Test func `a Pod that matches and belongs to nobody is adopted`() throws {
        var lab = try Fixture()
        try lab.apply(
            """
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata: {name: web}
            spec:
              replicas: 2
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: c, image: img}]}
            ---
            \(Text.pod("old"))
            """)
        lab.run()
        #expect(lab.pods().count == 2)
        #expect(try lab.object("Pod", "old").controller?.name == "web")
    }

    @Test(arguments: 1...12) func `a rolling update never leaves its bounds, whatever the Pods do`(seed: UInt64) throws
    {
        var dice = Dice(seed: seed)
        let replicas = Int.random(in: 1...9, using: &dice)
        let surge = Int.random(in: 0...3, using: &dice)
        let unavailable = Int.random(in: (surge == 0 ? 1 : 0)...3, using: &dice)
        let strategy = "  strategy: {rollingUpdate: {maxSurge: \(surge), maxUnavailable: \(unavailable)}}"
        var lab = try Fixture(seed: seed)
        try lab.apply(Text.deployment(replicas: replicas, more: strategy))
        lab.run()
        try lab.apply(Text.deployment(replicas: replicas, image: "img:2", more: strategy))
        var starting: [PodAssignment] = []
        var stopping: [ObjectKey] = []
        for step in 0..<2000 {
            let changes = lab.settle()
            starting += changes.podsToStart
            stopping += changes.podsToStop
            let live = lab.pods().filter { !$0.isTerminating }
            #expect(live.count <= replicas + surge)
            #expect(live.count(where: \.isReady) >= max(0, replicas - unavailable))
            if starting.isEmpty, stopping.isEmpty { break }
            try #require(step < 1999, "it never ends")
            if !starting.isEmpty, Bool.random(using: &dice) || stopping.isEmpty {
                lab.start(starting.remove(at: .random(in: starting.indices, using: &dice)))
            } else {
                lab.cluster.podRemoved(stopping.remove(at: .random(in: stopping.indices, using: &dice)), now: lab.now)
            }
        }
        #expect(lab.pods().count == replicas)
        #expect(lab.pods().allSatisfy { $0.containers.first?.image == "img:2" })
        #expect(try deployment(lab).annotations["deployment.kubernetes.io/revision"] == "2")
        #expect(sets(lab).count == 2)
    }

    @Test func `Recreate ends every old Pod before it makes a new one`() throws {
        var lab = try Fixture()
        let strategy = "  strategy: {type: Recreate}"
        try lab.apply(Text.deployment(more: strategy))
        lab.run()
        try lab.apply(Text.deployment(image: "img:2", more: strategy))
        let changes = lab.settle()
        #expect(changes.podsToStop.count == 3 && changes.podsToStart.isEmpty)
        lab.cluster.podRemoved(changes.podsToStop[0], now: lab.now)
        #expect(lab.settle().podsToStart.isEmpty)
        for key in changes.podsToStop { lab.cluster.podRemoved(key, now: lab.now) }
        #expect(lab.settle().podsToStart.count == 3)
    }

    @Test func `a template that comes back takes up its old ReplicaSet with a new revision`() throws {
        var lab = try Fixture()
        for image in ["img:1", "img:2", "img:1"] {
            try lab.apply(Text.deployment(image: image))
            lab.run()
        }
        #expect(sets(lab).count == 2)
        #expect(try deployment(lab).annotations["deployment.kubernetes.io/revision"] == "3")
        #expect(lab.pods().count == 3)
        #expect(lab.pods().allSatisfy { $0.containers.first?.image == "img:1" })
    }

    @Test func `no more old ReplicaSets are kept than the limit says`() throws {
        var lab = try Fixture()
        for version in 1...6 {
            try lab.apply(Text.deployment(image: "img:\(version)", more: "  revisionHistoryLimit: 2"))
            lab.run()
        }
        #expect(sets(lab).count == 3)
    }

    @Test func `a paused Deployment does not roll, but scales`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        try lab.apply(Text.deployment(replicas: 5, image: "img:2", more: "  paused: true"))
        lab.run()
        #expect(lab.pods().count == 5)
        #expect(lab.pods().allSatisfy { $0.containers.first?.image == "img:1" })
        #expect(try deployment(lab).condition("Progressing")?.reason == "DeploymentPaused")
        try lab.apply(Text.deployment(replicas: 5, image: "img:2"))
        lab.run()
        #expect(lab.pods().allSatisfy { $0.containers.first?.image == "img:2" })
    }

    @Test
    func `minReadySeconds keeps a Pod from being available until they have passed, and the cluster asks to be woken`()
        throws
    {
        var lab = try Fixture()
        try lab.apply(Text.deployment(replicas: 1, more: "  minReadySeconds: 10"))
        for pod in lab.settle().podsToStart { lab.start(pod) }
        let changes = lab.settle()
        #expect(try deployment(lab).status["availableReplicas"] == nil)
        #expect(try #require(changes.wakeAfter) == 10_001)
        lab.advance(seconds: 10)
        lab.settle()
        #expect(try deployment(lab).status["availableReplicas"]?.int == 1)
    }

    @Test func `progress that stays away past the deadline is said`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment(more: "  progressDeadlineSeconds: 60"))
        lab.settle()
        #expect(try deployment(lab).condition("Progressing")?.status == .true)
        lab.advance(seconds: 61)
        lab.settle()
        #expect(try deployment(lab).condition("Progressing")?.reason == "ProgressDeadlineExceeded")
    }

    @Test func `what a deleted Deployment owned follows it`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        lab.run()
        lab.cluster.delete([ObjectKey("Deployment", "default", "web")], now: lab.now)
        let changes = lab.settle()
        #expect(changes.podsToStop.count == 3)
        lab.run()
        for key in changes.podsToStop { lab.cluster.podRemoved(key, now: lab.now) }
        lab.run()
        #expect(lab.pods().isEmpty && sets(lab).isEmpty)
    }
}

/// Numbers that follow from a seed, so that a failure can be seen again.
struct Dice: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
