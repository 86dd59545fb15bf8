// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Synchronization

/// A few threads that do a lab's slow kernel work, first come first served: namespaces, links, processes.
///
/// They are not the threads of Swift's tasks, so that a wait in the kernel keeps no task waiting.
final class Workers: Sendable {
    private struct Queue {
        var jobs: [@Sendable () -> Void] = []
        var next = 0

        mutating func take() -> (@Sendable () -> Void)? {
            guard next < jobs.count else { return nil }
            defer {
                next += 1
                if next == jobs.count {
                    jobs.removeAll(keepingCapacity: true)
                    next = 0
                }
            }
            return jobs[next]
        }
    }

    private let queue = Mutex(Queue())
    private let wakeUps: Semaphore

    init(count: Int) throws(KernelError) {
        wakeUps = try Semaphore()
        for number in 1...count {
            try ShortThread.detach("worker-\(number)") { [self] in
                while true {
                    wakeUps.wait()
                    let job = queue.withLock { $0.take() }
                    job?()
                }
            }
        }
    }

    /// Adds a job to the end of the queue.
    func submit(_ job: @escaping @Sendable () -> Void) {
        queue.withLock { $0.jobs.append(job) }
        wakeUps.signal()
    }
}

/// Events that threads of all kinds post to one actor, which takes them many at a time.
final class Inbox<Event: Sendable>: Sendable {
    private struct Contents {
        var events: [Event] = []
        var isAwaited = false
        var notify: (@Sendable () -> Void)?
    }
    private let contents = Mutex(Contents())

    /// `notify` is called when the first of one or several events has come; `take` must follow.
    func connect(_ notify: @escaping @Sendable () -> Void) { contents.withLock { $0.notify = notify } }

    func post(_ event: Event) {
        let notify = contents.withLock { contents in
            contents.events.append(event)
            defer { contents.isAwaited = true }
            return contents.isAwaited ? nil : contents.notify
        }
        notify?()
    }

    /// All events since the last call; empty means that the next event notifies again.
    func take() -> [Event] {
        contents.withLock { contents in
            let events = contents.events
            contents.events = []
            if events.isEmpty { contents.isAwaited = false }
            return events
        }
    }
}
