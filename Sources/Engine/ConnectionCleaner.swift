// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Linux
internal import Net
internal import Synchronization

/// Has the nodes forget connections to Pods that are gone, sandbox and all.
///
/// A connection that was not closed from both sides stays tracked for minutes, one that was not closed at all for days. A
/// client that takes the same source port again would be led to the Pod that is gone, since a tracked connection is not
/// balanced anew. While a Pod is there, terminating or not, its connections are left alone (D80).
///
/// The kernel looks through its table once for every address and node, so it is asked on a thread of its own, for all
/// Pods together that ended since, and rests nine times as long as it took. Should another Pod get the address before,
/// what is left is that Pod's to refuse.
final class ConnectionCleaner: Sendable {
    private struct State {
        var addresses: [NamespaceName: Set<Address>] = [:]
        var isScheduled = false
    }

    private let sockets: ConntrackSockets
    private let thread: Workers
    private let prober: Prober
    private let log: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// From so many addresses on a whole table is read once, instead of a part for each.
    private static let manyAddresses = 8

    init(_ edge: KernelEdge, _ prober: Prober, log: @escaping @Sendable (String) -> Void) throws(KernelError) {
        sockets = ConntrackSockets(edge)
        self.prober = prober
        self.log = log
        thread = try Workers(count: 1)
    }

    /// Has these nodes forget connections to these addresses, soon. Called when nobody has the addresses any more.
    func forget(_ addresses: [Address], on nodes: [NamespaceName]) {
        guard !addresses.isEmpty, !nodes.isEmpty else { return }
        let isFirst = state.withLock { state in
            for node in nodes { state.addresses[node, default: []].formUnion(addresses) }
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if isFirst { thread.submit { [self] in run() } }
    }

    /// Leaves connections to these addresses alone: another Pod has them now.
    func keep(_ addresses: [Address]) {
        state.withLock { state in
            for node in state.addresses.keys { state.addresses[node]?.subtract(addresses) }
        }
    }

    private func run() {
        let started = Program.milliseconds()
        // One node after the other, so that what is to be kept by now is kept.
        while let (node, addresses) = state.withLock({ $0.addresses.popFirst() }) {
            sockets.use(node, "forgetting connections to ended Pods", log: log) { socket throws(KernelError) in
                try ConnectionCleaner.forget(addresses, socket)
            }
        }
        let rest = min(1000, max(10, 9 * Int(Program.milliseconds() - started)))
        prober.delay(milliseconds: rest) { [self] in
            let isMore = state.withLock { state in
                state.isScheduled = !state.addresses.isEmpty
                return state.isScheduled
            }
            if isMore { thread.submit { [self] in run() } }
        }
    }

    private static func forget(_ addresses: Set<Address>, _ socket: ConntrackSocket) throws(KernelError) {
        for (family, addresses) in Dictionary(grouping: addresses, by: \.family) {
            // Of IPv6 the kernel does not pick any.
            guard addresses.count < (family == .v4 ? manyAddresses : 2) else {
                let gone = Set(addresses)
                try socket.delete(family) { gone.contains($0.reply.source.address) }
                continue
            }
            for address in addresses { try socket.delete(try socket.list(answeredBy: address)) }
        }
    }
}
