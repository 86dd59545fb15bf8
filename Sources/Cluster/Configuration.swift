// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
public import Net

/// One node as the lab's author asks for it.
public typealias NodeConfiguration = LabConfiguration.Node

/// What a lab is made of before the first object comes: nodes, address ranges and manners. All ranges are chosen
/// already.
public struct Configuration: Sendable, Hashable {
    /// Who programs the nodes' Service rules.
    public typealias ProxyMode = LabConfiguration.ProxyMode

    /// Which addresses of the lab the host has routes to: all of them, what a real outsider reaches (nodes and load
    /// balancers), or none.
    public typealias HostAccess = LabConfiguration.HostAccess

    /// The lab's name.
    public var name: String
    /// The nodes, in the order in which they get their addresses.
    public var nodes: [NodeConfiguration]
    /// The edge, the nodes, the control plane and the host's end of the lab have their addresses from here.
    public var nodeRange: Prefix
    /// Each node gets a part of this range, of length `nodePodPrefixLength`, for its Pods.
    public var podRange: Prefix
    /// `--service-cluster-ip-range`.
    public var serviceRange: Prefix
    /// The external addresses that the edge's load balancer gives.
    public var loadBalancerRange: Prefix
    /// Who programs the nodes' Service rules.
    public var proxyMode: ProxyMode
    /// Which addresses the host has routes to.
    public var hostAccess: HostAccess
    /// How long a load balancer takes to be provisioned, in milliseconds, as a cloud's does.
    public var provisioningDelay: Int
    /// `--service-node-port-range`.
    public var nodePorts: ClosedRange<UInt16>
    /// `--node-cidr-mask-size`.
    public var nodePodPrefixLength: Int
    /// The name of the lab's interface in the host's namespace: at most 15 bytes.
    public var hostInterface: String
    /// The certificate with which the cluster's API server is verified, as PEM; it stands in the ConfigMap
    /// `kube-root-ca.crt` of every namespace.
    public var certificateAuthority: String
    /// How long a namespace that is to end keeps its contents, in milliseconds, so that whoever deletes both finds both. A
    /// real namespace controller waits five seconds.
    public var namespaceDelay: Int
    /// The computer that the nodes are parts of.
    public var machine: Machine

    /// The four ranges of one family.
    public struct Ranges: Sendable, Hashable {
        /// The edge, the nodes, the control plane and the host's end of the lab have their addresses from here.
        public var nodes: Prefix
        /// Each node gets a part of this range for its Pods.
        public var pods: Prefix
        /// `--service-cluster-ip-range`.
        public var services: Prefix
        /// The external addresses that the edge's load balancer gives.
        public var loadBalancers: Prefix

        /// Puts one together from its parts.
        public init(nodes: Prefix, pods: Prefix, services: Prefix, loadBalancers: Prefix) {
            self.nodes = nodes
            self.pods = pods
            self.services = services
            self.loadBalancers = loadBalancers
        }
    }

    /// The families of the lab's addresses, the primary one first.
    public var families: [Family] { [nodeRange.family] }

    /// The ranges of a family; nil if the lab has no such addresses.
    public func ranges(_ family: Family) -> Ranges? {
        guard family == nodeRange.family else { return nil }
        return Ranges(nodes: nodeRange, pods: podRange, services: serviceRange, loadBalancers: loadBalancerRange)
    }

    /// Puts one together from its parts.
    public init(
        name: String, nodes: [NodeConfiguration], nodeRange: Prefix, podRange: Prefix, serviceRange: Prefix,
        loadBalancerRange: Prefix, proxyMode: ProxyMode = .nftables, hostAccess: HostAccess = .all,
        provisioningDelay: Int = 0, nodePorts: ClosedRange<UInt16> = 30000...32767, nodePodPrefixLength: Int = 24,
        hostInterface: String = "lab0", certificateAuthority: String = "", namespaceDelay: Int = 0,
        machine: Machine = Machine()
    ) {
        self.name = name
        self.nodes = nodes
        self.nodeRange = nodeRange
        self.podRange = podRange
        self.serviceRange = serviceRange
        self.loadBalancerRange = loadBalancerRange
        self.proxyMode = proxyMode
        self.hostAccess = hostAccess
        self.provisioningDelay = provisioningDelay
        self.nodePorts = nodePorts
        self.nodePodPrefixLength = nodePodPrefixLength
        self.hostInterface = hostInterface
        self.certificateAuthority = certificateAuthority
        self.namespaceDelay = namespaceDelay
        self.machine = machine
    }
}
