// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// Tells when processes end: one thread for thousands of them, which also reaps each.
/// The corresponding C functions are `epoll_wait` and `waitid(P_PIDFD)`.
public final class ProcessMonitor: Sendable {
    /// Called once, on the monitor's own thread, which it must not hold up.
    public typealias Handler = @Sendable (ProcessStatus) -> Void

    private final class Shared: Sendable {
        struct Watched {
            var process: ChildProcess
            var handler: Handler
        }
        struct State {
            var watched: [UInt64: Watched] = [:]
            var last: UInt64 = 0
        }
        let epoll: Descriptor
        let wake: Descriptor
        let state = Mutex(State())

        init() throws(KernelError) {
            epoll = Descriptor(
                owning: try checkNegated("watching processes", "epoll_create1") { lab_epoll_create() })
            wake = Descriptor(owning: try checkNegated("watching processes", "eventfd") { lab_eventfd() })
            _ = try checkNegated("watching processes", "epoll_ctl") {
                lab_epoll_add(epoll.raw, wake.raw, EpollEvents.input, 0)
            }
        }
    }

    private let shared: Shared

    /// Starts the thread, which ends when the monitor goes.
    public init() throws(KernelError) {
        let shared = try Shared()
        self.shared = shared
        try ShortThread.detach("processes") { ProcessMonitor.run(shared) }
    }

    deinit { _ = lab_eventfd_raise(shared.wake.raw) }

    /// Calls the handler when the process has ended, at once if it has already.
    /// A process that is no child of this program ends with `.unknown`.
    public func watch(_ process: ChildProcess, _ handler: @escaping Handler) throws(KernelError) {
        let token = shared.state.withLock { state in
            state.last += 1
            state.watched[state.last] = Shared.Watched(process: process, handler: handler)
            return state.last
        }
        do {
            _ = try checkNegated("watching process \(process.pid)", "epoll_ctl") {
                lab_epoll_add(shared.epoll.raw, process.descriptor.raw, EpollEvents.input, token)
            }
        } catch {
            _ = shared.state.withLock { $0.watched.removeValue(forKey: token) }
            throw error
        }
    }

    private static func run(_ shared: Shared) {
        var tokens = [UInt64](repeating: 0, count: 64)
        while true {
            let count = unsafe lab_epoll_wait(shared.epoll.raw, &tokens, 64, -1)
            for token in tokens.prefix(Int(max(count, 0))) {
                if token == 0 { return }
                finish(token, shared)
            }
        }
    }

    private static func finish(_ token: UInt64, _ shared: Shared) {
        guard let watched = shared.state.withLock({ $0.watched.removeValue(forKey: token) }) else { return }
        _ = lab_epoll_remove(shared.epoll.raw, watched.process.descriptor.raw)
        watched.handler(watched.process.wait())
    }
}

/// What a descriptor may be waited for. The corresponding C names are `EPOLLIN` and `EPOLLOUT`.
enum EpollEvents {
    static let input: UInt32 = 1
    static let output: UInt32 = 4
}
