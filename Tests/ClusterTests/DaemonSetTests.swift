// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct DaemonSetTests {
    private func text(image: String = "img:1", spec: String = "", more: String = "") -> String {
        """
        apiVersion: apps/v1
        kind: DaemonSet
        metadata: {name: agent}
        spec:
          selector: {matchLabels: {app: agent}}
        \(more)
          template:
            metadata: {labels: {app: agent}}
            spec:
              containers: [{name: c, image: "\(image)"}]
        \(spec)
        """
    }

    private func nodes(_ lab: Fixture) -> [String] { lab.pods().compactMap(\.nodeName).sorted() }

    private func edit(_ lab: inout Fixture, _ node: String, _ body: (inout Object) -> Void) {
        lab.cluster.update(ObjectKey("Node", "", node), now: lab.now, body)
    }

    @Test func `every node has one Pod, also a cordoned one, and the status says so`() throws {
        var lab = try Fixture()
        edit(&lab, "node-2") { $0.value["spec", "unschedulable"] = true }
        try lab.apply(text())
        lab.run()
        #expect(nodes(lab) == ["node-1", "node-2", "node-3"])
        let status = try lab.object("DaemonSet", "agent").status
        for field in [
            "desiredNumberScheduled", "currentNumberScheduled", "numberReady", "numberAvailable",
            "updatedNumberScheduled",
        ] { #expect(status[field] == 3, "\(field)") }
        #expect(status["numberMisscheduled"] == 0 && status["numberUnavailable"] == nil)
    }

    @Test func `only nodes that the template selects and that no taint guards have a Pod; changes follow`() throws {
        var lab = try Fixture()
        edit(&lab, "node-1") { $0.labels["disk"] = "ssd" }
        edit(&lab, "node-2") { $0.labels["disk"] = "ssd" }
        edit(&lab, "node-2") { $0.value["spec", "taints"] = [["key": "own", "value": "x", "effect": "NoSchedule"]] }
        try lab.apply(text(spec: "      nodeSelector: {disk: ssd}"))
        lab.run()
        #expect(nodes(lab) == ["node-1"])
        edit(&lab, "node-2") { $0.value["spec", "taints"] = nil }
        edit(&lab, "node-3") { $0.labels["disk"] = "ssd" }
        lab.run()
        #expect(nodes(lab) == ["node-1", "node-2", "node-3"])
        edit(&lab, "node-1") { $0.labels["disk"] = nil }
        lab.run()
        lab.run()
        #expect(nodes(lab) == ["node-2", "node-3"])
    }

    @Test func `a Pod that is deleted or fails comes back on its node`() throws {
        var lab = try Fixture()
        try lab.apply(text())
        lab.run()
        let first = lab.pods()[0].key
        lab.cluster.update(first, now: lab.now) { $0.value["status", "phase"] = "Failed" }
        lab.cluster.delete([lab.pods()[1].key], now: lab.now)
        lab.run()
        lab.run()
        #expect(nodes(lab) == ["node-1", "node-2", "node-3"])
        #expect(lab.cluster.store[first] == nil)
    }

    @Test(arguments: [(1, 1), (2, 2)])
    func `an update never takes more Pods away than it may`(unavailable: Int, expected: Int) throws {
        var lab = try Fixture()
        let strategy = "  updateStrategy: {rollingUpdate: {maxUnavailable: \(unavailable)}}"
        try lab.apply(text(more: strategy))
        lab.run()
        try lab.apply(text(image: "img:2", more: strategy))
        let stops = lab.settle().podsToStop
        #expect(stops.count == expected)
        for key in stops { lab.cluster.podRemoved(key, now: lab.now) }
        for _ in 0..<20 {
            let ready = lab.pods().count { $0.isReady && !$0.isTerminating }
            #expect(ready >= 3 - unavailable)
            let changes = lab.settle()
            for key in changes.podsToStop { lab.cluster.podRemoved(key, now: lab.now) }
            for pod in changes.podsToStart { lab.start(pod) }
        }
        #expect(lab.pods().allSatisfy { $0.containers.first?.image == "img:2" && $0.isReady })
        #expect(nodes(lab) == ["node-1", "node-2", "node-3"])
    }

    @Test func `with a surge the new Pod stands beside the old one until it is ready`() throws {
        var lab = try Fixture()
        let strategy = "  updateStrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}"
        try lab.apply(text(more: strategy))
        lab.run()
        try lab.apply(text(image: "img:2", more: strategy))
        for _ in 0..<30 {
            let changes = lab.settle()
            #expect(lab.pods().count { $0.isReady && !$0.isTerminating } >= 3)
            for key in changes.podsToStop { lab.cluster.podRemoved(key, now: lab.now) }
            for pod in changes.podsToStart { lab.start(pod) }
        }
        #expect(lab.pods().map { $0.containers.first?.image } == ["img:2", "img:2", "img:2"])
        #expect(nodes(lab) == ["node-1", "node-2", "node-3"])
    }
}
