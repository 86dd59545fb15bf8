// SPDX-License-Identifier: Apache-2.0

public import Net

extension LabConfiguration {
    /// A system beyond the edge: no part of the cluster, with an address of its own. It answers on its ports, and
    /// commands that run there are clients from outside.
    public struct External: Sendable, Hashable {
        /// A port that the system answers on.
        public struct Port: Sendable, Hashable {
            /// The port.
            public var number: UInt16
            /// TCP or UDP.
            public var transport: TransportProtocol

            /// Puts one together from its parts.
            public init(_ number: UInt16, _ transport: TransportProtocol = .tcp) {
                self.number = number
                self.transport = transport
            }
        }

        /// Its name: a DNS label.
        public var name: String
        /// Its addresses, at most one of each family.
        public var addresses: [Address]
        /// The ports that it answers on; none for one that only asks.
        public var ports: [Port]
        /// The names by which it is found.
        public var hostnames: [String]
        /// Where the lab file describes it; nil for what comes from no file.
        public var place: Place?

        /// Puts one together from its parts.
        public init(
            _ name: String, addresses: [Address], ports: [Port] = [], hostnames: [String] = [], place: Place? = nil
        ) {
            self.name = name
            self.addresses = addresses
            self.ports = ports
            self.hostnames = hostnames
            self.place = place
        }

        /// Its address of a family; nil if it has none.
        public func address(_ family: Family) -> Address? { addresses.first { $0.family == family } }
    }

    /// The most systems that a lab may have beyond its edge.
    public static let externalLimit = 200
}
