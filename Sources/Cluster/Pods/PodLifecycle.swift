// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// What happens to a Pod's processes, as seen from its node.
public enum PodEvent: Sendable, Hashable {
    /// The namespace, links and files are there.
    case sandboxReady
    /// The sandbox could not be made.
    case sandboxFailed(String)
    /// A volume cannot be made yet, with the kubelet's sentence.
    case volumesFailed(String)
    case started(container: Int, at: Timestamp)
    /// An object that the container's variables come from is not there, with the kubelet's sentence.
    case configurationFailed(container: Int, String)
    /// The program could not be started, with the reason: `no such program …`.
    case startFailed(container: Int, String)
    case exited(container: Int, ContainerExit, at: Timestamp)
    case probed(container: Int, ProbeKind, run: Int, succeeded: Bool, String)
    /// The `preStop` hook has ended.
    case hookEnded(container: Int, run: Int)
    case timer(PodTimer)
    /// Deletion was asked for.
    case stop(graceSeconds: Int)
}

/// How a container's process ended. The corresponding C type is `siginfo_t` of `waitid`.
public struct ContainerExit: Sendable, Hashable {
    /// The exit code; 128 plus the signal's number if a signal ended it.
    public var code: Int
    /// The signal that ended it, if one did.
    public var signal: Int?
    /// False if it ended while nobody watched. The code is then that of SIGKILL, as a kubelet has it.
    public var isKnown = true

    /// An end that nobody saw.
    public static var unknown: ContainerExit {
        var exit = ContainerExit(code: 137)
        exit.isKnown = false
        return exit
    }

    /// An end with an exit code, or by a signal.
    public init(code: Int, signal: Int? = nil) {
        self.code = signal.map { 128 + $0 } ?? code
        self.signal = signal
    }
}

/// Kubernetes' three probes.
public enum ProbeKind: String, Sendable, Hashable, CaseIterable { case startup, readiness, liveness }

/// Something that a Pod waits for. A timer of an earlier run of the container is ignored when it fires.
public enum PodTimer: Sendable, Hashable {
    case restart(container: Int, run: Int)
    case probe(container: Int, ProbeKind, run: Int)
    /// The grace period of one container is over.
    case grace(container: Int, run: Int)
    /// Time to try again to make the sandbox.
    case sandbox
}

/// What is to be done for a Pod.
public enum PodEffect: Sendable, Hashable {
    case start(container: Int)
    /// Make the namespace, link and files anew, whatever an earlier try left of them.
    case makeSandbox
    case probe(container: Int, ProbeKind, run: Int)
    case runHook(container: Int, LifecycleHandler, run: Int, isPreStop: Bool)
    /// SIGTERM.
    case terminate(container: Int)
    /// SIGKILL.
    case kill(container: Int)
    case setTimer(PodTimer, milliseconds: Int)
    /// Every process has ended after a stop: take the sandbox away.
    case finished
    /// Something to tell the user, as an Event would: reason and message.
    case report(reason: String, String)
}

/// The life of one Pod's containers, as a value: events go in, effects come out, and `status` reads what is so.
///
/// It does what the kubelet's Pod worker does: init containers in order, restarts with back-off, probes with their
/// thresholds, termination with hooks and grace period.
public struct PodLifecycle: Sendable {
    /// Where the Pod is in its life.
    public enum Stage: Sendable, Hashable { case creating, running, stopping, finished }

    /// How long to wait before a sandbox that could not be made is tried again, in milliseconds.
    private static let sandboxPause = 2000
    /// The grace period that deletion came with.
    private var stopGrace = 0

    /// The Pod, as it was when its life began.
    public let pod: Pod
    /// Where it is in its life.
    public internal(set) var stage = Stage.creating
    /// Init containers first, then containers, as in the spec.
    public internal(set) var containers: [ContainerState]
    var sandboxMessage = ""
    private var restartPolicy: RestartPolicy

    /// A Pod of which nothing has been started.
    public init(_ pod: Pod) {
        self.pod = pod
        restartPolicy = pod.restartPolicy
        containers = (pod.initContainers + pod.containers).map(ContainerState.init)
    }

