// SPDX-License-Identifier: Apache-2.0

/// The names of the sets and maps in Lab's table.
public enum SetName {
    /// Cluster address, protocol and port of a Service, to its pool.
    public static let serviceAddresses = "service-ips"
    /// Address that clients outside use too (external, or a load balancer's), protocol and port, to the pool.
    public static let externalAddresses = "external-ips"
    /// Protocol and node port, to the pool.
    public static let serviceNodePorts = "service-nodeports"
    /// What is in `external-ips`, to the pool of this node's endpoints, for ports with the external policy `Local`.
    public static let localAddresses = "local-ips"
    /// What is in `service-nodeports`, to the pool of this node's endpoints, for ports with the external policy `Local`.
    public static let localNodePorts = "local-nodeports"
    /// Protocol and port of the node that a Pod has, to the pool with the Pod in it.
    public static let hostPorts = "host-ports"
    /// Pool, to the number of its endpoints; of a pool with affinity, to its timeout instead.
    public static let pools = "pools"
    /// A number of endpoints, to the chain that draws among so many; a timeout, to the chain that remembers for so long.
    public static let draws = "draws"
    /// A number of endpoints, to the chain that draws among so many, for what remembers clients: were it in `draws` too,
    /// the kernel would see a loop.
    public static let stickyDraws = "sticky-draws"
    /// Pool and slot, to the endpoint; of a pool with affinity, pool and endpoint's number.
    public static let endpoints = "endpoints"
    /// Pool with affinity, to the number of its endpoints.
    public static let stickyPools = "sticky-pools"
    /// Pool with affinity and slot, to the endpoint's number.
    public static let stickySlots = "sticky-slots"
    /// What the names of the maps from pool and client to the endpoint's number begin with; then the timeout follows.
    public static let affinityPrefix = "affinity-"
    /// Load balancer's addresses, protocols and ports that not everyone may use.
    public static let firewalled = "firewall-ips"
    /// What is in `firewall-ips`, and a range of addresses that may use it.
    public static let allowedSources = "allowed-sources"
    /// Services without endpoints.
    public static let noEndpointServices = "no-endpoint-services"
    /// Node ports without endpoints.
    public static let noEndpointNodePorts = "no-endpoint-nodeports"
    /// Services of the policy `Local` whose endpoints are all on other nodes.
    public static let noLocalEndpointServices = "no-local-endpoint-services"
    /// Node ports of the policy `Local` whose endpoints are all on other nodes.
    public static let noLocalEndpointNodePorts = "no-local-endpoint-nodeports"
    /// All cluster addresses in use.
    public static let clusterAddresses = "cluster-ips"
    /// The node's addresses where node ports answer.
    public static let nodePortAddresses = "nodeport-ips"
    /// The Pods of this node, each paired with itself.
    public static let hairpin = "hairpin"
    /// The nodes' addresses, in the edge's table.
    public static let nodeAddresses = "node-ips"
}
