// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// Folders and files that containers have beside the machine's own: a layer of a read-only overlay, so that nothing is
/// written to the machine.
extension RootBuilder {
    /// Puts a file system of the host's into the stage, with those entries that belong to it.
    func attachLayered(_ path: String, among others: [String]) throws(KernelError) {
        let own = entries.filter { entry in
            RootTemplate.emptyFolders.allSatisfy { !entry.path.hasPrefix($0 + "/") }
                && (["/"] + others).filter { RootBuilder.contains($0, entry.path) }.max {
                    $0.utf8.count < $1.utf8.count
                }
                    == path
        }
        guard !own.isEmpty else { return try attach(path) }
        let target = path == "/" ? RootBuilder.stage : RootBuilder.stage + path
        try lay(own, of: path, over: path, at: target, scratch: "/tmp")
    }

    /// Where the host's mounts come as one: layers the entries into the folders that are there.
    func layInside(_ stage: String) throws(KernelError) {
        var folders: [String: [RootEntry]] = [:]
        for entry in entries where RootTemplate.emptyFolders.allSatisfy({ !entry.path.hasPrefix($0 + "/") }) {
            folders[RootBuilder.deepest(entry.path), default: []].append(entry)
        }
        for (folder, entries) in folders.sorted(by: { $0.key < $1.key }) {
            guard folder != "/" else {
                throw KernelError(
                    "\(RootBuilder.operation): this machine has no \(entries[0].path), and a user namespace cannot add it",
                    call: "mount", .notPermitted)
            }
            try lay(entries, of: folder, over: stage + folder, at: stage + folder, scratch: stage + "/tmp")
        }
    }

    /// Makes those entries that are below a folder that containers see empty.
    func fill(_ stage: String, _ folder: String) throws(KernelError) {
        let account = RootEntry(path: RootTemplate.accountFolder, isFile: false)
        let prefix = "/var/run/"
        // Where `/var/run` is a link to `/run`, as nearly everywhere, the account's folder is there.
        let path = folder == "/run" ? "/run/" + account.path.dropFirst(prefix.count) : account.path
        for entry in entries + [RootEntry(path: path, isFile: false)] where entry.path.hasPrefix(folder + "/") {
            let place = stage + entry.path.dropFirst(folder.count)
            if entry.isFile { try makeFile(place, below: stage) } else { try makeFolder(place, below: stage) }
        }
    }

    /// Mounts an overlay of a folder and the entries.
    /// - Parameters:
    ///   - root: the folder's path as containers see it, with which the entries' paths begin.
    ///   - lower: the folder's path now.
    ///   - target: where the overlay goes.
    ///   - scratch: where the layer is made; it is free again afterwards.
    func lay(
        _ entries: [RootEntry], of root: String, over lower: String, at target: String, scratch: String
    ) throws(KernelError) {
        let room = UInt64(MS_NOSUID | MS_NODEV)
        try call("mount", scratch) { unsafe lab_mount("tmpfs", scratch, room, "size=1m,mode=755") }
        defer { _ = unsafe umount2(scratch, 2 /* MNT_DETACH */) }
        for entry in entries {
            let relative = root == "/" ? entry.path : String(entry.path.dropFirst(root.utf8.count))
            try make(relative, isFile: entry.isFile, in: scratch, like: lower == "/" ? "" : lower)
        }
        let layers = "lowerdir=\(scratch):\(lower)"
        try call("mount", root) { unsafe lab_mount("overlay", target, room, layers) }
        let folder = try Descriptor.open(target, O_PATH_FLAG | O_DIRECTORY)
        let raw = folder.raw
        try call("mount_setattr", root) { lab_restrict_mount(raw, 1, 1, 0) }
    }

    /// Makes the folders of a path in a layer, those that are below it with the same rights and owner, and its end.
    private func make(_ path: String, isFile: Bool, in layer: String, like lower: String) throws(KernelError) {
        var current = ""
        let parts = path.split(separator: "/")
        for (index, part) in parts.enumerated() {
            current += "/\(part)"
            if isFile, index == parts.count - 1 { return try File.write(layer + current, "") }
            try File.makeDirectory(layer + current)
            var status = stat()
            guard unsafe stat(lower + current, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            // A layer's folder hides the rights of the one below it: what was closed stays closed.
            _ = unsafe chown(layer + current, status.st_uid, status.st_gid)
            _ = unsafe chmod(layer + current, status.st_mode & 0o7777)
        }
    }

    private static func contains(_ folder: String, _ path: String) -> Bool {
        folder == "/" || path == folder || path.hasPrefix(folder + "/")
    }

    /// The deepest folder of a path that is there.
    private static func deepest(_ path: String) -> String {
        var parts = path.split(separator: "/").dropLast()
        while !parts.isEmpty {
            let folder = "/" + parts.joined(separator: "/")
            if File.isDirectory(folder) { return folder }
            parts = parts.dropLast()
        }
        return "/"
    }
}
