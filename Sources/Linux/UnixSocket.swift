// SPDX-License-Identifier: Apache-2.0
internal import CNetlink
internal import Glibc

/// A connected stream over which two programs of a lab exchange lines. The corresponding C type is an `AF_UNIX` socket.
public final class LineStream: Sendable {
    private let descriptor: Descriptor
    private let buffer = Buffer()

    /// Bytes read but not yet asked for. Only one thread reads a stream at a time.
    private final class Buffer: @unchecked Sendable {
        // Sendable by use: `readLine` is called by the one thread that owns the reading side.
        var bytes: [UInt8] = []
    }

    /// The longest line taken, in bytes: a manifest of the largest size with its JSON escapes fits.
    static let limit = 128 << 20

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Takes over an inherited descriptor.
    public convenience init(inheriting raw: Int32) {
        _ = fcntl(raw, F_SETFD, FD_CLOEXEC)
        self.init(Descriptor(owning: raw))
    }

    /// Two connected streams. The corresponding C function is `socketpair`.
    public static func pair() throws(KernelError) -> (LineStream, LineStream) {
        var ends: [Int32] = [-1, -1]
        _ = try check("making a socket pair", "socketpair") {
            unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends)
        }
        return (LineStream(Descriptor(owning: ends[0])), LineStream(Descriptor(owning: ends[1])))
    }

    /// Connects to the socket at a path. The corresponding C function is `connect`.
    public static func connect(_ path: String) throws(KernelError) -> LineStream {
        let descriptor = try unixSocket()
        let raw = descriptor.raw
        _ = try unsafe withAddress(path) { (address, length) throws(KernelError) -> Int32 in
            try check("connecting to \(path)", "connect") { unsafe Glibc.connect(raw, address, length) }
        }
        return LineStream(descriptor)
    }

    /// The descriptor's number, to hand to a child.
    public var raw: Int32 { descriptor.raw }

    /// The next line without its end; nil at the end of the stream.
    public func readLine() throws(KernelError) -> [UInt8]? {
        var searched = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let end = buffer.bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer.bytes[..<end])
                // A manifest's line is large: the room for it is not kept.
                buffer.bytes = Array(buffer.bytes[(end + 1)...])
                return line
            }
            searched = buffer.bytes.count
            guard searched < LineStream.limit else {
                throw KernelError("reading a command", call: "read", .noBuffers, message: "the line is too long")
            }
            let count = try check("reading from a lab's socket", "read") { unsafe read(raw, &chunk, chunk.count) }
            if count == 0 { return nil }
            buffer.bytes += chunk[..<count]
        }
    }

    /// Writes a line and its end. Fails with EPIPE when the other side is gone.
    public func writeLine(_ line: String) throws(KernelError) {
        let bytes = Array((line + "\n").utf8)
        var offset = 0
        while offset < bytes.count {
            offset += try check("writing to a lab's socket", "send") {
                unsafe bytes.withUnsafeBytes { buffer in
                    guard let base = buffer.baseAddress else { return 0 }
                    return unsafe send(raw, base + offset, buffer.count - offset, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// How long a read may wait, in milliseconds; 0 waits for ever. One that waits longer fails with `EAGAIN`.
    /// The corresponding C option is `SO_RCVTIMEO`.
    public func setPatience(milliseconds: Int) {
        var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        unsafe setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// How long a write may wait for the other side to read, in milliseconds; one that waits longer fails with `EAGAIN`.
    /// The corresponding C option is `SO_SNDTIMEO`.
    public func setWritingPatience(milliseconds: Int) {
        var time = timeval(tv_sec: milliseconds / 1000, tv_usec: milliseconds % 1000 * 1000)
        unsafe setsockopt(raw, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Ends both directions; the other side reads to its end. The corresponding C function is `shutdown`.
    public func end() { shutdown(raw, Int32(SHUT_RDWR)) }

    /// Ends this side's writing; the other side reads to its end, and may go on to write. The corresponding C call is
    /// `shutdown(SHUT_WR)`.
    public func endWriting() { shutdown(raw, Int32(SHUT_WR)) }

    /// Waits until the other side has closed, which it does when its program ends.
    public func waitForEnd() {
        var byte: UInt8 = 0
        while unsafe recv(raw, &byte, 1, 0) > 0 {}
    }

    /// True if the other side has closed already; takes nothing from the stream.
    public var isClosed: Bool {
        var byte: UInt8 = 0
        return unsafe recv(raw, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) == 0
    }

    static func unixSocket() throws(KernelError) -> Descriptor {
        Descriptor(
            owning: try check("opening a socket", "socket") {
                socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            })
    }

    static func withAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(KernelError) -> Result
    ) throws(KernelError) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw KernelError("naming the socket \(path)", call: "bind", Errno(rawValue: ENAMETOOLONG))
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        return try unsafe withUnsafePointer(to: &address) { pointer throws(KernelError) -> Result in
            try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                address throws(KernelError) -> Result in
                unsafe try body(address, length)
            }
        }
    }
}

/// A socket at a path on which a daemon takes connections. The corresponding C functions are `bind` and `listen`.
public final class LineListener: Sendable {
    private let descriptor: Descriptor

    /// Listens at the path, readable and writable by the owner alone.
    public init(_ path: String) throws(KernelError) { descriptor = try LineListener.listen(at: path) }

    /// A socket that listens at the path, readable and writable by the owner alone, and never blocks; the caller's to close.
    public static func socket(at path: String) throws(KernelError) -> Int32 {
        let descriptor = try listen(at: path)
        let raw = descriptor.raw
        _ = try check("listening at \(path)", "fcntl") { fcntl(raw, F_SETFL, O_NONBLOCK) }
        return descriptor.release()
    }

    private static func listen(at path: String) throws(KernelError) -> Descriptor {
        let descriptor = try LineStream.unixSocket()
        let raw = descriptor.raw
        _ = try unsafe LineStream.withAddress(path) { (address, length) throws(KernelError) -> Int32 in
            try check("listening at \(path)", "bind") { unsafe bind(raw, address, length) }
        }
        _ = try check("listening at \(path)", "chmod") { unsafe chmod(path, 0o600) }
        _ = try check("listening at \(path)", "listen") { Glibc.listen(raw, 64) }
        return descriptor
    }

    /// Waits for the next connection.
    public func accept() throws(KernelError) -> LineStream {
        let raw = descriptor.raw
        let connection = try check("taking a connection", "accept") { Glibc.accept(raw, nil, nil) }
        return LineStream(inheriting: connection)
    }
}
