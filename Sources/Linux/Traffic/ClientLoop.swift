// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Net

/// The client's thread: everything in here is touched by it alone.
struct ClientLoop: ~Copyable {
    /// An exchange under way, or a connection whose end is awaited.
    private struct Flight {
        var connection: ClientConnection
        /// Nil once the exchange is over.
        var exchange: (run: ClientRun, number: Int, started: Double)?
    }

    private let epoll: SharedDescriptor
    private let inbox: ClientInbox
    private var flights: [UInt64: Flight] = [:]
    private var runs: [UInt64: ClientRun] = [:]
    private var deadlines = DeadlineHeap()
    private var lastToken: UInt64 = 0
    /// The namespace that the thread is in; nil for the one it was started in.
    private var namespace: NetworkNamespace?

    /// How many exchanges of one order begin in a turn, so that the others get theirs.
    private static let turn = 64
    /// How long a server's own end of a connection is awaited, in milliseconds.
    private static let closing = 200.0

    init(epoll: SharedDescriptor, _ inbox: ClientInbox) {
        self.epoll = epoll
        self.inbox = inbox
    }

    consuming func run() {
        var tokens = [UInt64](repeating: 0, count: 64)
        while true {
            let count = unsafe lab_epoll_wait(epoll.raw, &tokens, 64, patience)
            for token in tokens.prefix(Int(max(count, 0))) {
                if token != 0 {
                    proceed(token)
                } else if !takeNew() {
                    return
                }
            }
            expire()
            beginWhatIsDue()
        }
    }

    /// How long nothing is due, in whole milliseconds, and at least one while an order is ahead of its time.
    private var patience: Int32 {
        let now = Program.milliseconds()
        let due = runs.values.compactMap { $0.due(now) } + (deadlines.first.map { [$0.deadline] } ?? [])
        guard let first = due.min() else { return -1 }
        return Int32(clamping: Int(max(0, first - now).rounded(.up)))
    }

    private mutating func takeNew() -> Bool {
        guard let new = inbox.takeNew() else { return false }
        for entry in new.orders { runs[entry.number] = ClientRun(entry) }
        for number in new.stopped { runs[number]?.stop() }
        for (number, completion) in new.settling {
            if let run = runs[number] { run.settle(completion) } else { completion() }
        }
        return true
    }

    private mutating func beginWhatIsDue() {
        for (number, run) in runs {
            for _ in 0..<ClientLoop.turn {
                let now = Program.milliseconds()
                guard let due = run.due(now), due <= now else { break }
                begin(run)
            }
            guard run.isOver(Program.milliseconds()) else { continue }
            runs[number] = nil
            run.entry.ended()
        }
    }

    private mutating func begin(_ run: ClientRun) {
        let (number, destination) = run.next()
        let started = Program.milliseconds()
        if let connection = run.takeKept(to: destination) {
            fly(connection, run, number, started, connection.again())
        } else {
            connect(run, number, started, destination)
        }
    }

    private mutating func connect(_ run: ClientRun, _ number: Int, _ started: Double, _ destination: SocketAddress) {
        let connection = ClientConnection(run.order, to: destination)
        do throws(KernelError) {
            try enter(run.order.namespace)
            fly(connection, run, number, started, connection.open())
        } catch {
            fly(connection, run, number, started, .over(.failed(error.description)))
        }
    }

    private mutating func enter(_ wanted: NetworkNamespace) throws(KernelError) {
        if namespace === wanted { return }
        _ = try checkNegated("entering the namespace of a client", "setns") { lab_setns(wanted.raw, CLONE_NEWNET_FLAG) }
        namespace = wanted
    }

    /// Waits for what a connection waits for, or ends its exchange.
    private mutating func fly(
        _ connection: ClientConnection, _ run: ClientRun, _ number: Int, _ started: Double,
        _ step: ClientConnection.Step
    ) {
        lastToken += 1
        flights[lastToken] = Flight(connection: connection, exchange: (run, number, started))
        if case .over(let end) = step { return finish(lastToken, end, isWatched: false) }
        let added = lab_epoll_add(epoll.raw, connection.raw, events(step), lastToken)
        guard added == 0 else {
            return finish(lastToken, .failed("epoll_ctl: \(Errno(rawValue: -added).name)"), isWatched: false)
        }
        deadlines.insert(DeadlineHeap.Entry(deadline: started + run.order.timeout, token: lastToken))
    }

    private mutating func proceed(_ token: UInt64) {
        guard let flight = flights[token] else { return }
        guard flight.exchange != nil else {
            if flight.connection.hasEnded() { drop(token) }
            return
        }
        let raw = flight.connection.raw
        let step = flight.connection.proceed()
        if case .over(let end) = step {
            // A connection that was handed over is somebody else's to wait for.
            if case .connected = end { _ = lab_epoll_remove(epoll.raw, raw) }
            return finish(token, end, isWatched: true)
        }
        _ = lab_epoll_change(epoll.raw, raw, events(step), token)
    }

    /// Records how an exchange ended. Its connection is kept, awaits the server's end, or goes.
    private mutating func finish(_ token: UInt64, _ end: ClientExchange.End, isWatched: Bool) {
        guard let flight = flights[token], let (run, number, started) = flight.exchange else { return }
        let connection = flight.connection
        if connection.wasStale(end) {
            drop(token)
            return connect(run, number, started, connection.destination)
        }
        let now = Program.milliseconds()
        let client = connection.client
        if case .answered = end, connection.isReusable {
            drop(token)
            run.keep(connection)
        } else if case .answered = end, connection.awaitsEnd {
            flights[token]?.exchange = nil
            if !isWatched { _ = lab_epoll_add(epoll.raw, connection.raw, EpollEvents.input, token) }
            if isWatched { _ = lab_epoll_change(epoll.raw, connection.raw, EpollEvents.input, token) }
            deadlines.insert(DeadlineHeap.Entry(deadline: now + ClientLoop.closing, token: token))
        } else {
            drop(token)
        }
        run.record(
            ClientExchange(
                number: number, started: started, milliseconds: now - started, end: end, client: client,
                server: connection.destination))
    }

    private mutating func drop(_ token: UInt64) {
        guard let flight = flights.removeValue(forKey: token), flight.connection.raw >= 0 else { return }
        _ = lab_epoll_remove(epoll.raw, flight.connection.raw)
    }

    private mutating func expire() {
        let now = Program.milliseconds()
        while let first = deadlines.first, first.deadline <= now, let due = deadlines.popFirst() {
            guard let flight = flights[due.token] else { continue }
            flight.connection.resetOnClose()
            if flight.exchange == nil { drop(due.token) } else { finish(due.token, .timedOut, isWatched: true) }
        }
    }

    private func events(_ step: ClientConnection.Step) -> UInt32 {
        if case .reading = step { return EpollEvents.input }
        return EpollEvents.output
    }
}
