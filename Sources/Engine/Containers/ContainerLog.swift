// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux
internal import Synchronization

/// What one run of a container writes: a file, and beside it, in memory, when the daemon first saw how much of it.
///
/// The lab's own programs write the file themselves, so that they go on without this one; what others write comes through
/// a pipe or a terminal.
///
/// A line's time is the moment at which the daemon saw that it was there, a few milliseconds after it was written. Of a
/// long log only some moments are kept, evenly, and only its end (`limit`).
final class ContainerLog: Sendable {
    /// How far the file had come at a moment.
    struct Mark: Sendable, Hashable {
        var offset: Int
        var time: Timestamp
    }

    private struct State {
        var marks: [Mark] = []
        /// Marks nearer to each other than this are one, in bytes.
        var spacing = 1
        var isOver = false
        var waiters: [Int: @Sendable () -> Void] = [:]
        var lastWaiter = 0
        var watch: FileWatcher.Watch?
        var begin = 0
    }

    /// Where it is written and read.
    let file: SharedDescriptor
    private let watcher: FileWatcher
    private let state = Mutex(State())

    /// The most bytes of a log that are kept, when it is cut to half of it.
    static let limit = 16 << 20
    private static let markLimit = 4096

    /// Begins the log of a run at this path.
    init(_ path: String, _ watcher: FileWatcher) throws(KernelError) {
        file = try LogFile.openWhole(path)
        self.watcher = watcher
        let watch = try watcher.watch(path) { [weak self] in self?.grew() }
        state.withLock { $0.watch = watch }
    }

    deinit { if let watch = state.withLock({ $0.watch }) { watcher.stop(watch) } }

    /// What is there was written by the time at which the file last changed: more is not known of a log that is taken over.
    func begin(asOf path: String) {
        let mark = Mark(offset: size, time: File.lastChange(path).map(Timestamp.init(milliseconds:)) ?? .now())
        state.withLock { $0.marks = [mark] }
    }

    // MARK: Growing

    /// Notes that there is more, and when.
    private func grew() {
        let size = LogFile.size(file)
        let now = Timestamp.now()
        let waiters = state.withLock { state in
            ContainerLog.note(Mark(offset: size, time: now), in: &state)
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter() }
        cut(size)
    }

    private static func note(_ mark: Mark, in state: inout State) {
        if let last = state.marks.last?.offset {
            // A process may have emptied its own log.
            if mark.offset < last { state.marks = [] } else if mark.offset == last { return }
        }
        let count = state.marks.count
        if count > 1, state.marks[count - 1].offset - state.marks[count - 2].offset < state.spacing {
            state.marks[count - 1] = mark
        } else {
            state.marks.append(mark)
        }
        if count >= markLimit { thin(&state) }
    }

    /// Keeps about every other mark.
    private static func thin(_ state: inout State) {
        state.spacing *= 2
        var kept: [Mark] = []
        for mark in state.marks {
            if let last = kept.last, mark.offset - last.offset < state.spacing { kept.removeLast() }
            kept.append(mark)
        }
        state.marks = kept
    }

    /// Gives back the memory of what is too old to be kept.
    private func cut(_ size: Int) {
        let begin = state.withLock { state in
            guard size - state.begin > ContainerLog.limit else { return 0 }
            state.begin = size - ContainerLog.limit / 2
            return state.begin
        }
        if begin > 0 { LogFile.forget(file, before: begin) }
    }

    /// The run has ended: nothing more is written.
    func end() {
        grew()
        let (waiters, watch) = state.withLock { state in
            state.isOver = true
            defer { (state.waiters, state.watch) = ([:], nil) }
            return (state.waiters.values, state.watch)
        }
        if let watch { watcher.stop(watch) }
        for waiter in waiters { waiter() }
    }

    /// True once nothing more is written.
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Calls back once, when there is more than so many bytes, or when the log is over; at once if that is so.
    /// - Returns: a number to call it off with.
    @discardableResult
    func whenBeyond(_ offset: Int, _ body: @escaping @Sendable () -> Void) -> Int {
        let number: Int? = state.withLock { state in
            if state.isOver || LogFile.size(file) > offset { return nil }
            state.lastWaiter += 1
            state.waiters[state.lastWaiter] = body
            return state.lastWaiter
        }
        if number == nil { body() }
        return number ?? 0
    }

    /// Calls off what `whenBeyond` gave the number of.
    func forget(_ waiter: Int) { state.withLock { $0.waiters[waiter] = nil } }

    // MARK: Reading

    /// Where the first whole line of what is kept begins.
    var start: Int { LogFile.start(file) }

    /// How many bytes were ever written.
    var size: Int { LogFile.size(file) }

    /// The bytes from an offset on, at most so many.
    func bytes(from offset: Int, limit: Int) throws(KernelError) -> [UInt8] {
        try LogFile.bytes(file, from: offset, limit: limit)
    }

    /// When the byte at an offset was first seen; the present moment if it was not yet.
    func time(at offset: Int) -> Timestamp {
        state.withLock { state in
            let index = ContainerLog.first(state.marks) { $0.offset > offset }
            return index < state.marks.count ? state.marks[index].time : .now()
        }
    }

    /// Where what was seen at a moment or later begins, as far as marks tell.
    func offset(since time: Timestamp) -> Int {
        state.withLock { state in
            let index = ContainerLog.first(state.marks) { $0.time >= time }
            return index == 0 ? 0 : state.marks[index - 1].offset
        }
    }

    /// The first mark of which something is true, by halving; what is true of one is true of all that follow.
    private static func first(_ marks: [Mark], _ isTrue: (Mark) -> Bool) -> Int {
        var (low, high) = (0, marks.count)
        while low < high {
            let middle = (low + high) / 2
            if isTrue(marks[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
