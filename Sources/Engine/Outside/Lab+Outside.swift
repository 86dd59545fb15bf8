// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// What is beyond the edge: the responders of the outside systems, and the way to the real network.
extension Lab {
    /// Starts what the plan's namespaces alone do not have.
    func startOutside() throws(KernelError) {
        let systems = cluster.configuration.external
        for system in systems {
            try OutsideFiles(paths, system.name).make(for: system, among: systems)
            try LabFolders.linkResolver(
                paths.binding(.outside(system.name)), to: OutsideFiles(paths, system.name).directory)
            if !system.ports.isEmpty { try start(system) }
        }
        guard cluster.configuration.egress else { return }
        try Egress.open(cluster.configuration, kernel.edge)
    }

    /// Starts the responder of an outside system again, unless it runs.
    func restartOutside(_ name: String) {
        guard outside[name]?.isRunning != true,
            let system = cluster.configuration.external.first(where: { $0.name == name })
        else { return }
        do throws(KernelError) { try start(system) } catch { endedOutside(name, "did not start: \(error)") }
    }

    /// Takes in that the responder of an outside system has ended, and starts it again after a pause.
    func endedOutside(_ name: String, _ how: String) {
        let pause = outside[name, default: OutsideProgram()].end()
        log("outside/\(name) \(how); it is started again in \(pause) ms")
        kernel.later(pause, .startOutside(name))
    }

    /// Takes over the responders of outside systems, and starts those that are gone.
    func adoptOutside(_ found: inout FoundContainers) throws(KernelError) {
        let living = found.take(FoundContainers.outside)
        for system in cluster.configuration.external where !system.ports.isEmpty {
            guard let process = living[system.name]?.process else {
                try start(system)
                continue
            }
            try kernel.runner.adoptOutside(system, living[system.name])
            try watch(process, system)
        }
    }

    private func start(_ system: ExternalSystem) throws(KernelError) {
        try watch(try kernel.runner.startOutside(system), system)
    }

    private func watch(_ process: ChildProcess, _ system: ExternalSystem) throws(KernelError) {
        outside[system.name, default: OutsideProgram()].begin(process)
        let inbox = kernel.inbox
        let name = system.name
        do throws(KernelError) {
            try kernel.monitor.watch(process) { status in inbox.post(.outsideEnded(name, "ended: \(status)")) }
        } catch {
            // A process that nobody watches must not run.
            try? process.signal(Program.kill)
            throw error
        }
    }

    /// The outside systems as `lab status` shows them.
    var outsideReport: Value {
        .array(
            cluster.configuration.external.map { system in
                var value: Value = [
                    "name": .string(system.name), "namespace": .string(paths.binding(.outside(system.name))),
                    "addresses": .array(system.addresses.map { .string($0.description) }),
                    "ports": .array(system.ports.map { .string("\($0.number)/\($0.transport.name)") }),
                    "hostnames": .array(system.hostnames.map { .string($0) }),
                    "running": .bool(system.ports.isEmpty || outside[system.name]?.isRunning == true),
                ]
                if let pid = outside[system.name]?.process?.pid { value["pid"] = .int(Int64(pid)) }
                return value
            })
    }

    /// Where commands of the user's run that name an outside system; nil if no system has the name.
    func locateOutside(_ what: String) throws -> Value? {
        let parts = what.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts[0] == "outside" else { return nil }
        let systems = cluster.configuration.external
        guard let system = systems.first(where: { $0.name == parts[1] }) else {
            // A namespace may have this name too.
            if cluster.store[ObjectKey("Namespace", "", "outside")] != nil { return nil }
            let all = systems.map(\.name).joined(separator: ", ")
            throw LabError("there is no \(what); outside are \(all.isEmpty ? "none (spec.external)" : all)")
        }
        let files = OutsideFiles(paths, system.name)
        return [
            "binding": .string(paths.binding(.outside(system.name))), "directory": .string(files.directory),
            "resolver": .string("\(files.directory)/resolv.conf"), "hosts": .string("\(files.directory)/hosts"),
            "containers": system.ports.isEmpty ? [] : [["name": .string(OutsideFiles.container), "init": false]],
        ]
    }
}
