// SPDX-License-Identifier: Apache-2.0
public import Net

extension LabConfiguration {
    /// How names are resolved in the lab: `spec.dns`.
    ///
    /// By default the cluster's own names are all there are: what is asked for beside them does not exist, and no question
    /// leaves the lab.
    public struct DNS: Sendable, Hashable {
        /// False for a lab without name servers of its own: `spec.dns.enabled`.
        public var isEnabled = true
        /// The cluster's domain, in lower case and without a dot at its end: `spec.dns.domain`.
        public var domain = "cluster.local"
        /// How long answers about Services may be kept, in seconds: `spec.dns.ttl`.
        public var ttl = 30
        /// Names outside the cluster that the lab itself knows, in lower case and without a dot at their end:
        /// `spec.dns.hosts`.
        public var hosts: [String: Host] = [:]
        /// Domains that named servers are asked about: `spec.dns.zones`.
        public var zones: [Zone] = []
        /// Who is asked about all other names: `spec.dns.upstream`.
        public var upstream: [SocketAddress] = []

        /// The defaults.
        public init() {}

        /// No name servers.
        public static let none = {
            var dns = DNS()
            dns.isEnabled = false
            return dns
        }()

        /// What a name outside the cluster stands for.
        public enum Host: Sendable, Hashable {
            case addresses([Address])
            /// Another name, as a CNAME record says.
            case alias(String)
        }

        /// A domain and the servers that know it.
        public struct Zone: Sendable, Hashable {
            /// In lower case and without a dot at its end.
            public var name: String
            /// Asked in this order.
            public var servers: [SocketAddress]

            /// Puts one together from its parts.
            public init(_ name: String, servers: [SocketAddress]) {
                self.name = name
                self.servers = servers
            }
        }
    }
}
