// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// One Pod of a lab with its processes.
struct RunningPod {
    let uid: String
    let assignment: PodAssignment
    let nodeAddresses: [Address]
    let request = SandboxRequest()
    var lifecycle: PodLifecycle
    /// The running process of each container, by its number.
    var processes: [Int: ChildProcess] = [:]
    /// What its volumes hold.
    var volumes: [PodVolume] = []
}

extension Lab {
    // MARK: Starting and stopping

    func startPods(_ assignments: [PodAssignment]) {
        guard !assignments.isEmpty else { return }
        var jobs: [(RunningPod, [Step])] = []
        for assignment in assignments {
            guard let object = cluster.store[assignment.key] else { continue }
            let pod = Pod(object)
            let node = cluster.store[ObjectKey("Node", "", assignment.node.text)].map(Node.init)
            let running = RunningPod(
                uid: object.uid, assignment: assignment, nodeAddresses: node?.internalAddresses ?? [],
                lifecycle: PodLifecycle(pod))
            pods[assignment.key] = running
            let isMade = pod.isHostNetwork || madeWithNodes.remove(assignment.namespace) != nil
            jobs.append((running, isMade ? [] : cluster.plan.stepsToAdd(assignment)))
            sayWhatRuns(pod)
        }
        for (running, steps) in jobs { makeSandbox(running, steps) }
    }

    private func makeSandbox(_ running: RunningPod, _ steps: [Step], again: Bool = false) {
        guard let volumes = volumes(running) else { return }
        let revision = cluster.store.revision
        let token = token(running.lifecycle.pod)
        let kernel = kernel
        let key = running.assignment.key
        let uid = running.uid
        let pod = running.lifecycle.pod
        let assignment = running.assignment
        let request = running.request
        kernel.workers.submit {
            guard request.begin() else {
                return kernel.inbox.post(.pod(key, uid: uid, .sandboxFailed("the Pod went before its turn")))
            }
            if assignment.interface != nil { kernel.connections.keep(assignment.addresses) }
            do throws(KernelError) {
                if again { kernel.runner.removeSandbox(assignment) }
                try kernel.runner.makeSandbox(pod, assignment, steps, volumes, at: revision, token: token)
                kernel.inbox.post(.pod(key, uid: uid, .sandboxReady))
            } catch {
                kernel.inbox.post(.pod(key, uid: uid, .sandboxFailed(error.description)))
            }
        }
    }

    func stopPod(_ key: ObjectKey) {
        guard let running = pods[key] else {
            cluster.podRemoved(key, now: .now())
            return
        }
        // A node that does not answer does not hear either that a Pod is to stop.
        guard cluster.isReachable(running.assignment.node.text) else { return }
        // There may be another Pod of this name already, of which none of this is true.
        let object = cluster.store[key].flatMap { $0.uid == running.uid ? $0 : nil }
        let grace = object?.value["metadata", "deletionGracePeriodSeconds"]?.int ?? (object == nil ? 0 : 30)
        guard running.lifecycle.stage != .finished else { return }
        running.request.withdraw()
        perform(key, .stop(graceSeconds: min(grace, timeLeft(object, running))))
        writeStatus(key)
    }

    /// How many seconds a Pod still has that was told to end before, maybe by another daemon; as many as a kubelet gives in any case.
    private func timeLeft(_ object: Object?, _ running: RunningPod) -> Int {
        guard running.lifecycle.stage == .stopping,
            let end = object?.value["metadata", "deletionTimestamp"]?.string.flatMap({ Timestamp($0) })
        else { return .max }
        let milliseconds = end.milliseconds - Timestamp.now().milliseconds
        return max(Lab.shortestGrace, Int(clamping: (milliseconds + 999) / 1000))
    }

    /// The kubelet's `minimumGracePeriodInSeconds`.
    private static let shortestGrace = 2

    private func sayWhatRuns(_ pod: Pod) {
        for container in pod.initContainers + pod.containers {
            let choice = ContainerProgram.choose(
                container, environment: Environment(), images: kernel.runner.images, exists: File.isExecutable)
            // What the lab's own name servers are is no surprise.
            guard case .responder = choice, !ContainerProgram.answersNames(container) else { continue }
            if let command = container.command.first, !command.hasSuffix("/agnhost"), command != "agnhost",
                announce("\(container.image) \(command)")
            {
                kernel.say("\(pod.key): this machine has no program \(command); the lab's responder runs in its place")
            }
            guard announce(container.image) else { continue }
            kernel.say(
                announce("responder")
                    ? "\(container.image): no image is pulled; the lab's responder answers on the container's ports"
                    : "\(container.image): the lab's responder, too")
        }
    }

    // MARK: Events and effects

    func perform(_ key: ObjectKey, _ event: PodEvent) {
        guard var running = pods[key] else { return }
        if case .exited(let container, _, _) = event { running.processes[container] = nil }
        let effects = running.lifecycle.handle(event)
        pods[key] = running
        tell(running, event)
        for effect in effects { carryOut(effect, key) }
    }

    /// What the kubelet says of the good things that happen; the others come as reports.
    private func tell(_ running: RunningPod, _ event: PodEvent) {
        let key = running.assignment.key
        let node = running.assignment.node.text
        switch event {
        case .started(let index, let time):
            cluster.recordStart(of: running.lifecycle.containers[index].container, pod: key, node: node, now: time)
        case .stop:
            for container in running.lifecycle.containers where container.isRunning {
                let name = container.container.name
                cluster.recordKubelet(
                    "Killing", "Stopping container \(name)", about: key, container: name, node: node, now: .now())
            }
        default: break
        }
    }

