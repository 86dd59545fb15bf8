// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
internal import Net

extension Cluster {
    /// What the first line of a story says of the lab, beside what only its engine knows.
    public var storyFields: Value {
        [
            "name": .string(configuration.name), "format": 1,
            "revision": .int(Int64(clamping: store.revision)),
            "proxyMode": .string(configuration.proxyMode.rawValue),
            "ranges": .array(configuration.ranges.map(\.storyValue)),
            "topology": Topology(configuration).storyValue(plan),
        ]
    }
}

extension Configuration.Ranges {
    fileprivate var storyValue: Value {
        [
            "family": .string(family == .v4 ? "IPv4" : "IPv6"), "nodes": .string("\(nodes)"),
            "pods": .string("\(pods)"), "services": .string("\(services)"),
            "loadBalancers": .string("\(loadBalancers)"),
        ]
    }
}

extension Topology {
    /// The namespaces that stand as long as the lab does, and what links them.
    fileprivate func storyValue(_ plan: Plan) -> Value {
        let nodes = Set(configuration.nodes.map { NamespaceName($0.name) })
        let fixed = plan.namespaces.keys.filter { !$0.text.contains("/") }.sorted()
        var links: [Value] = []
        for name in fixed {
            for interface in plan.namespaces[name]?.interfaces.values.sorted(by: { $0.name < $1.name }) ?? []
            where name < interface.peerNamespace && !interface.peerNamespace.text.contains("/") {
                links.append(["a": .string(name.text), "b": .string(interface.peerNamespace.text)])
            }
        }
        let namespaces = fixed.map { name -> Value in
            [
                "name": .string(name.text), "kind": .string(Topology.kind(name, nodes)),
                "addresses": .array(addresses(of: name, plan).map { .string($0.description) }),
            ]
        }
        return ["namespaces": .array(namespaces), "links": .array(links)]
    }

    private static func kind(_ name: NamespaceName, _ nodes: Set<NamespaceName>) -> String {
        switch name {
        case .host: "host"
        case .edge: "edge"
        case .controlPlane: "control-plane"
        case _ where nodes.contains(name): "node"
        default: name.text.hasPrefix("outside-") ? "outside" : "other"
        }
    }

    private func addresses(of name: NamespaceName, _ plan: Plan) -> [Address] {
        let interfaces = plan.namespaces[name]?.interfaces.values.map(\.self) ?? []
        let all =
            interfaces.flatMap { $0.addresses.map(\.address) } + (plan.namespaces[name]?.loopback ?? []).map(\.address)
        return Set(all).sorted()
    }
}
