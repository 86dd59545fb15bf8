// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// Topology: which endpoints are near (D85–D88). Of the nodes, the first and third are in zone-0, the second and fourth
/// in zone-1.
@Suite struct TopologyHintTests {
    private func lab(_ more: String, type: String = "ClusterIP", pods: [Int], nodes: Int = 4) throws -> Fixture {
        var lab = try Fixture(nodes: nodes)
        try lab.apply(Text.service(type: type, more: more))
        try lab.pods(on: pods)
        try lab.pods(on: Array(1...nodes), app: "client")
        return lab
    }

    /// The hints of the ready endpoints, by Pod: zones and nodes.
    private func hints(_ lab: Fixture) -> [String: [String]] {
        var hints: [String: [String]] = [:]
        for slice in lab.slices("web") {
            for endpoint in slice.object.value["endpoints"]?.elements ?? [] {
                let names = ["forZones", "forNodes"].flatMap { endpoint["hints"]?[$0]?.elements ?? [] }
                hints[endpoint["targetRef"]?["name"]?.string ?? ""] = names.compactMap { $0["name"]?.string }
            }
        }
        return hints
    }

    @Test(arguments: ["PreferSameZone", "PreferClose"])
    func `D85 clients use the endpoints of their zone, or all if it has none`(distribution: String) throws {
        var lab = try lab("  trafficDistribution: \(distribution)", pods: [1, 3, 2])
        #expect(hints(lab) == ["a-1": ["zone-0"], "a-2": ["zone-0"], "a-3": ["zone-1"]])
        let target = try lab.clusterAddress()
        #expect(lab.ends("client-1", target) == ["a-1", "a-2"])
        #expect(lab.ends("client-4", target) == ["a-3"])
        lab.setReady("a-3", false)
        lab.settle()
        #expect(lab.ends("client-4", target) == ["a-1", "a-2"])
        #expect(hints(lab)["a-3"] == [])
        lab.setReady("a-3", true)
        lab.settle()
        #expect(lab.ends("client-2", target) == ["a-3"])
    }

