// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

extension Service {
    /// D36, D54: headless Services and those of another proxy have no rules; nor has one without ports or addresses.
    fileprivate var hasRules: Bool {
        guard type != .externalName, !isHeadless else { return false }
        let labels = object.value["metadata"]?["labels"]
        return labels?["service.kubernetes.io/service-proxy-name"] == nil
            && labels?[EndpointSliceController.headless] == nil
    }
}

/// The entries of one Service, with the fields and the lines of the manifest that they come from.
struct ServiceEntries: Sendable {
    let key: ObjectKey
    let service: Service
    /// Where the Service stands in its manifest.
    let source: Source?
    let name: String
    let ports: [ServicePort]
    private let object: String
    private let clusterAddresses: [Address]
    private let externalAddresses: [Address]
    private let addressesBecause: [Address: Because]
    private let indexes: [ServiceState.PortKey: Int]
    /// The entries of the ports on the nodes, but for pool and endpoints.
    private var nodePorts: [ServicePortEntry] = []

    /// Nil for a Service that has no rules.
    init?(_ key: ObjectKey, _ service: Service, _ source: Source?) {
        guard service.hasRules else { return nil }
        self.key = key
        self.service = service
        self.source = source
        name = "\(key.namespace)/\(key.name)"
        object = "Service \(name)"
        ports = service.ports
        clusterAddresses = service.clusterAddresses
        let ingress = service.loadBalancerIngress.filter { $0.ipMode == .vip }.compactMap(\.address)
        externalAddresses = ingress + service.externalIPs
        var reasons: [Address: Because] = [:]
        for (index, address) in service.externalIPs.enumerated() {
            reasons[address] = Self.because(object, "spec.externalIPs[\(index)]", source)
        }
        for address in ingress {
            reasons[address] = Self.because(object, "status.loadBalancer.ingress", source, "spec.type")
        }
        addressesBecause = reasons
        indexes = Dictionary(
            ports.enumerated().map { (.init(transport: $1.transport, port: $1.port), $0) }
        ) { first, _ in first }
        nodePorts = ports.map(nodePort)
    }

    private static func because(_ object: String, _ field: String, _ source: Source?, _ written: String? = nil)
        -> Because
    {
        let place = source?.place(of: written ?? field)
        return Because(object, field: field, location: place.map { "\($0.file):\($0.position.line)" } ?? "")
    }

    private func because(_ port: ServicePort, _ field: String = "") -> Because {
        let index = indexes[.init(transport: port.transport, port: port.port)] ?? 0
        return Self.because(object, "spec.ports[\(index)]\(field)", source)
    }

    private func nodePort(_ port: ServicePort) -> ServicePortEntry {
        ServicePortEntry(
            pool: 0, name: port.name, transport: port.transport, port: port.port, clusterAddresses: clusterAddresses,
            externalAddresses: externalAddresses, nodePort: port.nodePort, endpoints: [], because: because(port),
            addressesBecause: addressesBecause, nodePortBecause: port.nodePort.map { _ in because(port, ".nodePort") })
    }

    /// The entry on the nodes of the port at an index of `ports`.
    func nodePort(_ index: Int, pool: UInt32, endpoints: [SocketAddress]) -> ServicePortEntry {
        var entry = nodePorts[index]
        entry.pool = pool
        entry.endpoints = endpoints
        return entry
    }

    func edgePort(
        _ port: ServicePort, pool: UInt32, address: Address, endpoints: [SocketAddress]
    ) -> ServicePortEntry {
        let reason = Self.because(object, "status.loadBalancer.ingress", source, "spec.type")
        return ServicePortEntry(
            pool: pool, name: port.name, transport: port.transport, port: port.port, externalAddresses: [address],
            endpoints: endpoints, because: because(port), addressesBecause: [address: reason])
    }
}
