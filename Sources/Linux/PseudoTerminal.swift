// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A terminal that a program, not a person, sits at. The corresponding device is `/dev/ptmx`.
public struct PseudoTerminal: Sendable {
    /// The end of whoever sits at it: what is written is typed, what is read is shown. It does not block; reading fails
    /// with `EIO` once the last process has left the other end.
    public let own: SharedDescriptor
    /// The end of the processes: their input, output and errors. Closed here as soon as they have it.
    public let peer: SharedDescriptor

    /// Makes one.
    /// - Parameter user: who may open it by its name; nil for this program's user alone.
    public init(user: UInt32? = nil) throws(KernelError) {
        var other: Int32 = -1
        own = SharedDescriptor(
            Descriptor(owning: try checkNegated("making a terminal", "ptmx") { unsafe lab_open_terminal(&other) }))
        peer = SharedDescriptor(Descriptor(owning: other))
        if let user { peer.give(to: user) }
    }

    /// Says how large it is; its processes hear of it by SIGWINCH. The corresponding C call is `ioctl(TIOCSWINSZ)`.
    public static func resize(_ own: SharedDescriptor, columns: Int, rows: Int) {
        let limit = Int(UInt16.max)
        _ = lab_resize_terminal(own.raw, Int32(min(max(columns, 0), limit)), Int32(min(max(rows, 0), limit)))
    }
}

extension PseudoTerminal {
    /// Waits for what is shown next; nil once the last process has left the terminal.
    public static func shown(_ own: SharedDescriptor) -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            var entry = pollfd(fd: own.raw, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&entry, 1, -1)
            let count = unsafe read(own.raw, &chunk, chunk.count)
            if count > 0 { return Array(chunk[..<count]) }
            guard count < 0, errno == EAGAIN || errno == EINTR else { return nil }
        }
    }
}
