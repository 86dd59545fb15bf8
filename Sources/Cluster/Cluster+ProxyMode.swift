// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes

extension Cluster {
    /// Has other programs make the nodes' Service rules from now on: the plan has the nodes' rules in the new engine at
    /// once, and no longer in the old one. Whoever drives the cluster installs the new ones whole, from the plan, with the
    /// nodes' sysctls, and only then takes the old ones away; the next `settle` has no changes that are in them already.
    public mutating func setProxyMode(_ mode: Configuration.ProxyMode, now: Timestamp) {
        guard configuration.proxyMode != mode else { return }
        configuration.proxyMode = mode
        pending.kept.append(StateChange(StateChange.proxyMode, .string(mode.rawValue)))
        let topology = Topology(configuration)
        for index in configuration.nodes.indices { topology.setRules(of: index, in: &plan) }
        for (pod, placement) in nodes.placements.sorted(by: { $0.key < $1.key }) where placement.link != nil {
            setLocalPod(pod, on: NamespaceName(placement.node), placement.addresses)
            if let ports = services.hostPorts[pod] { setHostPorts(of: pod, ports, on: NamespaceName(placement.node)) }
        }
        setAllOnNodes()
        pending.forgetRules(of: nodes.namespaces)
    }
}
