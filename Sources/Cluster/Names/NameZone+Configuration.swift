// SPDX-License-Identifier: Apache-2.0
public import DNS
public import Net

extension NameZone {
    /// What a zone is told before the first object comes.
    public struct Configuration: Sendable, Hashable {
        /// What a name outside the cluster stands for: `spec.dns.hosts` of the lab file.
        public enum Host: Sendable, Hashable {
            case addresses([Address])
            case alias(DomainName)
        }

        /// Names that other servers know: an entry of `spec.dns.zones`.
        public struct Stub: Sendable, Hashable {
            /// All names at and below this one.
            public var name: DomainName
            /// Who knows them, to be asked in this order.
            public var servers: [SocketAddress]

            /// Puts one together from its parts.
            public init(name: DomainName, servers: [SocketAddress]) {
                self.name = name
                self.servers = servers
            }
        }

        /// The cluster's domain: `cluster.local`.
        public var domain: DomainName
        /// For how many seconds an answer may be kept.
        public var ttl: UInt32
        /// Names outside the cluster that are known here.
        public var hosts: [DomainName: Host]
        /// Names outside that are forwarded; the longest that fits counts.
        public var stubs: [Stub]
        /// Who is asked for all other names outside; if there is nobody, they do not exist.
        public var upstream: [SocketAddress]
        /// The cluster's ranges, whose reverse names nobody else knows: those of Services and of Pods, in all families.
        public var ranges: [Prefix]

        /// Puts one together from its parts.
        public init(
            domain: DomainName, ttl: UInt32 = 30, hosts: [DomainName: Host] = [:], stubs: [Stub] = [],
            upstream: [SocketAddress] = [], ranges: [Prefix] = []
        ) {
            self.domain = domain
            self.ttl = ttl
            self.hosts = hosts
            self.stubs = stubs
            self.upstream = upstream
            self.ranges = ranges
        }
    }
}
