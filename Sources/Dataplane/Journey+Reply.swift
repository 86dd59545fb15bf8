// SPDX-License-Identifier: Apache-2.0
public import Net

/// The way of the answer to a connection's first packet.
public struct ReplyWay: Sendable, Hashable {
    /// The namespaces that it goes through, from the server's to the client's, or to where it is lost.
    public var namespaces: [NamespaceName]
    /// Where addresses are put back: the namespace, and the source that the reply has from there on.
    public var restored: [Restored]
    /// The source that the reply arrives with.
    public var source: SocketAddress
    /// True if it arrives where the first packet came from, from the address that the first packet went to.
    public var isUnderstood: Bool

    /// A namespace whose connection tracking undoes a translation.
    public struct Restored: Sendable, Hashable {
        /// The namespace.
        public var namespace: NamespaceName
        /// The reply's source after it.
        public var source: SocketAddress
        /// The reply's destination after it.
        public var destination: SocketAddress
    }
}

extension Journey {
    /// Carries the answer back, as far as routes and connection tracking decide it; nil if the packet was not delivered.
    public func reply(in plan: Plan) -> ReplyWay? {
        guard case .delivered(let end, let server, let client) = outcome else { return nil }
        var packet = Packet(self.packet.transport, from: server, to: client)
        var way = ReplyWay(namespaces: [end], restored: [], source: server, isUnderstood: false)
        var name = end
        // A namespace that the way back does not leave again within so many steps goes in circles.
        for _ in 0..<64 {
            if restore(&packet, in: name) {
                way.restored.append(.init(namespace: name, source: packet.source, destination: packet.destination))
            }
            guard let namespace = plan.namespaces[name] else { break }
            guard case .forward(_, let interface, _) = namespace.route(to: packet.destination.address) else { break }
            name = interface.peerNamespace
            way.namespaces.append(name)
        }
        way.source = packet.source
        way.isUnderstood =
            name == origin && packet.source == self.packet.destination && packet.destination == self.packet.source
        return way
    }

    /// Undoes what the namespace did to the first packet, if the reply is of the same connection there.
    private func restore(_ packet: inout Packet, in name: NamespaceName) -> Bool {
        let passed = passages.last { passage in
            guard let last = passage.last, last.namespace == name else { return false }
            return last.packet.source == packet.destination && last.packet.destination == packet.source
        }
        let before = packet
        for hop in (passed ?? []).reversed() {
            switch hop.action {
            case .masquerade(let from, _): packet.destination = from
            case .dnat(let from, _): packet.source = from
            default: break
            }
        }
        return packet != before
    }

    /// The hops, those of one passage through a namespace together: each is a connection of its own there.
    private var passages: [ArraySlice<Hop>] {
        var passages: [ArraySlice<Hop>] = []
        var start = hops.startIndex
        for index in hops.indices.dropFirst() where hops[index].namespace != hops[start].namespace {
            passages.append(hops[start..<index])
            start = index
        }
        return hops.isEmpty ? [] : passages + [hops[start...]]
    }
}