    /// Takes one event and tells what is to be done.
    public mutating func handle(_ event: PodEvent) -> [PodEffect] {
        switch event {
        case .sandboxReady: return sandboxIsReady()
        case .sandboxFailed(let message):
            sandboxMessage = message
            if stage == .stopping { return finishIfEnded() }
            return [
                .report(reason: "FailedCreatePodSandBox", message),
                .setTimer(.sandbox, milliseconds: PodLifecycle.sandboxPause),
            ]
        case .volumesFailed(let message):
            sandboxMessage = message
            if stage == .stopping { return finishIfEnded() }
            return [
                .report(reason: "FailedMount", message),
                .setTimer(.sandbox, milliseconds: PodLifecycle.sandboxPause),
            ]
        case .started(let index, let time): return started(index, time)
        case .configurationFailed(let index, let message): return configurationFailed(index, message)
        case .startFailed(let index, let message): return startFailed(index, message)
        case .exited(let index, let exit, let time): return exited(index, exit, time)
        case .probed(let index, let kind, let run, let succeeded, let message):
            return probed(index, kind, run, succeeded, message)
        case .hookEnded(let index, let run):
            guard containers[index].run == run, containers[index].isRunning, containers[index].isStopping else {
                return []
            }
            return [.terminate(container: index)]
        case .timer(let timer): return fired(timer)
        case .stop(let grace): return stop(graceSeconds: grace)
        }
    }

    // MARK: Starting

    private mutating func sandboxIsReady() -> [PodEffect] {
        guard stage == .creating else { return finishIfEnded() }
        stage = .running
        return startNext() + startAgain()
    }

    /// Starts what ran in a sandbox before this one.
    private mutating func startAgain() -> [PodEffect] {
        containers.indices.filter { index in
            let state = containers[index]
            guard state.run > 0, !state.isRunning, !state.isStarting else { return false }
            return (!state.container.isInit || state.container.isRestartableInit) && mayRestart(index)
        }
        .flatMap { start($0) }
    }

    /// Starts what may start now: the first init container that has not succeeded, or all containers.
    mutating func startNext() -> [PodEffect] {
        guard stage == .running else { return [] }
        for index in containers.indices where containers[index].container.isInit {
            let state = containers[index]
            if state.container.isRestartableInit {
                if state.isStarted { continue }
            } else if state.hasSucceeded {
                continue
            }
            return state.isUntouched ? start(index) : []
        }
        return containers.indices.filter { !containers[$0].container.isInit && containers[$0].isUntouched }
            .flatMap { start($0) }
    }

    private mutating func start(_ index: Int) -> [PodEffect] {
        containers[index].willStart()
        return [.start(container: index)]
    }

    mutating func started(_ index: Int, _ time: Timestamp) -> [PodEffect] {
        containers[index].didStart(at: time)
        guard stage == .running else { return stop(index, graceSeconds: stopGrace) }
        var effects: [PodEffect] = []
        let state = containers[index]
        if let hook = state.container.postStart {
            effects.append(.runHook(container: index, hook, run: state.run, isPreStop: false))
        }
        if state.probes[.startup] != nil {
            effects += schedule(index, .startup)
        } else {
            effects += containerIsStarted(index)
        }
        return effects
    }

    /// The container counts as started: it has no startup probe, or that has succeeded.
    private mutating func containerIsStarted(_ index: Int) -> [PodEffect] {
        containers[index].isStarted = true
        if containers[index].probes[.readiness] == nil { containers[index].isReady = true }
        return schedule(index, .readiness) + schedule(index, .liveness)
            + (containers[index].container.isRestartableInit ? startNext() : [])
    }

    private mutating func startFailed(_ index: Int, _ message: String) -> [PodEffect] {
        containers[index].didFailToStart(message)
        let report = PodEffect.report(reason: "Failed", "Error: \(message)")
        guard stage == .running else { return [report] + finishIfEnded() }
        return [report] + restartOrEnd(index)
    }

    /// The container waits for what it needs, however often that is looked for.
    private mutating func configurationFailed(_ index: Int, _ message: String) -> [PodEffect] {
        containers[index].didLackConfiguration(message)
        let report = PodEffect.report(reason: "Failed", "Error: \(message)")
        guard stage == .running else { return [report] + finishIfEnded() }
        let timer = PodTimer.restart(container: index, run: containers[index].run)
        return [report, .setTimer(timer, milliseconds: PodLifecycle.sandboxPause)]
    }

    // MARK: Ending and restarting

    mutating func exited(_ index: Int, _ exit: ContainerExit, _ time: Timestamp) -> [PodEffect] {
        containers[index].didExit(exit, at: time)
        guard stage == .running else { return finishIfEnded() }
        if containers[index].container.isInit, containers[index].hasSucceeded { return startNext() }
        return restartOrEnd(index)
    }

    mutating func restartOrEnd(_ index: Int) -> [PodEffect] {
        guard mayRestart(index) else { return endSidecarsIfDone() }
        let delay = containers[index].waitBeforeRestart()
        let timer = PodTimer.restart(container: index, run: containers[index].run)
        guard delay > 0 else { return fired(timer) }
        let name = containers[index].container.name
        return [
            .report(reason: "BackOff", "Back-off restarting failed container \(name) in pod \(pod.name)"),
            .setTimer(timer, milliseconds: delay),
        ]
    }

