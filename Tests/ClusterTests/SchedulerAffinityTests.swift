// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

/// Three nodes: node-1 and node-3 in zone-0, node-2 in zone-1.
@Suite struct SchedulerAffinityTests {
    private func edit(_ lab: inout Fixture, _ node: String, _ body: (inout Object) -> Void) {
        lab.cluster.update(ObjectKey("Node", "", node), now: lab.now, body)
    }

    private func node(_ lab: Fixture, _ pod: String) throws -> String? { Pod(try lab.object("Pod", pod)).nodeName }

    private func message(_ lab: Fixture, _ pod: String) throws -> String? {
        try lab.object("Pod", pod).condition("PodScheduled")?.message
    }

    @Test(arguments: [
        ("matchFields: [{key: metadata.name, operator: In, values: [node-3]}]", "node-3"),
        ("matchFields: [{key: metadata.name, operator: NotIn, values: [node-1, node-2]}]", "node-3"),
        ("matchExpressions: [{key: topology.kubernetes.io/zone, operator: In, values: [zone-1]}]", "node-2"),
        ("matchExpressions: [{key: cores, operator: Gt, values: ['4']}]", "node-3"),
        ("matchExpressions: [{key: cores, operator: Lt, values: ['4']}]", "node-1"),
        ("matchExpressions: [{key: cores, operator: DoesNotExist}]", "node-2"),
    ])
    func `required node affinity decides the node`(term: String, expected: String) throws {
        var lab = try Fixture()
        edit(&lab, "node-1") { $0.labels["cores"] = "2" }
        edit(&lab, "node-3") { $0.labels["cores"] = "8" }
        let field = "requiredDuringSchedulingIgnoredDuringExecution"
        try lab.apply(
            Text.pod("a", spec: "  affinity: {nodeAffinity: {\(field): {nodeSelectorTerms: [{\(term)}]}}}"))
        lab.run()
        #expect(try node(lab, "a") == expected)
    }

    @Test func `preferred node affinity and soft taints move a Pod, but not away from the only node`() throws {
        var lab = try Fixture()
        let term = "{weight: 5, preference: {matchExpressions: [{key: disk, operator: Exists}]}}"
        let field = "preferredDuringSchedulingIgnoredDuringExecution"
        edit(&lab, "node-3") { $0.labels["disk"] = "ssd" }
        edit(&lab, "node-1") { $0.value["spec", "taints"] = [["key": "old", "effect": "PreferNoSchedule"]] }
        try lab.apply(
            Text.all(Text.pod("a", spec: "  affinity: {nodeAffinity: {\(field): [\(term)]}}"), Text.pod("b")))
        lab.run()
        #expect(try node(lab, "a") == "node-3")
        #expect(try node(lab, "b") == "node-2")
        for name in ["node-2", "node-3"] { edit(&lab, name) { $0.value["spec", "unschedulable"] = true } }
        try lab.apply(Text.pod("c"))
        lab.run()
        #expect(try node(lab, "c") == "node-1")
    }

