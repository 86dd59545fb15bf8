// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// Makes probes and runs timers, thousands at a time, on one thread of its own that waits for all of them at once.
///
/// The thread enters the namespaces that probes come from, and no other code ever runs on it but the completions, which
/// must not hold it up. When the prober goes, what has not ended by then never calls back.
/// The corresponding C functions are `epoll_wait` and `connect` on sockets that never block.
public final class Prober: Sendable {
    /// A timer that can be called off.
    public struct Timer: Sendable, Hashable {
        let token: UInt64
    }

    private let inbox: ProbeInbox

    /// Starts the thread, which ends when the prober goes.
    public init() throws(KernelError) {
        let inbox = try ProbeInbox()
        self.inbox = inbox
        let epoll = try checkNegated("starting the prober", "epoll_create1") { lab_epoll_create() }
        do {
            _ = try checkNegated("starting the prober", "epoll_ctl") {
                lab_epoll_add(epoll, inbox.wake.raw, EpollEvents.input, 0)
            }
            try ShortThread.detach("prober") { ProbeLoop(epoll: Descriptor(owning: epoll), inbox).run() }
        } catch {
            close(epoll)
            throw error
        }
    }

    deinit { inbox.change { $0.isClosed = true } }

    /// Makes a probe and calls back exactly once, after the request's timeout at the latest.
    public func probe(_ request: ProbeRequest, _ completion: @escaping @Sendable (ProbeOutcome) -> Void) {
        let started = Program.milliseconds()
        inbox.change { $0.probes.append(ProbeInbox.Probe(request: request, started: started, completion: completion)) }
    }

    /// Calls back once, after so many milliseconds, unless called off before.
    @discardableResult
    public func delay(milliseconds: Int, _ completion: @escaping @Sendable () -> Void) -> Timer {
        let deadline = Program.milliseconds() + Double(milliseconds)
        return inbox.change { contents in
            let token = contents.nextToken()
            contents.timers[token] = completion
            contents.deadlines.append(DeadlineHeap.Entry(deadline: deadline, token: token))
            return Timer(token: token)
        }
    }

    /// Calls a timer off; tells whether that came in time. If not, its completion runs or has run.
    @discardableResult
    public func cancel(_ timer: Timer) -> Bool { inbox.take(timer.token) != nil }
}

/// What other threads have asked of the prober's thread.
final class ProbeInbox: Sendable {
    struct Probe {
        var request: ProbeRequest
        var started: Double
        var completion: @Sendable (ProbeOutcome) -> Void
    }

    struct Contents {
        var probes: [Probe] = []
        var deadlines: [DeadlineHeap.Entry] = []
        /// Timers that have not run yet, also those whose deadlines the thread has taken already.
        var timers: [UInt64: @Sendable () -> Void] = [:]
        var isClosed = false
        private var last: UInt64 = 0

        mutating func nextToken() -> UInt64 {
            last += 1
            return last
        }
    }

    let wake: Descriptor
    private let contents = Mutex(Contents())

    init() throws(KernelError) {
        wake = Descriptor(owning: try checkNegated("starting the prober", "eventfd") { lab_eventfd() })
    }

    /// Changes the contents and wakes the thread.
    func change<Result: Sendable>(_ body: (inout sending Contents) -> Result) -> Result {
        let result = contents.withLock { body(&$0) }
        _ = lab_eventfd_raise(wake.raw)
        return result
    }

    /// Takes a timer's completion: whoever gets it decides.
    func take(_ timer: UInt64) -> (@Sendable () -> Void)? {
        contents.withLock { $0.timers.removeValue(forKey: timer) }
    }

    /// Takes what is new, with as many tokens as there are probes; nil when the prober is gone.
    func takeNew() -> (probes: [(UInt64, Probe)], deadlines: [DeadlineHeap.Entry])? {
        _ = lab_eventfd_clear(wake.raw)
        return contents.withLock { contents in
            if contents.isClosed { return nil }
            let probes = contents.probes.map { (contents.nextToken(), $0) }
            let deadlines = contents.deadlines
            contents.probes = []
            contents.deadlines = []
            return (probes, deadlines)
        }
    }

    /// The timers that have not run or been called off.
    var waiting: Set<UInt64> { contents.withLock { Set($0.timers.keys) } }
}
