// SPDX-License-Identifier: Apache-2.0
public import Dataplane
public import Kubernetes
public import Net

/// One thing that is to be said of where a connection goes, with its facts: the result, the cause of a failure, or what
/// is worth knowing beside. `text` puts it in words.
public enum Remark: Sendable, Hashable {
    // MARK: Results

    /// Connections arrive.
    case delivered(Receivers)
    /// The kernel of a place answers a ping.
    case pingAnswered(NamespaceName)
    /// A node itself gets the packet, at a port where nothing listens; `known` are node ports that are near.
    case nothingListens(node: String, SocketAddress, known: [String])

    // MARK: Names

    /// The Service is a name for a name elsewhere (`spec.type: ExternalName`).
    case externalName(ObjectKey, name: String, Because)
    /// The Service has no address of its own; clients reach Pods directly, so that `targetPort` counts for nothing.
    case headless(ObjectKey, port: UInt16?, targetPort: String?, Because)
    /// A Pod that was named has no address yet.
    case podHasNoAddress(ObjectKey, PodTrouble?)

    // MARK: Causes

    /// No Service has an address of the Service range.
    case noServiceAt(Address, near: [String])
    /// No Service has an address of the load balancers' range.
    case noLoadBalancerAt(Address, near: [String])
    /// No Pod has an address of the Pod range.
    case noPodAt(Address)
    /// The Service has other ports than the one that is asked for.
    case noSuchPort(ObjectKey, UInt16, AskedProtocol, ports: [String], Because)
    /// The Service has no selector, and nobody made endpoints for it.
    case noSelector(ObjectKey, Because)
    /// The selector picks no Pod.
    case noPodMatches(ObjectKey, selector: [String: String], nearest: NearPods?, Because)
    /// The selector picks Pods, and none of them is ready.
    case noPodReady(ObjectKey, matching: Int, [TroubledPods])
    /// `targetPort` is a name, and no container of the selected Pods names a port so.
    case noPortNamed(String, ObjectKey, matching: Int, known: [String], Because)
    /// All ready endpoints of the Service have addresses of the other family.
    case noEndpointOfFamily(ObjectKey, Family, others: Int)
    /// The Service has no endpoints, for a reason that its objects do not tell.
    case noEndpoints(ObjectKey)
    /// A policy `Local`, and no endpoint on the node.
    case noLocalEndpoint(ObjectKey, policy: LocalPolicy, node: NamespaceName, elsewhere: [String], Because)
    /// The client's address is in none of the Service's `loadBalancerSourceRanges`.
    case sourceNotAllowed(Address, ObjectKey, ranges: [Prefix], Because)
    /// A label has the proxy leave the Service alone.
    case otherProxy(ObjectKey, label: String, Because)
    /// The lab has no proxy (`spec.proxyMode: none`).
    case noProxy
    /// A node port is asked for at the loopback address, where this mode does not answer (D48).
    case nodePortAtLoopback(ObjectKey, NamespaceName, SocketAddress, Configuration.ProxyMode)
    /// The load balancer has no node to send to.
    case noBackendNode(ObjectKey, [String])
    /// A Service of type LoadBalancer that has no address.
    case loadBalancerPending(ObjectKey, String, Because)
    /// The way leads over a node that does not answer.
    case nodeSilent(String)
    /// The lab keeps addresses from the host (`spec.hostAccess`).
    case hostHasNoRoute(Configuration.HostAccess, Address)
    /// A place knows no way to an address.
    case noRoute(NamespaceName, Address, reason: String)
    /// The host sends to an address that is not the lab's.
    case outside(Address)
    /// The packet arrives, and its answer does not come back.
    case answerLost(NamespaceName, reason: String)
    /// Nothing answers a ping: the address exists only as a rule.
    case ruleOnly(Address, ObjectKey?)
    /// Rejected or dropped, for the reason that the rule gives.
    case ruled(NamespaceName, Because)

    // MARK: Beside

    /// What the server takes for the client: the client's own address, or ones that these places put in its stead.
    case clientSeen([Address], own: Address?, translatedBy: [NamespaceName])
    /// How the answer comes back.
    case reply(through: [NamespaceName], restoredAt: [NamespaceName], from: SocketAddress, isUnderstood: Bool)
    /// No container declares the port that connections arrive at.
    case undeclaredPort(SocketAddress, pods: Int, declared: [UInt16])
    /// Pods of the Service that get nothing at present.
    case leftOut(ObjectKey, [TroubledPods])
    /// A client stays with the endpoint that it had first.
    case affinity(ObjectKey, seconds: Int, Because)
    /// Only some of the ready endpoints are used here, for they are near.
    case nearOnly(ObjectKey, used: Int, ready: Int, Because?)
    /// The sender does not ask cluster DNS for the name.
    case nameNotAsked(NamespaceName, ObjectKey)

    /// Whom connections reach.
    public struct Receivers: Sendable, Hashable {
        /// How many Pods, or 0 for a place that is no Pod.
        public var pods: Int
        /// The names of the first few of them, or of the place.
        public var names: [String]
        /// How many endpoints, as sockets.
        public var endpoints: Int
        /// The Service that they are reached through.
        public var service: ObjectKey?
    }

    /// Which policy it is that is `Local`. Raw values are the fields' names.
    public enum LocalPolicy: String, Sendable, Hashable {
        case `internal` = "internalTrafficPolicy"
        case external = "externalTrafficPolicy"
    }

    /// Pods that a selector all but picks.
    public struct NearPods: Sendable, Hashable {
        /// Their labels, of those that the selector names.
        public var labels: [String: String]
        /// Their namespace.
        public var namespace: String
        /// How many.
        public var count: Int
    }

    /// Pods that get no connections, for the same reason.
    public struct TroubledPods: Sendable, Hashable {
        /// How many.
        public var count: Int
        /// Why.
        public var trouble: PodTrouble
    }
}

/// Why a Pod gets no connections.
public enum PodTrouble: Sendable, Hashable {
    /// No node takes it, in the scheduler's words.
    case unscheduled(String)
    /// A container waits: reason and message.
    case waiting(String, String)
    /// A probe fails: what it asks, and what it heard last.
    case probeFails(String, String)
    /// A readiness gate is closed.
    case gate(String)
    /// Its node does not answer.
    case nodeSilent(String)
    /// It was asked to go.
    case terminating
    /// It has ended.
    case finished(PodPhase)
    /// It was assumed not to be ready.
    case assumed
    /// What its condition `Ready` says.
    case unready(String)
    /// It names no port as `targetPort` does.
    case noPortNamed(String)
}
