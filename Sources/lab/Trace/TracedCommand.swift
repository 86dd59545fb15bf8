// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Linux
internal import Synchronization

/// A command that runs while its connections are traced.
final class TracedCommand: Sendable {
    private let outcome = Mutex<Result<Int32, any Error>?>(nil)
    private let started = Mutex(false)
    private let ended: Semaphore

    init() throws { ended = try Semaphore() }

    /// True once it was started.
    var isStarted: Bool { started.withLock { $0 } }

    /// Starts it, with this program's terminal, and calls back at its end.
    func start(_ words: [String], in place: Entering, _ completion: @escaping @Sendable () -> Void) throws {
        try ShortThread.detach("command") { [self] in
            let result = Result { try place.run(words) }
            outcome.withLock { $0 = result }
            completion()
            ended.signal()
        }
        started.withLock { $0 = true }
    }

    /// Waits for its end; gives its exit code.
    func wait() throws -> Int32 {
        ended.wait()
        return try outcome.withLock { $0 }?.get() ?? 1
    }
}
