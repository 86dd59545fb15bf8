// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes
public import Net

/// What `Cluster.settle` found to be done since it was last called, for the effects to follow.
public struct Changes: Sendable {
    /// Every write to the Store since the last settle, in order.
    public var events: [StoreEvent] = []
    /// What to change in the tables of which namespaces. Nodes that need the same changes stand together.
    public var tables: [TableUpdate] = []
    /// Pods newly bound to a node. The plan already has their namespaces, links, routes and neighbours.
    public var podsToStart: [PodAssignment] = []
    /// Pods whose processes are to end: deletion was asked for, or the object is gone.
    public var podsToStop: [ObjectKey] = []
    /// Services whose external address is in the edge's table as of these changes; `publishLoadBalancer` comes after
    /// the commit and the provisioning delay.
    public var loadBalancers: [ObjectKey] = []
    /// In how many milliseconds to settle again even if nothing happens (`minReadySeconds` passing, say).
    public var wakeAfter: Int?

    /// No change.
    public init() {}
}

/// The same changes for the tables of one or several namespaces.
public struct TableUpdate: Sendable, Hashable {
    /// Whose tables change.
    public var namespaces: [NamespaceName]
    /// One atomic batch, in order.
    public var changes: [TableChange]

    /// Puts one together from its parts.
    public init(namespaces: [NamespaceName], changes: [TableChange]) {
        self.namespaces = namespaces
        self.changes = changes
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
    /// `status.podIP`: the Pod's own, or the node's for a Pod with `hostNetwork`.
    public var address: Address
    /// The Pod's end of its link, as the plan has it; nil for a Pod with `hostNetwork`.
    public var interface: Interface?
    /// The node's end of the Pod's link, as the plan has it; nil for a Pod with `hostNetwork`.
    public var nodeInterface: Interface?

    /// Puts one together from its parts.
    public init(
        key: ObjectKey, node: NamespaceName, namespace: NamespaceName, address: Address,
        interface: Interface? = nil, nodeInterface: Interface? = nil
    ) {
        self.key = key
        self.node = node
        self.namespace = namespace
        self.address = address
        self.interface = interface
        self.nodeInterface = nodeInterface
    }
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
