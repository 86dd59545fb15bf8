// SPDX-License-Identifier: Apache-2.0
internal import Linux

/// The folders outside the lab's own file system: `/run/lab/NAME` as a mount point, and links below `/etc/netns`.
enum LabFolders {
    /// The largest amount of memory that a lab's files may take.
    private static let size = "size=2g,mode=755"
    /// Where `ip netns exec NAME` looks for files to put over those in `/etc`.
    private static let resolvers = "/etc/netns"
    /// Says that a lab made `/etc/netns`, so that the last one takes it away.
    private static let resolversMarker = "\(LabPaths.root)/.made-etc-netns"

    /// Removes the folder of all labs if nothing was made in it but the lock.
    static func removeRootIfEmpty() {
        guard File.names(in: LabPaths.root).allSatisfy({ "\(LabPaths.root)/\($0)" == LabPaths.lock }) else { return }
        try? File.remove(LabPaths.lock)
        try? File.removeDirectory(LabPaths.root)
    }

    /// Makes a lab's folder and its file system; fails with `EEXIST` if a lab or a wreck of this name is there.
    static func make(_ paths: LabPaths) throws(KernelError) {
        try File.makeDirectory(paths.directory, existing: false)
        try MountPoint.mountTemporary(at: paths.directory, options: size)
        // Secrets are in there, and folders that anybody may write to: for root, and for the containers that have them mounted.
        for folder in [paths.pods, paths.claims] { try File.makeDirectory(folder, mode: 0o700) }
        guard !File.exists(resolvers) else { return }
        try File.write(resolversMarker, "")
        do throws(KernelError) { try File.makeDirectory(resolvers) } catch  where isForbidden(error) {
            // Root of a session has no `/etc` to write to: there `ip netns exec` sees the machine's own files.
            try File.remove(resolversMarker)
        }
    }

    private static func isForbidden(_ error: KernelError) -> Bool {
        [.accessDenied, .notPermitted, Errno(rawValue: 30 /* EROFS */)].contains(error.errno)
    }

    /// Removes a lab's folder with all that is in it, and that of all labs if this was the last.
    static func remove(_ paths: LabPaths) throws(KernelError) {
        try MountPoint.unmount(paths.directory)
        try File.removeDirectory(paths.directory)
    }

    /// After the last lab: takes away what labs made for all of them. Called with the lock held.
    static func removeShared() {
        let others = File.names(in: LabPaths.root).filter { !$0.hasPrefix(".") }
        guard others.isEmpty else { return }
        if File.exists(resolversMarker) {
            try? File.removeDirectory(resolvers)
            // As long as the folder is there, the next lab that goes should know that it was a lab's.
            if !File.exists(resolvers) { try? File.remove(resolversMarker) }
        }
        _ = try? BindingFolder.standard.release()
        try? File.remove(LabPaths.lock)
        try? File.removeDirectory(LabPaths.root)
    }

    /// Lets `ip netns exec` find a namespace's `hosts` and `resolv.conf` in a folder of the lab's.
    static func linkResolver(_ binding: String, to folder: String) throws(KernelError) {
        guard File.exists(resolvers) else { return }
        do throws(KernelError) {
            try File.link("\(resolvers)/\(binding)", to: folder)
        } catch  where isForbidden(error) {
        }
    }

    /// The names for which there is a link or folder, if it is ours to take away.
    static var resolverNames: [String] { File.isWritable(resolvers) ? File.names(in: resolvers) : [] }

    static func unlinkResolver(_ binding: String) { try? File.remove("\(resolvers)/\(binding)") }
}