    @Test func `D86 clients use the endpoints of their node, of their zone, or all`() throws {
        var lab = try lab("  trafficDistribution: PreferSameNode", pods: [1, 2, 2])
        #expect(hints(lab)["a-1"] == ["zone-0", "node-1"])
        let target = try lab.clusterAddress()
        #expect(lab.ends("client-1", target) == ["a-1"])
        #expect(lab.ends("client-2", target) == ["a-2", "a-3"])
        #expect(lab.ends("client-3", target) == ["a-1"])
        #expect(lab.ends("client-4", target) == ["a-2", "a-3"])
        lab.setReady("a-1", false)
        lab.settle()
        for client in ["client-1", "client-3"] { #expect(lab.ends(client, target) == ["a-2", "a-3"]) }
    }

    @Test func `D86 one ready endpoint without hints, and nobody heeds them`() throws {
        var lab = try lab("", pods: [])
        let hint = "hints: {forZones: [{name: zone-0}], forNodes: [{name: node-1}]}"
        func slice(_ second: String) -> String {
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: hand, labels: {kubernetes.io/service-name: web}}
            addressType: IPv4
            ports: [{name: http, port: 80}]
            endpoints:
            - {addresses: [\(try! address(1))], \(hint)}
            - {addresses: [\(try! address(2))], \(second)}
            """
        }
        func address(_ client: Int) throws -> Address { try lab.address(ofPod: "client-\(client)") }
        let all: Set = ["client-1", "client-2"]
        let rows: [(String, Set<String>, Set<String>)] = [
            ("hints: {forZones: [{name: zone-1}], forNodes: [{name: node-2}]}", ["client-1"], ["client-2"]),
            ("hints: {forZones: [{name: zone-1}]}", ["client-1"], ["client-2"]), ("nodeName: node-2", all, all),
            ("conditions: {ready: false}", ["client-1"], ["client-1"]),
        ]
        for (second, zone0, zone1) in rows {
            try lab.apply(slice(second))
            lab.run()
            #expect(lab.ends("client-3", try lab.clusterAddress()) == zone0, "\(second)")
            #expect(lab.ends("client-4", try lab.clusterAddress()) == zone1, "\(second)")
        }
    }

    @Test func `D88 hints never override a policy Local, and a node without a zone has no preference`() throws {
        let policies = "  trafficDistribution: PreferSameZone\n  internalTrafficPolicy: Local"
        var lab = try lab(policies, type: "NodePort", pods: [1, 2])
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["dropped"])
        #expect(lab.ends("client-1", try lab.clusterAddress()) == ["a-1"])
        #expect(lab.ends("host", try lab.nodePort(3)) == ["a-1"])
        lab.edit("web") { $0.value["spec", "internalTrafficPolicy"] = "Cluster" }
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["a-1"])
        lab.updateNode(3) { $0.labels["topology.kubernetes.io/zone"] = nil }
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["a-1", "a-2"])
        lab.updateNode(3) { $0.labels["topology.kubernetes.io/zone"] = "zone-1" }
        #expect(lab.ends("client-3", try lab.clusterAddress()) == ["a-2"])
    }

    @Test func `hints go with the field`() throws {
        var lab = try lab("  trafficDistribution: PreferClose", pods: [1, 2])
        lab.edit("web") { $0.value["spec", "trafficDistribution"] = nil }
        #expect(hints(lab) == ["a-1": [], "a-2": []])
        #expect(lab.ends("client-1", try lab.clusterAddress()) == ["a-1", "a-2"])
    }

    // MARK: D87

    private static let mode = "service.kubernetes.io/topology-mode"

    private func automatic(_ pods: [Int], processors: [Int], more: String = "") throws -> Fixture {
        var lab = try Fixture(nodes: processors.count)
        for (index, count) in processors.enumerated() {
            lab.updateNode(index + 1) { $0.value["status", "allocatable", "cpu"] = .string("\(count)") }
        }
        try lab.apply(Text.service(more: more))
        lab.edit("web") { $0.annotations[Self.mode] = "Auto" }
        try lab.pods(on: pods)
        return lab
    }

    /// How many endpoints are meant for each zone.
    private func counts(_ lab: Fixture) -> [String: Int] {
        Dictionary(hints(lab).values.flatMap(\.self).map { ($0, 1) }, uniquingKeysWith: +)
    }

    @Test func `D87 automatic hints are in proportion to the zones' processors, and win over the field`() throws {
        let lab = try automatic([1, 1, 1, 1], processors: [2, 2], more: "  trafficDistribution: PreferSameNode")
        #expect(counts(lab) == ["zone-0": 2, "zone-1": 2])
        #expect(lab.events("TopologyAwareHintsEnabled") == ["Topology Aware Hints has been enabled, addressType: IPv4"])
        let uneven = try automatic([1, 2, 1, 2, 1, 2], processors: [2, 4])
        #expect(counts(uneven) == ["zone-0": 2, "zone-1": 4])
    }

    @Test func `D87 hints are withheld, and an Event says why`() throws {
        let rows: [([Int], [Int], String)] = [
            ([1], [2, 2], "Insufficient number of endpoints (1 endpoints, 2 zones), addressType: IPv4"),
            (
                [1, 2, 1], [2, 2],
                "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold "
                    + "(3 endpoints, 2 zones), addressType: IPv4"
            ),
            (
                [1, 2], [2, 0],
                "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes, addressType: "
                    + "IPv4"
            ),
        ]
        for (pods, processors, message) in rows {
            let lab = try automatic(pods, processors: processors)
            #expect(counts(lab) == [:])
            #expect(lab.events("TopologyAwareHintsDisabled").contains(message), "\(message)")
        }
    }

    @Test func `D87 hints follow the nodes and the annotation`() throws {
        var lab = try automatic([1, 2, 3, 4], processors: [2, 2, 2, 2])
        #expect(counts(lab) == ["zone-0": 2, "zone-1": 2])
        for node in [2, 4] { lab.updateNode(node) { $0.value["status", "allocatable", "cpu"] = "6" } }
        #expect(counts(lab) == ["zone-0": 1, "zone-1": 3])
        for node in [2, 4] { lab.cluster.setNode("node-\(node)", isReachable: false, now: lab.now) }
        lab.run()
        #expect(counts(lab) == [:])
        for node in [2, 4] { lab.cluster.setNode("node-\(node)", isReachable: true, now: lab.now) }
        for pod in ["a-2", "a-4"] { lab.setReady(pod, true) }
        lab.run()
        #expect(counts(lab) == ["zone-0": 1, "zone-1": 3])
        lab.edit("web") { $0.annotations[Self.mode] = nil }
        #expect(counts(lab) == [:])
        #expect(
            lab.events("TopologyAwareHintsDisabled").contains(
                "Topology Aware Hints has been disabled, addressType: IPv4"))
    }
}
