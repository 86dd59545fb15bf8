// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Kubernetes
internal import Linux
internal import Synchronization

/// Reads a container's log as one client wants it, piece by piece. The corresponding request is `pods/log`.
final class LogReader: Sendable {
    private struct State {
        var offset: Int
        /// What may still be given; nil if all.
        var left: Int?
        /// True where the next byte begins a line.
        var startsLine = true
        var isCancelled = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let log: ContainerLog
    private let follows: Bool
    private let hasTimes: Bool
    private let state: Mutex<State>

    private static let chunk = 1 << 16

    /// A reader of what the options ask for.
    init(_ log: ContainerLog, _ options: API.Connection.LogOptions) throws(KernelError) {
        self.log = log
        follows = options.follows
        hasTimes = options.timestamps
        var offset = log.start
        if let since = options.since { offset = max(offset, log.offset(since: since)) }
        if let lines = options.tailLines {
            offset = max(offset, try LogReader.start(ofLast: lines, in: log, from: offset))
        }
        state = Mutex(State(offset: offset, left: options.limitBytes))
    }

    /// The pieces, to the end of the log or, following, to the end of the container. Each is read when it is asked for,
    /// so that a slow client holds nothing in memory, and one that has gone holds nothing at all.
    var pieces: AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { [self] in try await next() }
    }

    private func next() async throws -> [UInt8]? {
        while !Task.isCancelled {
            // Asked before reading: what is written before the end is read after it.
            let isLast = !follows || log.isOver
            let piece = try read()
            if !piece.isEmpty { return piece }
            if isLast || state.withLock({ $0.left == 0 }) { return nil }
            await more()
        }
        return nil
    }

    private func read() throws(KernelError) -> [UInt8] {
        var (offset, left, startsLine) = state.withLock { ($0.offset, $0.left, $0.startsLine) }
        // What was forgotten meanwhile is not there any more.
        offset = max(offset, log.start)
        let bytes = try log.bytes(from: offset, limit: LogReader.chunk)
        var piece = hasTimes ? timed(bytes, offset, &startsLine) : bytes
        offset += bytes.count
        if let limit = left {
            piece = Array(piece.prefix(limit))
            left = limit - piece.count
        }
        state.withLock { ($0.offset, $0.left, $0.startsLine) = (offset, left, startsLine) }
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
        let offset = state.withLock { $0.offset }
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

    /// Where the last lines begin, looking from the end backwards.
    private static func start(ofLast lines: Int, in log: ContainerLog, from start: Int) throws(KernelError) -> Int {
        var end = log.size
        guard lines > 0 else { return end }
        var bytes: [UInt8] = []
        while end > start {
            let begin = max(start, end - chunk)
            bytes = try log.bytes(from: begin, limit: end - begin) + bytes
            end = begin
            let offset = LogFile.offset(ofLast: lines, in: bytes)
            if offset > 0 { return begin + offset }
        }
        return start
    }
}
