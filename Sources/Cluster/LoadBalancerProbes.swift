// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// Which nodes the load balancer finds well.
extension Cluster {
    /// What the load balancer asks, every `Configuration.probePeriod`: the health port of each node while there is a load
    /// balancer, and the health check port of each Service that has one.
    public var loadBalancerProbes: [LoadBalancerProbe] {
        guard !services.loadBalancers.isEmpty else { return [] }
        let checks = services.loadBalancers.keys.compactMap { services.healthCheckPorts[$0] }.sorted()
        return configuration.nodes.compactMap { nodes.states[$0.name]?.address == nil ? nil : $0.name }
            .flatMap { node -> [LoadBalancerProbe] in
                guard let address = nodes.states[node]?.address else { return [] }
                return ([LoadBalancerProbe.healthPort] + checks)
                    .map { LoadBalancerProbe(node: node, address: address, port: $0) }
            }
    }

    /// What a node answered to the load balancer, or that it did not answer in time. The edge's pools follow at the next
    /// `settle`. Before a node's first answer it counts as well if the objects say so.
    public mutating func setProbe(_ probe: LoadBalancerProbe, succeeded: Bool, now: Timestamp) {
        guard services.probes[probe] != succeeded else { return }
        services.setProbe(probe, succeeded)
        dirty.edgeTables.formUnion(services.loadBalancers.keys)
    }
}
