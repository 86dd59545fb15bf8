// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The file system that every container of a lab starts from: the host's, read-only, without what is not theirs to see.
///
/// It is a mount namespace of about ten mounts. Each container copies it, and so never the host's own, which holds one
/// mount for each Pod there is. `/run` and `/tmp` are empty, `/sys` has no cgroups, and `/etc/hosts`, `/etc/hostname`
/// and `/etc/resolv.conf` are there to be mounted over even where the host lacks them.
/// The corresponding C functions are `unshare(CLONE_NEWNS)`, `open_tree`, `mount_setattr` and `pivot_root`.
public final class RootTemplate: Sendable {
    private let descriptor: Descriptor

    private init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// The mount namespace's descriptor; valid while this object lives.
    public var raw: Int32 { descriptor.raw }

    /// Where a ServiceAccount's token is mounted: in every template, since nearly every container has one.
    public static let accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"
    /// Folders of the machine's that containers see empty.
    static let emptyFolders = ["/run", "/var/run"]

    /// Makes the template from what is mounted now. Nothing of it is seen outside; it goes with its last user.
    /// - Parameter entries: what it has beside the machine's own files.
    public static func create(with entries: Set<RootEntry> = []) throws(KernelError) -> RootTemplate {
        let box = try ShortThread.run { () throws(KernelError) -> Int32 in
            try RootBuilder(entries: entries.sorted { $0.path < $1.path }).build().release()
        }
        return RootTemplate(Descriptor(owning: box))
    }
}