    func carryOut(_ effect: PodEffect, _ key: ObjectKey) {
        guard let running = pods[key] else { return }
        switch effect {
        case .start(let container): start(container, running)
        case .makeSandbox: makeSandbox(running, cluster.plan.stepsToAdd(running.assignment), again: true)
        case .probe(let container, let kind, let run): probe(container, kind, run, running)
        case .runHook(let container, let handler, let run, let isPreStop):
            runHook(container, handler, isPreStop ? run : nil, running)
        case .terminate(let container): signal(Program.terminate, container, running)
        case .kill(let container): signal(Program.kill, container, running)
        case .setTimer(let timer, let milliseconds):
            kernel.later(milliseconds, .pod(key, uid: running.uid, .timer(timer)))
        case .finished: removeSandbox(running)
        case .report(let reason, let message):
            reasons[key] = "\(reason): \(message)"
            log("\(key): \(reason): \(message)")
            cluster.recordKubelet(
                reason, message, about: key, node: running.assignment.node.text, now: .now())
        }
    }

    /// A Pod that is to end hears it when nobody is led to it any more: the daemon may be killed at any moment, and then nobody else
    /// would take clients away from a Pod that has ended.
    private func signal(_ signal: Int32, _ container: Int, _ running: RunningPod) {
        guard let process = running.processes[container] else { return }
        // A process that has ended already is told of by its monitor.
        guard running.lifecycle.stage == .stopping else { return (try? process.signal(signal)) ?? () }
        afterLeaving(running.assignment.key) { try? process.signal(signal) }
    }

    private func start(_ index: Int, _ running: RunningPod) {
        guard let variables = variables(index, running) else { return }
        let volumes = running.volumes
        let kernel = kernel
        let key = running.assignment.key
        let uid = running.uid
        let container = running.lifecycle.containers[index].container
        let run = running.lifecycle.containers[index].run
        let pod = running.lifecycle.pod
        let assignment = running.assignment
        kernel.workers.submit {
            do throws(KernelError) {
                let process = try kernel.runner.start(container, of: pod, assignment, variables, volumes, run: run)
                let answersNames = ContainerProgram.answersNames(container)
                // Before it counts as started: whoever is told of it may ask at once.
                if answersNames, !kernel.nameServers.open(assignment, container.name) {
                    // It ends, and is started again as any container that fails.
                    try? process.signal(Program.kill)
                }
                kernel.inbox.post(.process(key, uid: uid, container: index, process))
                kernel.inbox.post(.pod(key, uid: uid, .started(container: index, at: .now())))
                Lab.watch(process, of: index, container, key, uid: uid, kernel)
            } catch {
                kernel.runner.streams.end(key, container.name)
                kernel.inbox.post(.pod(key, uid: uid, .startFailed(container: index, error.description)))
            }
        }
    }

    /// Has the end of a container's process told.
    static func watch(
        _ process: ChildProcess, of index: Int, _ container: Container, _ key: ObjectKey, uid: String,
        _ kernel: LabKernel
    ) {
        let ended = { @Sendable (status: ProcessStatus) in
            if ContainerProgram.answersNames(container) { kernel.nameServers.close(key, container.name) }
            kernel.runner.streams.end(key, container.name)
            kernel.inbox.post(.pod(key, uid: uid, .exited(container: index, ContainerExit(status), at: .now())))
        }
        do throws(KernelError) { try kernel.monitor.watch(process, ended) } catch {
            // A process that nobody watches must not run.
            try? process.signal(Program.kill)
            ended(process.wait())
        }
    }

    func removeSandbox(_ running: RunningPod) {
        volumeUsers.remove(running.assignment.key)
        let kernel = kernel
        let assignment = running.assignment
        let uid = running.uid
        // A Pod on its node's network has no address that goes with it.
        let forgets = assignment.interface != nil && cluster.configuration.sabotage != .staleDatagrams
        let nodes = forgets ? cluster.nodeNamespaces : []
        // Of a sandbox that was never begun there is nothing to take away.
        guard !running.request.isWithdrawn else {
            return kernel.inbox.post(.sandboxRemoved(assignment.key, uid: uid))
        }
        kernel.workers.submit {
            for error in kernel.runner.removeSandbox(assignment) {
                kernel.inbox.post(.note("\(assignment.key): \(error)"))
            }
            kernel.connections.forget(assignment.addresses, on: nodes)
            kernel.inbox.post(.sandboxRemoved(assignment.key, uid: uid))
        }
    }

    // MARK: Status

    func writeStatus(_ key: ObjectKey) {
        // A Pod that went without waiting for its processes has no status; another of its name has one of its own.
        guard let running = pods[key], cluster.store[key]?.uid == running.uid else { return }
        // A node that does not answer does not say either how its Pods are.
        guard cluster.isReachable(running.assignment.node.text) else { return }
        let now = Timestamp.now()
        cluster.update(key, now: now) { object in
            running.lifecycle.write(
                to: &object, addresses: running.assignment.addresses, nodeAddresses: running.nodeAddresses, now: now)
        }
    }
}

extension ContainerExit {
    init(_ status: ProcessStatus) {
        switch status {
        case .exited(let code): self.init(code: Int(code))
        case .signaled(let signal): self.init(code: 0, signal: Int(signal))
        case .unknown: self = .unknown
        }
    }
}
