// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// A Pod's life that another daemon began: the status says how far it had come, and processes that were found say what runs.
extension PodLifecycle {
    /// The life of a Pod as it was.
    /// - Parameters:
    ///   - living: of containers whose process was found, by their numbers, which run of the container it is.
    ///   - hasSandbox: whether its namespace and files are there.
    public init(restoring pod: Pod, living: [Int: Int], hasSandbox: Bool, now: Timestamp) {
        self.init(pod)
        let status = pod.object.value["status"]
        let statuses =
            (status?["initContainerStatuses"]?.elements ?? []) + (status?["containerStatuses"]?.elements ?? [])
        for index in containers.indices {
            let container = containers[index].container
            let known = statuses.first { $0["name"]?.string == container.name }
            containers[index] = ContainerState(container, status: known, living: living[index])
            // With its sandbox whatever ran in it is gone.
            if !hasSandbox, containers[index].isRunning { containers[index].didExit(.unknown, at: now) }
        }
        if pod.object.isTerminating {
            stage = .stopping
        } else if hasSandbox, status?["podIP"] != nil {
            stage = .running
        }
    }

    /// True if the namespace and the files are yet to be made.
    public var wantsSandbox: Bool { stage == .creating }

    /// What is to be done now: lost ends are taken in, probes go on, and what waited for a moment waits again.
    /// - Parameter living: as in `init(restoring:)`.
    public mutating func resume(living: [Int: Int], now: Timestamp) -> [PodEffect] {
        guard stage == .running || stage == .stopping else { return [] }
        var effects: [PodEffect] = []
        for index in containers.indices {
            let state = containers[index]
            switch state.state {
            case .starting where living[index] != nil: effects += started(index, now)
            case .running where living[index] == nil: effects += exited(index, .unknown, now)
            case .running(let since): effects += resumeProbes(index, since, now)
            case .waiting where state.run > 0 && stage == .running:
                let timer = PodTimer.restart(container: index, run: state.run)
                effects.append(.setTimer(timer, milliseconds: max(state.lastDelay, 1)))
            case .terminated where stage == .running && mayRestart(index): effects += restartOrEnd(index)
            case .starting, .waiting, .terminated: break
            }
        }
        return effects + startNext()
    }

    private func resumeProbes(_ index: Int, _ since: Timestamp, _ now: Timestamp) -> [PodEffect] {
        let state = containers[index]
        let kinds: [ProbeKind] = state.isStarted ? [.readiness, .liveness] : [.startup]
        return kinds.compactMap { kind in
            guard let probe = state.probes[kind]?.probe else { return nil }
            let begin = since.milliseconds + Int64(probe.initialDelaySeconds) * 1000
            let pause = Int(clamping: min(begin - now.milliseconds, Int64(probe.initialDelaySeconds) * 1000))
            guard pause > 0 else { return .probe(container: index, kind, run: state.run) }
            return .setTimer(.probe(container: index, kind, run: state.run), milliseconds: pause)
        }
    }
}

extension ContainerState {
    /// A container as its entry in the Pod's status tells of it, and as the process does that was found.
    init(_ container: Container, status: Value?, living: Int?) {
        self.init(container)
        let state = status?["state"]
        run = ContainerState.run(status?["containerID"]) ?? 0
        last = status?["lastState"]?["terminated"].flatMap(Termination.init)
        let isBeginning =
            state == nil || state?["waiting"]?["reason"]?.string.map(ContainerState.beginnings.contains) ?? false
        if let living, living != run || isBeginning {
            // It was started, and the status does not tell of it yet.
            if let ended = state?["terminated"].flatMap(Termination.init) { last = ended }
            run = living
            self.state = .starting
        } else if let running = state?["running"] {
            self.state = .running(
                since: running["startedAt"]?.string.flatMap { Timestamp($0) } ?? Timestamp(seconds: 0))
            isReady = status?["ready"]?.bool ?? false
            isStarted = status?["started"]?.bool ?? false
            if isStarted { probes[.startup]?.passed() }
            if isReady { probes[.readiness]?.passed() }
        } else if let ended = state?["terminated"].flatMap(Termination.init) {
            self.state = .terminated(ended)
        } else if isBeginning {
            // That it was to be started is all that is known: it is started again, as the same run.
            run = max(run - 1, 0)
        } else if let waiting = state?["waiting"] {
            self.state = .waiting(
                reason: waiting["reason"]?.string ?? "", message: waiting["message"]?.string ?? "")
        }
        restartCount = max(run - 1, 0)
        backOff = restartCount == 0 ? 0 : min(10_000 << min(restartCount - 1, 10), ContainerState.longestBackOff)
    }

    /// How long the last pause before a restart was, in milliseconds.
    var lastDelay: Int { backOff > ContainerState.firstBackOff ? backOff / 2 : backOff }

    /// What a status says of a container that is just being started.
    private static let beginnings: Set<String> = ["ContainerCreating", "PodInitializing"]

    /// The run in `lab://UID/NAME/RUN`.
    private static func run(_ identifier: Value?) -> Int? {
        identifier?.string?.split(separator: "/").last.flatMap { Int($0) }
    }
}

extension ContainerState.Termination {
    /// The end that a status tells of.
    fileprivate init?(_ value: Value) {
        guard let code = value["exitCode"]?.int else { return nil }
        func time(_ field: String) -> Timestamp {
            value[field]?.string.flatMap { Timestamp($0) } ?? Timestamp(seconds: 0)
        }
        var exit = ContainerExit(code: code, signal: value["signal"]?.int)
        exit.code = code
        self.init(
            run: value["containerID"]?.string?.split(separator: "/").last.flatMap { Int($0) } ?? 0, exit: exit,
            startedAt: time("startedAt"), finishedAt: time("finishedAt"), reason: value["reason"]?.string ?? "",
            message: value["message"]?.string ?? "")
    }
}
