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
        // Those of `/` itself are there already: `assemble`.
        for (folder, entries) in folders.sorted(by: { $0.key < $1.key }) where folder != "/" {
            try lay(entries, of: folder, over: stage + folder, at: stage + folder, scratch: stage + "/tmp")
        }
    }

    /// True if an entry stands in `/` itself, or in a folder that does and is not there.
    var lacksTopFolders: Bool {
        entries.contains { entry in
            RootTemplate.emptyFolders.allSatisfy { !entry.path.hasPrefix($0 + "/") }
                && RootBuilder.deepest(entry.path) == "/"
        }
    }

    /// Makes a new `/` of the folders and links of the host's, each with all that is mounted below it, and of the entries
    /// that it lacks. A user namespace may do that, but may not lay anything over the host's own `/`.
    func assemble() throws(KernelError) {
        let stage = RootBuilder.stage
        let names = File.names(in: "/")
        try call("mount", "/") { unsafe lab_mount("tmpfs", stage, UInt64(MS_NOSUID | MS_NODEV), "size=1m,mode=755") }
        for name in names.sorted() {
            let path = "/" + name
            if let link = File.target(of: path) {
                try call("symlink", path) { unsafe symlink(link, stage + path) == 0 ? 0 : -errno }
            } else if File.isDirectory(path) {
                try File.makeDirectory(stage + path)
                // These are made for containers.
                if !["/run", "/tmp"].contains(path) { try attach(path, recursive: true, noDevices: false) }
            }
        }
        for entry in entries where RootBuilder.deepest(entry.path) == "/" {
            if entry.isFile {
                try makeFile(stage + entry.path, below: stage)
            } else {
                try makeFolder(stage + entry.path, below: stage)
            }
        }
        let folder = try Descriptor.open(stage, O_PATH_FLAG | O_DIRECTORY)
        let raw = folder.raw
        try call("mount_setattr", "/") { lab_restrict_mount(raw, 1, 1, 0) }
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
