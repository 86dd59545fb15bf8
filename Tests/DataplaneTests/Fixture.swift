// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net

/// An address from its text. A typing error in a test shows as 0.0.0.0.
func address(_ text: String) -> Address { Address(text) ?? Address(0, 0, 0, 0) }

/// A range from its text, or a single address.
func prefix(_ text: String) -> Prefix { Prefix(text) ?? Prefix(host: address(text)) }

/// `10.0.0.1:80`.
func socket(_ text: String) -> SocketAddress {
    let parts = text.split(separator: ":")
    return SocketAddress(address(String(parts[0])), UInt16(parts[1]) ?? 0)
}

extension Address {
    /// The address that stands for an IPv4 one in a lab of the family.
    func of(_ family: Family) -> Address {
        guard family == .v6, case .v4(let value) = self else { return self }
        if isUnspecified { return .v6(0) }
        if isLoopback { return .v6(1) }
        return .v6((isLinkLocal ? 0xfe80 : 0xfd00) << 112 | UInt128(value))
    }

    /// The other way round.
    var inV4: Address {
        guard case .v6(let value) = self else { return self }
        return value == 1 ? Address(127, 0, 0, 1) : .v4(UInt32(truncatingIfNeeded: value))
    }
}

extension Prefix {
    func of(_ family: Family) -> Prefix {
        guard family == .v6 else { return self }
        return length == 0 ? Prefix(.v6(0), 0) : Prefix(address.of(family), 96 + length)
    }
}

extension SocketAddress {
    func of(_ family: Family) -> SocketAddress { SocketAddress(address.of(family), port) }
}

extension ServiceEntry {
    /// The same Service in a lab of the family.
    func of(_ family: Family) -> ServiceEntry {
        var entry = self
        entry.family = family
        for index in entry.ports.indices {
            entry.ports[index].clusterAddresses = entry.ports[index].clusterAddresses.map { $0.of(family) }
            entry.ports[index].externalAddresses = entry.ports[index].externalAddresses.map { $0.of(family) }
            entry.ports[index].loadBalancerAddresses = entry.ports[index].loadBalancerAddresses.map { $0.of(family) }
            entry.ports[index].sourceRanges = entry.ports[index].sourceRanges.map { $0.of(family) }
            entry.ports[index].endpoints = entry.ports[index].endpoints.map { $0.of(family) }
            entry.ports[index].localEndpoints = entry.ports[index].localEndpoints.map { $0.of(family) }
            let reasons = entry.ports[index].reasons.addresses.map { ($0.key.of(family), $0.value) }
            entry.ports[index].reasons.addresses = Dictionary(reasons) { first, _ in first }
        }
        return entry
    }
}

/// A small lab: `host ─ edge ─ node-1 … node-3`, with the Pods that a test adds. All addresses are written as those of
/// IPv4; in a lab of IPv6 others stand for them.
struct Fixture {
    var plan = Plan()
    let family: Family
    private var links: UInt32 = 0
    private let because = Because("test")

    static let serviceRange = prefix("10.96.0.0/16")
    static let podRange = prefix("10.244.0.0/16")
    static let externalRange = prefix("203.0.113.0/24")

    static func nodeAddress(_ number: Int) -> Address { Address(172, 18, 0, UInt8(1 + number)) }
    static func nodeName(_ number: Int) -> NamespaceName { NamespaceName("node-\(number)") }

