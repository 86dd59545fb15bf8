// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net

/// Services whose rules differ from node to node, or ask who the client is.
extension Fixture {
    /// Where the Pods of the Services are: `web/a` on node-1, `web/b` on node-2; `web/far` on node-3 is a client.
    static let backends = [1: "10.244.1.10", 2: "10.244.2.11"]

    static func policies(_ family: Family) -> Fixture {
        var lab = Fixture(family: family)
        lab.addPod("web/client", node: 1, last: 9)
        lab.addPod("web/a", node: 1, last: 10)
        lab.addPod("web/b", node: 2, last: 11)
        lab.addPod("web/far", node: 3, last: 12)
        for number in 1...3 {
            for entry in policyServices(node: number) { lab.setService(entry, node: number) }
        }
        for entry in edgeServices { lab.setEdgeService(entry) }
        let target = socket("10.244.2.11:80").of(family)
        let port = HostPortEntry(
            pool: 40, transport: .tcp, hostPort: 8080, target: target,
            because: Because("Pod web/b", field: "spec.containers[0].ports[0].hostPort"))
        _ = lab.plan.namespaces["node-2"]?.rulesets[family]?.setHostPorts(pod: "web/b", [port])
        for (address, node) in [("198.51.100.8", 2), ("198.51.100.9", 1), ("198.51.100.10", 3)] {
            lab.route(.host, address, via: "172.18.0.1", dev: "lab0")
            lab.route(.edge, address, via: nodeAddress(node).description, dev: "node-\(node)")
        }
        return lab
    }

    private static func port(
        _ name: String, _ pool: UInt32, at cluster: String, external: [String] = [], loadBalancer: [String] = [],
        nodePort: UInt16, endpoints: [Int] = [1, 2], node: Int
    ) -> ServicePortEntry {
        func sockets(_ nodes: [Int]) -> [SocketAddress] { nodes.map { socket((backends[$0] ?? "") + ":8080") } }
        let service = "Service \(name)"
        return ServicePortEntry(
            pool: pool, port: 80, clusterAddresses: [address(cluster)], externalAddresses: external.map(address),
            loadBalancerAddresses: loadBalancer.map(address), nodePort: nodePort, endpoints: sockets(endpoints),
            localEndpoints: sockets(endpoints.filter { $0 == node }),
            reasons: ServicePortReasons(
                port: Because(service, field: "spec.ports[0]"),
                internalPolicy: Because(service, field: "spec.internalTrafficPolicy"),
                externalPolicy: Because(service, field: "spec.externalTrafficPolicy"),
                affinity: Because(service, field: "spec.sessionAffinity"),
                sourceRanges: Because(service, field: "spec.loadBalancerSourceRanges")))
    }

    /// The Services as a node sees them.
    static func policyServices(node: Int) -> [ServiceEntry] {
        var local = port(
            "web/local", 20, at: "10.96.1.1", external: ["198.51.100.9", "198.51.100.10"],
            loadBalancer: ["203.0.113.20"], nodePort: 31000, node: node)
        (local.isExternalLocal, local.localPool) = (true, 21)
        var inner = port("web/inner", 22, at: "10.96.1.2", nodePort: 31001, node: node)
        (inner.isInternalLocal, inner.localPool) = (true, 23)
        var nowhere = port(
            "web/nowhere", 24, at: "10.96.1.3", loadBalancer: ["203.0.113.21"], nodePort: 31002, endpoints: [],
            node: node)
        (nowhere.isExternalLocal, nowhere.isInternalLocal, nowhere.localPool) = (true, true, 25)
        var guarded = port(
            "web/guarded", 26, at: "10.96.1.4", external: ["198.51.100.8"], loadBalancer: ["203.0.113.22"],
            nodePort: 31003, endpoints: [1], node: node)
        guarded.sourceRanges = [prefix("10.244.1.0/24"), prefix("198.51.100.0/24")]
        var open = guarded
        (open.pool, open.clusterAddresses, open.externalAddresses) = (27, [address("10.96.1.6")], [])
        (open.loadBalancerAddresses, open.nodePort) = ([address("203.0.113.23")], 31005)
        open.sourceRanges = [prefix("0.0.0.0/0"), prefix("10.0.0.0/8")]
        var sticky = port(
            "web/sticky", 28, at: "10.96.1.5", loadBalancer: ["203.0.113.25"], nodePort: 31004, node: node)
        sticky.affinityTimeout = 10_800
        let proxied = port("web/proxied", 29, at: "10.96.1.7", nodePort: 31006, node: node)
        return [
            ("web/local", local), ("web/inner", inner), ("web/nowhere", nowhere), ("web/guarded", guarded),
            ("web/open", open), ("web/sticky", sticky), ("web/proxied", proxied),
        ].map { ServiceEntry($0, ports: [$1]) }
    }

    /// The load balancers as the edge sees them: what a node port answers there are their endpoints.
    static var edgeServices: [ServiceEntry] {
        func entry(_ name: String, _ pool: UInt32, _ at: String, _ nodePort: UInt16, nodes: [Int] = [1, 2, 3])
            -> ServiceEntry
        {
            let port = ServicePortEntry(
                pool: pool, port: 80, loadBalancerAddresses: [address(at)],
                endpoints: nodes.map { SocketAddress(nodeAddress($0), nodePort) },
                reasons: ServicePortReasons(port: Because("Service \(name)", field: "spec.ports[0]")))
            return ServiceEntry(name, ports: [port])
        }
        var guarded = entry("web/guarded", 26, "203.0.113.22", 31003, nodes: [1])
        guarded.ports[0].sourceRanges = [prefix("10.244.1.0/24"), prefix("198.51.100.0/24")]
        var open = entry("web/open", 27, "203.0.113.23", 31005, nodes: [1])
        open.ports[0].sourceRanges = [prefix("172.18.0.254/32"), prefix("172.18.0.0/16")]
        var sticky = entry("web/sticky", 28, "203.0.113.25", 31004)
        sticky.ports[0].affinityTimeout = 10_800
        return [
            entry("web/local", 20, "203.0.113.20", 31000, nodes: [1, 2]), guarded, open, sticky,
            entry("web/proxied", 29, "203.0.113.24", 31006, nodes: [1, 2]),
        ]
    }
}
