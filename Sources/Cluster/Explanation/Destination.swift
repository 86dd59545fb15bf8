// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
public import Net

/// What an address and port are within a lab.
public enum Destination: Sendable, Hashable {
    /// A Service's own address.
    case clusterAddress(ObjectKey)
    /// One of a Service's `externalIPs`.
    case externalAddress(ObjectKey)
    /// The address of a Service's load balancer.
    case loadBalancer(ObjectKey)
    /// A Service's port on every node, at this one.
    case nodePort(ObjectKey, node: String)
    /// A port of a node that leads to a container's.
    case hostPort(ObjectKey, node: String)
    /// A Pod, at its own address.
    case pod(ObjectKey)
    /// A node itself.
    case node(String)
    /// The host, the edge or the control plane, by its name.
    case place(String)
    /// The sender itself.
    case loopback
    /// An address of one of the lab's ranges that nobody has.
    case unused(LabRange)
    /// No address of the lab.
    case outside

    /// The Service that the address is of.
    public var service: ObjectKey? {
        switch self {
        case .clusterAddress(let key), .externalAddress(let key), .loadBalancer(let key), .nodePort(let key, _): key
        case .hostPort, .pod, .node, .place, .loopback, .unused, .outside: nil
        }
    }

    /// True for an address that no interface has: nobody answers a ping there.
    var isRuleOnly: Bool {
        switch self {
        case .clusterAddress, .externalAddress, .loadBalancer: true
        default: false
        }
    }
}

/// The ranges that a lab takes addresses from. Raw values are the fields of `spec.ranges`.
public enum LabRange: String, Sendable, Hashable, CaseIterable {
    case nodes
    case pods
    case services
    case loadBalancers
}

extension Cluster {
    /// What an address and port are for clients that speak the protocol.
    public func destination(_ socket: SocketAddress, _ transport: TransportProtocol) -> Destination {
        let address = socket.address
        if address.isLoopback { return .loopback }
        if let node = node(at: address) {
            if let key = serviceWithNodePort(socket.port, transport) { return .nodePort(key, node: node) }
            if let pod = podWithHostPort(socket, transport, on: node) { return .hostPort(pod, node: node) }
            return .node(node)
        }
        if let found = service(at: socket, transport) { return found }
        if let pod = pod(at: address) { return .pod(pod) }
        for name in plan.namespaces.keys where !name.text.contains("/") {
            if plan.namespaces[name]?.owns(address) == true { return .place(name.text) }
        }
        return range(of: address).map { .unused($0) } ?? .outside
    }

    private func node(at address: Address) -> String? {
        nodes.states.first { plan.namespaces[$0.value.namespace]?.owns(address) == true }?.key
    }

    /// Services may share an address that is not of the cluster's own: the one that has the port counts.
    private func service(at socket: SocketAddress, _ transport: TransportProtocol) -> Destination? {
        var found: Destination?
        for object in store.objects("Service") {
            let service = Service(object)
            guard let role = role(of: socket.address, in: service) else { continue }
            if service.ports.contains(where: { $0.port == socket.port && $0.transport == transport }) { return role }
            if found == nil { found = role }
        }
        return found
    }

    private func role(of address: Address, in service: Service) -> Destination? {
        if service.clusterAddresses.contains(address) { return .clusterAddress(service.key) }
        if service.loadBalancerIngress.contains(where: { $0.address == address })
            || services.loadBalancers[service.key]?.contains(address) == true
        {
            return .loadBalancer(service.key)
        }
        return service.externalIPs.contains(address) ? .externalAddress(service.key) : nil
    }

    /// The Service that has a node port.
    func serviceWithNodePort(_ port: UInt16, _ transport: TransportProtocol) -> ObjectKey? {
        guard port > 0 else { return nil }
        return store.objects("Service").lazy.map(Service.init).first { service in
            service.ports.contains { $0.nodePort == port && $0.transport == transport }
        }?.key
    }

    private func podWithHostPort(
        _ socket: SocketAddress, _ transport: TransportProtocol, on node: String
    ) -> ObjectKey? {
        nodes.placements.first { _, placement in
            placement.node == node
                && placement.hostPorts.contains {
                    $0.port == socket.port && $0.transport == transport
                        && ($0.isEverywhere || $0.address == socket.address.description)
                }
        }?.key
    }

    /// The Pod, of those with a network of their own, that has an address.
    func pod(at address: Address) -> ObjectKey? {
        nodes.placements.first { _, placement in
            placement.link != nil && placement.addresses.contains(address)
        }?.key
    }

    private func range(of address: Address) -> LabRange? {
        guard let ranges = configuration.ranges(address.family) else { return nil }
        let all: [(Prefix, LabRange)] = [
            (ranges.services, .services), (ranges.pods, .pods), (ranges.loadBalancers, .loadBalancers),
            (ranges.nodes, .nodes),
        ]
        return all.first { $0.0.contains(address) }?.1
    }
}
