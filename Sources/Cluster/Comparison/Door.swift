// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// One way into a Service: an address of one kind, and a port.
struct Door: Hashable, Comparable {
    /// Whose address it is, those that clients of the cluster use first.
    enum Kind: Hashable, Comparable {
        case clusterAddress
        case nodePort(node: String)
        case externalAddress(Address)
        case loadBalancer
    }
    var kind: Kind
    var family: Family
    /// The Service's port, whatever stands for it on nodes.
    var port: UInt16
    var transport: TransportProtocol

    static func < (left: Door, right: Door) -> Bool {
        (left.port, left.transport.rawValue, left.kind, left.family.rawValue)
            < (right.port, right.transport.rawValue, right.kind, right.family.rawValue)
    }

    /// True if only the cluster's own clients use it.
    var isInternal: Bool { kind == .clusterAddress }

    /// True if clients at the place are held to use it: who is outside knows no cluster address, and who is inside no
    /// node port.
    func isOpen(to origin: WalkOrigin) -> Bool {
        switch (kind, origin.kind) {
        case (.clusterAddress, .outside), (.nodePort, .inside): false
        default: true
        }
    }

    var text: String {
        let what =
            switch kind {
            case .clusterAddress: "cluster address"
            case .nodePort(let node): "node port on \(node)"
            case .externalAddress(let address): "external address \(address)"
            case .loadBalancer: "load balancer"
            }
        return "\(what), port \(port)/\(transport.name)" + (family == .v6 ? ", IPv6" : "")
    }
}

extension Cluster {
    /// The ways into a Service, and where they are.
    func doors(of key: ObjectKey) -> [Door: SocketAddress] {
        guard let service = store[key].map(Service.init), !service.isHeadless else { return [:] }
        var doors: [Door: SocketAddress] = [:]
        for port in service.ports {
            func add(_ kind: Door.Kind, _ address: Address, _ number: UInt16) {
                let door = Door(kind: kind, family: address.family, port: port.port, transport: port.transport)
                doors[door] = SocketAddress(address, number)
            }
            for address in service.clusterAddresses { add(.clusterAddress, address, port.port) }
            for address in service.externalIPs { add(.externalAddress(address), address, port.port) }
            for address in services.loadBalancers[key] ?? [] { add(.loadBalancer, address, port.port) }
            guard let number = port.nodePort else { continue }
            for (node, state) in nodes.states {
                for address in state.addresses { add(.nodePort(node: node), address, number) }
            }
        }
        return doors
    }

    /// The Pods that are a Service's ready endpoints.
    func endpointPods(of key: ObjectKey) -> Set<ObjectKey> {
        Set(
            slices(of: key).flatMap { $0.endpoints.filter(\.isReady).compactMap(\.targetPod) }
                .map { ObjectKey("Pod", key.namespace, $0) })
    }
}
