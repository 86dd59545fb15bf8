// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

@Suite struct SchedulerTests {
    private func nodes(_ lab: Fixture) -> [String: Int] {
        lab.pods().reduce(into: [:]) { $0[$1.nodeName ?? "none", default: 0] += 1 }
    }

    @Test func `Pods of one controller are spread evenly`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment(replicas: 9))
        lab.run()
        #expect(nodes(lab) == ["node-1": 3, "node-2": 3, "node-3": 3])
        try lab.apply(
            Text.all(
                Text.deployment("a", replicas: 1), Text.deployment("b", replicas: 1), Text.deployment("c", replicas: 1))
        )
        lab.run()
        #expect(nodes(lab) == ["node-1": 4, "node-2": 4, "node-3": 4])
    }

    @Test func `a Pod goes to the node that it names or selects`() throws {
        var lab = try Fixture()
        try lab.apply(
            Text.all(
                Text.pod("a", spec: "  nodeName: node-2"),
                Text.pod("b", spec: "  nodeSelector: {topology.kubernetes.io/zone: zone-1}")))
        lab.run()
        #expect(nodes(lab) == ["node-2": 2])
    }

    @Test(arguments: [
        (
            "  nodeSelector: {disk: ssd}",
            "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."
        ),
        ("", "0/3 nodes are available: 3 node(s) were unschedulable."),
    ])
    func `a Pod that no node takes says why, and is tried again when a node changes`(spec: String, message: String)
        throws
    {
        var lab = try Fixture()
        for node in lab.cluster.store.keys("Node") where spec.isEmpty {
            lab.cluster.update(node, now: lab.now) { $0.value["spec", "unschedulable"] = true }
        }
        try lab.apply(Text.pod("a", spec: spec))
        lab.run()
        let condition = try #require(try lab.object("Pod", "a").condition("PodScheduled"))
        #expect(condition.status == .false && condition.reason == "Unschedulable" && condition.message == message)
        lab.cluster.update(ObjectKey("Node", "", "node-3"), now: lab.now) {
            $0.value["spec", "unschedulable"] = nil
            $0.labels["disk"] = "ssd"
        }
        lab.run()
        #expect(nodes(lab) == ["node-3": 1])
        #expect(try lab.object("Pod", "a").condition("PodScheduled")?.status == .true)
    }

    @Test func `a port of the host is one Pod's, until that is gone`() throws {
        var lab = try Fixture(nodes: 1)
        let pod = Text.pod("a").replacing("containerPort: 8080", "containerPort: 8080, hostPort: 80")
        try lab.apply(Text.all(pod, pod.replacing("name: a,", "name: b,")))
        lab.run()
        let condition = try lab.object("Pod", "b").condition("PodScheduled")
        #expect(
            condition?.message
                == "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.")
        lab.cluster.delete([ObjectKey("Pod", "default", "a")], now: lab.now)
        lab.run()
        #expect(Pod(try lab.object("Pod", "b")).nodeName == "node-1")
    }

    @Test func `a node takes as many Pods as it has addresses, 253 of a /24, and more when some leave`() throws {
        var lab = try Fixture(nodes: 1)
        try lab.apply(Text.deployment(replicas: 260))
        lab.run()
        #expect(nodes(lab) == ["node-1": 253, "none": 7])
        #expect(try lab.object("Node", "node-1", "").value["status", "capacity", "pods"] == "253")
        let waiting = try #require(lab.pods().first { $0.nodeName == nil })
        #expect(waiting.object.condition("PodScheduled")?.message == "0/1 nodes are available: 1 Too many pods.")
        try lab.apply(Text.deployment(replicas: 250))
        lab.run()
        #expect(nodes(lab) == ["node-1": 250])
        #expect(Set(lab.pods().compactMap(\.address)).count == 250)
    }

    @Test(arguments: [("", false), ("  tolerations: [{key: dedicated, operator: Exists}]", true)])
    func `a taint keeps Pods away that do not tolerate it`(spec: String, isScheduled: Bool) throws {
        var lab = try Fixture(nodes: 1)
        lab.cluster.update(ObjectKey("Node", "", "node-1"), now: lab.now) {
            $0.value["spec", "taints"] = [["key": "dedicated", "value": "x", "effect": "NoSchedule"]]
        }
        try lab.apply(Text.pod("a", spec: spec))
        lab.run()
        #expect((Pod(try lab.object("Pod", "a")).nodeName != nil) == isScheduled)
    }
}
