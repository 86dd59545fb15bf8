// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Server
internal import Synchronization

/// One who listens to a lab's story, with what was told and not taken yet.
///
/// Whoever does not take it is cut off: what waits is forgotten, and the last line says so.
final class StoryListener: PageStream {
    private struct State {
        var lines: [RememberedLine] = []
        var bytes = 0
        var hasEnded = false
        var wake: (@Sendable () -> Void)?
        /// Called once, when there is room again.
        var roomy: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let serial = Atomic(0)
    private let isEvents: Bool
    private let closing: @Sendable (StoryListener) -> Void

    /// So many bytes may wait.
    private static let limit = 16 << 20
    /// An opening goes on while no more than this waits.
    private static let room = 1 << 20

    /// - Parameters:
    ///   - isEvents: lines become Server-Sent Events.
    ///   - closing: called when nobody listens any more.
    init(isEvents: Bool, closing: @escaping @Sendable (StoryListener) -> Void) {
        self.isEvents = isEvents
        self.closing = closing
    }

    /// What the feed knows it by.
    var number: Int {
        get { serial.load(ordering: .relaxed) }
        set { serial.store(newValue, ordering: .relaxed) }
    }

    // MARK: The feed's side

    func add(_ line: RememberedLine) {
        state.withLock { state in
            guard !state.hasEnded else { return }
            state.lines.append(line)
            state.bytes += line.bytes.count
            guard state.bytes > StoryListener.limit else { return }
            let last = StoryLine(
                .end, ["reason": "behind"], milliseconds: line.milliseconds, number: line.number)
            state.lines = [
                RememberedLine(number: line.number, milliseconds: line.milliseconds, bytes: last.json)
            ]
            (state.bytes, state.hasEnded) = (0, true)
        }
    }

    /// Says to whoever takes lines that there are some.
    func wake() { state.withLock { $0.wake }?() }

    /// Waits until there is room for more; false if nobody takes any more.
    func hasRoom() async -> Bool {
        await withCheckedContinuation { continuation in
            let isNow = state.withLock { state -> Bool in
                guard !state.hasEnded, state.bytes > StoryListener.room else { return true }
                state.roomy = { continuation.resume() }
                return false
            }
            if isNow { continuation.resume() }
        }
        return state.withLock { !$0.hasEnded }
    }

    // MARK: The server's side

    func onMore(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
        wake()
    }

    func take() -> PagePiece {
        let (lines, hasEnded, roomy) = state.withLock { state in
            let taken = (state.lines, state.hasEnded, state.roomy)
            (state.lines, state.bytes, state.roomy) = ([], 0, nil)
            return taken
        }
        roomy?()
        guard lines.isEmpty else { return .bytes(framed(lines)) }
        return hasEnded ? .end : .nothing
    }

    func close() {
        let roomy = state.withLock { state in
            defer { (state.lines, state.hasEnded, state.wake, state.roomy) = ([], true, nil, nil) }
            return state.roomy
        }
        roomy?()
        closing(self)
    }

    private func framed(_ lines: [RememberedLine]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lines.reduce(0) { $0 + $1.bytes.count + 32 })
        for line in lines {
            if isEvents { bytes += Array("id: \(line.number)\ndata: ".utf8) }
            bytes += line.bytes
            bytes.append(UInt8(ascii: "\n"))
            if isEvents { bytes.append(UInt8(ascii: "\n")) }
        }
        return bytes
    }
}
