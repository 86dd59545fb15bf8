// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Net

extension AddressBook {
    /// What a connection's ends mean; nil for one of no Service's, and for one that goes on to where it is counted.
    func path(_ path: ConnectionTally.Path) -> CountedPath? {
        guard let port = servicePort(at: path.destination, path.transport) else { return nil }
        // What the load balancer sends to a node port is counted where that is translated again.
        if path.namespace == CounterReader.edgeName, servicePort(at: path.endpoint, path.transport) == port {
            return nil
        }
        return CountedPath(port: port, endpoint: path.endpoint, pod: pod(at: path.endpoint.address))
    }

    /// Connections as they can be drawn.
    func seen(_ connections: [ConnectionTally.Connection]) -> [SeenConnection] {
        // What clients connected to at the edge, by where they come from.
        var balanced: [SocketAddress: SocketAddress] = [:]
        for connection in connections where connection.path.namespace == CounterReader.edgeName {
            balanced[connection.source] = connection.path.destination
        }
        return connections.compactMap { connection in
            guard let counted = path(connection.path) else { return nil }
            var translations = [connection.path.destination, connection.path.endpoint]
            if let first = balanced[connection.source], first != translations[0] { translations.insert(first, at: 0) }
            let from = place(at: connection.source.address) ?? connection.source.address.description
            return SeenConnection(
                from: from, path: counted, via: way(connection, from: from), translations: translations)
        }
    }

    /// The places that a connection passes: those between two nodes, and between the outside and a node, meet at the
    /// edge.
    private func way(_ connection: ConnectionTally.Connection, from: String) -> [String] {
        let endpoint = connection.path.endpoint.address
        let first = node(ofPodAt: connection.source.address)
        let last = node(ofPodAt: endpoint) ?? place(at: endpoint) ?? endpoint.description
        var way = [from]
        func go(_ place: String) {
            guard way.last != place else { return }
            let isNear = way.count == 1 && first == place || place == CounterReader.edgeName
            if way.last != CounterReader.edgeName, !isNear { way.append(CounterReader.edgeName) }
            way.append(place)
        }
        if let first { go(first) }
        go(connection.path.namespace)
        go(last)
        let end = place(at: endpoint) ?? endpoint.description
        if way.last != end { way.append(end) }
        return way
    }
}
