// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A folder in which network namespaces are bound by name, so that they can be found and outlive their makers.
///
/// The usual one is `/run/netns`, where `ip netns`, `nsenter` and their like look. It is made as `ip netns add` makes
/// it: a folder of mode 0755, mounted on itself and shared. What Lab itself made of that, it remembers in a marker
/// file, and takes away again with the last name.
public struct BindingFolder: Sendable {
    /// `/run/netns`, with its marker in `/run/lab`.
    public static let standard = BindingFolder(path: "/run/netns", record: "/run/lab")

    /// Where the names are.
    public let path: String
    /// The folder of the marker and of the lock that processes take turns by.
    public let record: String

    /// A folder of names, and the folder of its marker and lock.
    public init(path: String, record: String) {
        self.path = path
        self.record = record
    }

    private var marker: String { record + "/.made-netns" }

    /// Binds a namespace to a name; a name that is taken is an error (`EEXIST`).
    /// The corresponding C call is `mount(MS_BIND)`.
    public func bind(_ namespace: NetworkNamespace, name: String) throws(KernelError) {
        let target = try path(of: name)
        let operation = "binding a namespace to \(target)"
        try locked { () throws(KernelError) in
            if !BindingFolder.isMountPoint(path) { try prepare() }
            _ = try Descriptor.open(target, O_RDONLY | O_CREAT | O_EXCL, mode: 0).raw
            do throws(KernelError) {
                _ = try check(operation, "mount") {
                    unsafe mount("/proc/self/fd/\(namespace.raw)", target, "none", UInt(MS_BIND), nil)
                }
            } catch {
                _ = unsafe unlink(target)
                throw error
            }
        }
    }

    /// The namespace of a name. The corresponding C function is `open`.
    public func open(_ name: String) throws(KernelError) -> NetworkNamespace {
        try NetworkNamespace.open(try path(of: name))
    }

    /// Every name in the folder, sorted; Lab's and others'.
    public func names() -> [String] { File.names(in: path) }

    /// Takes a name away; fine if it is not there. The namespace goes with its last process, socket and descriptor.
    /// The corresponding C call is `umount2(MNT_DETACH)`.
    public func unbind(_ name: String) throws(KernelError) {
        let target = try path(of: name)
        if unsafe umount2(target, Int32(MNT_DETACH) | BindingFolder.noFollow) != 0 {
            let errno = Errno.current
            // EINVAL: nothing is mounted there, so only the file is left of a binding cut short.
            guard errno == .invalid || errno == .noEntry else {
                throw KernelError("unbinding \(target)", call: "umount2", errno)
            }
        }
        try File.remove(target)
    }

    /// Takes many names away. All are tried; the first error is thrown at the end.
    public func unbind(_ names: some Sequence<String>) throws(KernelError) {
        var first: KernelError?
        for name in names {
            do throws(KernelError) { try unbind(name) } catch { first = first ?? error }
        }
        if let first { throw first }
    }

    /// Takes the folder away again if it is empty, as far as Lab made it: the mount, then the folder itself.
    /// - Returns: true if nothing of Lab's making is left.
    @discardableResult
    public func release() throws(KernelError) -> Bool {
        guard File.exists(marker) else { return true }
        return try locked { () throws(KernelError) -> Bool in
            guard File.exists(marker) else { return true }
            guard names().isEmpty else { return false }
            let made = try File.read(marker)
            if made.contains("mount"), BindingFolder.isMountPoint(path) {
                _ = try check("unmounting \(path)", "umount2") {
                    unsafe umount2(path, Int32(MNT_DETACH) | BindingFolder.noFollow)
                }
            }
            if made.contains("folder") { try File.removeDirectory(path) }
            try File.remove(marker)
            return true
        }
    }

    /// Makes the folder and its mount, whichever is missing; the marker is written first, so that a program killed
    /// in between leaves nothing that nobody would take away.
    private func prepare() throws(KernelError) {
        let isNew = !File.exists(path)
        let earlier = File.exists(marker) ? try File.read(marker) : ""
        try File.write(marker, isNew || earlier.contains("folder") ? "folder mount\n" : "mount\n", mode: 0o600)
        if isNew {
            try File.makeDirectory(path, mode: 0o755)
            try File.setMode(path, 0o755)
        }
        let flags = UInt(MS_BIND) | UInt(MS_REC)
        _ = try check("mounting \(path) on itself", "mount") { unsafe mount(path, path, "none", flags, nil) }
        _ = try check("sharing the mount \(path)", "mount") {
            unsafe mount("", path, "none", UInt(MS_SHARED) | UInt(MS_REC), nil)
        }
    }

    /// Runs the body while no other program makes, fills or removes the folder. The lock goes with its descriptor,
    /// even when the program is killed. The corresponding C function is `flock`.
    private func locked<Result>(_ body: () throws(KernelError) -> Result) throws(KernelError) -> Result {
        try File.makeDirectory(record)
        let folder = try Descriptor.open(record, O_RDONLY | O_DIRECTORY)
        _ = try check("locking \(record)", "flock") { flock(folder.raw, LOCK_EX) }
        return try body()
    }

    private func path(of name: String) throws(KernelError) -> String {
        guard !name.isEmpty, name != ".", name != "..", !name.utf8.contains(UInt8(ascii: "/")) else {
            throw KernelError("binding a namespace to the name \"\(name)\"", call: "mount", .invalid)
        }
        return "\(path)/\(name)"
    }

    private static func isMountPoint(_ path: String) -> Bool { unsafe lab_is_mount_point(path) == 1 }

    /// `UMOUNT_NOFOLLOW`, which Glibc's Swift module may not have.
    private static let noFollow: Int32 = 8
}
