// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net
internal import Synchronization

/// Does a Pod's kernel work: its namespace and link, its files, its processes. Called on worker threads.
final class PodRunner: Sendable {
    let paths: LabPaths
    let edge: KernelEdge
    let roots: RootTemplates
    let programs: ResponderPrograms
    let resolver: Resolver
    let cgroup: Cgroup?
    /// Makes ServiceAccounts' tokens.
    private let keeper = Mutex<TokenKeeper>(.none)
    /// What images are started with, as the lab file says.
    private let imagePrograms = Mutex<[String: [String]]>([:])
    /// What the containers write and read.
    let streams: PodStreams
    private let volumes = VolumeWriter()
    /// What the containers of a Pod with several of them share beside the network.
    private let shared = Mutex<[ObjectKey: PodNamespaces]>([:])

    init(
        _ paths: LabPaths, _ edge: KernelEdge, _ root: RootTemplate, _ programs: ResponderPrograms,
        _ resolver: Resolver,
        _ cgroup: Cgroup?
    ) throws(KernelError) {
        streams = try PodStreams()
        self.paths = paths
        self.edge = edge
        roots = RootTemplates(root)
        self.programs = programs
        self.resolver = resolver
        self.cgroup = cgroup
    }

    /// Makes the files, the volumes and, unless the Pod is on its node's network, the namespace and the link.
    /// - Parameters:
    ///   - revision: the Store's when the content of the volumes was found.
    ///   - token: makes a token of the Pod's ServiceAccount.
    func makeSandbox(
        _ pod: Pod, _ assignment: PodAssignment, _ steps: [Step], _ volumes: [PodVolume], at revision: UInt64,
        token: () -> String
    ) throws(KernelError) {
        if assignment.interface != nil { try edge.record([assignment.namespace]) }
        let files = PodFiles(paths, assignment.key)
        try files.make(for: pod, addresses: assignment.addresses, resolver)
        try refresh(assignment.key, volumes, at: revision, token: token)
        if pod.containers.count + pod.initContainers.count > 1 {
            let namespaces = try PodNamespaces.create(hostname: resolver.hostname(pod))
            shared.withLock { $0[assignment.key] = namespaces }
        }
        try edge.run(steps)
        if !pod.isHostNetwork { try LabFolders.linkResolver(paths.binding(assignment.namespace), to: files.directory) }
    }

    /// Puts what volumes hold at a revision of the Store in the place of what they held.
    func refresh(
        _ key: ObjectKey, _ volumes: [PodVolume], at revision: UInt64, token: () -> String
    ) throws(KernelError) {
        try self.volumes.write(volumes, of: key, at: revision, folders(key), token: token)
    }

    /// What makes ServiceAccounts' tokens; none until it is set.
    var tokens: TokenKeeper {
        get { keeper.withLock { $0 } }
        set { keeper.withLock { $0 = newValue } }
    }

    /// What images are started with, as the lab file says; no image is special until it is set.
    var images: [String: [String]] {
        get { imagePrograms.withLock { $0 } }
        set { imagePrograms.withLock { $0 = newValue } }
    }

    private func folders(_ key: ObjectKey) -> VolumeFolders {
        VolumeFolders(paths, key, user: ProcessOptions.Privileges.unprivileged.user)
    }

    /// Takes away what `makeSandbox` made, and the logs: all that is there of it, even if some of it was never made.
    /// - Returns: what the kernel refused.
    @discardableResult
    func removeSandbox(_ assignment: PodAssignment) -> [KernelError] {
        shared.withLock { $0[assignment.key] = nil }
        streams.remove(assignment.key)
        var errors: [KernelError] = []
        for step in assignment.interface == nil ? [] : Plan.stepsToRemove(assignment) {
            do throws(KernelError) { try edge.run([step]) } catch { errors.append(error) }
        }
        LabFolders.unlinkResolver(paths.binding(assignment.namespace))
        volumes.remove(assignment.key, folders(assignment.key), PodFiles(paths, assignment.key).directory)
        return errors
    }

    /// Takes over what another daemon made for a Pod.
    /// - Parameter living: its processes that were found, by container.
    func adopt(
        _ pod: Pod, _ assignment: PodAssignment, _ living: [String: FoundContainers.Found]
    ) throws(KernelError) {
        let key = assignment.key
        let files = PodFiles(paths, key)
        for container in pod.initContainers + pod.containers {
            let found = living[container.name]
            guard File.exists(files.log(container.name)) else { continue }
            try streams.adopt(
                key, container, log: files.log(container.name), found?.process, environment: found?.environment ?? [])
        }
        guard pod.containers.count + pod.initContainers.count > 1 else { return }
        var namespaces = living.values.lazy.compactMap { try? PodNamespaces.of($0.process) }.first
        if namespaces == nil {
            namespaces = try .create(hostname: resolver.hostname(pod))
        }
        shared.withLock { [namespaces] in $0[key] = namespaces }
    }

