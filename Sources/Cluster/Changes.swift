// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes
public import Net

/// What `Cluster.settle` found to be done since it was last called, for the effects to follow.
public struct Changes: Sendable {
    /// Every write to the Store since the last settle, in order.
    public var events: [StoreEvent] = []
    /// What to change in the rules of which namespaces. Nodes that need the same changes stand together.
    public var rules: [RuleUpdate] = []
    /// Where UDP connections may go from now on, for those whose Services changed: entries of connection tracking that
    /// say otherwise are to be deleted (D79), once the rules are committed.
    public var datagramFlows: [DatagramFlows] = []
    /// True if the health checks that the nodes serve are others than before (`Cluster.healthChecks`), or the load
    /// balancers' probes (`Cluster.loadBalancerProbes`).
    public var healthChecksChanged = false
    /// What changed of names, in order, for `NameZone.apply`.
    public var names: [NameChange] = []
    /// Pods newly bound to a node. The plan already has their namespaces, links, routes and neighbours.
    public var podsToStart: [PodAssignment] = []
    /// Pods whose processes are to end: deletion was asked for, or the object is gone.
    public var podsToStop: [ObjectKey] = []
    /// Services whose external address is in the edge's table as of these changes; `publishLoadBalancer` comes after
    /// the commit and the provisioning delay.
    public var loadBalancers: [ObjectKey] = []
    /// What is to be kept for a later daemon, beside the objects of `events`.
    public var kept: [StateChange] = []
    /// In how many milliseconds to settle again even if nothing happens (`minReadySeconds` passing, say).
    public var wakeAfter: Int?

    /// No change.
    public init() {}
}

/// The same changes for the rules of one or several namespaces.
public struct RuleUpdate: Sendable, Hashable {
    /// Whose rules change.
    public var namespaces: [NamespaceName]
    /// Which of their tables: that of this family.
    public var family: Family
    /// One atomic batch, in order.
    public var parts: [PartChange]

    /// Puts one together from its parts.
    public init(namespaces: [NamespaceName], family: Family, parts: [PartChange]) {
        self.namespaces = namespaces
        self.family = family
        self.parts = parts
    }
}

/// Where the UDP connections to one port of a Service may go. The kernel tracks them for minutes, so that a client that
/// keeps its source port would go on to an endpoint that is gone, or to none though there is one now.
public struct DatagramFlows: Sendable, Hashable {
    /// The namespaces that translate the connections.
    public var namespaces: [NamespaceName]
    /// Where clients send: the Service's addresses with their port.
    public var destinations: Set<SocketAddress>
    /// The port at the nodes' addresses, if the Service has one.
    public var nodePort: UInt16?
    /// Where a connection to one of these may go. An entry whose replies come from elsewhere is stale.
    public var endpoints: Set<SocketAddress>
    /// Of these, those that are about to be told to end: what goes on to them is stale, too.
    public var leaving: Set<SocketAddress>

    /// Puts one together from its parts.
    public init(
        namespaces: [NamespaceName], destinations: Set<SocketAddress>, nodePort: UInt16?,
        endpoints: Set<SocketAddress>, leaving: Set<SocketAddress> = []
    ) {
        self.namespaces = namespaces
        self.destinations = destinations
        self.nodePort = nodePort
        self.endpoints = endpoints
        self.leaving = leaving
    }
}

/// A Pod that was given a node and an address.
public struct PodAssignment: Sendable, Hashable {
    /// The Pod.
    public var key: ObjectKey
    /// The node's namespace.
    public var node: NamespaceName
    /// Where the Pod's processes run: `NAMESPACE/NAME`, or the node's own namespace for a Pod with `hostNetwork`.
    public var namespace: NamespaceName
    /// `status.podIPs`, that of the primary family first: the Pod's own, or the node's for a Pod with `hostNetwork`.
    public var addresses: [Address]
    /// The Pod's end of its link, as the plan has it; nil for a Pod with `hostNetwork`.
    public var interface: Interface?
    /// The node's end of the Pod's link, as the plan has it; nil for a Pod with `hostNetwork`.
    public var nodeInterface: Interface?

    /// Puts one together from its parts.
    public init(
        key: ObjectKey, node: NamespaceName, namespace: NamespaceName, addresses: [Address],
        interface: Interface? = nil, nodeInterface: Interface? = nil
    ) {
        self.key = key
        self.node = node
        self.namespace = namespace
        self.addresses = addresses
        self.interface = interface
        self.nodeInterface = nodeInterface
    }

    /// `status.podIP`: the first of the addresses.
    public var address: Address { addresses[0] }
}

/// What became of one object of an `apply`.
public struct Applied: Sendable, Hashable {
    /// kubectl's words for it.
    public enum Verb: String, Sendable, Hashable { case created, configured, unchanged }
    /// The object.
    public var key: ObjectKey
    /// What became of it.
    public var verb: Verb
    /// The warnings that a Kubernetes API server sends along.
    public var warnings: [String]
    /// True for a kind that the lab keeps and does not act on.
    public var isKept: Bool

    /// Puts one together from its parts.
    public init(key: ObjectKey, verb: Verb, warnings: [String] = [], isKept: Bool = false) {
        self.key = key
        self.verb = verb
        self.warnings = warnings
        self.isKept = isKept
    }
}