    init(nodes: Int = 3, family: Family = .v4) {
        self.family = family
        plan.namespaces[.host] = NamespacePlan()
        let edge = Ruleset.edge(
            externalRange: Fixture.externalRange.of(family), podRange: Fixture.podRange.of(family),
            nodeAddresses: (1...nodes).map { Fixture.nodeAddress($0).of(family) },
            serviceRange: Fixture.serviceRange.of(family))
        plan.namespaces[.edge] = NamespacePlan(sysctls: forwarding, rulesets: [edge])
        connect(.edge, "host", "172.18.0.1", .host, "lab0", "172.18.0.254")
        for range in ["172.18.0.0/24", "10.244.0.0/16", "10.96.0.0/16", "203.0.113.0/24", "198.51.100.7"] {
            route(.host, range, via: "172.18.0.1", dev: "lab0")
        }
        route(.edge, "172.18.0.254", via: nil, dev: "host")
        for number in 1...nodes { addNode(number) }
        route(.edge, "10.96.0.0/16", via: "172.18.0.2", dev: "node-1")
        route(.edge, "203.0.113.0/24", via: nil, dev: nil)
    }

    private var forwarding: [String: String] {
        [family == .v4 ? "ipv4/ip_forward" : "ipv6/conf/all/forwarding": "1"]
    }

    private mutating func addNode(_ number: Int) {
        let name = Fixture.nodeName(number)
        let own = Fixture.nodeAddress(number)
        let table = Ruleset.node(
            nodeAddress: own.of(family), serviceRange: Fixture.serviceRange.of(family),
            podRange: Fixture.podRange.of(family))
        plan.namespaces[name] = NamespacePlan(sysctls: forwarding, rulesets: [table])
        connect(.edge, name.text, "172.18.0.1", name, "eth0", own.description)
        route(.edge, own.description, via: nil, dev: name.text)
        route(.edge, "10.244.\(number).0/24", via: own.description, dev: name.text)
        route(name, "0.0.0.0/0", via: "172.18.0.1", dev: "eth0")
        route(name, "10.244.\(number).0/24", via: nil, dev: nil)
    }

    /// Adds a Pod on a node, with the address 10.244.NODE.LAST.
    mutating func addPod(_ name: NamespaceName, node number: Int, last: UInt8) {
        let node = Fixture.nodeName(number)
        let own = Address(10, 244, UInt8(number), last)
        plan.namespaces[name] = NamespacePlan()
        let device = "pod\(last)"
        connect(node, device, nil, name, "eth0", own.description)
        let mac = plan.namespaces[node]?.interfaces[device]?.mac ?? MACAddress(local: 0)
        let gateway = address("169.254.1.1").of(family)
        plan.namespaces[name]?.neighbours[gateway] = Neighbour(gateway, mac, interface: "eth0")
        route(name, "0.0.0.0/0", via: "169.254.1.1", dev: "eth0")
        route(node, own.description, via: nil, dev: device)
        _ = plan.namespaces[node]?.rulesets[family]?.setLocalPod(name: name.text, address: own.of(family))
    }

    /// Gives every node the Service.
    mutating func setService(_ entry: ServiceEntry) {
        for name in plan.namespaces.keys where name.text.hasPrefix("node-") {
            _ = plan.namespaces[name]?.rulesets[family]?.setService(entry.of(family))
        }
    }

    /// Gives one node its view of the Service.
    mutating func setService(_ entry: ServiceEntry, node number: Int) {
        _ = plan.namespaces[Fixture.nodeName(number)]?.rulesets[family]?.setService(entry.of(family))
    }

    mutating func setEdgeService(_ entry: ServiceEntry) {
        _ = plan.namespaces[.edge]?.rulesets[family]?.setService(entry.of(family))
    }

    mutating func route(_ name: NamespaceName, _ destination: String, via gateway: String?, dev: String?) {
        let route = Route(
            prefix(destination).of(family), via: gateway.map { address($0).of(family) }, interface: dev,
            because: because)
        plan.namespaces[name]?.routes[route.destination] = route
    }

