// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// Small files read and written whole, and the folder operations that a lab needs.
public enum File {
    /// The largest file that `read` takes, in bytes.
    public static let limit = 64 << 20

    /// The bytes of a file. The corresponding C functions are `open` and `read`.
    public static func bytes(_ path: String, limit: Int = File.limit) throws(KernelError) -> [UInt8] {
        let file = try Descriptor.open(path)
        return try bytes(file.raw, path, limit: limit)
    }

    /// The bytes that a descriptor still has to give, up to a limit; one byte more than the limit tells that there is more.
    public static func bytes(_ raw: Int32, _ name: String, limit: Int = File.limit) throws(KernelError) -> [UInt8] {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while result.count <= limit {
            let count = try check("reading \(name)", "read") { unsafe Glibc.read(raw, &chunk, chunk.count) }
            if count == 0 { break }
            result += chunk[..<count]
        }
        return result
    }

    /// The text of a file; broken UTF-8 is replaced.
    public static func read(_ path: String) throws(KernelError) -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    /// Makes or replaces a file with the text.
    public static func write(_ path: String, _ text: String, mode: UInt32 = 0o644) throws(KernelError) {
        try put(path, text, O_WRONLY | O_CREAT | O_TRUNC, mode)
    }

    /// Makes or replaces a file with the bytes.
    public static func write(_ path: String, bytes: [UInt8], mode: UInt32 = 0o644) throws(KernelError) {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        try writeAll(file.raw, bytes, path)
    }

    /// Makes or replaces a file with the pieces that the body gives to the function that it is given.
    public static func write(
        _ path: String, mode: UInt32,
        _ body: (_ write: ([UInt8]) throws(KernelError) -> Void) throws(KernelError) -> Void
    ) throws(KernelError) {
        let file = try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        try body { piece throws(KernelError) in try writeAll(file.raw, piece, path) }
    }

    /// Makes or empties a file that is to be written piece by piece.
    public static func create(_ path: String) throws(KernelError) -> SharedDescriptor {
        SharedDescriptor(try Descriptor.open(path, O_WRONLY | O_CREAT | O_TRUNC))
    }

    /// Gives a file to a user and group. The corresponding C function is `chown`.
    public static func setOwner(_ path: String, user: UInt32, group: UInt32) throws(KernelError) {
        _ = try check("giving \(path) to user \(user)", "chown") { unsafe chown(path, user, group) }
    }

    /// Adds the text to the end of a file, which is made if need be.
    public static func append(_ path: String, _ text: String) throws(KernelError) {
        try put(path, text, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    }

    /// Adds bytes to the end of a file that is there.
    public static func append(_ path: String, bytes: [UInt8]) throws(KernelError) {
        let file = try Descriptor.open(path, O_WRONLY | O_APPEND)
        try writeAll(file.raw, bytes, path)
    }

    private static func put(_ path: String, _ text: String, _ flags: Int32, _ mode: UInt32) throws(KernelError) {
        let file = try Descriptor.open(path, flags, mode: mode)
        try writeAll(file.raw, Array(text.utf8), path)
    }

    /// Writes all the bytes, however many calls it takes.
    public static func writeAll(_ raw: Int32, _ bytes: [UInt8], _ name: String) throws(KernelError) {
        var offset = 0
        while offset < bytes.count {
            offset += try check("writing \(name)", "write") {
                unsafe bytes.withUnsafeBytes { buffer in
                    guard let base = buffer.baseAddress else { return 0 }
                    return unsafe Glibc.write(raw, base + offset, buffer.count - offset)
                }
            }
        }
    }

    /// Hands over what comes out of a pipe or socket until its end, piece by piece. The corresponding C function is `read`.
    public static func readPieces(_ raw: Int32, _ body: ([UInt8]) -> Void) {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(raw, &chunk, chunk.count)
            if count > 0 { body(Array(chunk[..<count])) }
            if count == 0 || count < 0 && errno != EINTR { return }
        }
    }

    /// Makes a folder; one that is there already is fine if told so. The corresponding C function is `mkdir`.
    public static func makeDirectory(_ path: String, mode: UInt32 = 0o755, existing: Bool = true) throws(KernelError) {
        do {
            _ = try check("making the folder \(path)", "mkdir") { unsafe mkdir(path, mode) }
        } catch  where existing && error.errno == .exists {
        }
    }

