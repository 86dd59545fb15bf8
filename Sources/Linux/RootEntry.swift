// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// A folder or file that containers have and the machine lacks, so that something can be mounted over it.
public struct RootEntry: Sendable, Hashable {
    /// Its path, without links.
    public let path: String
    /// True for a file.
    public let isFile: Bool

    /// What a container lacks at a path where a folder or file is to be mounted; nil if it has one, or makes it itself.
    public static func missing(at target: String, isFile: Bool) -> RootEntry? {
        let path = real(target)
        // In these each container, or the mount itself, makes what it needs.
        for own in ["/tmp", "/dev", "/proc", "/sys"] where path == own || path.hasPrefix(own + "/") { return nil }
        let isHidden = RootTemplate.emptyFolders.contains { path.hasPrefix($0 + "/") }
        if !isHidden, File.exists(path), File.isDirectory(path) != isFile { return nil }
        if isHidden, !isFile, path == real(RootTemplate.accountFolder) { return nil }
        return RootEntry(path: path, isFile: isFile)
    }

    /// The path with the links of all that is there resolved. The corresponding C function is `realpath`.
    private static func real(_ path: String) -> String {
        var parts = path.split(separator: "/").filter { $0 != "." }
        if parts.contains("..") { return path }
        var rest: [Substring] = []
        while !parts.isEmpty {
            let present = "/" + parts.joined(separator: "/")
            if let found = unsafe realpath(present, nil) {
                defer { unsafe free(found) }
                let base = unsafe String(cString: found)
                return ([base == "/" ? "" : base] + rest.reversed().map(String.init)).joined(separator: "/")
            }
            rest.append(parts.removeLast())
        }
        return "/" + rest.reversed().joined(separator: "/")
    }
}
