// SPDX-License-Identifier: Apache-2.0
public import Net

/// One Service as the table of a node (or of the edge) needs it.
public struct ServiceEntry: Sendable, Hashable {
    /// `NAMESPACE/NAME`: what the Service's part of a ruleset is known by.
    public var name: String
    /// Its ports.
    public var ports: [ServicePortEntry]

    /// Puts one together from its parts.
    public init(_ name: String, ports: [ServicePortEntry]) {
        self.name = name
        self.ports = ports
    }
}

/// One port of a Service: where clients send, and where the connections go.
public struct ServicePortEntry: Sendable, Hashable {
    /// The number that stands for this port in the table's maps: unique among all ports of all Services, kept for the
    /// port's whole life, never 0 (mark 0 means none).
    public var pool: UInt32
    /// The port's name in the Service; may be empty.
    public var name: String
    /// The protocol of the port.
    public var transport: TransportProtocol
    /// The number that clients connect to, at every address but a node's.
    public var port: UInt16
    /// The Service's own addresses. The corresponding Kubernetes field is `spec.clusterIPs`.
    public var clusterAddresses: [Address]
    /// Load balancer addresses (`status.loadBalancer.ingress`) and `spec.externalIPs`.
    public var externalAddresses: [Address]
    /// The port on each node's address; nil without one. The corresponding Kubernetes field is `spec.ports[].nodePort`.
    public var nodePort: UInt16?
    /// The ready endpoints in slot order (see `SlotOrder`).
    public var endpoints: [SocketAddress]
    /// The port within its Service.
    public var because: Because
    /// The field that gave an address, where that says more than `because`.
    public var addressesBecause: [Address: Because]
    /// The field that gave the node port, where that says more than `because`.
    public var nodePortBecause: Because?

    /// Puts one together from its parts.
    public init(
        pool: UInt32, name: String = "", transport: TransportProtocol = .tcp, port: UInt16,
        clusterAddresses: [Address] = [], externalAddresses: [Address] = [], nodePort: UInt16? = nil,
        endpoints: [SocketAddress], because: Because, addressesBecause: [Address: Because] = [:],
        nodePortBecause: Because? = nil
    ) {
        self.pool = pool
        self.name = name
        self.transport = transport
        self.port = port
        self.clusterAddresses = clusterAddresses
        self.externalAddresses = externalAddresses
        self.nodePort = nodePort
        self.endpoints = endpoints
        self.because = because
        self.addressesBecause = addressesBecause
        self.nodePortBecause = nodePortBecause
    }
}

extension Ruleset {
    /// Puts a Service into the table, or brings its part up to date; returns what that changes in the kernel.
    ///
    /// Only what the table has sets for is kept, so that the same entry serves a node and the edge; addresses and
    /// endpoints of the other family are left out.
    public mutating func setService(_ entry: ServiceEntry) -> [TableChange] {
        replace(Ruleset.partName(service: entry.name), with: part(for: entry))
    }

    /// Takes a Service (`NAMESPACE/NAME`) out of the table; nothing if it is not there.
    public mutating func removeService(named name: String) -> [TableChange] {
        replace(Ruleset.partName(service: name), with: nil)
    }

    /// Tells the table the address of a Pod (`NAMESPACE/NAME`) on this node, or with nil that the Pod is gone: a Pod
    /// that reaches itself through a Service is masqueraded.
    public mutating func setLocalPod(name: String, address: Address?) -> [TableChange] {
        guard let address, address.family == family else { return replace(Ruleset.partName(pod: name), with: nil) }
        let because = Because("Pod \(name)", field: "status.podIP")
        let pair = Element([.address(address), .address(address)], because: because)
        return replace(Ruleset.partName(pod: name), with: [SetName.hairpin: [pair]])
    }

    /// The elements of a Service for this table: the same value for every node, so that it can be made once and given
    /// to each by `replace(Ruleset.partName(service: entry.name), with: part)`.
    public func part(for entry: ServiceEntry) -> Part {
        entry.elements(family: family).filter { declares($0.key) }
    }

    /// The name of the part that belongs to a Service (`NAMESPACE/NAME`).
    public static func partName(service name: String) -> String { "service " + name }

    /// The name of the part that belongs to a Pod (`NAMESPACE/NAME`).
    public static func partName(pod name: String) -> String { "pod " + name }

    /// True if the table has a set or map of this name.
    public func declares(_ set: String) -> Bool { sets.contains { $0.name == set } }
}
