// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct NodeTests {
    private static let manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec: {containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}, ports: [{port: 80}]}
        """

    private func readyEndpoints(_ lab: Fixture) -> Int {
        lab.cluster.store.objects("EndpointSlice", namespace: "default").map(EndpointSlice.init)
            .filter { $0.serviceName == "web" }.flatMap(\.endpoints).count { $0.isReady }
    }

    @Test func `a node that does not answer is Unknown and tainted, and its Pods leave their Services`() throws {
        var lab = try Fixture()
        try lab.apply(Self.manifest)
        lab.run()
        #expect(readyEndpoints(lab) == 3)
        lab.cluster.setNode("node-2", isReachable: false, now: lab.now)
        lab.run()
        let node = try #require(lab.cluster.store[ObjectKey("Node", "", "node-2")])
        #expect(node.condition("Ready")?.status == .unknown)
        #expect(Node(node).taints.map(\.effect).sorted() == ["NoExecute", "NoSchedule"])
        #expect(readyEndpoints(lab) == 2)
        #expect(!lab.cluster.isReachable("node-2"))
    }

    @Test func `a node that answers again is as it was before`() throws {
        var lab = try Fixture()
        try lab.apply(Self.manifest)
        lab.run()
        let key = ObjectKey("Node", "", "node-2")
        let before = try #require(lab.cluster.store[key])
        lab.cluster.setNode("node-2", isReachable: false, now: lab.now)
        lab.settle()
        lab.cluster.setNode("node-2", isReachable: true, now: lab.now)
        lab.settle()
        let after = try #require(lab.cluster.store[key])
        #expect(after.spec == before.spec)
        #expect(after.conditions.map(\.status) == before.conditions.map(\.status))
        #expect(lab.cluster.isReachable("node-2"))
    }
}
