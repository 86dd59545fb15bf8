// SPDX-License-Identifier: Apache-2.0
internal import Net

/// One order on the client's thread: how many of its exchanges have begun, are under way, and are due.
final class ClientRun {
    let entry: ClientInbox.Entry
    private let started = Program.milliseconds()
    private var begun = 0
    /// The numbers of those under way.
    private var underWay: Set<Int> = []
    /// Who waits until all have ended that began before a number.
    private var settling: [(number: Int, completion: @Sendable () -> Void)] = []
    private var isStopped = false
    /// Connections that wait for another exchange.
    private var kept: [ClientConnection] = []

    init(_ entry: ClientInbox.Entry) { self.entry = entry }

    var order: ClientOrder { entry.order }

    func stop() { isStopped = true }

    /// True once nothing is under way and nothing will begin.
    func isOver(_ now: Double) -> Bool { underWay.isEmpty && !mayBegin(now) }

    private func mayBegin(_ now: Double) -> Bool {
        if isStopped || order.destinations.isEmpty { return false }
        if let count = order.count, begun >= count { return false }
        if let duration = order.duration, now - started >= duration { return false }
        return true
    }

    /// When the next exchange begins; nil if none does before another has ended.
    func due(_ now: Double) -> Double? {
        guard mayBegin(now), underWay.count < order.concurrency else { return nil }
        guard let rate = order.rate, rate > 0 else { return now }
        let due = started + Double(begun) * 1000 / rate
        return min(due, started + (order.duration ?? .infinity))
    }

    /// Takes the number and the destination of the next exchange.
    func next() -> (number: Int, destination: SocketAddress) {
        defer {
            underWay.insert(begun)
            begun += 1
        }
        return (begun, order.destinations[begun % order.destinations.count])
    }

    /// A connection that the exchange can go over, if one is kept.
    func takeKept(to destination: SocketAddress) -> ClientConnection? {
        guard let index = kept.lastIndex(where: { $0.destination == destination }) else { return nil }
        return kept.remove(at: index)
    }

    /// Keeps a connection for another exchange, if the order wants that.
    func keep(_ connection: ClientConnection) {
        switch order.carrier {
        case .http(keepsConnections: true), .datagrams(keepsPort: true): kept.append(connection)
        default: break
        }
    }

    func record(_ exchange: ClientExchange) {
        underWay.remove(exchange.number)
        entry.record(exchange)
        if !settling.isEmpty { tellSettled() }
    }

    /// Calls back once all exchanges have ended that have begun by now.
    func settle(_ completion: @escaping @Sendable () -> Void) {
        settling.append((begun, completion))
        tellSettled()
    }

    private func tellSettled() {
        let oldest = underWay.min() ?? .max
        for waiter in settling where waiter.number <= oldest { waiter.completion() }
        settling.removeAll { $0.number <= oldest }
    }
}
