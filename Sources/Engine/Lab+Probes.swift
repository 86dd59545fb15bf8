// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

extension Lab {
    func probe(_ index: Int, _ kind: ProbeKind, _ run: Int, _ running: RunningPod) {
        let state = running.lifecycle.containers[index]
        guard let probe = state.probe(kind) else { return }
        let kernel = kernel
        let key = running.assignment.key
        let uid = running.uid
        let report = { @Sendable (succeeded: Bool, message: String) in
            kernel.inbox.post(
                .pod(key, uid: uid, .probed(container: index, kind, run: run, succeeded: succeeded, message)))
        }
        let timeout = probe.timeoutSeconds * 1000
        switch probe.handler {
        case .exec(let command):
            guard let process = running.processes[index] else { return report(false, "the container does not run") }
            exec(command, in: process, state.container, running, timeout: timeout, report)
        case .httpGet(let get):
            // A handshake that is not verified says no more than a connection that is taken.
            guard get.scheme == "HTTP" else {
                return request(.tcp, get.port, get.host, timeout, state, running, report)
            }
            request(.http(get), get.port, get.host, timeout, state, running, report)
        case .tcpSocket(let port, let host): request(.tcp, port, host, timeout, state, running, report)
        case .grpc(let port, _): request(.tcp, .number(port), "", timeout, state, running, report)
        }
    }

    /// Sends one probe from the node's namespace, as the kubelet does.
    private func request(
        _ kind: ProbeRequest.Kind, _ reference: PortReference, _ host: String, _ timeout: Int, _ state: ContainerState,
        _ running: RunningPod, _ report: @escaping @Sendable (Bool, String) -> Void
    ) {
        guard let port = state.container.port(reference) else {
            return report(false, "the container has no port named \(reference)")
        }
        do throws(KernelError) {
            let address = Address(host) ?? running.assignment.address
            let (times, key, started) = (kernel.probeTimes, running.assignment.key, Program.milliseconds())
            kernel.prober.probe(
                ProbeRequest(
                    kind, to: SocketAddress(address, port),
                    from: try kernel.edge.place(running.assignment.node).namespace, timeout: timeout)
            ) { outcome in
                times.count(
                    key, milliseconds: Program.milliseconds() - started, succeeded: outcome == .success)
                switch outcome {
                case .success: report(true, "")
                case .failure(let message): report(false, message)
                }
            }
        } catch { report(false, error.description) }
    }

    /// Runs a hook of a container; the end of a `preStop` hook, which has the number of the container's run, is told.
    func runHook(_ index: Int, _ handler: LifecycleHandler, _ run: Int?, _ running: RunningPod) {
        let kernel = kernel
        let key = running.assignment.key
        let uid = running.uid
        let state = running.lifecycle.containers[index]
        let ended = { @Sendable (succeeded: Bool, message: String) in
            if !succeeded { kernel.inbox.post(.note("\(key): the hook of \(state.container.name) failed: \(message)")) }
            if let run { kernel.inbox.post(.pod(key, uid: uid, .hookEnded(container: index, run: run))) }
        }
        switch handler {
        case .sleep(let seconds):
            if let run { kernel.later(seconds * 1000, .pod(key, uid: uid, .hookEnded(container: index, run: run))) }
        case .exec(let command):
            guard let process = running.processes[index] else { return ended(false, "the container does not run") }
            exec(command, in: process, state.container, running, timeout: 3_600_000, ended)
        case .httpGet(let get):
            request(.http(get), get.port, get.host, 30_000, state, running, ended)
        case .tcpSocket(let port, let host): request(.tcp, port, host, 30_000, state, running, ended)
        }
    }

    /// Runs a command in a container and tells how it ended; it is ended when it takes too long.
    private func exec(
        _ command: [String], in process: ChildProcess, _ container: Container, _ running: RunningPod, timeout: Int,
        _ report: @escaping @Sendable (Bool, String) -> Void
    ) {
        let kernel = kernel
        let key = running.assignment.key
        kernel.workers.submit {
            do throws(KernelError) {
                let child = try kernel.runner.exec(command, in: process, container, of: key)
                let timer = kernel.prober.delay(milliseconds: timeout) { try? child.signal(Program.kill) }
                try kernel.monitor.watch(child) { status in
                    kernel.prober.cancel(timer)
                    report(status == .exited(0), "command \(command) ended with \(status)")
                }
            } catch { report(false, error.description) }
        }
    }
}

extension Container {
    /// The number of one of the container's ports, by number or name.
    func port(_ reference: PortReference) -> UInt16? {
        switch reference {
        case .number(let number): number
        case .name(let name): ports.first { $0.name == name }?.containerPort
        }
    }
}

extension ProbeRequest.Kind {
    /// The probe that a Pod's spec describes; the Host header is the one that its headers give, if any.
    static func http(_ get: HTTPGet) -> ProbeRequest.Kind {
        .http(path: get.path, headers: get.headers.map { ProbeRequest.Header($0.name, $0.value) })
    }
}
