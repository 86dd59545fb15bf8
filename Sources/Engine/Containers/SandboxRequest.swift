// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A Pod's sandbox that is to be made, until a worker begins with it: a Pod that goes before its turn costs no kernel work,
/// so that Pods which come and go faster than sandboxes can be made do not pile up.
final class SandboxRequest: Sendable {
    private enum State { case waiting, begun, withdrawn }
    private let state = Mutex(State.waiting)

    /// True if it was withdrawn before a worker began.
    var isWithdrawn: Bool { state.withLock { $0 == .withdrawn } }

    /// The worker's turn has come; false if nobody wants the sandbox any more.
    func begin() -> Bool {
        state.withLock { state in
            if state == .waiting { state = .begun }
            return state == .begun
        }
    }

    /// Nobody wants it any more; too late once a worker has begun.
    func withdraw() {
        state.withLock { if $0 == .waiting { $0 = .withdrawn } }
    }
}
