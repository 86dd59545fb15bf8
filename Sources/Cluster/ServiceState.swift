// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// What is remembered of Services beyond their objects, so that changes stay small: pool numbers, what the rules of the
/// nodes and of the edge have, and the load balancers' addresses.
struct ServiceState: Sendable {
    /// The external addresses of each Service that has a load balancer, at most one a family.
    private(set) var loadBalancers: [ObjectKey: [Address]] = [:]
    /// Who gives them, one a family.
    private var externalAddresses: [Family: AddressAllocator] = [:]
    /// Services for which there was no address.
    var waiting: Set<ObjectKey> = []
    /// What the nodes' rules have of each Service.
    var tables: [ObjectKey: ServiceTables] = [:]
    /// What the edge's rules have of each Service, one entry a family.
    var edge: [ObjectKey: [ServiceEntry]] = [:]
    /// Services whose rules depend on the node.
    var topological: Set<ObjectKey> = []
    /// Services whose load balancer sends to endpoints themselves, or to the nodes that have some.
    var followingEndpoints: Set<ObjectKey> = []
    /// The zones of the nodes that have one.
    var zones: [String: String] = [:]
    /// Nodes that the load balancer leaves out, whatever they answer (D63).
    var unbalanced: Set<String> = []
    /// Why hints by zone are withheld, or nothing if they are given, for each Service that asks for automatic ones.
    var hints: [ObjectKey: [Family: String]] = [:]
    /// The host ports of Pods.
    var hostPorts: [ObjectKey: [HostPortEntry]] = [:]
    /// The health check port of each Service that has one.
    private(set) var healthCheckPorts: [ObjectKey: UInt16] = [:]
    /// What the load balancer's probes last said.
    private(set) var probes: [LoadBalancerProbe: Bool] = [:]
    private var ports: [ObjectKey: [PortKey: PortState]] = [:]
    private var pools = PoolNumbers()
    /// What is to be kept, and the Services whose numbers are.
    private var kept: [StateChange] = []
    private var renumbered: Set<ObjectKey> = []
    /// The slots of endpoints that the kernels had before the lab was taken over; empty but for that moment.
    var formerSlots: [PendingChanges.Table: [UInt32: [SocketAddress]]] = [:]

    struct PortKey: Sendable, Hashable {
        var transport: TransportProtocol
        var port: UInt16
    }

    private struct PortState: Sendable {
        var pool: UInt32
        /// 0 until there is a policy `Local`.
        var localPool: UInt32 = 0
        /// Where the connections of a UDP port may go, and what they are sent to.
        var datagrams: [Family: DatagramFlows] = [:]
    }

    /// Takes an address of a range for a load balancer: a given one, or the next that is free.
    mutating func takeExternalAddress(_ wanted: Address?, of range: Prefix) throws(AllocationFailure) -> Address {
        var allocator = externalAddresses[range.family] ?? AddressAllocator(range)
        externalAddresses[range.family] = nil
        defer { externalAddresses[range.family] = allocator }
        guard let wanted else { return try allocator.allocateNext() }
        try allocator.allocate(wanted)
        return wanted
    }

    mutating func free(externalAddress address: Address) { externalAddresses[address.family]?.release(address) }

    mutating func setLoadBalancer(_ service: ObjectKey, _ addresses: [Address]) {
        loadBalancers[service] = addresses.isEmpty ? nil : addresses
        kept.append(.balancer(service, addresses))
        // What nobody asks for any more is not known.
        if loadBalancers.isEmpty { forgetProbes { _ in true } }
    }

    /// - Returns: whether the port is another than before.
    mutating func setHealthCheckPort(_ service: ObjectKey, _ port: UInt16?) -> Bool {
        let old = healthCheckPorts[service]
        guard old != port else { return false }
        healthCheckPorts[service] = port
        if let old { forgetProbes { $0.port == old } }
        return true
    }

    mutating func setProbe(_ probe: LoadBalancerProbe, _ succeeded: Bool) {
        probes[probe] = succeeded
        kept.append(.probe(probe, succeeded))
    }

    private mutating func forgetProbes(_ isOld: (LoadBalancerProbe) -> Bool) {
        for probe in probes.keys where isOld(probe) {
            probes[probe] = nil
            kept.append(.probe(probe, nil))
        }
    }

    // MARK: Pools

    /// The number that stands for a port in the tables, given on first need.
    mutating func pool(_ service: ObjectKey, _ port: PortKey) -> UInt32 {
        if let pool = ports[service]?[port]?.pool { return pool }
        let pool = pools.take()
        ports[service, default: [:]][port] = PortState(pool: pool)
        renumbered.insert(service)
        return pool
    }

