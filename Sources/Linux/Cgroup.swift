// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A group of processes that can be ended at one stroke, whatever they have become. The corresponding file system is `cgroup2`.
///
/// Names are paths below the root of cgroup2, as `lab-hello` or `lab-hello/pods`.
public final class Cgroup: Sendable {
    /// Its folder, as `/sys/fs/cgroup/lab-hello`.
    public let path: String
    let folder: SharedDescriptor

    private init(opening path: String) throws(KernelError) {
        self.path = path
        folder = SharedDescriptor(try Descriptor.open(path, O_RDONLY | O_DIRECTORY))
    }

    /// Below which folder groups are made: for root the mount of cgroup2; in a session the group that its first command was
    /// in, if that is the user's own. Nil if there is none.
    public static var root: String? {
        guard UserSession.isEntered else { return mountPoint }
        return UserSession.holder.flatMap { delegated(to: "\($0)") }
    }

    /// The group that a process is in, if the user who runs this program may make groups in it and move processes there:
    /// one that is delegated, as systemd does with `Delegate=yes`. The corresponding file is `/proc/PID/cgroup`.
    /// - Parameter process: its number, or `self`.
    public static func delegated(to process: String) -> String? {
        guard let mountPoint, let groups = try? File.read("/proc/\(process)/cgroup"),
            let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
        else { return nil }
        let path = mountPoint + line.dropFirst(3)
        return File.isWritable(path) && File.isWritable("\(path)/cgroup.procs") ? path : nil
    }

    /// Where cgroup2 is mounted, as `/sys/fs/cgroup` or, beside version 1, `/sys/fs/cgroup/unified`; nil if it is not.
    public static var mountPoint: String? {
        guard let mounts = try? File.read("/proc/mounts") else { return nil }
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 2, fields[2] == "cgroup2" { return MountTable.unescaped(fields[1]) }
        }
        return nil
    }

    /// Makes a group, and those above it; one that is there already is taken.
    /// Nil if the machine has no cgroup2, or does not let this user make a group.
    public static func create(_ name: String) throws(KernelError) -> Cgroup? {
        guard let root else { return nil }
        var path = root
        for part in name.split(separator: "/") {
            path += "/\(part)"
            do {
                try File.makeDirectory(path)
            } catch  where [.accessDenied, .notPermitted, Errno(rawValue: EROFS)].contains(error.errno) {
                return nil
            }
        }
        return try Cgroup(opening: path)
    }

    /// The group of a name, if it is there.
    public static func find(_ name: String) -> Cgroup? {
        guard let root else { return nil }
        return try? Cgroup(opening: "\(root)/\(name)")
    }

    /// Moves a process with all its threads into the group; 0 is the calling one. Slow (milliseconds): a process is
    /// better born into it, by `ProcessOptions.cgroup`. The corresponding file is `cgroup.procs`.
    public func join(_ pid: Int32 = 0) throws(KernelError) {
        try File.write("\(path)/cgroup.procs", "\(pid)")
    }

    /// Ends all processes of the group and of those below it by SIGKILL. The corresponding file is `cgroup.kill`.
    public func kill() throws(KernelError) {
        do {
            try File.write("\(path)/cgroup.kill", "1")
        } catch  where error.errno == .noEntry {
            // Before Linux 5.14 there is no such file.
            try ProcessTable.signal(allProcesses(), SIGKILL)
        }
    }

    /// The processes of the group itself.
    public func processes() throws(KernelError) -> [Int32] { try Cgroup.processes(path) }

    /// True if a process is in the group or below it. The corresponding file is `cgroup.events`.
    public var isPopulated: Bool { ((try? File.read("\(path)/cgroup.events")) ?? "").contains("populated 1") }

    /// Waits until no process is left in the group or below it; false if the time was over before.
    public func waitUntilEmpty(milliseconds: Int) -> Bool {
        guard let events = try? Descriptor.open("\(path)/cgroup.events") else { return true }
        let deadline = Program.milliseconds() + Double(milliseconds)
        while isPopulated {
            let left = deadline - Program.milliseconds()
            guard left > 0 else { return false }
            // The kernel may tell of a change late (it joins events within 10 ms), so we look for ourselves too.
            var entry = pollfd(fd: events.raw, events: Int16(POLLPRI), revents: 0)
            unsafe poll(&entry, 1, Int32(min(left.rounded(.up), 5)))
        }
        return true
    }

    /// Removes the group and those below it, which must be empty of processes. The corresponding C function is `rmdir`.
    public func remove() throws(KernelError) { try Cgroup.remove(path) }

    private func allProcesses() throws(KernelError) -> [Int32] {
        var result: [Int32] = []
        for folder in Cgroup.folders(path) { result += try Cgroup.processes(folder) }
        return result
    }

    private static func processes(_ path: String) throws(KernelError) -> [Int32] {
        try File.read("\(path)/cgroup.procs").split(separator: "\n").compactMap { Int32($0) }
    }

    private static func remove(_ path: String) throws(KernelError) {
        for folder in folders(path).reversed() { try File.removeDirectory(folder) }
    }

    /// The folder and all below it, each after the one that it is in.
    private static func folders(_ path: String) -> [String] {
        [path] + File.names(in: path).map { "\(path)/\($0)" }.filter { File.isDirectory($0) }.flatMap { folders($0) }
    }
}