    /// Starts one container of a Pod whose sandbox is there.
    /// - Parameter run: how often it was started, this time included.
    func start(
        _ container: Container, of pod: Pod, _ assignment: PodAssignment, _ variables: Environment,
        _ volumes: [PodVolume], run: Int
    ) throws(KernelError) -> ChildProcess {
        let files = PodFiles(paths, assignment.key)
        let choice = ContainerProgram.choose(
            container, environment: variables, images: images, exists: File.isExecutable)
        let environment =
            variables.lines + (container.usesTTY ? ["TERM=xterm"] : [])
            + [FoundContainers.mark(pod.object.uid, container.name, run)]
        let mounts = try ContainerMounts(container, volumes, folders(assignment.key), variables)
        let (streams, output) = try self.streams.begin(
            assignment.key, container, log: files.log(container.name), environment: environment,
            isOurs: choice.isResponder)
        var options = ProcessOptions.container(
            program(choice), hostname: resolver.hostname(pod),
            network: try edge.place(assignment.namespace).namespace,
            root: try roots.template(with: mounts.entries), output: output)
        if let console = streams.console?.takeStreams() { options.streams = console }
        options.mounts += files.mounts.map { .bind($0.source, at: $0.target) }
        // Of a container's own, gone with it, and no larger than this: one Pod cannot take another's room.
        options.mounts += ["/tmp", "/dev/shm"].map { .temporary(at: $0) }
        options.mounts += mounts.binds
        options.environment = environment
        options.cgroup = cgroup
        options.directory = container.workingDirectory ?? "/"
        switch choice {
        case .host(_, let arguments): options.arguments = Array(arguments.dropFirst())
        case .responder(let arguments):
            options.arguments = Array(arguments.dropFirst())
            if arguments.contains("--tls") {
                options.descriptors = [.init(try programs.tls(), as: ResponderPrograms.tlsNumber)]
                options.arguments += ["--tls-program", "/proc/self/fd/\(ResponderPrograms.tlsNumber)"]
            }
        }
        defer { withExtendedLifetime(mounts) {} }
        guard let namespaces = shared.withLock({ $0[assignment.key] }) else {
            return try ContainerProcess.spawn(options)
        }
        options.hostname = nil
        options.separations = [.processes]
        return try namespaces.enter { () throws(KernelError) in try ContainerProcess.spawn(options) }
    }

    private func program(_ choice: ContainerProgram) -> ProcessOptions.Program {
        switch choice {
        case .host(let path, _): .path(path)
        case .responder: .file(programs.responder, name: "responder")
        }
    }

    /// Starts a command inside a running container, as an exec probe or a hook does, or a client with streams of its own.
    func exec(
        _ command: [String], in process: ChildProcess, _ container: Container, of key: ObjectKey,
        streams: ProcessOptions.Streams? = nil
    ) throws(KernelError) -> ChildProcess {
        var options = ProcessOptions(.path(command.first ?? ""))
        options.arguments = Array(command.dropFirst())
        options.environment = self.streams[key, container.name]?.environment ?? []
        if let streams { options.streams = streams } else { options.streams = .output(try LogFile.open("/dev/null")) }
        if case .terminal = options.streams { options.environment.append("TERM=xterm") }
        options.privileges = .unprivileged
        options.newSession = true
        options.cgroup = cgroup
        options.directory = container.workingDirectory ?? "/"
        return try ContainerProcess.exec(in: process, options)
    }
}

/// The lab's own programs for containers, open so that an unprivileged user can run them wherever they are.
final class ResponderPrograms: Sendable {
    /// The number under which a container's process holds the TLS program.
    static let tlsNumber: Int32 = 9

    let responder: SharedDescriptor
    private let tlsPath: String

    /// Finds them beside the running program, or where the environment says (`LAB_RESPONDER`, `LAB_RESPONDER_TLS`).
    init() throws(KernelError) {
        let path = ResponderPrograms.path("responder", "LAB_RESPONDER")
        do throws(KernelError) { responder = SharedDescriptor(try Descriptor.openPath(path)) } catch {
            throw KernelError(
                "looking for the responder at \(path)", call: "open", error.errno,
                message: "build it with scripts/build-responder, or install the lab with scripts/install")
        }
        tlsPath = ResponderPrograms.path("responder-tls", "LAB_RESPONDER_TLS")
    }

    /// The program that ends TLS in front of a responder.
    func tls() throws(KernelError) -> SharedDescriptor { SharedDescriptor(try Descriptor.openPath(tlsPath)) }

    /// Beside the program (a build folder, as `lab-responder` there), or in `../lib/lab` (an installation).
    private static func path(_ name: String, _ variable: String) -> String {
        if let path = Program.environment(variable) { return path }
        let folder = Program.path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        let candidates = ["\(folder)/lab-\(name)", "\(folder)/\(name)", "\(folder)/../lib/lab/\(name)"]
        return candidates.first { File.isExecutable($0) } ?? candidates[2]
    }
}
