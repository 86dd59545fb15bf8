// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Linux
internal import Synchronization

/// Keeps a lab's state for the daemon that comes after this one.
///
/// The lab's actor hands over what changed, which are values, and goes on; a thread of its own encodes and writes it, in that
/// order, all that has gathered in one call. Whoever is about to say that something is done, or to do what a later daemon
/// must know of, waits until it is written.
final class StateKeeper: Sendable {
    private struct Queue {
        var events: [StoreEvent] = []
        var changes: [StateChange] = []
        /// How often something was handed over, and up to which time it is written.
        var given = 0
        var written = 0
        var waiters: [(number: Int, wake: @Sendable () -> Void)] = []
    }

    private let queue = Mutex(Queue())
    private let wakeUps: Semaphore
    /// Hears that the state cannot be written, and why; or, with nil, that it can again.
    private let tell: @Sendable (String?) -> Void

    /// Starts the thread.
    /// - Parameter image: what a daemon before this one has kept.
    init(_ path: String, _ image: StateImage, tell: @escaping @Sendable (String?) -> Void) throws(KernelError) {
        wakeUps = try Semaphore()
        self.tell = tell
        try ShortThread.detach("state") { [self] in
            var file = StateFile(path, image)
            var hasFailed = false
            while true {
                wakeUps.wait()
                write(&file, &hasFailed)
            }
        }
    }

    /// Hands over writes and what goes with them.
    func keep(_ events: [StoreEvent], _ changes: [StateChange]) {
        queue.withLock { queue in
            queue.events += events
            queue.changes += changes
            queue.given += 1
        }
        wakeUps.signal()
    }

    /// Hands over what is kept beside objects.
    func keep(_ changes: [StateChange]) { keep([], changes) }

    /// Tries again what could not be written.
    func retry() { wakeUps.signal() }

    /// Waits until all that was handed over is written, or could not be. Takes some microseconds as a rule.
    func wait() {
        guard let semaphore = try? Semaphore() else { return }
        if add({ semaphore.signal() }) { semaphore.wait() }
    }

    /// The same for those who must not hold up a thread.
    func whenWritten() async {
        guard queue.withLock({ $0.written < $0.given }) else { return }
        await withCheckedContinuation { continuation in
            if !add({ continuation.resume() }) { continuation.resume() }
        }
    }

    /// Has the body called when all is written; false if it is.
    private func add(_ wake: @escaping @Sendable () -> Void) -> Bool {
        queue.withLock { queue in
            guard queue.written < queue.given else { return false }
            queue.waiters.append((queue.given, wake))
            return true
        }
    }

    private func write(_ file: inout StateFile, _ hasFailed: inout Bool) {
        let (changes, number) = queue.withLock { queue in
            let changes = queue.events.map(\.kept) + queue.changes
            (queue.events, queue.changes) = ([], [])
            return (changes, queue.given)
        }
        if !changes.isEmpty || hasFailed {
            do throws(KernelError) {
                try file.write(changes)
                if hasFailed { tell(nil) }
                hasFailed = false
            } catch {
                // To say so once is enough; until it can be written again, each change tries.
                if !hasFailed { tell(error.description) }
                hasFailed = true
            }
        }
        let ready = queue.withLock { queue in
            queue.written = number
            defer { queue.waiters.removeAll { $0.number <= number } }
            return queue.waiters.filter { $0.number <= number }
        }
        for waiter in ready { waiter.wake() }
    }
}
