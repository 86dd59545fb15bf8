// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread that waits until something can be read from any of thousands of descriptors.
/// The corresponding C functions are `epoll_ctl` and `epoll_wait`.
///
/// Its owner goes, and with it the thread.
final class DescriptorWatch<Subject: Sendable>: Sendable {
    /// Called on the thread, which it must not hold up, as long as there is something to read (or its end).
    /// - Returns: whether to go on with this subject.
    typealias Handler = @Sendable (Subject) -> Bool

    private final class Shared: Sendable {
        struct State {
            var subjects: [UInt64: (subject: Subject, descriptor: SharedDescriptor)] = [:]
            var last: UInt64 = 0
        }
        let epoll: Descriptor
        let wake: Descriptor
        let state = Mutex(State())
        let handler: Handler

        init(_ operation: String, _ handler: @escaping Handler) throws(KernelError) {
            self.handler = handler
            epoll = Descriptor(owning: try checkNegated(operation, "epoll_create1") { lab_epoll_create() })
            wake = Descriptor(owning: try checkNegated(operation, "eventfd") { lab_eventfd() })
            _ = try checkNegated(operation, "epoll_ctl") { lab_epoll_add(epoll.raw, wake.raw, EpollEvents.input, 0) }
        }
    }

    private let shared: Shared

    /// Starts the thread.
    /// - Parameters:
    ///   - operation: what is done, for errors: `watching processes`.
    ///   - name: the thread's.
    init(_ operation: String, thread name: String, _ handler: @escaping Handler) throws(KernelError) {
        let shared = try Shared(operation, handler)
        self.shared = shared
        try ShortThread.detach(name) { DescriptorWatch.run(shared) }
    }

    deinit { _ = lab_eventfd_raise(shared.wake.raw) }

    /// Waits for one more descriptor, too.
    func add(_ subject: Subject, _ descriptor: SharedDescriptor, _ operation: String) throws(KernelError) {
        let token = shared.state.withLock { state in
            state.last += 1
            state.subjects[state.last] = (subject, descriptor)
            return state.last
        }
        do {
            _ = try checkNegated(operation, "epoll_ctl") {
                lab_epoll_add(shared.epoll.raw, descriptor.raw, EpollEvents.input, token)
            }
        } catch {
            _ = shared.state.withLock { $0.subjects.removeValue(forKey: token) }
            throw error
        }
    }

    private static func run(_ shared: Shared) {
        var tokens = [UInt64](repeating: 0, count: 64)
        while true {
            let count = unsafe lab_epoll_wait(shared.epoll.raw, &tokens, 64, -1)
            for token in tokens.prefix(Int(max(count, 0))) {
                if token == 0 { return }
                guard let found = shared.state.withLock({ $0.subjects[token] }), !shared.handler(found.subject) else {
                    continue
                }
                _ = lab_epoll_remove(shared.epoll.raw, found.descriptor.raw)
                _ = shared.state.withLock { $0.subjects.removeValue(forKey: token) }
            }
        }
    }
}

/// What a descriptor may be waited for. The corresponding C names are `EPOLLIN` and `EPOLLOUT`.
enum EpollEvents {
    static let input: UInt32 = 1
    static let output: UInt32 = 4
}
