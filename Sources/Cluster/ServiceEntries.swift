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

    /// D82: the port of the Service's health check, if nodes are to serve it.
    var servedHealthCheckPort: UInt16? {
        guard hasRules, type == .loadBalancer, externalTrafficPolicy == .local else { return nil }
        return healthCheckNodePort
    }
}

/// The entries of one Service, with the fields and the lines of the manifest that they come from: read once a write of
/// the Service. A class, for it is used with every change of an endpoint and never changes itself.
final class ServiceEntries: Sendable {
    let key: ObjectKey
    let service: Service
    let name: String
    /// The name of the Service's part of the rules.
    let part: String
    let ports: [ServicePort]
    /// The families of its cluster addresses: of those that it has rules in.
    let families: [Family]
    /// Which endpoints traffic from outside may use.
    let isExternalLocal: Bool
    /// True if one of the ports is for UDP.
    let hasDatagrams: Bool
    /// The ports' entries, by family, but for pools and endpoints.
    private let templates: [Family: [ServicePortEntry]]
    /// What gave the load balancer's addresses.
    private let edgeBecause: Because

    /// Nil for a Service that has no rules.
    init?(_ key: ObjectKey, _ service: Service, _ source: Source?) {
        guard service.hasRules else { return nil }
        self.key = key
        self.service = service
        name = "\(key.namespace)/\(key.name)"
        part = Ruleset.partName(service: name)
        let ports = service.ports
        self.ports = ports
        isExternalLocal = service.externalTrafficPolicy == .local
        hasDatagrams = ports.contains { $0.transport == .udp }
        let addresses = service.clusterAddresses
        families = Family.allCases.filter { family in addresses.contains { $0.family == family } }
        let fields = ServiceFields(service, Reasons(object: "Service \(name)", source: source))
        edgeBecause = fields.reasons.ingress
        var templates: [Family: [ServicePortEntry]] = [:]
        for family in families {
            templates[family] = ports.indices.map { fields.entry(ports[$0], index: $0, family) }
        }
        self.templates = templates
    }

    /// The entries of the ports on nodes, without pools and endpoints.
    func nodePorts(_ family: Family) -> [ServicePortEntry] { templates[family] ?? [] }

    /// The entry at the edge of the port at an index of `ports`, without its endpoints.
    func edgePort(_ index: Int, _ family: Family, pool: UInt32, address: Address) -> ServicePortEntry {
        let port = ports[index]
        let template = nodePorts(family)[index]
        var reasons = ServicePortReasons(port: template.reasons.port, addresses: [address: edgeBecause])
        reasons.affinity = template.reasons.affinity
        reasons.sourceRanges = template.reasons.sourceRanges
        return ServicePortEntry(
            pool: pool, name: port.name, transport: port.transport, port: port.port, loadBalancerAddresses: [address],
            affinityTimeout: template.affinityTimeout, sourceRanges: template.sourceRanges, endpoints: [],
            reasons: reasons)
    }
}

extension ServicePortEntry {
    /// True if anybody from outside the cluster may come to the port.
    private var isExternal: Bool {
        nodePort != nil || !externalAddresses.isEmpty || !loadBalancerAddresses.isEmpty
    }

    /// True if some traffic of the port goes to endpoints anywhere: what comes for the cluster address, and, as a
    /// short cut, what Pods and nodes send to the external ones (D50).
    var usesClusterEndpoints: Bool { !isInternalLocal || isExternal }

    /// True if some traffic of the port goes to endpoints of its own node only.
    var usesLocalEndpoints: Bool { isInternalLocal || isExternalLocal && isExternal }
}

/// The fields of a Service that all its ports share.
private struct ServiceFields {
    let service: Service
    let reasons: Reasons
    private let clusterAddresses: [Address]
    private let externalAddresses: [Address]
    private let ingress: [Address]

    init(_ service: Service, _ reasons: Reasons) {
        self.service = service
        self.reasons = reasons
        clusterAddresses = service.clusterAddresses
        externalAddresses = service.externalIPs
        // D60: what else stands there is not the nodes' to answer for.
        ingress = service.loadBalancerIngress.filter { $0.ipMode == .vip }.compactMap(\.address)
    }

    func entry(_ port: ServicePort, index: Int, _ family: Family) -> ServicePortEntry {
        let field = "spec.ports[\(index)]"
        let addresses = [clusterAddresses, externalAddresses, ingress].map { $0.filter { $0.family == family } }
        var entry = ServicePortEntry(
            pool: 0, name: port.name, transport: port.transport, port: port.port, clusterAddresses: addresses[0],
            externalAddresses: addresses[1], loadBalancerAddresses: addresses[2], nodePort: port.nodePort,
            endpoints: [],
            reasons: ServicePortReasons(port: reasons.because(field)))
        entry.reasons.addresses = reasons.addresses(externalAddresses, ingress, family)
        entry.reasons.nodePort = port.nodePort.map { _ in reasons.because(field + ".nodePort") }
        setPolicies(of: &entry)
        if let timeout = service.sessionAffinityTimeout {
            entry.affinityTimeout = UInt32(clamping: timeout)
            entry.reasons.affinity = reasons.because("spec.sessionAffinity")
        }
        let ranges = Prefix.outermost(service.loadBalancerSourceRanges.filter { $0.family == family })
        if !ranges.isEmpty {
            entry.sourceRanges = ranges
            entry.reasons.sourceRanges = reasons.because("spec.loadBalancerSourceRanges")
        }
        return entry
    }

    private func setPolicies(of entry: inout ServicePortEntry) {
        if service.internalTrafficPolicy == .local {
            entry.isInternalLocal = true
            entry.reasons.internalPolicy = reasons.because("spec.internalTrafficPolicy")
        }
        guard service.externalTrafficPolicy == .local else { return }
        entry.isExternalLocal = true
        entry.healthCheckNodePort = service.servedHealthCheckPort
        entry.reasons.externalPolicy = reasons.because("spec.externalTrafficPolicy")
    }
}

extension Prefix {
    /// D61: the same addresses in as few ranges as need be: none that lies within another, and none at all if one of
    /// them has every address.
    fileprivate static func outermost(_ ranges: [Prefix]) -> [Prefix] {
        guard !ranges.contains(where: { $0.length == 0 }) else { return [] }
        var kept: [Prefix] = []
        let sorted = ranges.sorted { ($0.length, $0.address) < ($1.length, $1.address) }
        for range in sorted where !kept.contains(where: { $0.contains(range.address) }) { kept.append(range) }
        return kept.sorted { $0.address < $1.address }
    }
}
