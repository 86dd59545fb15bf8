// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Kubernetes
internal import Linux
internal import Synchronization

/// Reads a container's log as one client wants it, piece by piece. The corresponding request is `pods/log`.
final class LogReader: Sendable {
    /// How far it is.
    private struct Progress {
        var offset: Int
        /// Where to end; nil to follow.
        var end: Int?
        /// What may still be given; nil if all.
        var left: Int?
        /// True where the next byte begins a line.
        var startsLine = true
    }

    private struct State {
        /// Nil before the first piece.
        var progress: Progress?
        var isCancelled = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let log: ContainerLog
    private let options: API.Connection.LogOptions
    private let state = Mutex(State())

    private static let chunk = 1 << 16

    /// A reader of what the options ask for.
    init(_ log: ContainerLog, _ options: API.Connection.LogOptions) {
        self.log = log
        self.options = options
    }

    /// Where to begin. Looking for the last lines takes a while in a long log: it is done by who reads, not by the lab.
    private func begin() throws(KernelError) -> Progress {
        // What is written from now on is for those who follow: it might never end.
        let end = options.follows ? nil : log.size
        var offset = log.start
        if let since = options.since { offset = max(offset, log.offset(since: since)) }
        if let lines = options.tailLines {
            // A process can make its log seem as long as it likes.
            offset = max(offset, try LogFile.start(ofLast: lines, in: log.file, limit: 2 * ContainerLog.limit))
        }
        return Progress(offset: offset, end: end, left: options.limitBytes)
    }

    /// The pieces, to the end of the log or, following, to the end of the container. Each is read when it is asked for,
    /// so that a slow client holds nothing in memory, and one that has gone holds nothing at all.
    var pieces: AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { [self] in try await next() }
    }

    private func next() async throws -> [UInt8]? {
        while !Task.isCancelled {
            // Asked before reading: what is written before the end is read after it.
            let isLast = !options.follows || log.isOver
            let piece = try read()
            if !piece.isEmpty { return piece }
            if isLast || state.withLock({ $0.progress?.left == 0 }) { return nil }
            await more()
        }
        return nil
    }

    private func read() throws(KernelError) -> [UInt8] {
        var progress = if let known = state.withLock({ $0.progress }) { known } else { try begin() }
        // What was forgotten meanwhile is not there any more.
        progress.offset = max(progress.offset, log.start)
        let limit = max(0, min(LogReader.chunk, (progress.end ?? .max) - progress.offset))
        let bytes = try log.bytes(from: progress.offset, limit: limit)
        var piece = options.timestamps ? timed(bytes, progress.offset, &progress.startsLine) : bytes
        progress.offset += bytes.count
        if let left = progress.left {
            piece = Array(piece.prefix(left))
            progress.left = left - piece.count
        }
        state.withLock { $0.progress = progress }
        return piece
    }

    /// Puts its time before each line.
    private func timed(_ bytes: [UInt8], _ offset: Int, _ startsLine: inout Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 2)
        for (index, byte) in bytes.enumerated() {
            if startsLine { result += Array("\(log.time(at: offset + index).nanosecondText) ".utf8) }
            result.append(byte)
            startsLine = byte == UInt8(ascii: "\n")
        }
        return result
    }

    /// Waits until there is more, the log is over, or the task is called off.
    private func more() async {
        let offset = state.withLock { $0.progress?.offset ?? 0 }
        var waiter = 0
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if !state.isCancelled { state.waiter = continuation }
                    return state.isCancelled
                }
                if isCancelled { return continuation.resume() }
                waiter = log.whenBeyond(offset) { [weak self] in self?.wake() }
            }
        } onCancel: {
            state.withLock { $0.isCancelled = true }
            wake()
        }
        log.forget(waiter)
    }

    private func wake() {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