    func mayRestart(_ index: Int) -> Bool {
        let state = containers[index]
        if state.container.isRestartableInit { return true }
        switch restartPolicy {
        case .always: return !(state.container.isInit && state.hasSucceeded)
        case .onFailure: return !state.hasSucceeded
        case .never: return false
        }
    }

    /// Sidecars do not keep a Pod alive: when all its containers have ended for good they are ended too.
    private mutating func endSidecarsIfDone() -> [PodEffect] {
        guard containers.allSatisfy({ $0.container.isInit || $0.hasEnded }) else { return [] }
        return containers.indices.filter { containers[$0].container.isRestartableInit && containers[$0].isRunning }
            .flatMap { stop($0, graceSeconds: pod.terminationGracePeriodSeconds) }
    }

    private mutating func stop(graceSeconds: Int) -> [PodEffect] {
        guard stage != .finished else { return [] }
        stopGrace = graceSeconds
        let sandboxPending = stage == .creating && sandboxMessage.isEmpty
        stage = .stopping
        var effects = containers.indices.filter { containers[$0].isRunning }
            .flatMap { stop($0, graceSeconds: graceSeconds) }
        if !sandboxPending { effects += finishIfEnded() }
        return effects
    }

    private mutating func stop(_ index: Int, graceSeconds: Int) -> [PodEffect] {
        let state = containers[index]
        guard state.isRunning else { return [] }
        guard graceSeconds > 0 else { return [.kill(container: index)] }
        let timer = PodEffect.setTimer(
            .grace(container: index, run: state.run), milliseconds: graceSeconds * 1000)
        guard !state.isStopping else { return [timer] }
        containers[index].isStopping = true
        if let hook = state.container.preStop {
            return [timer, .runHook(container: index, hook, run: state.run, isPreStop: true)]
        }
        return [timer, .terminate(container: index)]
    }

    mutating func finishIfEnded() -> [PodEffect] {
        guard stage == .stopping, containers.allSatisfy({ !$0.isRunning && !$0.isStarting }) else { return [] }
        stage = .finished
        return [.finished]
    }

    private mutating func fired(_ timer: PodTimer) -> [PodEffect] {
        switch timer {
        case .sandbox:
            guard stage == .creating else { return [] }
            sandboxMessage = ""
            return [.makeSandbox]
        case .restart(let index, let run):
            guard stage == .running, containers[index].run == run, !containers[index].isRunning else { return [] }
            return start(index)
        case .probe(let index, let kind, let run):
            guard containers[index].run == run, containers[index].isRunning, stage != .finished else { return [] }
            return [.probe(container: index, kind, run: run)]
        case .grace(let index, let run):
            guard containers[index].run == run, containers[index].isRunning else { return [] }
            return [.kill(container: index)]
        }
    }

    // MARK: Probes

    private mutating func schedule(_ index: Int, _ kind: ProbeKind) -> [PodEffect] {
        guard let probe = containers[index].probes[kind]?.probe else { return [] }
        let run = containers[index].run
        guard probe.initialDelaySeconds > 0 else { return [.probe(container: index, kind, run: run)] }
        return [
            .setTimer(.probe(container: index, kind, run: run), milliseconds: probe.initialDelaySeconds * 1000)
        ]
    }

    private mutating func probed(
        _ index: Int, _ kind: ProbeKind, _ run: Int, _ succeeded: Bool, _ message: String
    ) -> [PodEffect] {
        guard containers[index].run == run, containers[index].isRunning, var state = containers[index].probes[kind],
            stage == .running || kind == .readiness
        else { return [] }
        let outcome = state.count(succeeded)
        containers[index].probes[kind] = state
        var effects: [PodEffect] = []
        if !succeeded, case .early = outcome.verdict {
        } else if !succeeded {
            let title = kind.rawValue.prefix(1).uppercased() + kind.rawValue.dropFirst()
            effects.append(.report(reason: "Unhealthy", "\(title) probe failed: \(message)"))
        }
        let again = PodEffect.setTimer(
            .probe(container: index, kind, run: run), milliseconds: outcome.nextMilliseconds)
        switch (kind, outcome.verdict) {
        case (.startup, .passed): return effects + containerIsStarted(index)
        case (.readiness, .passed): containers[index].isReady = true
        case (.readiness, .failed): containers[index].isReady = false
        case (.startup, .failed), (.liveness, .failed):
            let grace = state.probe.terminationGracePeriodSeconds ?? pod.terminationGracePeriodSeconds
            let name = containers[index].container.name
            effects.append(
                .report(reason: "Killing", "Container \(name) failed \(kind.rawValue) probe, will be restarted"))
            return effects + stop(index, graceSeconds: max(grace, 1))
        default: break
        }
        return effects + [again]
    }
}
