// SPDX-License-Identifier: Apache-2.0
public import Kubernetes
internal import Linux
internal import Synchronization

/// A lab's story on its way to a file, on a thread of its own.
public final class StoryRecording: Sendable {
    /// The file.
    public let file: StoryFile
    private let source: StorySource
    private let hasOpened: Semaphore
    private let hasEnded: Semaphore
    private let state = Mutex((isStopped: false, failure: String?.none))

    /// Begins to record; the opening is in the file when this returns.
    public init(_ paths: LabPaths, to path: String, hear: (String) -> Void = { _ in }) throws {
        source = try StorySource(paths, hear: hear)
        file = try StoryFile(path)
        (hasOpened, hasEnded) = (try Semaphore(), try Semaphore())
        try ShortThread.detach("story") { [self] in run() }
        hasOpened.wait()
    }

    private func run() {
        var isOpen = false
        do {
            while let line = try source.next() {
                try file.add(line)
                guard !isOpen, line.contains("\"kind\":\"ready\"".utf8) else { continue }
                isOpen = true
                hasOpened.signal()
            }
        } catch { state.withLock { $0.failure = "\(error)" } }
        if !isOpen { hasOpened.signal() }
        hasEnded.signal()
    }

    /// Writes a line that the lab does not know of.
    public func tell(_ kind: String, _ fields: Value) { file.tell(kind, fields) }

    /// Waits until the lab tells no more.
    public func wait() {
        hasEnded.wait()
        hasEnded.signal()
    }

    /// Waits a moment for what is on its way, listens no more, and ends the file.
    /// - Throws: what went wrong while it was recorded.
    public func end() throws {
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        guard isFirst else { return }
        // Counters come every tenth of a second.
        Program.sleep(milliseconds: 250)
        source.end()
        wait()
        try file.end()
        if let failure = state.withLock({ $0.failure }) { throw LabError("the recording is not whole: \(failure)") }
    }
}
