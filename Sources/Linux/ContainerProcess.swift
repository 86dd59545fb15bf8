// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Starts processes in namespaces. The child half is C (`spawn.c`); an error of any of its steps comes back from here.
/// The corresponding C functions are `clone3`, `setns`, `mount` and `execve`.
public enum ContainerProcess {
    /// Starts a process, and returns when its program runs. The calling thread stays as it is.
    ///
    /// An error names the program and the step: `starting nginx: mounting /proc: mount: EPERM: Operation not permitted`.
    public static func spawn(_ options: ProcessOptions) throws(KernelError) -> ChildProcess {
        try start(options, enter: nil)
    }

    /// Starts a process inside another one's namespaces (network, mount, UTS, IPC, PID), as `kubectl exec` does.
    /// The options' own network, root, mounts and separations come on top and are seldom wanted.
    public static func exec(in process: ChildProcess, _ options: ProcessOptions) throws(KernelError) -> ChildProcess {
        // Only a thread's later children enter a PID namespace: so the thread is one that ends at once.
        try ShortThread.run { () throws(KernelError) -> ChildProcess in
            _ = try checkNegated("entering the PID namespace of process \(process.pid)", "setns") {
                lab_setns(process.descriptor.raw, CLONE_NEWPID_FLAG)
            }
            return try start(options, enter: process)
        }
    }

    private static func start(_ options: ProcessOptions, enter: ChildProcess?) throws(KernelError) -> ChildProcess {
        let arena = Arena()
        defer { arena.free() }
        var spawn = unsafe description(of: options, enter: enter, arena)
        var raw: Int32 = -1
        let pid = withExtendedLifetime((options, enter)) { unsafe lab_spawn(&spawn, &raw) }
        guard pid >= 0 else { throw unsafe failure(of: spawn, options, Errno(rawValue: -pid)) }
        return ChildProcess(pid: pid, Descriptor(owning: raw))
    }

    private static func description(of options: ProcessOptions, enter: ChildProcess?, _ arena: Arena) -> lab_spawn {
        var spawn = unsafe lab_spawn()
        unsafe spawn.new_namespaces = options.separations.reduce(0) { $0 | $1.flag }
        unsafe spawn.cgroup = options.cgroup?.folder.raw ?? -1
        unsafe spawn.enter = enter?.descriptor.raw ?? -1
        unsafe spawn.enter_flags = CLONE_NEWNET_FLAG | CLONE_NEWNS_FLAG | CLONE_NEWUTS_FLAG | CLONE_NEWIPC_FLAG
        unsafe spawn.network = options.network?.raw ?? -1
        unsafe spawn.root = options.root?.raw ?? -1
        unsafe spawn.own_mounts = options.root != nil || !options.mounts.isEmpty ? 1 : 0
        unsafe spawn.hostname = options.hostname.flatMap { unsafe UnsafePointer(arena.text($0)) }
        unsafe spawn.directory = options.directory.flatMap { unsafe UnsafePointer(arena.text($0)) }
        unsafe spawn.new_session = options.newSession ? 1 : 0
        unsafe spawn.open_files = options.openFiles ?? 0
        unsafe spawn.environment = unsafe UnsafePointer(arena.vector(options.environment))
        unsafe describe(options.mounts, in: &spawn, arena)
        unsafe describe(options.streams, in: &spawn)
        unsafe describe(options.descriptors, in: &spawn, arena)
        unsafe describe(options.privileges, in: &spawn)
        unsafe describe(options, in: &spawn, arena)
        return unsafe spawn
    }

    private static func describe(_ mounts: [ProcessMount], in spawn: inout lab_spawn, _ arena: Arena) {
        let described = unsafe mounts.map { mount in
            let target = unsafe UnsafePointer(arena.text(mount.target))
            switch mount {
            case .bind(let source, _, let readOnly):
                return unsafe lab_mount(
                    kind: Int32(LAB_MOUNT_BIND.rawValue), read_only: readOnly ? 1 : 0,
                    file: File.isDirectory(source) ? 0 : 1, source: UnsafePointer(arena.text(source)), target: target)
            case .temporary(_, let size):
                return unsafe lab_mount(
                    kind: Int32(LAB_MOUNT_TEMPORARY.rawValue), read_only: 0, file: 0,
                    source: UnsafePointer(arena.text("mode=1777,size=\(size)")), target: target)
            case .processes:
                return unsafe lab_mount(
                    kind: Int32(LAB_MOUNT_PROCESSES.rawValue), read_only: 0, file: 0, source: nil, target: target)
            case .system:
                return unsafe lab_mount(
                    kind: Int32(LAB_MOUNT_SYSTEM.rawValue), read_only: 1, file: 0, source: nil, target: target)
            }
        }
        unsafe spawn.mounts = unsafe UnsafePointer(arena.array(described))
        unsafe spawn.mount_count = Int32(clamping: described.count)
    }

