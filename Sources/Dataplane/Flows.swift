// SPDX-License-Identifier: Apache-2.0
public import Net

/// What the kernels of a lab remember of earlier connections, as far as it decides where a new one goes: the endpoints
/// of clients of Services with session affinity.
///
///     let first = plan.walk(packet, from: .host)[0]
///     let second = plan.walk(packet, from: .host, flows: Flows().adding(first))
public struct Flows: Sendable, Hashable {
    /// Where one client of one pool goes, in one namespace: an element of the nftables map `affinity`.
    public struct Client: Sendable, Hashable {
        /// The namespace that remembers it.
        public var namespace: NamespaceName
        /// The pool of endpoints, as in `ServicePortEntry.pool` or `localPool`.
        public var pool: UInt32
        /// The client as the namespace saw it.
        public var address: Address

        /// Puts one together from its parts.
        public init(namespace: NamespaceName, pool: UInt32, address: Address) {
            self.namespace = namespace
            self.pool = pool
            self.address = address
        }
    }

    /// A list of clients that iptables' match `recent` keeps, in one namespace.
    public struct RecentList: Sendable, Hashable {
        /// The namespace that keeps it.
        public var namespace: NamespaceName
        /// Its name: that of the chain `KUBE-SEP-…` that leads to the endpoint.
        public var name: String

        /// Puts one together from its parts.
        public init(namespace: NamespaceName, name: String) {
            self.namespace = namespace
            self.name = name
        }
    }

    /// Where clients go, by client.
    public var endpoints: [Client: SocketAddress] = [:]
    /// Who was seen, by list.
    public var recent: [RecentList: Set<Address>] = [:]

    /// Nothing is remembered.
    public init() {}

    /// The same after a journey.
    public func adding(_ journey: Journey) -> Flows {
        var flows = self
        flows.endpoints.merge(journey.remembered.endpoints) { $1 }
        flows.recent.merge(journey.remembered.recent) { $0.union($1) }
        return flows
    }
}
