// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

extension IPTablesCommand {
    /// What a command left.
    struct Answer: Sendable {
        var status: ProcessStatus
        var output: String
        var errors: String

        var isSuccess: Bool { status == .exited(0) }

        /// What it said on its standard error, in one line, without advice on how to get help.
        var sentence: String {
            let lines = errors.split(separator: "\n").filter { !$0.hasPrefix("Try `") && !$0.hasPrefix("# Warning") }
            let told = lines.map { String($0).trimmingNewline }.filter { !$0.isEmpty }.joined(separator: "; ")
            return told.isEmpty ? "\(status)" : told
        }

        /// The line of the input that it names, from 1.
        var line: Int? {
            for piece in errors.split(separator: "\n") {
                guard let range = piece.firstRange(of: "line") else { continue }
                let rest = piece[range.upperBound...].drop { $0 == ":" || $0 == " " }
                if let number = Int(rest.prefix { $0.isNumber }) { return number }
            }
            return nil
        }
    }

    /// Runs the command in a namespace, with an input and files in memory for what it says, so that no side ever waits
    /// for the other. A command that takes longer than it may is killed, which is an error.
    func run(
        _ input: String?, _ arguments: [String] = [], in namespace: NetworkNamespace?, seconds: Int32
    ) throws(KernelError) -> Answer {
        let (output, errors) = (try MemoryFile(), try MemoryFile())
        let source = try input.map { (text) throws(KernelError) in try MemoryFile(text) }
        var options = ProcessOptions(.path(path))
        options.arguments = arguments
        options.environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
        options.network = namespace
        options.streams = .pipes(input: source?.descriptor, output: output.descriptor, errors: errors.descriptor)
        let process = try ContainerProcess.spawn(options)
        guard process.hasEnded(within: seconds * 1000) else {
            try? process.signal(SIGKILL)
            process.wait()
            throw KernelError(
                "running \(name)", call: "poll", Errno(rawValue: ETIMEDOUT),
                message: "it took longer than \(seconds) seconds")
        }
        return Answer(status: process.wait(), output: try output.text(), errors: try errors.text())
    }
}

/// A file that is in memory only and has no name. The corresponding C function is `memfd_create`.
struct MemoryFile: Sendable {
    let descriptor: SharedDescriptor

    /// An empty one.
    init() throws(KernelError) {
        let raw = try checkNegated("making a file in memory", "memfd_create") { unsafe lab_memory_file("lab") }
        descriptor = SharedDescriptor(Descriptor(owning: raw))
    }

    /// One that is read from its beginning.
    init(_ text: String) throws(KernelError) {
        try self.init()
        try File.writeAll(descriptor.raw, Array(text.utf8), "input")
        _ = try check("going back to a file's beginning", "lseek") { lseek(descriptor.raw, 0, SEEK_SET) }
    }

    /// All that is in it.
    func text() throws(KernelError) -> String {
        let size = Int(try check("asking for a file's end", "lseek") { lseek(descriptor.raw, 0, SEEK_END) })
        var bytes = [UInt8](repeating: 0, count: size)
        var done = 0
        while done < size {
            let count = try check("reading a file in memory", "pread") {
                unsafe bytes.withUnsafeMutableBytes {
                    unsafe pread(descriptor.raw, $0.baseAddress.map { unsafe $0 + done }, size - done, off_t(done))
                }
            }
            guard count > 0 else { break }
            done += count
        }
        return String(decoding: bytes[..<done], as: UTF8.self)
    }
}
