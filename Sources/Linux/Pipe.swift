// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// A pipe: what is written to one end is read from the other. The corresponding C function is `pipe2`.
public struct Pipe: Sendable {
    /// The end to read from.
    public let reading: SharedDescriptor
    /// The end to write to.
    public let writing: SharedDescriptor

    /// Makes one. Neither end is inherited by programs that are started.
    /// - Parameter user: who may open its ends by their names, as `/dev/stdout`; nil for this program's user alone.
    public init(user: UInt32? = nil) throws(KernelError) {
        var ends: (Int32, Int32) = (-1, -1)
        _ = try checkNegated("making a pipe", "pipe2") { unsafe lab_pipe(&ends.0, &ends.1) }
        reading = SharedDescriptor(Descriptor(owning: ends.0))
        writing = SharedDescriptor(Descriptor(owning: ends.1))
        if let user { reading.give(to: user) }
    }

    /// The end to write to, opened so that it can be read from as well: whoever holds it can go on writing when nobody
    /// reads at the other end, until the pipe is full. The corresponding C flag is `O_RDWR`.
    public func lastingWriting() throws(KernelError) -> SharedDescriptor {
        SharedDescriptor(try Descriptor.open("/proc/self/fd/\(writing.raw)", O_RDWR))
    }
}

extension SharedDescriptor {
    /// Lets a user open the file by its name, as far as this program may. The corresponding C function is `fchown`.
    public func give(to user: UInt32) { _ = fchown(raw, user, user) }

    /// Makes reads and writes return at once, also those of others who share the open file.
    /// The corresponding C call is `fcntl(F_SETFL, O_NONBLOCK)`.
    public func stopBlocking() throws(KernelError) {
        let flags = try check("looking at a descriptor", "fcntl") { fcntl(raw, F_GETFL) }
        _ = try check("changing a descriptor", "fcntl") { fcntl(raw, F_SETFL, flags | O_NONBLOCK) }
    }
}
