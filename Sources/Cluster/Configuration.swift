// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes
public import Net

/// One node as the lab's author asks for it.
public typealias NodeConfiguration = LabConfiguration.Node

/// One system beyond the edge, as the lab's author asks for it.
public typealias ExternalSystem = LabConfiguration.External

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
    /// The ranges of each family that the lab has, the primary family first; never empty.
    public var ranges: [Ranges]
    /// Who programs the nodes' Service rules.
    public var proxyMode: ProxyMode
    /// Which addresses the host has routes to.
    public var hostAccess: HostAccess
    /// How long a load balancer takes to be provisioned, in milliseconds, as a cloud's does.
    public var provisioningDelay: Int
    /// How the nodes treat the load balancers' addresses: as their own, or not at all, so that all goes to the edge first.
    public var ipMode = LoadBalancerIngress.Mode.vip
    /// How often the load balancer asks each node whether it is well, in milliseconds.
    public var probePeriod = 1000
    /// The systems beyond the edge. Their addresses are in none of the ranges.
    public var external: [ExternalSystem] = []
    /// Whether what is no address of the lab goes on to the host, and out by its routes.
    public var egress = false
    /// `--service-node-port-range`.
    public var nodePorts: ClosedRange<UInt16>
    /// `--node-cidr-mask-size-ipv4`.
    public var nodePodPrefixLength: Int
    /// `--node-cidr-mask-size-ipv6`.
    public var nodePodPrefixLengthV6 = 64
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
    /// How names are resolved. Only a cluster in which this is enabled has name servers from the start.
    public var dns = LabConfiguration.DNS.none

    /// How the Service rules are broken on purpose; nil for rules as they should be.
    public var sabotage: Sabotage?

    /// The four ranges of one family.
    public struct Ranges: Sendable, Hashable {
        /// The edge, the nodes, the control plane and the host's end of the lab have their addresses from here.
        public var nodes: Prefix
        /// Each node gets a part of this range, of length `nodePodPrefixLength(_:)`, for its Pods.
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

        /// The family of all four.
        public var family: Family { nodes.family }
        /// All four, in the order above.
        public var all: [Prefix] { [nodes, pods, services, loadBalancers] }
    }

    /// Puts one together from its parts.
    /// - Precondition: there are ranges, and no two of one family.
    public init(
        name: String, nodes: [NodeConfiguration], ranges: [Ranges], proxyMode: ProxyMode = .nftables,
        hostAccess: HostAccess = .all,
        provisioningDelay: Int = 0, nodePorts: ClosedRange<UInt16> = 30000...32767, nodePodPrefixLength: Int = 24,
        hostInterface: String = "lab0", certificateAuthority: String = "", namespaceDelay: Int = 0,
        machine: Machine = Machine()
    ) {
        self.name = name
        self.nodes = nodes
        self.ranges = ranges
        self.proxyMode = proxyMode
        self.hostAccess = hostAccess
        self.provisioningDelay = provisioningDelay
        self.nodePorts = nodePorts
        self.nodePodPrefixLength = nodePodPrefixLength
        self.hostInterface = hostInterface
        self.certificateAuthority = certificateAuthority
        self.namespaceDelay = namespaceDelay
        self.machine = machine
        precondition(!ranges.isEmpty && Set(families).count == ranges.count, "ranges of each family once")
    }
}

extension Configuration {
    /// The families of the lab's addresses, the primary one first.
    public var families: [Family] { ranges.map(\.family) }

    /// True if the lab has addresses of both families.
    public var isDualStack: Bool { ranges.count > 1 }

    /// The ranges of a family; nil if the lab has no such addresses.
    public func ranges(_ family: Family) -> Ranges? { ranges.first { $0.family == family } }

    /// How long the ranges of the nodes' Pods are.
    public func nodePodPrefixLength(_ family: Family) -> Int {
        family == .v4 ? nodePodPrefixLength : nodePodPrefixLengthV6
    }

    /// The nodes' range of the primary family.
    public var nodeRange: Prefix { ranges[0].nodes }
    /// Where the Pods find the cluster's names: the address of the Service `kube-dns`, the tenth of its range; none if
    /// names are not resolved.
    public var nameServers: [Address] { dns.isEnabled ? [serviceRange.address.advanced(by: 10)] : [] }
    /// The Pods' range of the primary family.
    public var podRange: Prefix { ranges[0].pods }
    /// The cluster addresses' range of the primary family.
    public var serviceRange: Prefix { ranges[0].services }
    /// The load balancers' range of the primary family.
    public var loadBalancerRange: Prefix { ranges[0].loadBalancers }
}
