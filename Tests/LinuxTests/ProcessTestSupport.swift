// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net
import Testing

/// What a process wrote and how it ended.
struct Finished: Sendable {
    var output: String
    var status: ProcessStatus

    var lines: [String] { output.split(separator: "\n").map(String.init) }
    /// The value of a `Name:` line of `/proc/PID/status`.
    func field(_ name: String) -> String? {
        lines.first { $0.hasPrefix(name + ":") }.map { line in
            line.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
    }
}

/// A folder of a test's own, removed with all it holds.
struct Folder: ~Copyable {
    let path: String

    init() throws {
        var template = Array("/tmp/lab-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw KernelError("a folder", call: "mkdtemp", .invalid) }
        path = String(cString: made)
        chmod(path, 0o755)
    }

    deinit { Folder.remove(path) }

    static func remove(_ path: String) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            for name in File.names(in: path) { remove("\(path)/\(name)") }
            rmdir(path)
        } else {
            unlink(path)
        }
    }

    func file(_ name: String, _ text: String = "") throws -> String {
        try File.write("\(path)/\(name)", text)
        return "\(path)/\(name)"
    }
}

enum Shell {
    static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]

    /// Runs a script with the options that the change gives, and waits for it.
    static func run(
        _ script: String, _ change: (inout ProcessOptions) -> Void = { _ in }
    ) throws -> Finished {
        let folder = try Folder()
        let log = "\(folder.path)/log"
        let process = try ContainerProcess.spawn(try options(script, log: log, change))
        let status = process.wait()
        return Finished(output: try File.read(log), status: status)
    }

    static func options(
        _ script: String, log: String = "/dev/null", _ change: (inout ProcessOptions) -> Void = { _ in }
    ) throws -> ProcessOptions {
        var options = ProcessOptions(.path("/bin/sh"))
        options.arguments = ["-c", script]
        options.environment = environment
        options.streams = .output(try LogFile.open(log))
        options.newSession = true
        change(&options)
        return options
    }

    /// A container's options round a script.
    static func container(
        _ script: String, root: RootTemplate, network: NetworkNamespace, log: String = "/dev/null",
        mounts: [ProcessMount] = [.temporary(at: "/tmp", size: 1 << 20)]
    ) throws -> ProcessOptions {
        var options = ProcessOptions.container(
            .path("/bin/sh"), hostname: "pod-1", network: network, root: root, output: try LogFile.open(log))
        options.arguments = ["-c", script]
        options.environment = environment
        options.mounts += mounts
        return options
    }

    static func runContainer(
        _ script: String, root: RootTemplate, mounts: [ProcessMount] = [.temporary(at: "/tmp", size: 1 << 20)],
        _ change: (inout ProcessOptions) -> Void = { _ in }
    ) throws -> Finished {
        let folder = try Folder()
        let log = "\(folder.path)/log"
        let network = try NetworkNamespace.create { $0 }
        var options = try container(script, root: root, network: network, log: log, mounts: mounts)
        change(&options)
        let status = try ContainerProcess.spawn(options).wait()
        return Finished(output: try File.read(log), status: status)
    }
}

/// Waits for a condition that another thread or process brings about; false if it does not within the time.
func eventually(milliseconds: Int = 3000, _ condition: () -> Bool) -> Bool {
    for _ in 0..<(milliseconds / 5) {
        if condition() { return true }
        usleep(5000)
    }
    return condition()
}

extension Trait where Self == ConditionTrait {
    /// Kernel tests need root, or root of a user namespace.
    static var needsRoot: Self { .enabled(if: geteuid() == 0, "namespaces and mounts need root (or `unshare -rnm`)") }
}
