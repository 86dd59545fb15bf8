// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// Makes exchanges with servers from many places, thousands in a second, on one thread of its own that waits for all of
/// them at once.
///
/// The thread enters the namespaces that exchanges come from, and no other code ever runs on it but the callbacks, which
/// must not hold it up. The corresponding C functions are `epoll_wait` and `connect` on sockets that never block.
public final class TrafficClient: Sendable {
    /// An order that is carried out.
    public struct Ticket: Sendable, Hashable {
        let number: UInt64
    }

    private let inbox: ClientInbox

    /// Starts the thread, which ends when the client goes; what has not ended by then never calls back.
    public init() throws(KernelError) {
        let inbox = try ClientInbox()
        self.inbox = inbox
        let epoll = Descriptor(owning: try checkNegated("starting a client", "epoll_create1") { lab_epoll_create() })
        _ = try checkNegated("starting a client", "epoll_ctl") {
            lab_epoll_add(epoll.raw, inbox.wake.raw, EpollEvents.input, 0)
        }
        let shared = SharedDescriptor(epoll)
        try ShortThread.detach("traffic") { ClientLoop(epoll: shared, inbox).run() }
    }

    deinit { inbox.change { $0.isClosed = true } }

    /// Begins to carry out an order.
    /// - Parameters:
    ///   - record: gets every exchange as it ends.
    ///   - ended: called once, after the last of them.
    @discardableResult
    public func begin(
        _ order: ClientOrder, record: @escaping @Sendable (ClientExchange) -> Void,
        ended: @escaping @Sendable () -> Void
    ) -> Ticket {
        inbox.change { contents in
            contents.last += 1
            contents.orders.append(
                ClientInbox.Entry(number: contents.last, order: order, record: record, ended: ended))
            return Ticket(number: contents.last)
        }
    }

    /// Calls back once all exchanges of an order have ended that have begun by now.
    public func settle(_ ticket: Ticket, _ completion: @escaping @Sendable () -> Void) {
        inbox.change { $0.settling.append((ticket.number, completion)) }
    }

    /// Begins no new exchange of an order; those under way end as they may.
    public func stop(_ ticket: Ticket) { inbox.change { $0.stopped.append(ticket.number) } }
}

/// What other threads have asked of the client's thread.
final class ClientInbox: Sendable {
    struct Entry {
        var number: UInt64
        var order: ClientOrder
        var record: @Sendable (ClientExchange) -> Void
        var ended: @Sendable () -> Void
    }

    struct Contents {
        var orders: [Entry] = []
        var stopped: [UInt64] = []
        var settling: [(number: UInt64, completion: @Sendable () -> Void)] = []
        var isClosed = false
        var last: UInt64 = 0
    }

    let wake: Descriptor
    private let contents = Mutex(Contents())

    init() throws(KernelError) {
        wake = Descriptor(owning: try checkNegated("starting a client", "eventfd") { lab_eventfd() })
    }

    /// Changes the contents and wakes the thread.
    func change<Result: Sendable>(_ body: (inout sending Contents) -> Result) -> Result {
        let result = contents.withLock { body(&$0) }
        _ = lab_eventfd_raise(wake.raw)
        return result
    }

    /// Takes what is new; nil when the client is gone.
    func takeNew() -> Contents? {
        _ = lab_eventfd_clear(wake.raw)
        return contents.withLock { contents in
            if contents.isClosed { return nil }
            let taken = contents
            (contents.orders, contents.stopped, contents.settling) = ([], [], [])
            return taken
        }
    }
}
