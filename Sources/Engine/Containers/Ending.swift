// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Server
internal import Synchronization

/// How a session ends: told once, waited for by any number.
final class Ending: Sendable {
    private struct State {
        var end: SessionEnd?
        var waiters: [CheckedContinuation<SessionEnd, Never>] = []
    }
    private let state = Mutex(State())

    /// The first telling counts.
    func tell(_ end: SessionEnd) {
        let waiters = state.withLock { state in
            if state.end == nil { state.end = end }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: end) }
    }

    /// The end, as soon as it is there.
    func wait() async -> SessionEnd {
        await withCheckedContinuation { continuation in
            let end = state.withLock { state in
                if state.end == nil { state.waiters.append(continuation) }
                return state.end
            }
            if let end { continuation.resume(returning: end) }
        }
    }

    /// True once it was told.
    var isTold: Bool { state.withLock { $0.end != nil } }
}

extension SessionEnd {
    /// The end of a session's own process.
    init(_ status: ProcessStatus) {
        self = status.code.map { .exited(Int($0)) } ?? .failed("the end of the process is not known")
    }
}