    /// A veth pair; each end knows the other's address by a permanent neighbour.
    private mutating func connect(
        _ near: NamespaceName, _ nearDevice: String, _ nearAddress: String?, _ far: NamespaceName, _ farDevice: String,
        _ farAddress: String
    ) {
        links += 1
        let (nearMAC, farMAC) = (MACAddress(local: links), MACAddress(local: links, space: 1))
        plan.namespaces[near]?.interfaces[nearDevice] = Interface(
            nearDevice, index: 100 + links, mac: nearMAC, addresses: nearAddress.map { [prefix($0).of(family)] } ?? [],
            peerNamespace: far, peerName: farDevice)
        plan.namespaces[far]?.interfaces[farDevice] = Interface(
            farDevice, index: 2, mac: farMAC, addresses: [prefix(farAddress).of(family)], peerNamespace: near,
            peerName: nearDevice)
        let farNeighbour = Neighbour(address(farAddress).of(family), farMAC, interface: nearDevice)
        plan.namespaces[near]?.neighbours[farNeighbour.address] = farNeighbour
        guard let nearAddress else { return }
        let nearNeighbour = Neighbour(address(nearAddress).of(family), nearMAC, interface: farDevice)
        plan.namespaces[far]?.neighbours[nearNeighbour.address] = nearNeighbour
    }
}

extension Fixture {
    /// Three Pods and a Service of each kind.
    static var shop: Fixture { shop(.v4) }

    static func shop(_ family: Family) -> Fixture {
        var lab = Fixture(family: family)
        lab.addPod("web/client", node: 1, last: 9)
        lab.addPod("web/a", node: 1, last: 10)
        lab.addPod("web/b", node: 2, last: 11)
        for service in shopServices { lab.setService(service) }
        let nodePorts = (1...3).map { SocketAddress(nodeAddress($0), 30080) }
        lab.setEdgeService(
            ServiceEntry(
                "web/web",
                ports: [
                    ServicePortEntry(
                        pool: 1, port: 80, externalAddresses: [address("203.0.113.10")], endpoints: nodePorts,
                        reasons: ServicePortReasons(port: Because("Service web/web", field: "spec.ports[0]")))
                ]))
        lab.setEdgeService(
            ServiceEntry(
                "web/empty",
                ports: [
                    ServicePortEntry(
                        pool: 2, port: 80, externalAddresses: [address("203.0.113.11")], endpoints: [],
                        reasons: ServicePortReasons(port: Because("Service web/empty", field: "spec.ports[0]")))
                ]))
        lab.route(.edge, "198.51.100.7", via: "172.18.0.4", dev: "node-3")
        return lab
    }

    private static func service(
        _ name: String, pool: UInt32, _ transport: TransportProtocol = .tcp, at cluster: String,
        external: [String] = [],
        nodePort: UInt16? = nil, to endpoints: [String]
    ) -> ServiceEntry {
        let target = socket(cluster)
        return ServiceEntry(
            name,
            ports: [
                ServicePortEntry(
                    pool: pool, transport: transport, port: target.port, clusterAddresses: [target.address],
                    externalAddresses: external.map(address), nodePort: nodePort, endpoints: endpoints.map(socket),
                    reasons: ServicePortReasons(port: Because("Service \(name)", field: "spec.ports[0]")))
            ])
    }

    static var shopServices: [ServiceEntry] {
        var both = service("web/both", pool: 3, at: "10.96.0.12:80", to: ["10.244.1.10:8080"])
        both.ports += service("web/both", pool: 4, at: "10.96.0.12:443", to: ["10.244.1.10:8443"]).ports
        return [
            service(
                "web/web", pool: 1, at: "10.96.0.10:80", external: ["203.0.113.10", "198.51.100.7"], nodePort: 30080,
                to: ["10.244.1.10:8080", "10.244.2.11:8080"]),
            service("web/empty", pool: 2, at: "10.96.0.11:80", external: ["203.0.113.11"], nodePort: 30081, to: []),
            both,
            service("web/host", pool: 5, at: "10.96.0.13:9100", to: ["172.18.0.3:9100"]),
            service("web/dns", pool: 6, .udp, at: "10.96.0.14:53", nodePort: 30080, to: ["10.244.2.11:5353"]),
            service("web/stream", pool: 7, .sctp, at: "10.96.0.15:7", to: ["10.244.2.11:7"]),
        ]
    }
}