/// Builds the template on a thread of its own, under a folder that no container sees the host's version of.
struct RootBuilder {
    static let stage = "/run"
    static let operation = "making the containers' file system"
    /// What each container has of its own.
    private static let files = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]
    /// What is there beside the machine's own.
    let entries: [RootEntry]

    func build() throws(KernelError) -> Descriptor {
        let table = try MountTable.current()
        let missing = RootBuilder.files.filter { !isFile($0) }
        let links = RootBuilder.files.compactMap { linkBelowRun($0) }
        try call("unshare") { lab_unshare(CLONE_FS_FLAG | CLONE_NEWNS_FLAG) }
        try call("mount", "keeping mounts from the host") { lab_make_private() }
        try attachHost(table)
        let unlinked = missing.filter { file in !links.contains { $0.file == file } }
        if !unlinked.isEmpty { try cover(unlinked) }
        try emptyFolder("/run") { stage throws(KernelError) in
            try makeFolder("\(stage)/lock", below: stage)
            for link in links { try makeFile(stage + link.target, below: stage) }
            try fill(stage, "/run")
        }
        try emptyFolder("/tmp")
        if File.target(of: RootBuilder.stage + "/var/run") == nil, File.isDirectory(RootBuilder.stage + "/var/run") {
            try emptyFolder("/var/run") { stage throws(KernelError) in try fill(stage, "/var/run") }
        }
        try call("pivot_root") { unsafe lab_pivot_root(RootBuilder.stage) }
        return try Descriptor.open("/proc/thread-self/ns/mnt")
    }

    // MARK: the host's mounts

    private func attachHost(_ table: MountTable) throws(KernelError) {
        do {
            try attachLayered("/", among: table.hostFileSystems)
        } catch  where error.errno == .invalid {
            // In a user namespace the host's mounts are locked together: they come as one, or not at all.
            // Without the session's own /run, which holds one mount for each Pod there is.
            try MountPoint.unmount("/run")
            if lacksTopFolders {
                try assemble()
            } else {
                try attach("/", recursive: true, noDevices: false)
            }
            try layInside(RootBuilder.stage)
            for path in ["/dev/shm", "/sys/fs/cgroup"] where File.isDirectory(path) { try emptyFolder(path) }
            return
        }
        for path in table.hostFileSystems {
            do {
                try attachLayered(path, among: table.hostFileSystems)
            } catch  where [.noEntry, .accessDenied, .invalid, Errno(rawValue: ENOTDIR)].contains(error.errno) {
                // A mount that another one hides, or that root may not look into, is not for containers either.
            }
        }
        try attach("/dev", noDevices: false)
        if File.exists("/dev/pts") { try attach("/dev/pts", noDevices: false) }
        try attach("/sys")
        // A user namespace may mount a new /proc only where it sees an old one whole.
        try attach("/proc", readOnly: false)
    }

    /// Copies the mount at a path, without those below it, to the same path of the stage.
    func attach(
        _ path: String, recursive: Bool = false, readOnly: Bool = true, noDevices: Bool = true
    ) throws(KernelError) {
        let tree = Descriptor(
            owning: try call("open_tree", path) { unsafe lab_open_tree(path, recursive ? 1 : 0) })
        let raw = tree.raw
        try call("mount_setattr", path) {
            lab_restrict_mount(raw, readOnly ? 1 : 0, noDevices ? 1 : 0, recursive ? 1 : 0)
        }
        let target = path == "/" ? RootBuilder.stage : RootBuilder.stage + path
        try call("move_mount", path) { unsafe lab_move_mount(raw, target) }
    }

    // MARK: what is not the host's

    /// Mounts a small folder in memory over a path of the stage, fills it, and makes it read-only: containers share it.
    private func emptyFolder(
        _ path: String, _ fill: (String) throws(KernelError) -> Void = { _ throws(KernelError) in }
    ) throws(KernelError) {
        let stage = RootBuilder.stage + path
        try call("mount", path) { unsafe lab_mount("tmpfs", stage, UInt64(MS_NOSUID | MS_NODEV), "size=64k,mode=755") }
        try fill(stage)
        let folder = try Descriptor.open(stage, O_PATH_FLAG | O_DIRECTORY)
        let raw = folder.raw
        try call("mount_setattr", path) { lab_restrict_mount(raw, 1, 1, 0) }
    }

    /// Lays empty files over `/etc` where the host has none, without writing to the host.
    private func cover(_ files: [String]) throws(KernelError) {
        do {
            try lay(
                files.map { RootEntry(path: $0, isFile: true) }, of: "/etc", over: RootBuilder.stage + "/etc",
                at: RootBuilder.stage + "/etc", scratch: RootBuilder.stage + "/tmp")
        } catch  where error.call == "mount" {
            let names = files.joined(separator: " and ")
            throw KernelError(
                "\(RootBuilder.operation): the host lacks \(names), which must be there (may be empty)",
                call: "mount", error.errno)
        }
    }

    func makeFolder(_ path: String, below stage: String) throws(KernelError) {
        var current = stage
        for part in path.dropFirst(stage.count).split(separator: "/") {
            current += "/\(part)"
            try File.makeDirectory(current)
        }
    }

    func makeFile(_ path: String, below stage: String) throws(KernelError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        try makeFolder(String(path[..<slash]), below: stage)
        try File.write(path, "")
    }

    // MARK: the three files

    private func isFile(_ path: String) -> Bool { File.exists(path) && !File.isDirectory(path) }

    /// Where below `/run` a file of `/etc` really is, as systemd-resolved has it.
    private func linkBelowRun(_ file: String) -> (file: String, target: String)? {
        guard let link = File.target(of: file) else { return nil }
        let path = normalized(link.hasPrefix("/") ? link : "/etc/" + link)
        for run in ["/run/", "/var/run/"] where path.hasPrefix(run) {
            return (file, "/" + path.dropFirst(run.count))
        }
        return nil
    }

    private func normalized(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    @discardableResult
    func call(_ call: String, _ subject: String = "", _ body: () -> Int32) throws(KernelError) -> Int32 {
        try checkNegated(
            subject.isEmpty ? RootBuilder.operation : "\(RootBuilder.operation): \(subject)", call, body)
    }
}

/// `O_PATH`, which Glibc's Swift module does not have.
let O_PATH_FLAG: Int32 = 0o10000000
