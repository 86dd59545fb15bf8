// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// One container of a Pod: what runs, what ran before, and what its probes have said.
public struct ContainerState: Sendable {
    /// What the container is doing. The corresponding field is `status.containerStatuses[].state`.
    public enum Run: Sendable, Hashable {
        case waiting(reason: String, message: String)
        case starting
        case running(since: Timestamp)
        case terminated(Termination)
    }

    /// One ended run.
    public struct Termination: Sendable, Hashable {
        /// Which run of the container it was, the first being 1.
        public var run: Int
        /// How it ended.
        public var exit: ContainerExit
        /// When the program started.
        public var startedAt: Timestamp
        /// When it ended.
        public var finishedAt: Timestamp
        /// One word for it: `Completed` or `Error`.
        public var reason: String
        /// What there is to say beside that; may be empty.
        public var message: String
    }

    /// The container's part of the Pod's spec.
    public let container: Container
    /// What it is doing now.
    public internal(set) var state = Run.waiting(reason: "ContainerCreating", message: "")
    /// How the run before this one ended. The corresponding field is `lastState`.
    public internal(set) var last: Termination?
    /// How often it was started again.
    public internal(set) var restartCount = 0
    /// Which run of the container this is; timers and probes of an earlier one are stale.
    public internal(set) var run = 0
    /// True while the container takes traffic, as its readiness probe has it.
    public internal(set) var isReady = false
    /// True once the startup probe has passed, or at once without one.
    public internal(set) var isStarted = false
    /// True once SIGTERM or a `preStop` hook was sent.
    var isStopping = false
    var probes: [ProbeKind: ProbeState] = [:]
    var backOff = 0

    /// The first back-off, in milliseconds, and the longest; it doubles, and a run of ten minutes forgets it.
    static let firstBackOff = 10_000
    static let longestBackOff = 300_000
    private static let forgiven: Int64 = 600_000

    init(_ container: Container) {
        self.container = container
        resetProbes()
    }

    /// True while the program runs.
    public var isRunning: Bool {
        guard case .running = state else { return false }
        return true
    }

    var isStarting: Bool { state == .starting }
    var isUntouched: Bool { run == 0 && !isStarting }

    var hasSucceeded: Bool {
        guard case .terminated(let termination) = state else { return false }
        return termination.exit.code == 0
    }

    /// True once the last run has ended and no other follows.
    var hasEnded: Bool {
        guard case .terminated = state else { return false }
        return true
    }

    /// The container's probe of a kind, if it has one.
    public func probe(_ kind: ProbeKind) -> Probe? { probes[kind]?.probe }

    mutating func willStart() {
        if case .terminated(let termination) = state { last = termination }
        if run > 0 { restartCount += 1 }
        run += 1
        state = .starting
        isReady = false
        isStarted = false
        isStopping = false
        resetProbes()
    }

    mutating func didStart(at time: Timestamp) { state = .running(since: time) }

    mutating func didFailToStart(_ message: String) {
        state = .waiting(reason: "RunContainerError", message: message)
    }

    /// This was no run: nothing was started.
    mutating func didLackConfiguration(_ message: String) {
        run -= 1
        if run > 0 { restartCount -= 1 }
        state = .waiting(reason: "CreateContainerConfigError", message: message)
    }

    mutating func didExit(_ exit: ContainerExit, at time: Timestamp) {
        var startedAt = time
        if case .running(let since) = state { startedAt = since }
        if time.milliseconds - startedAt.milliseconds >= ContainerState.forgiven { backOff = 0 }
        let reason = exit.isKnown ? exit.code == 0 ? "Completed" : "Error" : "ContainerStatusUnknown"
        let message = exit.isKnown ? "" : "The container ended while nobody watched it"
        state = .terminated(
            Termination(run: run, exit: exit, startedAt: startedAt, finishedAt: time, reason: reason, message: message))
        isReady = false
        isStarted = false
    }

    /// How long to wait before the next run, in milliseconds: nothing the first time, then 10 s and doubling.
    mutating func waitBeforeRestart() -> Int {
        let delay = backOff
        backOff = min(max(backOff * 2, ContainerState.firstBackOff), ContainerState.longestBackOff)
        if delay > 0 {
            if case .terminated(let termination) = state { last = termination }
            state = .waiting(
                reason: "CrashLoopBackOff",
                message: "back-off \(delay / 1000)s restarting failed container=\(container.name)")
        }
        return delay
    }

    private mutating func resetProbes() {
        probes = [:]
        for (kind, probe) in [
            (ProbeKind.startup, container.startupProbe), (.readiness, container.readinessProbe),
            (.liveness, container.livenessProbe),
        ] {
            probes[kind] = probe.map { ProbeState($0, kind) }
        }
    }
}

/// What one probe has said so far in a run.
struct ProbeState: Sendable {
    enum Verdict { case early, undecided, passed, failed }

    let probe: Probe
    private let kind: ProbeKind
    private var successes = 0
    private var failures = 0
    private(set) var hasPassed = false
    private var earlyDelay: Int
    private var earlyElapsed = 0

    init(_ probe: Probe, _ kind: ProbeKind) {
        self.probe = probe
        self.kind = kind
        // A command costs a process each time.
        if case .exec = probe.handler { earlyDelay = 64 } else { earlyDelay = 4 }
    }

    /// It has passed before, as the Pod's status tells.
    mutating func passed() { hasPassed = true }

    /// Takes one result; tells what it means and when to ask again.
    ///
    /// A program needs a moment to listen. So until the first success, within the first period, readiness and startup
    /// probes are repeated after 4, 8, 16 … ms, and these early failures do not count: a Pod is ready as soon as it can
    /// be, and no sooner or later than its thresholds say in every other case.
    mutating func count(_ succeeded: Bool) -> (verdict: Verdict, nextMilliseconds: Int) {
        let period = probe.periodSeconds * 1000
        if !succeeded, !hasPassed, kind != .liveness, earlyElapsed + earlyDelay < period {
            successes = 0
            earlyElapsed += earlyDelay
            defer { earlyDelay *= 2 }
            return (.early, earlyDelay)
        }
        successes = succeeded ? successes + 1 : 0
        failures = succeeded ? 0 : failures + 1
        if succeeded, successes >= probe.successThreshold {
            hasPassed = true
            return (.passed, period)
        }
        return (failures >= probe.failureThreshold ? .failed : .undecided, period)
    }
}
