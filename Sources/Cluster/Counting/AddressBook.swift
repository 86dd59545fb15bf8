// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
public import Net

/// A port of a Service, as counters name it.
public struct ServicePortName: Sendable, Hashable {
    /// The Service.
    public var service: ObjectKey
    /// The port's name; may be empty.
    public var name: String
    /// The protocol of the port.
    public var transport: TransportProtocol
    /// The number that clients connect to.
    public var port: UInt16

    /// Puts one together from its parts.
    public init(service: ObjectKey, name: String, transport: TransportProtocol, port: UInt16) {
        self.service = service
        self.name = name
        self.transport = transport
        self.port = port
    }
}

extension ServicePortName: Comparable {
    /// Services by namespace and name, their ports by number.
    public static func < (left: ServicePortName, right: ServicePortName) -> Bool {
        (left.service, left.port, left.transport.rawValue) < (right.service, right.port, right.transport.rawValue)
    }

    /// The port's name; of one without, its number and protocol: `80/tcp`.
    public var text: String { name.isEmpty ? "\(port)/\(transport.name)" : name }
}

/// Whose the addresses of a lab are at one moment, for whoever looks up many.
public struct AddressBook: Sendable {
    /// Where clients connect to.
    private struct Entrance: Hashable {
        var transport: TransportProtocol
        /// Nil for the port at every node.
        var address: Address?
        var port: UInt16
    }

    private var ports: [Entrance: ServicePortName] = [:]
    /// The places that have addresses: `host`, `node-1`, `default/web-1`.
    private var places: [Address: String] = [:]
    /// Where a Pod with a network of its own stands.
    private var pods: [Address: (pod: ObjectKey, node: String)] = [:]
    private var nodes: Set<Address> = []

    /// The port of a Service that a client connects to.
    public func servicePort(at socket: SocketAddress, _ transport: TransportProtocol) -> ServicePortName? {
        let address = nodes.contains(socket.address) ? nil : socket.address
        return ports[Entrance(transport: transport, address: address, port: socket.port)]
    }

    /// The Pod that has an address for itself.
    public func pod(at address: Address) -> ObjectKey? { pods[address]?.pod }

    /// The node on which the Pod with an address stands.
    public func node(ofPodAt address: Address) -> String? { pods[address]?.node }

    /// True for an address of a node.
    public func isNode(_ address: Address) -> Bool { nodes.contains(address) }

    /// The place that has an address, by the name of its namespace; nil for one that is not of the lab.
    public func place(at address: Address) -> String? { places[address] }

    /// Nobody has an address.
    public init() {}

    /// Takes in a later state. What nobody has any more stays whose it was.
    public mutating func merge(_ later: AddressBook) {
        ports.merge(later.ports) { $1 }
        places.merge(later.places) { $1 }
        pods.merge(later.pods) { $1 }
        nodes.formUnion(later.nodes)
    }

    mutating func add(_ pod: ObjectKey, at addresses: [Address], node: String) {
        for address in addresses {
            pods[address] = (pod, node)
            places[address] = "\(pod.namespace)/\(pod.name)"
        }
    }

    mutating func add(node name: String, at addresses: [Address]) {
        nodes.formUnion(addresses)
        add(place: name, at: addresses)
    }

    mutating func add(place name: String, at addresses: [Address]) {
        for address in addresses { places[address] = name }
    }

    mutating func add(_ port: ServicePortName, at addresses: [Address], nodePort: UInt16?) {
        for address in addresses {
            ports[Entrance(transport: port.transport, address: address, port: port.port)] = port
        }
        if let nodePort { ports[Entrance(transport: port.transport, address: nil, port: nodePort)] = port }
    }
}

extension Cluster {
    /// Whose the addresses are now. It takes as long as there are Services and Pods.
    public var addressBook: AddressBook {
        var book = AddressBook()
        for (key, tables) in services.tables {
            let balancers = services.loadBalancers[key] ?? []
            for port in tables.ports {
                let name = ServicePortName(service: key, name: port.name, transport: port.transport, port: port.port)
                book.add(
                    name, at: port.clusterAddresses + port.externalAddresses + port.loadBalancerAddresses + balancers,
                    nodePort: port.nodePort)
            }
        }
        for (key, placement) in nodes.placements where placement.link != nil {
            book.add(key, at: placement.addresses, node: placement.node)
        }
        for name in plan.namespaces.keys where !name.text.contains("/") {
            guard let place = plan.namespaces[name] else { continue }
            let addresses = place.interfaces.values.flatMap { $0.addresses.map(\.address) }
            book.add(place: name.text, at: addresses + place.loopback.map(\.address))
        }
        for (name, state) in nodes.states { book.add(node: name, at: state.addresses) }
        return book
    }
}

extension ServiceTables {
    /// The ports as the rules of some node have them, of every family.
    var ports: [ServicePortEntry] {
        var seen: Set<Family> = []
        return views.filter { seen.insert($0.family).inserted }.flatMap(\.entry.ports)
    }
}