    private static func describe(_ streams: ProcessOptions.Streams, in spawn: inout lab_spawn) {
        unsafe (spawn.terminal, spawn.null_input, spawn.input) = (-1, 1, -1)
        switch streams {
        case .inherited:
            unsafe (spawn.null_input, spawn.output, spawn.errors) = (0, -1, -1)
        case .output(let output):
            unsafe (spawn.output, spawn.errors) = (output.raw, output.raw)
        case .outputs(let output, let errors):
            unsafe (spawn.output, spawn.errors) = (output.raw, errors.raw)
        case .pipes(let input, let output, let errors):
            unsafe (spawn.null_input, spawn.input) = (input == nil ? 1 : 0, input?.raw ?? -1)
            unsafe (spawn.output, spawn.errors) = (output.raw, errors.raw)
        case .terminal(let peer):
            unsafe (spawn.null_input, spawn.terminal, spawn.input) = (0, peer.raw, peer.raw)
            unsafe (spawn.output, spawn.errors) = (peer.raw, peer.raw)
        }
    }

    private static func describe(
        _ descriptors: [ProcessOptions.Inherited], in spawn: inout lab_spawn, _ arena: Arena
    ) {
        unsafe spawn.sources = unsafe UnsafePointer(arena.array(descriptors.map(\.source.raw)))
        unsafe spawn.targets = unsafe UnsafePointer(arena.array(descriptors.map(\.number)))
        unsafe spawn.descriptor_count = Int32(clamping: descriptors.count)
    }

    private static func describe(_ privileges: ProcessOptions.Privileges, in spawn: inout lab_spawn) {
        switch privileges {
        case .inherited:
            unsafe (spawn.unprivileged, spawn.user, spawn.group) = (0, -1, -1)
        case .none(let user, let group):
            unsafe (spawn.unprivileged, spawn.user) = (1, user.map(Int64.init) ?? -1)
            unsafe spawn.group = group.map(Int64.init) ?? -1
        }
    }

    private static func describe(_ options: ProcessOptions, in spawn: inout lab_spawn, _ arena: Arena) {
        let candidates: [String]
        switch options.program {
        case .path(let path):
            unsafe spawn.program = -1
            candidates = ProgramPath.candidates(path, environment: options.environment)
        case .file(let file, _):
            unsafe spawn.program = file.raw
            candidates = []
        }
        unsafe spawn.paths = unsafe UnsafePointer(arena.vector(candidates))
        unsafe spawn.arguments = unsafe UnsafePointer(arena.vector([options.program.name] + options.arguments))
    }

    @unsafe private static func failure(of spawn: lab_spawn, _ options: ProcessOptions, _ errno: Errno) -> KernelError {
        let call = unsafe spawn.failed_call.map { unsafe String(cString: $0) } ?? "clone3"
        var operation = "starting \(options.program.name)"
        if let step = unsafe spawn.failed_step.map({ unsafe String(cString: $0) }), !step.isEmpty {
            operation += ": \(step)"
        }
        let index = unsafe Int(spawn.failed_index)
        if options.mounts.indices.contains(index) {
            let mount = options.mounts[index]
            if case .bind(let source, let target, _) = mount {
                operation += " \(source) at \(target)"
            } else {
                operation += " \(mount.target)"
            }
        } else if call == "chdir", let directory = options.directory {
            operation += " \(directory)"
        }
        return KernelError(operation, call: call, errno)
    }
}

extension ProcessOptions.Program {
    /// What the process calls itself: its `argv[0]`.
    public var name: String {
        switch self {
        case .path(let path): path
        case .file(_, let name): name
        }
    }
}

/// Where a program may be found.
enum ProgramPath {
    /// What `execvp` takes if the environment has no `PATH`.
    static let standard = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The path itself if it has a slash; else the name in each folder of the environment's `PATH`.
    static func candidates(_ program: String, environment: [String]) -> [String] {
        guard !program.isEmpty, !program.utf8.contains(UInt8(ascii: "/")) else { return [program] }
        let path = environment.first { $0.hasPrefix("PATH=") }?.dropFirst(5) ?? standard[...]
        return path.split(separator: ":").map { "\($0)/\(program)" }
    }
}

let CLONE_NEWNS_FLAG: Int32 = 0x0002_0000
let CLONE_FS_FLAG: Int32 = 0x0000_0200
let CLONE_NEWUTS_FLAG: Int32 = 0x0400_0000
let CLONE_NEWIPC_FLAG: Int32 = 0x0800_0000
let CLONE_NEWPID_FLAG: Int32 = 0x2000_0000
