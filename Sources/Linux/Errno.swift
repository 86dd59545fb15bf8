// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc

/// The kernel's error number of a failed call. The corresponding C name is `errno`.
public struct Errno: Error, Sendable, Hashable, RawRepresentable {
    /// The number, as C has it.
    public let rawValue: Int32
    /// An error number.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The number that the calling thread's last failed call left.
    static var current: Errno { Errno(rawValue: errno) }

    /// The symbol, as `ENOENT`. The corresponding C function is `strerrorname_np`.
    public var name: String {
        guard let name = unsafe lab_errno_name(rawValue) else { return "error \(rawValue)" }
        return unsafe String(cString: name)
    }

    /// The sentence, as `No such file or directory`. The corresponding C function is `strerror`.
    public var sentence: String { unsafe String(cString: strerror(rawValue)) }

    /// `ENOENT`: no such file.
    public static let noEntry = Errno(rawValue: ENOENT)
    /// `EPIPE`: nobody reads any more.
    public static let brokenPipe = Errno(rawValue: EPIPE)
    /// `EEXIST`: it is there already.
    public static let exists = Errno(rawValue: EEXIST)
    /// `ESRCH`: no such process.
    public static let noProcess = Errno(rawValue: ESRCH)
    /// `EINTR`: a signal came.
    public static let interrupted = Errno(rawValue: EINTR)
    /// `EAGAIN`: not now.
    public static let again = Errno(rawValue: EAGAIN)
    /// `EINVAL`: the arguments make no sense.
    public static let invalid = Errno(rawValue: EINVAL)
    /// `EPERM`: only a privileged process may.
    public static let notPermitted = Errno(rawValue: EPERM)
    /// `EACCES`: the permissions forbid it.
    public static let accessDenied = Errno(rawValue: EACCES)
    /// `ENODEV`: no such interface.
    public static let noDevice = Errno(rawValue: ENODEV)
    /// `EBUSY`: somebody uses it.
    public static let busy = Errno(rawValue: EBUSY)
    /// `EADDRINUSE`: a socket has the address and port.
    public static let addressInUse = Errno(rawValue: EADDRINUSE)
    /// `ENOBUFS`: the kernel had no room for a message.
    public static let noBuffers = Errno(rawValue: ENOBUFS)
    /// `ENOSPC`: no room is left.
    public static let noSpace = Errno(rawValue: ENOSPC)
}

/// A call that the kernel refused: what was being done, the call, the error, and the kernel's own sentence if it gave one.
public struct KernelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was being done, in words that a user knows: `adding the route 10.244.1.0/24 in edge`.
    public var operation: String
    /// The system call or netlink request: `RTM_NEWROUTE`, `setns`.
    public var call: String
    /// The error number.
    public var errno: Errno
    /// The extended acknowledgement's sentence (`NLMSGERR_ATTR_MSG`); empty if there was none.
    public var message: String

    /// Puts one together from its parts.
    public init(_ operation: String, call: String, _ errno: Errno, message: String = "") {
        self.operation = operation
        self.call = call
        self.errno = errno
        self.message = message
    }

    /// What was being done, the call, the errno's name and the kernel's own sentence.
    public var description: String {
        let told = message.isEmpty ? "" : " (the kernel says: \(message))"
        return "\(operation): \(call): \(errno.name): \(errno.sentence)\(told)"
    }
}

/// The result of a C call that gives -1 and `errno`, asked again as long as a signal interrupts it.
func check<Result: SignedInteger>(
    _ operation: @autoclosure () -> String, _ call: String, _ body: () -> Result
) throws(KernelError) -> Result {
    while true {
        let result = body()
        if result >= 0 { return result }
        let errno = Errno.current
        if errno != .interrupted { throw KernelError(operation(), call: call, errno) }
    }
}

/// The result of a CLinux call, which gives `-errno` itself.
func checkNegated(
    _ operation: @autoclosure () -> String, _ call: String, _ body: () -> Int32
) throws(KernelError) -> Int32 {
    while true {
        let result = body()
        if result >= 0 { return result }
        let errno = Errno(rawValue: -result)
        if errno != .interrupted { throw KernelError(operation(), call: call, errno) }
    }
}
