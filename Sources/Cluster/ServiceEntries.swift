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

/// The entries of one Service, with the fields and the lines of the manifest that they come from: read once a write of
/// the Service. A class, for it is used with every change of an endpoint and never changes itself.
final class ServiceEntries: Sendable {
    let key: ObjectKey
    let service: Service
    let name: String
    let ports: [ServicePort]
    /// The entries of the ports on the nodes, but for pool and endpoints.
    private let nodePorts: [ServicePortEntry]
    /// What gave the load balancer's address.
    private let edgeBecause: Because

    /// Nil for a Service that has no rules.
    init?(_ key: ObjectKey, _ service: Service, _ source: Source?) {
        guard service.hasRules else { return nil }
        self.key = key
        self.service = service
        name = "\(key.namespace)/\(key.name)"
        ports = service.ports
        let reasons = Reasons(object: "Service \(name)", source: source)
        edgeBecause = reasons.ingress
        let ingress = service.loadBalancerIngress.filter { $0.ipMode == .vip }.compactMap(\.address)
        let addresses = service.clusterAddresses
        nodePorts = ports.enumerated().map { index, port in
            let field = "spec.ports[\(index)]"
            return ServicePortEntry(
                pool: 0, name: port.name, transport: port.transport, port: port.port, clusterAddresses: addresses,
                externalAddresses: service.externalIPs, loadBalancerAddresses: ingress, nodePort: port.nodePort,
                endpoints: [],
                reasons: ServicePortReasons(
                    port: reasons.because(field), addresses: reasons.addresses(service.externalIPs, ingress),
                    nodePort: port.nodePort.map { _ in reasons.because(field + ".nodePort") }))
        }
    }

    /// The entry on the nodes of the port at an index of `ports`.
    func nodePort(_ index: Int, pool: UInt32, endpoints: [SocketAddress]) -> ServicePortEntry {
        var entry = nodePorts[index]
        entry.pool = pool
        entry.endpoints = endpoints
        return entry
    }

    /// The entry at the edge of the port at an index of `ports`.
    func edgePort(
        _ index: Int, pool: UInt32, address: Address, endpoints: [SocketAddress]
    ) -> ServicePortEntry {
        let port = ports[index]
        return ServicePortEntry(
            pool: pool, name: port.name, transport: port.transport, port: port.port, loadBalancerAddresses: [address],
            endpoints: endpoints,
            reasons: ServicePortReasons(port: nodePorts[index].reasons.port, addresses: [address: edgeBecause]))
    }
}

/// The fields of one Service, and where its manifest has them.
private struct Reasons {
    let object: String
    let source: Source?

    var ingress: Because { because("status.loadBalancer.ingress", "spec.type") }

    /// - Parameter written: what the manifest has instead of the field.
    func because(_ field: String, _ written: String? = nil) -> Because {
        let place = source?.place(of: written ?? field)
        return Because(object, field: field, location: place.map { "\($0.file):\($0.position.line)" } ?? "")
    }

    func addresses(_ external: [Address], _ ingress: [Address]) -> [Address: Because] {
        var reasons: [Address: Because] = [:]
        for (index, address) in external.enumerated() { reasons[address] = because("spec.externalIPs[\(index)]") }
        for address in ingress { reasons[address] = self.ingress }
        return reasons
    }
}