    /// The number that stands for the endpoints of a port on the node itself, given on first need.
    mutating func localPool(_ service: ObjectKey, _ port: PortKey) -> UInt32 {
        if let pool = ports[service]?[port]?.localPool, pool != 0 { return pool }
        _ = pool(service, port)
        let pool = pools.take()
        ports[service]?[port]?.localPool = pool
        renumbered.insert(service)
        return pool
    }

    /// Gives back the numbers of the ports that a Service no longer has.
    mutating func keep(_ service: ObjectKey, _ kept: Set<PortKey>) {
        guard let all = ports[service] else { return }
        for (port, state) in all where !kept.contains(port) {
            pools.free(state.pool)
            if state.localPool != 0 { pools.free(state.localPool) }
            ports[service]?[port] = nil
            renumbered.insert(service)
        }
        if kept.isEmpty { ports[service] = nil }
    }

    mutating func takePool() -> UInt32 { pools.take() }

    mutating func free(pool: UInt32) { pools.free(pool) }

    // MARK: Keeping

    /// What is to be kept since the last call.
    mutating func takeKept() -> [StateChange] {
        guard !kept.isEmpty || !renumbered.isEmpty else { return [] }
        defer { (kept, renumbered) = ([], []) }
        return kept
            + renumbered.sorted().map { service in
                .pools(service, (ports[service] ?? [:]).mapValues { [$0.pool, $0.localPool] })
            }
    }

    /// Takes the numbers that a Service's ports had.
    mutating func restore(pools numbers: [PortKey: [UInt32]], of service: ObjectKey) {
        for (port, numbers) in numbers where numbers.count == 2 {
            ports[service, default: [:]][port] = PortState(pool: numbers[0], localPool: numbers[1])
        }
    }

    /// Takes the numbers that are in use as they are: what lies between them is free.
    mutating func restoreNumbers(besides others: [UInt32]) {
        let used = ports.values.flatMap { $0.values.flatMap { [$0.pool, $0.localPool] } } + others
        pools = PoolNumbers(used: Set(used.filter { $0 != 0 }))
    }

    /// The slots that a pool's endpoints had in the kernel of a namespace before the lab was taken over.
    func formerSlots(_ namespace: NamespaceName?, _ family: Family, _ pool: UInt32) -> [SocketAddress] {
        guard !formerSlots.isEmpty, let namespace else { return [] }
        return formerSlots[.init(namespace: namespace, family: family)]?[pool] ?? []
    }

    // MARK: Datagrams

    /// Where the connections of a Service's UDP port go; nil for another port.
    func datagrams(_ service: ObjectKey, _ port: UInt16, _ family: Family) -> DatagramFlows? {
        ports[service]?[PortKey(transport: .udp, port: port)]?.datagrams[family]
    }

    /// Notes where the connections of a UDP port go.
    /// - Returns: whether that is another than before.
    mutating func setDatagrams(
        _ service: ObjectKey, _ port: PortKey, _ family: Family, _ flows: DatagramFlows
    ) -> Bool {
        guard ports[service]?[port]?.datagrams[family] != flows else { return false }
        ports[service]?[port]?.datagrams[family] = flows
        return true
    }
}

/// What the nodes' rules have of a Service.
struct ServiceTables: Sendable {
    /// What the Service says of the entries that the rules have; nil after a write.
    var entries: ServiceEntries?
    var views: [ServiceView]
}

/// What the nodes of one view have of a Service: they see the same endpoints, so that their rules of it are the same.
struct ServiceView: Sendable {
    var family: Family
    /// The node, if it is the only one of the view.
    var node: String?
    /// The zone that the view's nodes are in, if that matters.
    var zone: String?
    var namespaces: [NamespaceName]
    /// The name of the Service's part of the rules.
    var part: String
    var entry: ServiceEntry

    func isSame(_ other: ServiceView) -> Bool {
        family == other.family && node == other.node && zone == other.zone
    }

    /// True if all of the namespaces are the view's.
    func has(_ others: [NamespaceName]) -> Bool {
        others == namespaces || Set(others).isSubset(of: namespaces)
    }
}

/// Numbers from 1; one that was freed is given again before a new one.
struct PoolNumbers: Sendable {
    private var next: UInt32 = 1
    private var freed: [UInt32] = []

    init() {}

    /// These are taken, and all between them is free.
    init(used: Set<UInt32>) {
        next = (used.max() ?? 0) + 1
        freed = (1..<next).filter { !used.contains($0) }
    }

    mutating func take() -> UInt32 {
        if let number = freed.popLast() { return number }
        defer { next += 1 }
        return next
    }

    mutating func free(_ number: UInt32) { freed.append(number) }
}
