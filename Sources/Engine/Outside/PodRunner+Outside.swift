// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

extension PodRunner {
    /// Takes over the log of a responder that another daemon started.
    func adoptOutside(_ system: ExternalSystem, _ found: FoundContainers.Found?) throws(KernelError) {
        let container = Container(["name": .string(OutsideFiles.container), "image": "lab/outside"])
        try streams.adopt(
            ObjectKey("External", "outside", system.name), container, log: OutsideFiles(paths, system.name).log,
            found?.process, environment: found?.environment ?? [])
    }

    /// Starts the responder of a system beyond the edge: as confined as a container.
    func startOutside(_ system: ExternalSystem) throws(KernelError) -> ChildProcess {
        let files = OutsideFiles(paths, system.name)
        let environment = [
            "PATH=\(ContainerProgram.searchPath)", "HOSTNAME=\(system.name)", "LAB_POD=\(system.name)",
            "LAB_NAMESPACE=outside", "LAB_TITLE=outside/\(system.name)",
            FoundContainers.mark(FoundContainers.outside, system.name, 1),
        ]
        let container = Container(["name": .string(OutsideFiles.container), "image": "lab/outside"])
        let (_, output) = try streams.begin(
            ObjectKey("External", "outside", system.name), container, log: files.log, environment: environment,
            isOurs: true)
        var options = ProcessOptions.container(
            .file(programs.responder, name: "responder"), hostname: system.name,
            network: try edge.place(.outside(system.name)).namespace, root: try roots.template(with: []),
            output: output)
        options.mounts += files.mounts.map { .bind($0.source, at: $0.target) }
        options.mounts += [.temporary(at: "/tmp")]
        options.environment = environment
        options.cgroup = cgroup
        options.arguments = PodRunner.arguments(system)
        if options.arguments.contains("--tls") {
            options.descriptors = [.init(try programs.tls(), as: ResponderPrograms.tlsNumber)]
            options.arguments += ["--tls-program", "/proc/self/fd/\(ResponderPrograms.tlsNumber)"]
        }
        return try ContainerProcess.spawn(options)
    }

    /// As containers have it: HTTP on TCP ports, HTTPS on 443, echo on UDP ports.
    private static func arguments(_ system: ExternalSystem) -> [String] {
        func list(_ flag: String, _ isMeant: (ExternalSystem.Port) -> Bool) -> [String] {
            let numbers = system.ports.filter(isMeant).map { "\($0.number)" }
            return numbers.isEmpty ? [] : [flag, numbers.joined(separator: ",")]
        }
        return list("--http") { $0.transport == .tcp && $0.number != 443 }
            + list("--tls") { $0.transport == .tcp && $0.number == 443 } + list("--udp") { $0.transport == .udp }
    }
}
