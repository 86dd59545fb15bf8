// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Server
internal import Synchronization

/// How long Pods took to answer their probes, as nodes ask them.
final class ProbeTimes: Sendable {
    private struct State {
        var last: [ObjectKey: Double] = [:]
        var answered = SyncFigures()
        var failed = SyncFigures()
    }

    private let state = Mutex(State())

    /// A probe has ended after so many milliseconds.
    func count(_ pod: ObjectKey, milliseconds: Double, succeeded: Bool) {
        let now = Timestamp.now()
        state.withLock { state in
            if succeeded {
                state.last[pod] = milliseconds
                state.answered.count(seconds: milliseconds / 1000, at: now)
            } else {
                state.failed.count(seconds: milliseconds / 1000, at: now)
            }
        }
    }

    /// A Pod is gone.
    func forget(_ pod: ObjectKey) { state.withLock { $0.last[pod] = nil } }

    /// How long a Pod took last, in milliseconds; nil if it never answered a probe.
    func last(_ pod: ObjectKey) -> Double? { state.withLock { $0.last[pod] } }

    /// How long each Pod took last, in milliseconds.
    var all: [ObjectKey: Double] { state.withLock { $0.last } }

    /// All probes so far, those that were answered well and the others.
    var figures: (answered: SyncFigures, failed: SyncFigures) { state.withLock { ($0.answered, $0.failed) } }
}