    @Test func `Pods that keep away from each other take a node each, and one more says why it waits`() throws {
        var lab = try Fixture()
        let term = "{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: web}}}"
        let spec = "  affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [\(term)]}}"
        edit(&lab, "node-2") { $0.value["spec", "taints"] = [["key": "own", "value": "x", "effect": "NoSchedule"]] }
        for name in ["a", "b", "c"] { try lab.apply(Text.pod(name, spec: spec)) }
        lab.run()
        #expect(Set([try node(lab, "a"), try node(lab, "b")]) == ["node-1", "node-3"])
        #expect(
            try message(lab, "c")
                == "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
                + "2 node(s) didn't match pod anti-affinity rules.")
        try lab.apply(Text.pod("d"))
        lab.run()
        #expect(
            try message(lab, "d")
                == "0/3 nodes are available: 1 node(s) had untolerated taint(s), "
                + "2 node(s) didn't satisfy existing pods anti-affinity rules.")
        lab.cluster.delete([ObjectKey("Pod", "default", "a")], now: lab.now)
        lab.run()
        #expect(try node(lab, "c") != nil)
    }

    @Test func `a Pod follows those that it wants near, and the first of a group may be anywhere`() throws {
        var lab = try Fixture()
        func near(_ app: String) -> String {
            let term = "{topologyKey: topology.kubernetes.io/zone, labelSelector: {matchLabels: {app: \(app)}}}"
            return "  affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [\(term)]}}"
        }
        try lab.apply(Text.pod("cache", labels: "app: cache", spec: "  nodeName: node-2"))
        try lab.apply(
            Text.all(
                Text.pod("a", spec: near("cache")), Text.pod("b", spec: near("cache")),
                Text.pod("lost", spec: near("nobody")), Text.pod("first", labels: "app: own", spec: near("own"))))
        lab.run()
        #expect(try [node(lab, "a"), node(lab, "b")] == ["node-2", "node-2"])
        #expect(try node(lab, "first") != nil)
        #expect(try message(lab, "lost") == "0/3 nodes are available: 3 node(s) didn't match pod affinity rules.")
    }

    @Test(arguments: ["DoNotSchedule", "ScheduleAnyway"])
    func `spread constraints keep zones even, or only try to`(action: String) throws {
        var lab = try Fixture()
        let constraint =
            "{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: \(action), "
            + "labelSelector: {matchLabels: {app: web}}}"
        for number in 0..<4 {
            try lab.apply(Text.pod("p\(number)", spec: "  topologySpreadConstraints: [\(constraint)]"))
            lab.run()
        }
        let zones = lab.pods().reduce(into: [String: Int]()) {
            $0[$1.nodeName == "node-2" ? "b" : "a", default: 0] += 1
        }
        #expect(zones == ["a": 2, "b": 2])
        edit(&lab, "node-2") { $0.value["spec", "unschedulable"] = true }
        for number in 4..<6 {
            try lab.apply(Text.pod("p\(number)", spec: "  topologySpreadConstraints: [\(constraint)]"))
            lab.run()
        }
        #expect(lab.pods().filter { $0.nodeName == nil }.count == (action == "DoNotSchedule" ? 1 : 0))
    }

    @Test func `what containers ask for must be left of what the node has`() throws {
        var lab = try Fixture(nodes: 1)
        edit(&lab, "node-1") { $0.value["status", "allocatable", "cpu"] = "1" }
        func pod(_ name: String, _ cpu: String) -> String {
            Text.pod(name).replacing("image: img,", "image: img, resources: {requests: {cpu: \(cpu)}},")
        }
        try lab.apply(Text.all(pod("a", "600m"), pod("b", "0.5"), pod("c", "400m")))
        lab.run()
        #expect(try [node(lab, "a"), node(lab, "b"), node(lab, "c")] == ["node-1", nil, "node-1"])
        #expect(try message(lab, "b") == "0/1 nodes are available: 1 Insufficient cpu.")
        lab.cluster.delete([ObjectKey("Pod", "default", "a")], now: lab.now)
        lab.run()
        #expect(try node(lab, "b") == "node-1")
    }

    @Test(arguments: [
        ("127.0.0.1", "127.0.0.2", "TCP", true), ("127.0.0.1", "127.0.0.1", "TCP", false),
        ("0.0.0.0", "127.0.0.1", "TCP", false), ("127.0.0.1", "127.0.0.1", "UDP", true),
    ])
    func `ports of a node are taken by address and protocol`(
        first: String, second: String, transport: String, fits: Bool
    ) throws {
        var lab = try Fixture(nodes: 1)
        func pod(_ name: String, _ address: String, _ transport: String) -> String {
            Text.pod(name).replacing(
                "containerPort: 8080",
                "containerPort: 8080, hostPort: 80, hostIP: \(address), protocol: \(transport)")
        }
        try lab.apply(pod("a", first, "TCP"))
        try lab.apply(pod("b", second, transport))
        lab.run()
        #expect((try node(lab, "b") != nil) == fits)
    }

    @Test func `a taint of effect NoExecute drives Pods away, those that bear it for a while after that`() throws {
        var lab = try Fixture(nodes: 1)
        let brief = "  tolerations: [{key: sick, operator: Exists, effect: NoExecute, tolerationSeconds: 60}]"
        let ever = "  tolerations: [{key: sick, operator: Exists}]"
        try lab.apply(Text.all(Text.pod("none"), Text.pod("brief", spec: brief), Text.pod("ever", spec: ever)))
        lab.run()
        edit(&lab, "node-1") { $0.value["spec", "taints"] = [["key": "sick", "value": "x", "effect": "NoExecute"]] }
        lab.run()
        #expect(lab.pods().map(\.name) == ["brief", "ever"])
        #expect(try #require(lab.cluster.settle(now: lab.now).wakeAfter) <= 60_001)
        lab.advance(seconds: 61)
        lab.run()
        #expect(lab.pods().map(\.name) == ["ever"])
    }

    @Test func `a Pod for a node that is not there waits and says so`() throws {
        var lab = try Fixture()
        try lab.apply(Text.pod("a", spec: "  nodeName: moon"))
        lab.run()
        #expect(try message(lab, "a") == "node \"moon\" not found")
        lab.cluster.delete([ObjectKey("Pod", "default", "a")], now: lab.now)
        lab.run()
        #expect(lab.pods().isEmpty)
    }

    @Test func `what the scheduler does can be read in Events`() throws {
        var lab = try Fixture(nodes: 1)
        try lab.apply(Text.all(Text.pod("a"), Text.pod("b", spec: "  nodeSelector: {no: where}")))
        lab.run()
        let said = lab.cluster.store.objects("Event", namespace: "default").map {
            "\($0.value["reason"]?.string ?? "") \($0.value["message"]?.string ?? "")"
        }
        #expect(said.contains("Scheduled Successfully assigned default/a to node-1"))
        #expect(
            said.contains(
                "FailedScheduling 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector."))
    }

    @Test func `a Pod that waits is tried again when its gates open or it tolerates more`() throws {
        var lab = try Fixture(nodes: 1)
        edit(&lab, "node-1") { $0.value["spec", "taints"] = [["key": "own", "value": "x", "effect": "NoSchedule"]] }
        try lab.apply(Text.pod("a", spec: "  schedulingGates: [{name: example.com/wait}]"))
        lab.run()
        let key = ObjectKey("Pod", "default", "a")
        #expect(try lab.object("Pod", "a").condition("PodScheduled")?.reason == "SchedulingGated")
        lab.cluster.update(key, now: lab.now) { $0.value["spec", "schedulingGates"] = nil }
        lab.run()
        #expect(try message(lab, "a") == "0/1 nodes are available: 1 node(s) had untolerated taint(s).")
        lab.cluster.update(key, now: lab.now) { $0.value["spec", "tolerations"] = [["operator": "Exists"]] }
        lab.run()
        #expect(try node(lab, "a") == "node-1")
    }
    @Test func `a Pod of another scheduler waits for that one to bind it`() throws {
        var lab = try Fixture(nodes: 1)
        try lab.apply(Text.pod("a", spec: "  schedulerName: mine"))
        lab.run()
        let pod = try lab.object("Pod", "a")
        #expect(pod.condition("PodScheduled") == nil)
        let binding = Object(["target": ["kind": "Node", "name": "node-1"]])
        _ = try lab.cluster.replace(pod.key, binding, .binding, WriteOptions(), now: lab.now)
        lab.run()
        #expect(try node(lab, "a") == "node-1")
        #expect(try lab.object("Pod", "a").condition("Ready")?.status == .true)
    }
}
