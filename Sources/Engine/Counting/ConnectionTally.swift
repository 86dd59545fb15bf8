// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Net
internal import Synchronization

/// How many connections began, as the thread that hears of them counts until somebody takes it.
final class ConnectionTally: Sendable {
    /// Connections that were translated in the same way in the same namespace.
    struct Path: Hashable, Sendable {
        var namespace: String
        var transport: TransportProtocol
        /// What the clients connected to.
        var destination: SocketAddress
        /// What was chosen for them.
        var endpoint: SocketAddress
    }

    /// One of them.
    struct Connection: Sendable {
        var path: Path
        var source: SocketAddress
    }

    struct Contents: Sendable {
        var counts: [Path: Int] = [:]
        /// Some of the connections.
        var seen: [Connection] = []
        /// The namespaces of which events were lost.
        var hasLost: Set<String> = []
    }

    private let contents = Mutex(Contents())

    /// So many connections are kept to be looked at, one by one.
    private static let limit = 128

    /// Counts what a namespace tells. What is not translated there is counted elsewhere, or is no Service's.
    func hear(_ namespace: String, _ batch: ConntrackEvents.Batch) {
        contents.withLock { contents in
            if batch.hasLost { contents.hasLost.insert(namespace) }
            for event in batch.events where event.kind == .began {
                let connection = event.connection
                guard connection.status.contains(.destinationTranslated) else { continue }
                let path = Path(
                    namespace: namespace, transport: connection.transport,
                    destination: connection.original.destination, endpoint: connection.reply.source)
                contents.counts[path, default: 0] += 1
                guard contents.seen.count < ConnectionTally.limit else { continue }
                contents.seen.append(Connection(path: path, source: connection.original.source))
            }
        }
    }

    /// Takes what was counted since the last time.
    func take() -> Contents {
        contents.withLock { contents in
            defer { contents = Contents() }
            return contents
        }
    }
}
