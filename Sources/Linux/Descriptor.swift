// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// An open file descriptor, closed when its owner goes. The corresponding C type is an `int` from `open`.
public struct Descriptor: ~Copyable, Sendable {
    /// The number; valid while this value lives.
    public let raw: Int32

    /// Takes ownership of an open descriptor.
    public init(owning raw: Int32) { self.raw = raw }

    deinit { close(raw) }

    /// Gives up ownership: the caller closes it.
    public consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    /// Opens a file with `O_CLOEXEC` added, for reading (`O_RDONLY`, 0) unless told. The corresponding C function is `open`.
    public static func open(
        _ path: String, _ flags: Int32 = 0, mode: UInt32 = 0o644
    ) throws(KernelError) -> Descriptor {
        Descriptor(
            owning: try check("opening \(path)", "open") {
                unsafe Glibc.open(path, flags | O_CLOEXEC, mode)
            })
    }

    /// Opens a file so that it can be named and executed, not read. The corresponding C flag is `O_PATH`.
    public static func openPath(_ path: String) throws(KernelError) -> Descriptor { try open(path, 0o10_000_000) }

    /// A second descriptor of the same open file. The corresponding C call is `fcntl(F_DUPFD_CLOEXEC)`.
    public borrowing func duplicate() throws(KernelError) -> Descriptor {
        let raw = raw
        return Descriptor(
            owning: try check("duplicating a descriptor", "fcntl") { fcntl(raw, F_DUPFD_CLOEXEC, 3) })
    }
}

/// A descriptor that several values may hold: it is closed when the last of them goes.
public final class SharedDescriptor: Sendable {
    private let descriptor: Descriptor
    /// Takes the descriptor over; it is closed with its last user.
    public init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
    /// The number; valid while this object lives.
    public var raw: Int32 { descriptor.raw }
    /// A second descriptor of the same open file, which is the caller's to close.
    public func duplicate() throws(KernelError) -> Int32 { try descriptor.duplicate().release() }
}
