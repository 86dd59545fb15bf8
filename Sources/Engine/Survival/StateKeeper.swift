// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Linux
internal import Synchronization

/// Keeps a lab's state for the daemon that comes after this one.
///
/// The lab's actor hands over what changed, which are values, and goes on; a thread of its own encodes and writes it, in that
/// order, all that has gathered in one call. Whoever is about to say that something is done, or to do what a later daemon
/// must know of, has it written before.
final class StateKeeper: Sendable {
    private struct Queue {
        var events: [StoreEvent] = []
        var changes: [StateChange] = []
        /// True while the thread looks for more by itself.
        var isAwake = false

        var isEmpty: Bool { events.isEmpty && changes.isEmpty }

        mutating func take() -> [StateChange] {
            defer { (events, changes) = ([], []) }
            return events.map(\.kept) + changes
        }
    }

    /// Of a busy lab the thread looks for more so often, in milliseconds: to wake it costs more than to write.
    private static let pause = 1
    /// After so many changes in one call memory is given back.
    private static let many = 1000

    private let queue = Mutex(Queue())
    private let file: Mutex<StateFile>
    private let wakeUps: Semaphore
    /// Hears that the state cannot be written, and why; or, with nil, that it can again.
    private let tell: @Sendable (String?) -> Void

    /// Starts the thread.
    /// - Parameter image: what a daemon before this one has kept.
    init(_ path: String, _ image: StateImage, tell: @escaping @Sendable (String?) -> Void) throws(KernelError) {
        wakeUps = try Semaphore()
        file = Mutex(StateFile(path, image))
        self.tell = tell
        try ShortThread.detach("state") { [self] in
            while true {
                wakeUps.wait()
                repeat {
                    write()
                    Program.sleep(milliseconds: StateKeeper.pause)
                } while isAwake()
            }
        }
    }

    /// Hands over writes and what goes with them.
    func keep(_ events: [StoreEvent], _ changes: [StateChange]) {
        let sleeps = queue.withLock { queue in
            queue.events += events
            queue.changes += changes
            defer { queue.isAwake = true }
            return !queue.isAwake
        }
        if sleeps { wakeUps.signal() }
    }

    /// Hands over what is kept beside objects.
    func keep(_ changes: [StateChange]) { keep([], changes) }

    /// Writes what was handed over and is not written yet; returns when all is. It takes some microseconds as a rule. What
    /// cannot be written is told, and tried again with the next change.
    func write() {
        let (news, count) = file.withLock { file -> (StateFile.News?, Int) in
            // Taken under the file's lock, so that all is written in the order in which it came.
            let changes = queue.withLock { $0.take() }
            return (file.write(changes), changes.count)
        }
        // A whole cluster at once, as when a lab comes up, takes as much again while it is encoded.
        if count > StateKeeper.many { Program.giveBackMemory() }
        switch news {
        case .failed(let reason): tell(reason)
        case .recovered: tell(nil)
        case nil: break
        }
    }

    /// Tries again what could not be written.
    func retry() { if file.withLock({ $0.hasFailed }) { write() } }

    private func isAwake() -> Bool {
        queue.withLock { queue in
            queue.isAwake = !queue.isEmpty
            return queue.isAwake
        }
    }
}
