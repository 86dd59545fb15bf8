// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The file that a container's standard output and error go to, which can be read while it grows.
public enum LogFile {
    /// Opens a log for writing at its end, whoever else writes. The corresponding C flag is `O_APPEND`.
    public static func open(_ path: String) throws(KernelError) -> SharedDescriptor {
        SharedDescriptor(try Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o640))
    }

    /// Where the last lines of the bytes begin; a last line without an end counts.
    public static func offset(ofLast lines: Int, in bytes: [UInt8]) -> Int {
        guard lines > 0 else { return bytes.count }
        var left = lines
        var index = bytes.last == UInt8(ascii: "\n") ? bytes.count - 1 : bytes.count
        while index > 0 {
            if bytes[index - 1] == UInt8(ascii: "\n") {
                left -= 1
                if left == 0 { return index }
            }
            index -= 1
        }
        return 0
    }

    /// Hands over what the log holds from an offset on, and then what is added, until told to stop.
    ///
    /// A log that becomes shorter is read from its start; one that does not exist yet is waited for.
    /// - Parameters:
    ///   - offset: in bytes; a negative one starts at the end.
    ///   - pause: how long to wait, in milliseconds, before looking again.
    ///   - body: gets the new bytes (none if there are none yet), and returns false to stop.
    public static func follow(
        _ path: String, from offset: Int = 0, pause: Int = 100, _ body: ([UInt8]) -> Bool
    ) throws(KernelError) {
        var file = try? Descriptor.open(path)
        var position = offset
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if file == nil { file = try? Descriptor.open(path) }
            var count = 0
            if let raw = file?.raw {
                position = start(raw, position)
                count = try check("reading \(path)", "pread") {
                    unsafe pread(raw, &chunk, chunk.count, off_t(position))
                }
                position += count
            }
            guard body(Array(chunk[..<count])) else { return }
            if count == 0 { Program.sleep(milliseconds: pause) }
        }
    }

    /// The position to read at, given how long the file is now.
    private static func start(_ raw: Int32, _ position: Int) -> Int {
        var status = stat()
        guard unsafe fstat(raw, &status) == 0 else { return max(position, 0) }
        let size = Int(status.st_size)
        if position < 0 { return size }
        return position > size ? 0 : position
    }
}
