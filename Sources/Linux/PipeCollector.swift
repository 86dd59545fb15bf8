// SPDX-License-Identifier: Apache-2.0
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

    private let watch: DescriptorWatch<Collection>

    private static let chunk = 1 << 16
    private static let rounds = 64

    /// Starts the thread, which ends when the collector goes.
    public init() throws(KernelError) {
        watch = try DescriptorWatch("reading pipes", thread: "pipes") { $0.read() != 0 }
    }

    /// Hands over what is written to a pipe, until its last writer has gone.
    /// - Parameter pipe: its reading end, which does not block from then on.
    public func collect(_ pipe: SharedDescriptor, _ handler: @escaping Handler) throws(KernelError) -> Collection {
        try pipe.stopBlocking()
        let collection = Collection(pipe, handler)
        try watch.add(collection, pipe, "reading a pipe")
        return collection
    }
}
