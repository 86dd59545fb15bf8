// SPDX-License-Identifier: Apache-2.0

/// Tells when processes end: one thread for thousands of them, which also reaps each.
/// The corresponding C functions are `epoll_wait` and `waitid(P_PIDFD)`.
public final class ProcessMonitor: Sendable {
    /// Called once, on the monitor's own thread, which it must not hold up.
    public typealias Handler = @Sendable (ProcessStatus) -> Void

    private struct Watched: Sendable {
        var process: ChildProcess
        var handler: Handler
    }

    private let watch: DescriptorWatch<Watched>

    /// Starts the thread, which ends when the monitor goes.
    public init() throws(KernelError) {
        watch = try DescriptorWatch("watching processes", thread: "processes") { watched in
            watched.handler(watched.process.wait())
            return false
        }
    }

    /// Calls the handler when the process has ended, at once if it has already.
    /// A process that is no child of this program ends with `.unknown`.
    public func watch(_ process: ChildProcess, _ handler: @escaping Handler) throws(KernelError) {
        try watch.add(
            Watched(process: process, handler: handler), process.descriptor, "watching process \(process.pid)")
    }
}
