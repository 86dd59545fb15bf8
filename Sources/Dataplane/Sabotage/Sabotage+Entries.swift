// SPDX-License-Identifier: Apache-2.0
public import Net

extension Sabotage {
    /// A Service's ports before endpoints are chosen for them, as the rules are to have them.
    public func spoil(ports: [ServicePortEntry], _ family: Family) -> [ServicePortEntry] {
        switch self {
        case .missingDatagrams: return ports.filter { $0.transport != .udp }
        case .missingFamily: return family == .v6 ? [] : ports
        case .swappedPorts where ports.count > 1:
            // Endpoints are found by the port's name.
            let names = ports.map(\.name)
            return zip(ports, names.dropFirst() + names.prefix(1)).map { port, name in
                var port = port
                port.name = name
                return port
            }
        default: return ports.map { spoil(port: $0) }
        }
    }

    /// A port before endpoints are chosen for it; at the edge, too.
    public func spoil(port: ServicePortEntry) -> ServicePortEntry {
        var port = port
        let isExternal =
            port.nodePort != nil || !port.externalAddresses.isEmpty || !port.loadBalancerAddresses.isEmpty
        switch self {
        case .ignoredAffinity: port.affinityTimeout = nil
        case .shortAffinity: port.affinityTimeout = port.affinityTimeout.map { _ in 1 }
        case .externalLocalAsCluster: port.isExternalLocal = false
        case .externalClusterAsLocal: port.isExternalLocal = isExternal && port.nodePort != nil
        case .internalLocalAsCluster: port.isInternalLocal = false
        case .ignoredSourceRanges: port.sourceRanges = []
        case .strictSourceRanges: port.sourceRanges = port.sourceRanges.map { Prefix(host: $0.address) }
        case .missingExternalAddress: port.externalAddresses = []
        case .shiftedNodePort: port.nodePort = port.nodePort.map { $0 &+ 1 }
        default: break
        }
        return port
    }

    /// What a Service's entry is on one node, its endpoints chosen.
    public func spoil(_ entry: ServiceEntry, isOnLastNode: Bool) -> ServiceEntry {
        var entry = entry
        for index in entry.ports.indices { spoil(&entry.ports[index], isOnLastNode) }
        return entry
    }

    private func spoil(_ port: inout ServicePortEntry, _ isOnLastNode: Bool) {
        switch self {
        case .missingAddress: port.clusterAddresses = Array(port.clusterAddresses.dropFirst())
        case .nodePortOnSomeNodes: if isOnLastNode { port.nodePort = nil }
        case .unusedEndpoint, .twoEndpoints, .skewedShare, .wrongTargetPort:
            port.endpoints = spoil(port.endpoints)
            port.localEndpoints = spoil(port.localEndpoints)
        default: break
        }
    }

    private func spoil(_ endpoints: [SocketAddress]) -> [SocketAddress] {
        switch self {
        case .unusedEndpoint: endpoints.count > 1 ? Array(endpoints.sorted().dropLast()) : endpoints
        case .twoEndpoints: Array(endpoints.sorted().prefix(2))
        case .skewedShare:
            // Without affinity, slots may say the same thing several times.
            endpoints.count > 1
                ? endpoints.prefix(1) + repeatElement(endpoints.dropFirst(), count: 8).flatMap { $0 } : endpoints
        case .wrongTargetPort: endpoints.map { SocketAddress($0.address, $0.port &+ 1) }
        default: endpoints
        }
    }
}
