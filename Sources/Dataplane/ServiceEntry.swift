// SPDX-License-Identifier: Apache-2.0
public import Net

/// One Service as the rules of one node (or of the edge) need it, for one family of addresses.
///
/// Both engines read it: `Ruleset` (nftables) and `IPTables`. It is a node's view: which endpoints `Cluster` traffic may
/// use there, and which are local, has been decided (topology hints, readiness, termination) by whoever made it.
public struct ServiceEntry: Sendable, Hashable {
    /// `NAMESPACE/NAME`: what the Service's part of a ruleset is known by.
    public var name: String
    /// The family of all addresses in the entry.
    public var family: Family
    /// Its ports.
    public var ports: [ServicePortEntry]

    /// Puts one together from its parts.
    public init(_ name: String, family: Family = .v4, ports: [ServicePortEntry]) {
        self.name = name
        self.family = family
        self.ports = ports
    }
}

/// One port of a Service: where clients send, and where the connections go.
public struct ServicePortEntry: Sendable, Hashable {
    /// The number that stands for this port's endpoints in the nftables maps: unique among all ports of all Services,
    /// kept for the port's whole life, never 0 (mark 0 means none).
    public var pool: UInt32
    /// The number that stands for this port's local endpoints; 0 for a port without a policy `Local`.
    public var localPool: UInt32
    /// The port's name in the Service; may be empty.
    public var name: String
    /// The protocol of the port.
    public var transport: TransportProtocol
    /// The number that clients connect to, at every address but a node's.
    public var port: UInt16
    /// The Service's own addresses. The corresponding Kubernetes field is `spec.clusterIPs`.
    public var clusterAddresses: [Address]
    /// `spec.externalIPs`.
    public var externalAddresses: [Address]
    /// `status.loadBalancer.ingress`, those with `ipMode: VIP`; at the edge, all addresses that it answers for.
    public var loadBalancerAddresses: [Address]
    /// The port on each node's address; nil without one. The corresponding Kubernetes field is `spec.ports[].nodePort`.
    public var nodePort: UInt16?
    /// The port of the Service's health check on every node; nil without one (`spec.healthCheckNodePort`).
    public var healthCheckNodePort: UInt16?
    /// True if what comes for a cluster address goes to local endpoints only (`spec.internalTrafficPolicy: Local`).
    public var isInternalLocal: Bool
    /// True if what comes from outside goes to local endpoints only, with its source address kept
    /// (`spec.externalTrafficPolicy: Local`).
    public var isExternalLocal: Bool
    /// For how many seconds a client keeps its endpoint (`spec.sessionAffinity: ClientIP`); nil without affinity.
    public var affinityTimeout: UInt32?
    /// Who may use the load balancer's addresses (`spec.loadBalancerSourceRanges`, those of the entry's family, none
    /// within another); empty for everyone.
    public var sourceRanges: [Prefix]
    /// The endpoints that traffic of the policy `Cluster` may use from this node, in slot order (see `SlotOrder`): the
    /// ready ones that its topology allows, or those that still serve while they end.
    public var endpoints: [SocketAddress]
    /// The endpoints on this node, for traffic of the policy `Local`, in slot order; empty for a port without such a
    /// policy.
    public var localEndpoints: [SocketAddress]
    /// True if the port has usable endpoints anywhere. What has none is rejected; what only lacks local ones is dropped
    /// (D40, D42).
    public var hasEndpoints: Bool
    /// The fields that asked for all this, and where they are written.
    public var reasons: ServicePortReasons {
        get { sharedReasons.reasons }
        set { sharedReasons = SharedReasons(newValue) }
    }
    private var sharedReasons: SharedReasons

    /// Puts one together from its parts; endpoints are there if any are given, unless `hasEndpoints` says otherwise.
    public init(
        pool: UInt32, localPool: UInt32 = 0, name: String = "", transport: TransportProtocol = .tcp, port: UInt16,
        clusterAddresses: [Address] = [], externalAddresses: [Address] = [], loadBalancerAddresses: [Address] = [],
        nodePort: UInt16? = nil, healthCheckNodePort: UInt16? = nil, isInternalLocal: Bool = false,
        isExternalLocal: Bool = false, affinityTimeout: UInt32? = nil, sourceRanges: [Prefix] = [],
        endpoints: [SocketAddress], localEndpoints: [SocketAddress] = [], hasEndpoints: Bool? = nil,
        reasons: ServicePortReasons
    ) {
        self.pool = pool
        self.localPool = localPool
        self.name = name
        self.transport = transport
        self.port = port
        self.clusterAddresses = clusterAddresses
        self.externalAddresses = externalAddresses
        self.loadBalancerAddresses = loadBalancerAddresses
        self.nodePort = nodePort
        self.healthCheckNodePort = healthCheckNodePort
        self.isInternalLocal = isInternalLocal
        self.isExternalLocal = isExternalLocal
        self.affinityTimeout = affinityTimeout
        self.sourceRanges = sourceRanges
        self.endpoints = endpoints
        self.localEndpoints = localEndpoints
        self.hasEndpoints = hasEndpoints ?? !(endpoints.isEmpty && localEndpoints.isEmpty)
        sharedReasons = SharedReasons(reasons)
    }
}

/// The reasons of a port, which are large and never change while its endpoints do.
private final class SharedReasons: Sendable, Hashable {
    let reasons: ServicePortReasons

    init(_ reasons: ServicePortReasons) { self.reasons = reasons }

    static func == (left: SharedReasons, right: SharedReasons) -> Bool {
        left === right || left.reasons == right.reasons
    }

    func hash(into hasher: inout Hasher) { hasher.combine(reasons) }
}

/// The fields of a Service that its rules come from. What is nil is told of the port as a whole.
public struct ServicePortReasons: Sendable, Hashable {
    /// The port within its Service: `spec.ports[0]`.
    public var port: Because
    /// The field that gave an address.
    public var addresses: [Address: Because]
    /// `spec.ports[].nodePort`.
    public var nodePort: Because?
    /// `spec.internalTrafficPolicy`.
    public var internalPolicy: Because?
    /// `spec.externalTrafficPolicy`.
    public var externalPolicy: Because?
    /// `spec.sessionAffinity`.
    public var affinity: Because?
    /// `spec.loadBalancerSourceRanges`.
    public var sourceRanges: Because?

    /// Puts one together from its parts.
    public init(
        port: Because, addresses: [Address: Because] = [:], nodePort: Because? = nil, internalPolicy: Because? = nil,
        externalPolicy: Because? = nil, affinity: Because? = nil, sourceRanges: Because? = nil
    ) {
        self.port = port
        self.addresses = addresses
        self.nodePort = nodePort
        self.internalPolicy = internalPolicy
        self.externalPolicy = externalPolicy
        self.affinity = affinity
        self.sourceRanges = sourceRanges
    }

    /// The field that gave an address, or the port.
    public func address(_ address: Address) -> Because { addresses[address] ?? port }
}
