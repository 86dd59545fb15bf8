// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux
internal import Synchronization

/// Whether a lab is on its way up, up, or being taken away because `lab up` was interrupted.
final class DaemonState: Sendable {
    private enum Stage { case starting, up, interrupted }
    private let stage = Mutex(Stage.starting)

    /// True once the lab stays up whatever becomes of the command.
    var isUp: Bool {
        get { stage.withLock { $0 == .up } }
        set { stage.withLock { if $0 == .starting, newValue { $0 = .up } } }
    }

    /// Takes the lab for interrupted; false if it was up already.
    func interrupt() -> Bool {
        stage.withLock { stage in
            guard stage == .starting else { return false }
            stage = .interrupted
            return true
        }
    }
}

/// How long each stage of `up` took, in milliseconds since the daemon got its request.
final class Stages: Sendable {
    private struct Marks {
        var last: Double
        var all: [(String, Double)] = []
        var firstReady: Double?
    }
    private let marks: Mutex<Marks>

    init(_ start: Double) { marks = Mutex(Marks(last: start)) }

    /// Ends a stage.
    func mark(_ name: String) {
        marks.withLock { marks in
            let now = Program.milliseconds()
            marks.all.append((name, now - marks.last))
            marks.last = now
        }
    }

    /// Remembers when the first Pod was ready.
    func note(_ progress: Value) {
        guard (progress["readyPods"]?.int ?? 0) > 0 else { return }
        marks.withLock { marks in
            if marks.firstReady == nil { marks.firstReady = Program.milliseconds() - marks.last }
        }
    }

    var value: Value {
        marks.withLock { marks in
            var fields = Fields(marks.all.map { ($0.0, Value.double($0.1)) }) { $1 }
            if let first = marks.firstReady { fields["firstReady"] = .double(first) }
            return .object(fields)
        }
    }
}
