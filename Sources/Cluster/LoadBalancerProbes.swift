// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// Which nodes the load balancer finds well.
extension Cluster {
    /// What the load balancer asks, every `Configuration.probePeriod`: the health port of each node while there is a load
    /// balancer, and the health check port of each Service that has one.
    public var loadBalancerProbes: [LoadBalancerProbe] {
        guard !services.loadBalancers.isEmpty else { return [] }
        let checks = services.loadBalancers.keys.compactMap { services.healthCheckPorts[$0] }.sorted()
        return configuration.nodes.flatMap { node in
            guard let address = nodes.states[node.name]?.addresses.first else { return [LoadBalancerProbe]() }
            return ([LoadBalancerProbe.healthPort] + checks)
                .map { LoadBalancerProbe(node: node.name, address: address, port: $0) }
        }
    }

    /// What a node answered to the load balancer, or that it did not answer in time. The edge's pools follow at the next
    /// `settle`. Before a node's first answer it counts as well if the objects say so.
    public mutating func setProbe(_ probe: LoadBalancerProbe, succeeded: Bool, now: Timestamp) {
        guard services.probes[probe] != succeeded else { return }
        services.setProbe(probe, succeeded)
        let isOfAll = probe.port == LoadBalancerProbe.healthPort
        dirty.edgeTables.formUnion(
            services.loadBalancers.keys.filter { isOfAll || services.healthCheckPorts[$0] == probe.port })
    }
}
