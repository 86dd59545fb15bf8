// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux
internal import Synchronization

/// The daemon's side of one conversation: what it says is queued, and written by a thread of its own, so that a command
/// that does not read (a stopped one) keeps nobody waiting but that thread.
final class ControlReply: Sendable {
    private struct Queue {
        var lines: [String] = []
        /// Of progress only the newest counts.
        var progress: String?
        var isEnded = false
        var waiting: [Semaphore] = []
    }

    private let stream: LineStream
    private let queue = Mutex(Queue())
    private let wakeUps: Semaphore

    /// How long a line may take to be written before the command is given up, in milliseconds.
    private static let patience = 5000

    init(_ stream: LineStream) throws(KernelError) {
        self.stream = stream
        wakeUps = try Semaphore()
        stream.setWritingPatience(milliseconds: ControlReply.patience)
        try ShortThread.detach("reply") { [self] in write() }
    }

    func say(_ text: String) { add(["say": .string(text)]) }
    func tell(_ value: Value) { add(value) }
    func done(_ value: Value = .object([:])) { add(["done": value]) }
    func fail(_ text: String) { add(["error": .string(text)]) }

    func progress(_ value: Value) {
        let line = Value.object(["progress": value]).json()
        queue.withLock { $0.progress = line }
        wakeUps.signal()
    }

    /// True if the client asks nothing more, or is gone.
    var hasClientEnded: Bool { stream.isClosed }

    /// Waits until all that was said is written, or given up.
    func flush() {
        guard let written = try? Semaphore() else { return }
        queue.withLock { $0.waiting.append(written) }
        wakeUps.signal()
        written.wait()
    }

    /// Ends the thread once all is written.
    func end() {
        queue.withLock { $0.isEnded = true }
        wakeUps.signal()
    }

    private func add(_ value: Value) {
        let line = value.json()
        queue.withLock { queue in
            // What comes after it makes progress old.
            queue.progress = nil
            queue.lines.append(line)
        }
        wakeUps.signal()
    }

    private func write() {
        var isGone = false
        while true {
            wakeUps.wait()
            let (lines, waiting, isEnded) = queue.withLock { queue in
                let lines = queue.lines + (queue.progress.map { [$0] } ?? [])
                defer { (queue.lines, queue.progress, queue.waiting) = ([], nil, []) }
                return (lines, queue.waiting, queue.isEnded)
            }
            for line in lines where !isGone {
                do { try stream.writeLine(line) } catch { isGone = true }
            }
            for semaphore in waiting { semaphore.signal() }
            if isEnded { return }
        }
    }
}
