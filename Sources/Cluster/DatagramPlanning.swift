// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
internal import Net

/// D79: what becomes of datagrams on their way when the endpoints of a Service change. A connection that is tracked and
/// leads elsewhere than to an endpoint that serves is to be forgotten.
extension Cluster {
    /// Whatever the policies and the topology: who has an endpoint that serves keeps it. A Service without any has
    /// nothing better to offer, so that its connections stay as they are.
    mutating func noteDatagrams(_ entries: ServiceEntries, _ family: Family, _ slices: [SliceFacts]) {
        for port in entries.nodePorts(family) where port.transport == .udp {
            let addresses = port.clusterAddresses + port.externalAddresses + port.loadBalancerAddresses
            let flows = DatagramFlows(
                namespaces: nodes.namespaces,
                destinations: Set(addresses.map { SocketAddress($0, port.port) }), nodePort: port.nodePort,
                endpoints: EndpointChoice.serving(slices, port))
            let key = ServiceState.PortKey(transport: .udp, port: port.port)
            let isNew = services.setDatagrams(entries.key, key, family, flows)
            if isNew, !flows.endpoints.isEmpty { pending.datagramFlows.append(flows) }
        }
    }

    /// The conversations that are to leave a Pod before its processes are told to end: of the Services that have endpoints which
    /// do not end. Until then it keeps its clients; from then on nothing that it is sent is sure to be answered, and
    /// whoever forgets the conversations only afterwards may not come to it.
    public func datagrams(leaving pod: ObjectKey) -> [DatagramFlows] {
        guard let facts = index.pods[pod], let placement = nodes.placements[pod] else { return [] }
        var leaving: [DatagramFlows] = []
        for service in index.services.keys(selecting: facts.labels, namespace: pod.namespace) {
            guard let entries = services.tables[service]?.entries, entries.hasDatagrams else { continue }
            for family in entries.families {
                for port in entries.nodePorts(family) where port.transport == .udp {
                    guard var flows = services.datagrams(service, port.port, family) else { continue }
                    flows.leaving = flows.endpoints.filter { placement.addresses.contains($0.address) }
                    guard !flows.leaving.isEmpty else { continue }
                    // Where the rules lead to it nothing is won.
                    let choice = EndpointChoice(slices(of: service, family), port, wantsOwn: false)
                    if flows.leaving.isDisjoint(with: choice.all) { leaving.append(flows) }
                }
            }
        }
        return leaving
    }

    /// The load balancer's connections lead to nodes.
    mutating func noteEdgeDatagrams(_ entries: ServiceEntries, _ after: [ServiceEntry], _ before: [ServiceEntry]) {
        for entry in after {
            let old = before.first { $0.family == entry.family }
            for port in entry.ports where port.transport == .udp && !port.endpoints.isEmpty {
                let known = old?.ports.first { $0.pool == port.pool }
                guard known.map({ Set($0.endpoints) }) != Set(port.endpoints) else { continue }
                pending.datagramFlows.append(
                    DatagramFlows(
                        namespaces: [.edge],
                        destinations: Set(port.loadBalancerAddresses.map { SocketAddress($0, port.port) }),
                        nodePort: nil, endpoints: Set(port.endpoints)))
            }
        }
    }

    /// A host port is a Pod's own from the moment that it has it.
    mutating func noteDatagrams(_ ports: [HostPortEntry], on node: NamespaceName) {
        for port in ports where port.transport == .udp {
            pending.datagramFlows.append(
                DatagramFlows(
                    namespaces: [node], destinations: [], nodePort: port.hostPort, endpoints: [port.target]))
        }
    }
}
