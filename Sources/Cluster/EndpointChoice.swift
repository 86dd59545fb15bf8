// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// The endpoints behind one port of a Service, in one family, and which of them the connections through each node may
/// use. The corresponding Go function is kube-proxy's `CategorizeEndpoints`.
struct EndpointChoice {
    /// All that are ready or, if there are none, those that still serve while they end (D53); each socket once (D39).
    private(set) var all: [SocketAddress] = []
    /// The nodes that all hints name, if each ready endpoint has such a hint (D86).
    private(set) var hintedNodes: Set<String> = []
    /// The zones that all hints name, if each ready endpoint has such a hint (D85).
    private(set) var hintedZones: Set<String> = []
    /// The nodes that have endpoints of their own; empty unless someone wants to know.
    private(set) var nodesWithOwn: Set<String> = []
    private var details: [SocketAddress: EndpointFacts] = [:]

    /// - Parameter wantsOwn: whether it matters where the endpoints are, for a policy `Local`.
    init(_ slices: [SliceFacts], _ port: ServicePortEntry, wantsOwn: Bool) {
        guard wantsOwn || slices.contains(where: \.hasHints) else {
            all = EndpointChoice.all(slices, port)
            return
        }
        EndpointChoice.visit(slices, port) { socket, endpoint in
            if endpoint.state != .out, details[socket]?.state != .ready { details[socket] = endpoint }
        }
        let ready = details.filter { $0.value.state == .ready }
        all = Array((ready.isEmpty ? details : ready).keys)
        if wantsOwn { nodesWithOwn = Set(details.values.compactMap(\.node)) }
        if ready.values.allSatisfy({ !$0.nodes.isEmpty }) { hintedNodes = Set(ready.values.flatMap(\.nodes)) }
        if ready.values.allSatisfy({ !$0.zones.isEmpty }) { hintedZones = Set(ready.values.flatMap(\.zones)) }
    }

    /// True if the endpoints that may be used depend on the node.
    var dependsOnNode: Bool { !(hintedNodes.isEmpty && hintedZones.isEmpty && nodesWithOwn.isEmpty) }

    /// Those that traffic of the policy `Cluster` may use from a node. Hints count only if there are some for the node,
    /// or else for its zone.
    func cluster(node: String?, zone: String?) -> [SocketAddress] {
        if let node, hintedNodes.contains(node) { return ready { $0.nodes.contains(node) } }
        if let zone, hintedZones.contains(zone) { return ready { $0.zones.contains(zone) } }
        return all
    }

    /// Those on a node, for traffic of the policy `Local`: with a fallback of the node's own (D53).
    func own(node: String?) -> [SocketAddress] {
        guard let node, nodesWithOwn.contains(node) else { return [] }
        let ready = ready { $0.node == node }
        return ready.isEmpty ? details.filter { $0.value.node == node }.map(\.key) : ready
    }

    /// Those that are ready on one of the nodes.
    func ready(on nodes: Set<String>) -> [SocketAddress] { ready { $0.node.map(nodes.contains) ?? false } }

    private func ready(_ condition: (EndpointFacts) -> Bool) -> [SocketAddress] {
        details.filter { $0.value.state == .ready && condition($0.value) }.map(\.key)
    }

    private static func all(_ slices: [SliceFacts], _ port: ServicePortEntry) -> [SocketAddress] {
        var ready: [SocketAddress] = []
        var draining: [SocketAddress] = []
        visit(slices, port) { socket, endpoint in
            switch endpoint.state {
            case .ready: ready.append(socket)
            case .draining: draining.append(socket)
            case .out: break
            }
        }
        return Array(Set(ready.isEmpty ? draining : ready))
    }

    /// Where datagrams that are under way may go on: to every endpoint that serves, whatever the policies (D79).
    static func serving(_ slices: [SliceFacts], _ port: ServicePortEntry) -> Set<SocketAddress> {
        var serving: Set<SocketAddress> = []
        visit(slices, port) { socket, endpoint in
            if endpoint.isServing { serving.insert(socket) }
        }
        return serving
    }

    /// Shows the endpoints of the slices that have the port, as often as they stand there.
    private static func visit(
        _ slices: [SliceFacts], _ port: ServicePortEntry, _ body: (SocketAddress, EndpointFacts) -> Void
    ) {
        for slice in slices {
            for entry in slice.ports where entry.name == port.name && entry.transport == port.transport {
                guard let number = entry.port else { continue }
                for endpoint in slice.endpoints {
                    guard let address = endpoint.address, address.family == slice.family else { continue }
                    body(SocketAddress(address, number), endpoint)
                }
            }
        }
    }
}
