// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// How a process ended.
public enum ProcessStatus: Sendable, Hashable, CustomStringConvertible {
    /// It returned a code.
    case exited(Int32)
    /// A signal ended it.
    case signaled(Int32)
    /// It was not this program's child, and only its parent is told.
    case unknown

    /// The code as Kubernetes and shells report it: 128 and more for a signal; nil if not known.
    public var code: Int32? {
        switch self {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        case .unknown: nil
        }
    }

    /// `exit code 1`, `signal 9`.
    public var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signaled(let signal): "signal \(signal)"
        case .unknown: "an unknown end"
        }
    }
}

/// A process that was started here, or found again after a restart; the descriptor never means any other process.
/// The corresponding C type is a pidfd.
public final class ChildProcess: Sendable {
    /// Its number, as this program sees it; may mean another process once `wait` has returned.
    public let pid: Int32
    /// Its descriptor, which becomes readable when it ends.
    public let descriptor: SharedDescriptor
    private let status = Mutex<ProcessStatus?>(nil)

    init(pid: Int32, _ descriptor: consuming Descriptor) {
        self.pid = pid
        self.descriptor = SharedDescriptor(descriptor)
    }

    /// Finds a process again by its number and, if given, the `startTime` it had; nil if it is gone.
    public static func find(pid: Int32, startTime: UInt64? = nil) -> ChildProcess? {
        let raw = lab_pidfd_open(pid)
        guard raw >= 0 else { return nil }
        let process = ChildProcess(pid: pid, Descriptor(owning: raw))
        if let startTime, process.startTime != startTime { return nil }
        return process
    }

    /// When it started, in clock ticks since the machine did: with the number it names a process for as long as the
    /// machine runs. Nil if it is gone. The corresponding field is the 22nd of `/proc/PID/stat`.
    public var startTime: UInt64? { ProcessTable.startTime(of: pid) }

    /// Sends a signal. Fails with `ESRCH` if the process is gone. The corresponding C function is `pidfd_send_signal`.
    public func signal(_ signal: Int32) throws(KernelError) {
        _ = try checkNegated("signalling process \(pid)", "pidfd_send_signal") {
            lab_pidfd_send_signal(descriptor.raw, signal)
        }
    }

    /// Sends a signal to the process and to all that it started in its session's first group; nothing if it has ended.
    /// For a process with a session of its own. The corresponding C function is `kill` with a negative number.
    public func signalGroup(_ signal: Int32) {
        // As long as nobody has reaped it, its number is no other's.
        _ = status.withLockIfAvailable { status in if status == nil { _ = Glibc.kill(-pid, signal) } }
    }

    /// True as long as it has not ended.
    public var isRunning: Bool { !hasEnded(within: 0) }

    /// Waits until it has ended or the time is over; tells whether it has ended. Does not reap it.
    public func hasEnded(within milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        while true {
            let count = unsafe poll(&entry, 1, milliseconds)
            if count >= 0 { return count > 0 }
            guard errno == EINTR else { return false }
        }
    }

    /// Waits for its end, and leaves no zombie; asked again it gives the same answer.
    /// The corresponding C call is `waitid(P_PIDFD, WEXITED)`.
    @discardableResult
    public func wait() -> ProcessStatus {
        status.withLock { status in
            if let status { return status }
            let found = reap()
            status = found
            return found
        }
    }

    private func reap() -> ProcessStatus {
        var code: Int32 = -1
        var signal: Int32 = -1
        var error = unsafe lab_wait(descriptor.raw, &code, &signal)
        guard error != 0 else { return signal < 0 ? .exited(code) : .signaled(signal) }
        // It is another's child: how it ended is told when its parent has looked, which may be a moment later.
        _ = hasEnded(within: -1)
        for _ in 0..<20 where error != 0 {
            error = unsafe lab_wait(descriptor.raw, &code, &signal)
            guard error == -EAGAIN else { break }
            Program.sleep(milliseconds: 1)
        }
        guard error == 0 else { return .unknown }
        return signal < 0 ? .exited(code) : .signaled(signal)
    }
}
