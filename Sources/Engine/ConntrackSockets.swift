// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Synchronization

/// The sockets through which a thread looks at what the kernel remembers of connections: one for each namespace, opened
/// when it is first needed.
final class ConntrackSockets: Sendable {
    private let edge: KernelEdge
    private let sockets = Mutex<[NamespaceName: ConntrackSocket]>([:])

    init(_ edge: KernelEdge) { self.edge = edge }

    /// Hands over a namespace's socket. What fails is logged as `doing`, unless the namespace is gone: its connections
    /// are gone with it.
    func use(
        _ name: NamespaceName, _ doing: String, log: (String) -> Void,
        _ body: (ConntrackSocket) throws(KernelError) -> Void
    ) {
        do throws(KernelError) { try body(try socket(name)) } catch {
            if error.errno != .noEntry { log("\(doing) in \(name): \(error)") }
        }
    }

    private func socket(_ name: NamespaceName) throws(KernelError) -> ConntrackSocket {
        if let socket = sockets.withLock({ $0[name] }) { return socket }
        let socket = try ConntrackSocket(in: try edge.place(name).namespace, place: name.text)
        sockets.withLock { $0[name] = socket }
        return socket
    }
}
