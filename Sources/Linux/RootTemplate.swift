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

    /// Makes the template from what is mounted now. Nothing of it is seen outside; it goes with its last user.
    public static func create() throws(KernelError) -> RootTemplate {
        let box = try ShortThread.run { () throws(KernelError) -> Int32 in try RootBuilder().build().release() }
        return RootTemplate(Descriptor(owning: box))
    }
}

/// Builds the template on a thread of its own, under a folder that no container sees the host's version of.
private struct RootBuilder {
    private static let stage = "/run"
    private static let operation = "making the containers' file system"
    /// What each container has of its own.
    private static let files = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"]

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
        }
        try emptyFolder("/tmp")
        if File.target(of: RootBuilder.stage + "/var/run") == nil, File.isDirectory(RootBuilder.stage + "/var/run") {
            try emptyFolder("/var/run")
        }
        try call("pivot_root") { unsafe lab_pivot_root(RootBuilder.stage) }
        return try Descriptor.open("/proc/thread-self/ns/mnt")
    }

    // MARK: the host's mounts

    private func attachHost(_ table: MountTable) throws(KernelError) {
        do {
            try attach("/")
        } catch  where error.errno == .invalid {
            // In a user namespace the host's mounts are locked together: they come as one, or not at all.
            try attach("/", recursive: true, noDevices: false)
            for path in ["/dev/shm", "/sys/fs/cgroup"] where File.isDirectory(path) { try emptyFolder(path) }
            return
        }
        for path in table.hostFileSystems {
            do {
                try attach(path)
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
    private func attach(
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
        let layer = RootBuilder.stage + "/tmp"
        let target = RootBuilder.stage + "/etc"
        try call("mount", "/tmp") { unsafe lab_mount("tmpfs", layer, 0, "size=64k,mode=755") }
        for file in files { try File.write(layer + file.dropFirst("/etc".count), "") }
        do {
            try call("mount", "/etc") { unsafe lab_mount("overlay", target, 0, "lowerdir=\(layer):\(target)") }
        } catch {
            let names = files.joined(separator: " and ")
            throw KernelError(
                "\(RootBuilder.operation): the host lacks \(names), which must be there (may be empty)",
                call: "mount", error.errno)
        }
        try call("umount2", "/tmp") { unsafe umount2(layer, 2 /* MNT_DETACH */) < 0 ? -errno : 0 }
    }

    private func makeFolder(_ path: String, below stage: String) throws(KernelError) {
        var current = stage
        for part in path.dropFirst(stage.count).split(separator: "/") {
            current += "/\(part)"
            try File.makeDirectory(current)
        }
    }

    private func makeFile(_ path: String, below stage: String) throws(KernelError) {
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
    private func call(_ call: String, _ subject: String = "", _ body: () -> Int32) throws(KernelError) -> Int32 {
        try checkNegated(
            subject.isEmpty ? RootBuilder.operation : "\(RootBuilder.operation): \(subject)", call, body)
    }
}

/// `O_PATH`, which Glibc's Swift module does not have.
private let O_PATH_FLAG: Int32 = 0o10000000
