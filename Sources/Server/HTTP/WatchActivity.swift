// SPDX-License-Identifier: Apache-2.0
internal import API
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// A watch: events go to the client as they come, until its time is over or one side has enough.
final class WatchActivity: Activity {
    private let watch: Watch
    private let connection: HTTPConnection
    private let loop: any EventLoop
    private let outbox: WatchOutbox
    private var handle: WatchHandle?
    private var timer: Scheduled<Void>?
    private var hasEnded = false

    init(_ watch: Watch, _ connection: HTTPConnection, _ loop: any EventLoop) {
        self.watch = watch
        self.connection = connection
        self.loop = loop
        outbox = WatchOutbox(limit: connection.surroundings.limits.watchBytes)
    }

    /// Sends what is known, and asks for what follows.
    func begin() {
        connection.begin(connection.head(.ok, contentType: watch.contentType))
        if !watch.opening.isEmpty { connection.write(WatchActivity.lines(watch.opening)) }
        connection.flush()
        let me = NIOLoopBound(self, eventLoop: loop)
        let (backend, watch, outbox, loop) = (connection.surroundings.backend, watch, outbox, loop)
        loop.makeFutureWithTask {
            await backend.open(watch) { event in
                if outbox.put(event) { loop.execute { me.value.deliver() } }
            }
        }
        .assumeIsolated()
        .whenSuccess { self.opened($0) }
        if watch.timeoutSeconds > 0 {
            timer = loop.assumeIsolated().scheduleTask(in: .seconds(Int64(watch.timeoutSeconds))) { self.finish() }
        }
    }

    func clientLeft() {
        guard !hasEnded else { return }
        hasEnded = true
        timer?.cancel()
        release()
    }

    private func opened(_ handle: WatchHandle) {
        self.handle = handle
        if hasEnded { release() }
    }

    /// Writes what has come since the last time, and flushes once.
    private func deliver() {
        let (events, isOver, isTooMuch) = outbox.take()
        guard !hasEnded else { return }
        if isTooMuch { return connection.abort() }
        if !events.isEmpty {
            let bytes = WatchActivity.lines(events)
            let (outbox, count) = (outbox, bytes.readableBytes)
            let promise = loop.makePromise(of: Void.self)
            promise.futureResult.whenComplete { _ in outbox.wrote(count) }
            connection.write(bytes, promise: promise)
            connection.flush()
        }
        if isOver { finish() }
    }

    private func finish() {
        guard !hasEnded else { return }
        hasEnded = true
        timer?.cancel()
        release()
        connection.end()
    }

    /// Tells the lab, once, as soon as both are known: that it is over, and what to close.
    private func release() {
        guard let handle else { return }
        self.handle = nil
        let backend = connection.surroundings.backend
        _ = loop.makeFutureWithTask { await backend.close(handle) }
    }

    private static func lines(_ events: [[UInt8]]) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(events.reduce(events.count) { $0 + $1.count })
        for event in events {
            bytes.writeBytes(event)
            if event.last != UInt8(ascii: "\n") { bytes.writeInteger(UInt8(ascii: "\n")) }
        }
        return bytes
    }
}

/// Events between the lab, on whatever thread, and the connection's event loop.
final class WatchOutbox: Sendable {
    private struct Contents {
        var events: [[UInt8]] = []
        /// Bytes that wait here, or were written and are not sent yet.
        var bytes = 0
        var isOver = false
        /// True between `put` and the `take` that it asked for.
        var isAwaited = false
    }

    private let contents = Mutex(Contents())
    private let limit: Int

    /// - Parameter limit: how many bytes may wait.
    init(limit: Int) { self.limit = limit }

    /// Adds an event, or with nil the end.
    /// - Returns: true if somebody must be told to take it.
    func put(_ event: [UInt8]?) -> Bool {
        contents.withLock { contents in
            guard contents.bytes <= limit else { return false }
            if let event {
                contents.bytes += event.count + 1
                // Nothing more is kept for a client that does not read.
                if contents.bytes > limit { contents.events = [] } else { contents.events.append(event) }
            } else {
                contents.isOver = true
            }
            defer { contents.isAwaited = true }
            return !contents.isAwaited
        }
    }

    /// Takes all events. The end and the overflow are told again and again.
    func take() -> (events: [[UInt8]], isOver: Bool, isTooMuch: Bool) {
        contents.withLock { contents in
            contents.isAwaited = false
            defer { contents.events = [] }
            return (contents.events, contents.isOver, contents.bytes > limit)
        }
    }

    /// So many bytes of what was taken have been sent.
    func wrote(_ count: Int) { contents.withLock { if $0.bytes <= limit { $0.bytes -= count } } }
}
