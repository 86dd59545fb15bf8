// SPDX-License-Identifier: Apache-2.0

/// A process to start: its program, namespaces, files and privileges. A value; `ContainerProcess` makes it so.
///
/// As it stands after `init(_:)` it is a plain child: same namespaces, same files, same user, same terminal.
public struct ProcessOptions: Sendable {
    /// What to execute.
    public enum Program: Sendable {
        /// A path, or a bare name that is looked for in the `PATH` of the process's own environment.
        case path(String)
        /// An open file, which the process need not be able to reach. The corresponding C call is `execveat(AT_EMPTY_PATH)`.
        case file(SharedDescriptor, name: String)
    }

    /// Where standard input comes from, and where standard output and error go.
    public enum Streams: Sendable {
        /// As the parent has them, so that a terminal goes on working.
        case inherited
        /// Nothing to read; both outputs into one descriptor.
        case output(SharedDescriptor)
        /// Nothing to read; each output into a descriptor of its own.
        case outputs(SharedDescriptor, errors: SharedDescriptor)
        /// All three given; nothing to read if there is no input.
        case pipes(input: SharedDescriptor?, output: SharedDescriptor, errors: SharedDescriptor)
        /// A terminal is all three, and controls the process's session, which must be a new one.
        case terminal(SharedDescriptor)
    }

    /// What the process may do.
    public enum Privileges: Sendable, Hashable {
        /// As much as the parent.
        case inherited
        /// No capability, none to be had and no new privileges; as this user, or as the parent's if nil, and as this group,
        /// or as that of the user's number.
        ///
        /// The host's superuser needs no capability to write to much of `/proc/sys`: nil is for user namespaces.
        case none(user: UInt32?, group: UInt32? = nil)

        /// No privileges, as `nobody`, who owns nothing: 65534. In a user namespace that has no such user, as the parent's.
        public static let unprivileged = Privileges.none(user: UserTable.current.holds(65534) ? 65534 : nil)

        /// The user and group that the process becomes; nil if it stays the parent's.
        public var user: UInt32? {
            guard case .none(let user, _) = self else { return nil }
            return user
        }
    }

    /// A kind of namespace that the process gets for itself.
    public enum Separation: Sendable, Hashable, CaseIterable {
        /// Process numbers, the process being 1. The corresponding C flag is `CLONE_NEWPID`.
        case processes
        /// The host name. The corresponding C flag is `CLONE_NEWUTS`.
        case hostname
        /// Message queues, semaphores and shared memory. The corresponding C flag is `CLONE_NEWIPC`.
        case messages

        var flag: UInt64 {
            switch self {
            case .processes: 0x2000_0000
            case .hostname: 0x0400_0000
            case .messages: 0x0800_0000
            }
        }
    }

    /// A descriptor that the process inherits under a number of its own.
    public struct Inherited: Sendable {
        /// The parent's descriptor.
        public var source: SharedDescriptor
        /// Its number in the process: 3 or more.
        public var number: Int32

        /// The parent's descriptor, and its number in the process: 3 or more.
        public init(_ source: SharedDescriptor, as number: Int32) {
            self.source = source
            self.number = number
        }
    }

    /// What is executed.
    public var program: Program
    /// What follows the program's name: `argv[1…]`.
    public var arguments: [String] = []
    /// The whole environment, as `NAME=VALUE`.
    public var environment: [String] = []
    /// The working directory, entered before privileges are dropped; nil keeps the parent's (or `/` under a root).
    public var directory: String?
    /// The host name; needs `.hostname` among the separations.
    public var hostname: String?
    /// The network namespace to run in; nil keeps the parent's.
    public var network: NetworkNamespace?
    /// The namespaces that it gets for itself.
    public var separations: Set<Separation> = []
    /// The file system to run in; nil keeps the parent's, with the mounts if there are any.
    public var root: RootTemplate?
    /// Mounts of the process's own, made in this order; at most 64.
    public var mounts: [ProcessMount] = []
    /// Its standard input, output and error.
    public var streams: Streams = .inherited
    /// Descriptors to inherit; at most 32. All others are closed.
    public var descriptors: [Inherited] = []
    /// What it may do, and as whom.
    public var privileges: Privileges = .inherited
    /// Whether the process leaves the parent's session, and so the terminal's interrupts. The corresponding C function is `setsid`.
    public var newSession = false
    /// How many descriptors it may open (as many as it may, if the kernel allows fewer), and no core files; nil leaves
    /// both limits. The corresponding C call is `setrlimit(RLIMIT_NOFILE)`.
    public var openFiles: UInt64?
    /// The cgroup it is born into; nil keeps the parent's. The corresponding C flag is `CLONE_INTO_CGROUP`.
    public var cgroup: Cgroup?

    /// A plain child.
    public init(_ program: Program) { self.program = program }

    /// A container: everything of its own, nothing to write to but its mounts, no privileges, output into a descriptor.
    public static func container(
        _ program: Program, hostname: String, network: NetworkNamespace, root: RootTemplate, output: SharedDescriptor
    ) -> ProcessOptions {
        var options = ProcessOptions(program)
        options.hostname = hostname
        options.network = network
        options.separations = Set(Separation.allCases)
        options.root = root
        options.mounts = [.processes]
        options.directory = "/"
        options.streams = .output(output)
        options.privileges = .unprivileged
        options.newSession = true
        options.openFiles = 1 << 16
        return options
    }
}

/// A mount that a process gets for itself before it starts. The corresponding C functions are `mount` and `move_mount`.
public enum ProcessMount: Sendable, Hashable {
    /// A file or folder of the host's; where there is none that it can be put over, one is made if that may be written to.
    case bind(String, at: String, readOnly: Bool = true)
    /// An empty folder in memory, writable by all, of a size in bytes.
    case temporary(at: String, size: Int = 64 << 20)
    /// `/proc` of the process's own PID namespace.
    case processes
    /// `/sys` of its network namespace, read-only.
    case system

    /// The path it covers.
    public var target: String {
        switch self {
        case .bind(_, let target, _), .temporary(let target, _): target
        case .processes: "/proc"
        case .system: "/sys"
        }
    }
}
