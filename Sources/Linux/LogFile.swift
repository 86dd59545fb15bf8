// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The file that a container's standard output and error go to, which can be read while it grows.
public enum LogFile {
    /// Opens a log for writing at its end, whoever else writes. The corresponding C flag is `O_APPEND`.
    public static func open(_ path: String) throws(KernelError) -> SharedDescriptor {
        SharedDescriptor(try Descriptor.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o640))
    }

    /// Opens a log for writing at its end and for reading anywhere.
    public static func openWhole(_ path: String) throws(KernelError) -> SharedDescriptor {
        SharedDescriptor(try Descriptor.open(path, O_RDWR | O_CREAT | O_APPEND, mode: 0o640))
    }

    /// How many bytes were ever written to it. The corresponding C function is `fstat`.
    public static func size(_ file: SharedDescriptor) -> Int {
        var status = stat()
        return unsafe fstat(file.raw, &status) == 0 ? Int(status.st_size) : 0
    }

    /// The bytes from an offset on, at most so many; none at the end. The corresponding C function is `pread`.
    public static func bytes(
        _ file: SharedDescriptor, from offset: Int, limit: Int
    ) throws(KernelError) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: limit)
        let count = try check("reading a log", "pread") {
            unsafe pread(file.raw, &chunk, chunk.count, off_t(offset))
        }
        return Array(chunk[..<count])
    }

    /// Gives back the room of what is before an offset; whoever writes at the end goes on as before.
    /// The corresponding C call is `fallocate(FALLOC_FL_PUNCH_HOLE)`.
    public static func forget(_ file: SharedDescriptor, before offset: Int) {
        // Where the file system cannot, the log is kept whole.
        _ = lab_punch_hole(file.raw, 0, off_t(offset))
    }

    /// Where the first whole line begins that was not forgotten. The corresponding C call is `lseek(SEEK_DATA)`.
    public static func start(_ file: SharedDescriptor) -> Int {
        let data = Int(lab_first_data(file.raw))
        guard data > 0, let bytes = try? bytes(file, from: data, limit: 1 << 16) else { return 0 }
        return bytes.firstIndex(of: UInt8(ascii: "\n")).map { data + $0 + 1 } ?? data
    }

    /// What is kept of a log, and its offset; none if there is no such file.
    public static func kept(_ path: String) -> (offset: Int, bytes: [UInt8]) {
        guard let descriptor = try? Descriptor.open(path) else { return (0, []) }
        let file = SharedDescriptor(descriptor)
        let begin = start(file)
        return (begin, (try? bytes(file, from: begin, limit: max(size(file) - begin, 0))) ?? [])
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

    /// Where the last lines of the log begin, looking from its end backwards; a last line without an end counts.
    /// - Parameter limit: how many bytes are looked at; beyond them the last lines begin there.
    public static func start(
        ofLast lines: Int, in file: SharedDescriptor, limit: Int
    ) throws(KernelError) -> Int {
        let size = size(file)
        guard lines > 0 else { return size }
        var left = lines
        var end = size
        while end > max(0, size - limit) {
            let begin = max(0, end - (1 << 16))
            let bytes = try bytes(file, from: begin, limit: end - begin)
            for index in bytes.indices.reversed() where bytes[index] == UInt8(ascii: "\n") && begin + index < size - 1 {
                left -= 1
                if left == 0 { return begin + index + 1 }
            }
            end = begin
        }
        return end
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
