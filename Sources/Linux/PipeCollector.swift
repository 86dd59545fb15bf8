// SPDX-License-Identifier: Apache-2.0
internal import CLinux
internal import Glibc
internal import Synchronization

/// Reads pipes and hands over what comes: one thread for thousands of them. The corresponding C function is `epoll_wait`.
public final class PipeCollector: Sendable {
    /// Gets what was written to a pipe; never called twice at once for the same one, and must not wait.
    public typealias Handler = @Sendable ([UInt8]) -> Void

    /// One pipe that is read.
    public final class Collection: Sendable {
        fileprivate let pipe: SharedDescriptor
        private let handler: Mutex<Handler>

        fileprivate init(_ pipe: SharedDescriptor, _ handler: @escaping Handler) {
            self.pipe = pipe
            self.handler = Mutex(handler)
        }

        /// Hands over all that is in the pipe now, before this returns: for when its last writer has ended.
        public func drain() {
            // Somebody who never stops writing is not waited for.
            for _ in 0..<PipeCollector.rounds where read() <= 0 { return }
        }

        /// Hands over a part; the result is that of `read`.
        @discardableResult
        fileprivate func read() -> Int {
            handler.withLock { handler in
                var chunk = [UInt8](repeating: 0, count: PipeCollector.chunk)
                let count = unsafe Glibc.read(pipe.raw, &chunk, chunk.count)
                if count > 0 { handler(Array(chunk[..<count])) }
                return count < 0 && errno != EAGAIN && errno != EINTR ? 0 : count
            }
        }
    }

    private final class Shared: Sendable {
        struct State {
            var collections: [UInt64: Collection] = [:]
            var last: UInt64 = 0
        }
        let epoll: Descriptor
        let wake: Descriptor
        let state = Mutex(State())

        init() throws(KernelError) {
            epoll = Descriptor(owning: try checkNegated("reading pipes", "epoll_create1") { lab_epoll_create() })
            wake = Descriptor(owning: try checkNegated("reading pipes", "eventfd") { lab_eventfd() })
            _ = try checkNegated("reading pipes", "epoll_ctl") {
                lab_epoll_add(epoll.raw, wake.raw, EpollEvents.input, 0)
            }
        }
    }

    private let shared: Shared

    private static let chunk = 1 << 16
    private static let rounds = 64

    /// Starts the thread, which ends when the collector goes.
    public init() throws(KernelError) {
        let shared = try Shared()
        self.shared = shared
        try ShortThread.detach("pipes") { PipeCollector.run(shared) }
    }

    deinit { _ = lab_eventfd_raise(shared.wake.raw) }

    /// Hands over what is written to a pipe, until its last writer has gone.
    /// - Parameter pipe: its reading end, which does not block from then on.
    public func collect(_ pipe: SharedDescriptor, _ handler: @escaping Handler) throws(KernelError) -> Collection {
        try pipe.stopBlocking()
        let collection = Collection(pipe, handler)
        let token = shared.state.withLock { state in
            state.last += 1
            state.collections[state.last] = collection
            return state.last
        }
        do {
            _ = try checkNegated("reading a pipe", "epoll_ctl") {
                lab_epoll_add(shared.epoll.raw, pipe.raw, EpollEvents.input, token)
            }
        } catch {
            _ = shared.state.withLock { $0.collections.removeValue(forKey: token) }
            throw error
        }
        return collection
    }

    private static func run(_ shared: Shared) {
        var tokens = [UInt64](repeating: 0, count: 64)
        while true {
            let count = unsafe lab_epoll_wait(shared.epoll.raw, &tokens, 64, -1)
            for token in tokens.prefix(Int(max(count, 0))) {
                if token == 0 { return }
                guard let collection = shared.state.withLock({ $0.collections[token] }), collection.read() == 0 else {
                    continue
                }
                _ = lab_epoll_remove(shared.epoll.raw, collection.pipe.raw)
                _ = shared.state.withLock { $0.collections.removeValue(forKey: token) }
            }
        }
    }
}