    /// Removes a file; one that is not there is fine. The corresponding C function is `unlink`.
    public static func remove(_ path: String) throws(KernelError) {
        do {
            _ = try check("removing \(path)", "unlink") { unsafe unlink(path) }
        } catch  where error.errno == .noEntry {
        }
    }

    /// Gives a file another name, in the place of one that has it. The corresponding C function is `rename`.
    public static func rename(_ path: String, to name: String) throws(KernelError) {
        _ = try check("renaming \(path)", "rename") { unsafe Glibc.rename(path, name) }
    }

    /// Removes an empty folder; one that is not there is fine. The corresponding C function is `rmdir`.
    public static func removeDirectory(_ path: String) throws(KernelError) {
        do {
            _ = try check("removing the folder \(path)", "rmdir") { unsafe rmdir(path) }
        } catch  where error.errno == .noEntry {
        }
    }

    /// When a file was last written to, in milliseconds since 1970; nil if there is none. The corresponding C function is `stat`.
    public static func lastChange(_ path: String) -> Int64? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        return Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000
    }

    /// True if there is something at the path. The corresponding C function is `access`.
    public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// True if this program may write to what is at the path. The corresponding C function is `access`.
    public static func isWritable(_ path: String) -> Bool { unsafe access(path, W_OK) == 0 }

    /// True if the path leads to a regular file that may be run.
    public static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return unsafe access(path, X_OK) == 0
    }

    /// True if the path leads to a folder.
    public static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder, sorted, without `.` and `..`; empty if there is no such folder.
    public static func names(in path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Makes a symbolic link; one that is there already is replaced. The corresponding C function is `symlink`.
    public static func link(_ path: String, to target: String) throws(KernelError) {
        try remove(path)
        _ = try check("making the link \(path)", "symlink") { unsafe symlink(target, path) }
    }

    /// The target of a symbolic link, as `/proc/self/exe`; nil if there is none.
    public static func target(of path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return 0 }
            return unsafe readlink(path, base.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// Takes the lock of a file, in a folder that is made if need be, and holds it while the body runs; it is freed even
    /// when the program is killed. Who holds it may remove the file: those who waited for it then wait for the new one.
    /// The corresponding C function is `flock`.
    public static func locked<Result, Failure: Error>(
        _ path: String, _ body: () throws(Failure) -> Result
    ) throws -> Result {
        let file = try lock(path)
        defer { _ = flock(file.raw, LOCK_UN) }
        return try body()
    }

    /// Takes the lock of a file in the same way, until the descriptor goes.
    static func lock(_ path: String) throws(KernelError) -> Descriptor {
        let folder = path.split(separator: "/").dropLast().map { "/\($0)" }.joined()
        var file = try lockFile(path, in: folder)
        while try !isCurrent(file.raw, path) { file = try lockFile(path, in: folder) }
        return file
    }
}

extension File {
    /// Sets who may do what with a file, whatever the program's umask. The corresponding C function is `chmod`.
    public static func setMode(_ path: String, _ mode: UInt32) throws(KernelError) {
        _ = try check("setting the mode of \(path)", "chmod") { unsafe chmod(path, mode) }
    }

    /// Removes a folder with all that is in it, as far as that can be; links are removed, not followed.
    public static func removeTree(_ path: String) {
        for name in names(in: path) {
            let child = "\(path)/\(name)"
            if target(of: child) == nil, isDirectory(child) { removeTree(child) } else { try? remove(child) }
        }
        try? removeDirectory(path)
    }

    /// Opens a file that may go, with its folder, at any moment, and waits for its lock.
    private static func lockFile(_ path: String, in folder: String) throws(KernelError) -> Descriptor {
        for _ in 0..<1000 {
            try makeDirectory(folder)
            do throws(KernelError) {
                let file = try Descriptor.open(path, O_RDWR | O_CREAT, mode: 0o600)
                _ = try check("locking \(path)", "flock") { flock(file.raw, LOCK_EX) }
                return file
            } catch {
                guard error.errno == .noEntry else { throw error }
            }
        }
        throw KernelError("locking \(path)", call: "open", .noEntry)
    }

    /// True if the open file is the one that the path leads to now.
    static func isCurrent(_ raw: Int32, _ path: String) throws(KernelError) -> Bool {
        var open = stat()
        var present = stat()
        _ = try check("looking at \(path)", "fstat") { unsafe fstat(raw, &open) }
        return unsafe stat(path, &present) == 0 && open.st_ino == present.st_ino && open.st_dev == present.st_dev
    }
}
