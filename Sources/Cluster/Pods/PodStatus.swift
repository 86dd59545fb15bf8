// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
public import Net

extension PodLifecycle {
    /// `status.phase`, as the kubelet computes it.
    public var phase: PodPhase {
        let all = containers.filter { !$0.container.isInit }
        let initialized = isInitialized
        if stage == .creating || !initialized {
            let failed = containers.contains {
                $0.container.isInit && !$0.container.isRestartableInit && $0.hasEnded && !$0.hasSucceeded
                    && pod.restartPolicy == .never
            }
            return failed ? .failed : .pending
        }
        if all.allSatisfy(\.hasEnded) {
            let succeeded = all.allSatisfy(\.hasSucceeded)
            switch pod.restartPolicy {
            case .always: return stage == .running ? .running : succeeded ? .succeeded : .failed
            case .onFailure: return succeeded ? .succeeded : stage == .running ? .running : .failed
            case .never: return succeeded ? .succeeded : .failed
            }
        }
        return all.contains { $0.run > 0 && !($0.isStarting && $0.run == 1) } ? .running : .pending
    }

    /// True once every init container has succeeded (or, a sidecar, has started).
    public var isInitialized: Bool {
        containers.allSatisfy {
            !$0.container.isInit || ($0.container.isRestartableInit ? $0.isStarted : $0.hasSucceeded)
        }
    }

    /// True if every container is ready.
    public var containersAreReady: Bool {
        phase == .running
            && containers.allSatisfy {
                $0.isReady || ($0.container.isInit && !$0.container.isRestartableInit)
            }
    }

    /// Writes into the Pod's object what is so: phase, conditions, container statuses and addresses.
    /// - Parameter addresses: the Pod's, that of the primary family first; as `nodeAddresses`.
    public func write(to object: inout Object, addresses: [Address], nodeAddresses: [Address], now: Timestamp) {
        var status = object.status
        status["phase"] = .string(phase.rawValue)
        status["hostIP"] = nodeAddresses.first.map { .string($0.description) }
        status["hostIPs"] = .array(nodeAddresses.map { ["ip": .string($0.description)] })
        if stage != .creating || phase.isFinal {
            status["podIP"] = addresses.first.map { .string($0.description) }
            status["podIPs"] = .array(addresses.map { ["ip": .string($0.description)] })
        }
        if status["startTime"] == nil { status["startTime"] = .string(now.description) }
        if status["qosClass"] == nil { status["qosClass"] = "BestEffort" }
        if object.generation > 0 { status["observedGeneration"] = .int(Int64(object.generation)) }
        let inits = containers.filter(\.container.isInit)
        if !inits.isEmpty { status["initContainerStatuses"] = .array(inits.map { containerStatus($0) }) }
        status["containerStatuses"] = .array(
            containers.filter { !$0.container.isInit }.map { containerStatus($0) })
        object.status = status
        writeConditions(to: &object, now: now)
    }

    private func writeConditions(to object: inout Object, now: Timestamp) {
        let finished = phase == .succeeded
        let unready = containers.filter { !$0.isReady && !($0.container.isInit && !$0.container.isRestartableInit) }
            .map(\.container.name).joined(separator: " ")
        let incomplete = containers.filter { $0.container.isInit && !$0.hasSucceeded && !$0.isStarted }
            .map(\.container.name).joined(separator: " ")
        let reason = finished ? "PodCompleted" : "ContainersNotReady"
        let message = finished ? "" : "containers with unready status: [\(unready)]"
        let gates = pod.object.spec["readinessGates"]?.elements.compactMap { $0["conditionType"]?.string } ?? []
        let closed = gates.filter { object.condition($0)?.status != .true }
        object.set(Condition("PodReadyToStartContainers", stage == .running), now: now)
        object.set(
            isInitialized
                ? Condition("Initialized", true, reason: finished ? "PodCompleted" : "")
                : Condition(
                    "Initialized", false, reason: "ContainersNotInitialized",
                    message: "containers with incomplete status: [\(incomplete)]"), now: now)
        if containersAreReady {
            object.set(Condition("ContainersReady", true), now: now)
        } else {
            object.set(Condition("ContainersReady", false, reason: reason, message: message), now: now)
        }
        if containersAreReady, closed.isEmpty {
            object.set(Condition("Ready", true), now: now)
        } else if containersAreReady {
            object.set(
                Condition(
                    "Ready", false, reason: "ReadinessGatesNotReady",
                    message: "corresponding condition of pod readiness gate \"\(closed[0])\" does not exist."), now: now
            )
        } else {
            object.set(Condition("Ready", false, reason: reason, message: message), now: now)
        }
    }

    private func containerStatus(_ state: ContainerState) -> Value {
        let hasRun = state.run > 0
        var status: Value = [
            "name": .string(state.container.name), "image": .string(state.container.image),
            "imageID": .string(hasRun ? "lab://\(state.container.image)" : ""),
            "ready": .bool(state.isReady || (state.container.isInit && state.hasSucceeded)),
            "started": .bool(state.isStarted), "restartCount": .int(Int64(state.restartCount)),
            "state": runValue(state.state, of: state), "lastState": .object([:]),
        ]
        if let last = state.last { status["lastState"] = runValue(.terminated(last), of: state) }
        if hasRun { status["containerID"] = .string(containerID(state, run: state.run)) }
        return status
    }

    private func containerID(_ state: ContainerState, run: Int) -> String {
        "lab://\(pod.object.uid)/\(state.container.name)/\(run)"
    }

    /// Why a container waits that was not yet started, in the kubelet's words.
    private var creatingReason: String {
        containers.first?.container.isInit == true ? "PodInitializing" : "ContainerCreating"
    }

    private func runValue(_ value: ContainerState.Run, of state: ContainerState) -> Value {
        switch value {
        case .starting: return ["waiting": ["reason": .string(creatingReason)]]
        case .waiting(let reason, let message):
            var waiting: Value = ["reason": .string(reason == "ContainerCreating" ? creatingReason : reason)]
            if !message.isEmpty { waiting["message"] = .string(message) }
            return ["waiting": waiting]
        case .running(let since): return ["running": ["startedAt": .string(since.description)]]
        case .terminated(let end):
            var terminated: Value = [
                "exitCode": .int(Int64(end.exit.code)), "reason": .string(end.reason),
                "startedAt": .string(end.startedAt.description), "finishedAt": .string(end.finishedAt.description),
                "containerID": .string(containerID(state, run: end.run)),
            ]
            if !end.message.isEmpty { terminated["message"] = .string(end.message) }
            if let signal = end.exit.signal { terminated["signal"] = .int(Int64(signal)) }
            return ["terminated": terminated]
        }
    }
}

extension PodPhase {
    /// True for a phase that a Pod never leaves.
    var isFinal: Bool { self == .succeeded || self == .failed }
}
