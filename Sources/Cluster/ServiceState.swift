// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// What is remembered of Services beyond their objects, so that changes stay small: pool numbers, the order of
/// endpoints, and the load balancers' addresses.
struct ServiceState: Sendable {
    /// The external address of each Service that has a load balancer.
    private(set) var loadBalancers: [ObjectKey: Address] = [:]
    /// Services for which there was no address.
    var waiting: Set<ObjectKey> = []
    /// What each Service says of the entries that the tables have; nil until they have them, and again after a write.
    var entries: [ObjectKey: ServiceEntries] = [:]
    /// The health check port of each Service that has one.
    private(set) var healthCheckPorts: [ObjectKey: UInt16] = [:]
    /// What the load balancer's probes last said.
    private(set) var probes: [LoadBalancerProbe: Bool] = [:]
    private var ports: [ObjectKey: [PortKey: PortState]] = [:]
    private var pools = PoolNumbers()
    private var direct: Set<ObjectKey> = []

    struct PortKey: Sendable, Hashable {
        var transport: TransportProtocol
        var port: UInt16
    }

    private struct PortState: Sendable {
        var pool: UInt32
        var order: [SocketAddress] = []
        var edgeOrder: [SocketAddress] = []
    }

    mutating func setLoadBalancer(_ service: ObjectKey, _ address: Address?) { loadBalancers[service] = address }

    /// - Returns: whether the port is another than before.
    mutating func setHealthCheckPort(_ service: ObjectKey, _ port: UInt16?) -> Bool {
        guard healthCheckPorts[service] != port else { return false }
        healthCheckPorts[service] = port
        return true
    }

    mutating func setProbe(_ probe: LoadBalancerProbe, _ succeeded: Bool) { probes[probe] = succeeded }

    /// The number that stands for a port in the tables, given on first need.
    mutating func pool(_ service: ObjectKey, _ port: PortKey) -> UInt32 {
        if let pool = ports[service]?[port]?.pool { return pool }
        let pool = pools.take()
        ports[service, default: [:]][port] = PortState(pool: pool)
        return pool
    }

    /// The endpoints in slot order on the nodes, as they were last.
    func order(_ service: ObjectKey, _ port: PortKey) -> [SocketAddress] { ports[service]?[port]?.order ?? [] }

    /// The endpoints in slot order on the nodes.
    mutating func order(_ service: ObjectKey, _ port: PortKey, _ ready: [SocketAddress]) -> [SocketAddress] {
        let order = SlotOrder.settle(previous: ports[service]?[port]?.order ?? [], ready: ready)
        ports[service]?[port]?.order = order
        return order
    }

    /// The nodes' sockets in slot order at the edge.
    mutating func edgeOrder(_ service: ObjectKey, _ port: PortKey, _ ready: [SocketAddress]) -> [SocketAddress] {
        let order = SlotOrder.settle(previous: ports[service]?[port]?.edgeOrder ?? [], ready: ready)
        ports[service]?[port]?.edgeOrder = order
        return order
    }

    /// Gives back the numbers of the ports that a Service no longer has.
    mutating func keep(_ service: ObjectKey, _ kept: Set<PortKey>) {
        guard let all = ports[service] else { return }
        for (port, state) in all where !kept.contains(port) {
            pools.free(state.pool)
            ports[service]?[port] = nil
        }
        if kept.isEmpty { ports[service] = nil }
    }

    /// Notes whether the edge sends a Service's connections to endpoints, for want of node ports.
    mutating func setDirect(_ service: ObjectKey, _ isDirect: Bool) {
        if isDirect { direct.insert(service) } else { direct.remove(service) }
    }

    func followsEndpointsAtEdge(_ service: ObjectKey) -> Bool { direct.contains(service) }
}

/// Numbers from 1; one that was freed is given again before a new one.
struct PoolNumbers: Sendable {
    private var next: UInt32 = 1
    private var freed: [UInt32] = []

    mutating func take() -> UInt32 {
        if let number = freed.popLast() { return number }
        defer { next += 1 }
        return next
    }

    mutating func free(_ number: UInt32) { freed.append(number) }
}
