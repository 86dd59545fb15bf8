// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
public import Net

/// Why a connection to a Service's address went nowhere.
public struct Unanswered: Sendable, Hashable {
    /// Why, and so what the client hears.
    public enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The Service has no usable endpoint: refused (D40).
        case noEndpoints
        /// The policy is `Local`, and no endpoint is on the node: dropped (D42).
        case noLocalEndpoints
        /// The Service does not have the port: refused.
        case noSuchPort
        /// No Service has the address: dropped (D41).
        case noSuchService
        /// The load balancer has no node to send to: the client is told.
        case noNodes
        /// The client is in none of `loadBalancerSourceRanges`: dropped.
        case sourceRange

        /// True if the client is told, and false if it waits in vain.
        public var isRefusal: Bool { [.noEndpoints, .noSuchPort, .noNodes].contains(self) }

        /// In words.
        public var text: String {
            switch self {
            case .noEndpoints: "no endpoints"
            case .noLocalEndpoints: "no endpoint on this node (policy Local)"
            case .noSuchPort: "the Service has no such port"
            case .noSuchService: "no Service has the address"
            case .noNodes: "the load balancer has no node for it"
            case .sourceRange: "not in loadBalancerSourceRanges"
            }
        }
    }

    /// The Service, if one has the address.
    public var service: ObjectKey?
    /// The Service's port, if it has one.
    public var port: ServicePortName?
    /// Why.
    public var reason: Reason

    /// Puts one together from its parts.
    public init(service: ObjectKey? = nil, port: ServicePortName? = nil, reason: Reason) {
        self.service = service
        self.port = port
        self.reason = reason
    }
}

extension Cluster {
    /// Why a node's rules leave a connection unanswered that comes to it for a Service's address; nil for what is no
    /// Service's affair.
    public func unanswered(
        _ socket: SocketAddress, _ transport: TransportProtocol, on node: String, _ book: AddressBook
    ) -> Unanswered? {
        if let port = book.servicePort(at: socket, transport), isPresent(port) {
            return Unanswered(service: port.service, port: port, reason: reason(port, socket, on: node))
        }
        guard let ranges = configuration.ranges(socket.address.family), ranges.services.contains(socket.address) else {
            return nil
        }
        let owner = services.tables.first { $0.value.ports.contains { $0.clusterAddresses.contains(socket.address) } }
        return Unanswered(service: owner?.key, reason: owner == nil ? .noSuchService : .noSuchPort)
    }

    /// The book may know Services that are gone.
    private func isPresent(_ port: ServicePortName) -> Bool {
        services.tables[port.service]?.ports.contains { $0.transport == port.transport && $0.port == port.port } == true
    }

    private func reason(_ port: ServicePortName, _ socket: SocketAddress, on node: String) -> Unanswered.Reason {
        let family = socket.address.family
        let views = services.tables[port.service]?.views.filter { $0.family == family } ?? []
        let view = views.first { $0.namespaces.contains { $0.text == node } } ?? views.first
        let entry = view?.entry.ports.first { $0.transport == port.transport && $0.port == port.port }
        if node == NamespaceName.edge.text { return .noNodes }
        guard let entry, entry.hasEndpoints else { return .noEndpoints }
        let isLocal = entry.clusterAddresses.contains(socket.address) ? entry.isInternalLocal : entry.isExternalLocal
        if isLocal, entry.localEndpoints.isEmpty { return .noLocalEndpoints }
        // What has endpoints is left unanswered for the client's sake.
        let isRestricted = !entry.sourceRanges.isEmpty && entry.loadBalancerAddresses.contains(socket.address)
        return isRestricted ? .sourceRange : .noEndpoints
    }
}
