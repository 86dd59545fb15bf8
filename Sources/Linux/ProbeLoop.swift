// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The prober's thread: everything in here is touched by it alone.
struct ProbeLoop: ~Copyable {
    private let epoll: Descriptor
    private let inbox: ProbeInbox
    private var connections: [UInt64: ProbeConnection] = [:]
    private var deadlines = DeadlineHeap()
    /// The namespace that the thread is in; nil for the one it was started in.
    private var namespace: NetworkNamespace?
    /// How many deadlines there may be before those of ended probes and timers are thrown out.
    private var crowd = 1024

    init(epoll: consuming Descriptor, _ inbox: ProbeInbox) {
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
        }
    }

    /// How long nothing is due, in whole milliseconds: never early, so that no deadline is met twice.
    private var patience: Int32 {
        guard let first = deadlines.first else { return -1 }
        return Int32(clamping: Int(max(0, first.deadline - Program.milliseconds()).rounded(.up)))
    }

    private mutating func takeNew() -> Bool {
        guard let (probes, timers) = inbox.takeNew() else { return false }
        for timer in timers { deadlines.insert(timer) }
        // Probes of one namespace follow each other: entering one costs more than a socket.
        let grouped = Dictionary(grouping: probes) { ObjectIdentifier($0.1.request.namespace) }
        for group in grouped.values {
            for (token, probe) in group { begin(token, probe) }
        }
        thinOut()
        return true
    }

    private mutating func begin(_ token: UInt64, _ probe: ProbeInbox.Probe) {
        let connection = ProbeConnection(probe.request, probe.completion)
        do throws(KernelError) {
            try enter(probe.request.namespace)
        } catch {
            return probe.completion(.failure(error.description))
        }
        let step = connection.open()
        if case .over(let outcome) = step { return probe.completion(outcome) }
        let added = lab_epoll_add(epoll.raw, connection.raw, events(step), token)
        guard added == 0 else {
            return probe.completion(.failure("epoll_ctl: \(Errno(rawValue: -added).name)"))
        }
        connections[token] = connection
        deadlines.insert(
            DeadlineHeap.Entry(deadline: probe.started + Double(probe.request.timeout), token: token))
    }

    private mutating func enter(_ wanted: NetworkNamespace) throws(KernelError) {
        if namespace === wanted { return }
        _ = try checkNegated("entering the namespace of a probe", "setns") { lab_setns(wanted.raw, CLONE_NEWNET_FLAG) }
        namespace = wanted
    }

    private mutating func proceed(_ token: UInt64) {
        guard let connection = connections[token] else { return }
        let step = connection.proceed()
        if case .over(let outcome) = step { return end(token, outcome) }
        _ = lab_epoll_change(epoll.raw, connection.raw, events(step), token)
    }

    private mutating func end(_ token: UInt64, _ outcome: ProbeOutcome) {
        guard let connection = connections.removeValue(forKey: token) else { return }
        _ = lab_epoll_remove(epoll.raw, connection.raw)
        connection.completion(outcome)
    }

    private mutating func expire() {
        let now = Program.milliseconds()
        while let first = deadlines.first, first.deadline <= now, let due = deadlines.popFirst() {
            if let connection = connections[due.token] {
                end(due.token, connection.lateness)
            } else if let timer = inbox.take(due.token) {
                timer()
            }
        }
    }

    /// Throws out the deadlines of what has ended before its time, once they are the most.
    private mutating func thinOut() {
        guard deadlines.count > crowd else { return }
        let waiting = inbox.waiting
        let connections = connections
        deadlines.removeAll { connections[$0] == nil && !waiting.contains($0) }
        crowd = max(1024, 2 * deadlines.count)
    }

    private func events(_ step: ProbeConnection.Step) -> UInt32 {
        if case .reading = step { return EpollEvents.input }
        return EpollEvents.output
    }
}
