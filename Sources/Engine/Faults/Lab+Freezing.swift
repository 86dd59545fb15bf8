// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Pods and nodes that stand still, and Pods whose processes are killed.
extension Lab {
    /// Stops all processes of a Pod, or of a node: its Pods', its kubelet and its proxy. The kernel goes on: connections
    /// are taken, and nobody answers; a node's rules stay as they are.
    func freeze(_ target: FaultTarget) throws {
        switch target {
        case .pod(let key, _): try signalAll(of: [key], Program.stop)
        case .node(let name):
            hold(name)
            try signalAll(of: pods(on: name), Program.stop)
        case .place(let name): throw LabError("\(name) cannot be frozen: a node or a Pod can")
        }
        begin(.freeze, target)
        serveHealth()
        inspectNodes()
    }

    /// Lets them go on.
    func thaw(_ fault: LabFault) throws {
        switch fault.target {
        case .pod(let key, _): try signalAll(of: [key], Program.continue)
        case .node(let name):
            // Those that were frozen by themselves stay so.
            let own = Set(faults.all.filter { $0.kind == .freeze }.map(\.target.text))
            try signalAll(
                of: pods(on: name).filter { !own.contains("\($0.namespace)/\($0.name)") }, Program.continue)
        case .place: break
        }
        forget(fault)
        if case .node(let name) = fault.target { release(name) }
        inspectNodes()
    }

    private func pods(on node: String) -> [ObjectKey] {
        pods.filter { $0.value.assignment.node.text == node }.keys.sorted()
    }

    private func signalAll(of keys: [ObjectKey], _ signal: Int32) throws {
        try ProcessTable.signalAll(beside: keys.flatMap { pods[$0].map { Array($0.processes.values) } ?? [] }, signal)
    }

    /// Sends a signal to the containers of Pods: `pod`, or `selector` and `namespace`; `container`; `signal`.
    func kill(_ request: Value) throws -> Value {
        let name = request["signal"]?.string ?? "KILL"
        guard let signal = Program.signalNumber(name) else { throw LabError("there is no signal \(name)") }
        var killed: [String] = []
        for key in try selectedPods(request) {
            guard let running = pods[key] else { throw LabError("\(key) does not run") }
            let names = running.lifecycle.containers.map(\.container.name)
            if let wanted = request["container"]?.string, !names.contains(wanted) {
                throw LabError("\(key) has no container \(wanted); it has: \(names.joined(separator: ", "))")
            }
            for (index, process) in running.processes.sorted(by: { $0.key < $1.key })
            where request["container"]?.string.map({ $0 == names[index] }) ?? true {
                // One that has ended meanwhile has no need of it.
                guard (try? process.signal(signal)) != nil else { continue }
                killed.append("\(key.namespace)/\(key.name) \(names[index])")
                tell(
                    .warning, "FaultInjected", "On purpose, container \(names[index]) got the signal \(name)",
                    .pod(key, uid: running.uid))
            }
        }
        guard !killed.isEmpty else { throw LabError("no container runs that could get a signal") }
        return ["killed": .array(killed.map { .string($0) }), "faults": .array(faults.all.map(\.value))]
    }

    /// Takes a node off the network, or brings it back.
    func setNode(_ name: String, isUp: Bool) throws {
        try setLink(ofNode: name, isUp: isUp)
        if isUp, let fault = faults.inForce["node/\(name)"] { forget(fault) }
        if !isUp { begin(.node, .node(name)) }
    }
}
