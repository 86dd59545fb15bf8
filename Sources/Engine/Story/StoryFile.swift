// SPDX-License-Identifier: Apache-2.0
internal import Cluster
public import Kubernetes
internal import Linux
internal import Server
internal import Synchronization

/// A file to which a story is written as it is told: lines for programs (`.jsonl`), or a page that stands alone (`.html`).
///
/// Times and numbers are the file's own: the first line is at 0. What others have to tell, as a scenario's steps, comes in
/// between.
public final class StoryFile: Sendable {
    private struct State {
        var file: SharedDescriptor?
        /// What the story's own time was when the file began.
        var offset: Double?
        /// When that was on the machine's clock.
        var began = 0.0
        var last = 0.0
        var number = 0
        /// What was told before the first line.
        var early: [(StoryLine.Kind, Value)] = []
        var failure: KernelError?
    }

    private let path: String
    private let isPage: Bool
    private let state: Mutex<State>
    private let tail: [UInt8]

    /// Makes the file.
    /// - Throws: if it cannot be made, or its name ends with neither `.html` nor `.jsonl`.
    public init(_ path: String) throws {
        self.path = path
        isPage = path.hasSuffix(".html")
        guard isPage || path.hasSuffix(".jsonl") else {
            throw LabError("\(path): a recording is .html (a page that stands alone) or .jsonl (lines for programs)")
        }
        let parts = PageBundle.parts
        let file = try File.create(path)
        if isPage { try File.writeAll(file.raw, parts.before, path) }
        tail = isPage ? parts.after : []
        state = Mutex(State(file: file))
    }

    /// Makes a page that stands alone of a recording of lines.
    public static func page(of path: String, at page: String) throws {
        try File.write(page, bytes: PageBundle.page(of: File.bytes(path, limit: .max)))
    }

    /// How many lines were written.
    public var count: Int { state.withLock { $0.number } }

    /// Writes a line as the lab tells it.
    public func add(_ line: [UInt8]) throws {
        guard let (time, rest) = StoryFile.parts(line) else { return }
        try state.withLock { state throws in
            if state.offset == nil { (state.offset, state.began) = (time, Program.milliseconds()) }
            write(rest, at: time - (state.offset ?? time), &state)
            if !state.early.isEmpty, state.number == 1 {
                for (kind, fields) in state.early { write(StoryFile.rest(kind, fields), at: 0, &state) }
                state.early = []
            }
            if let failure = state.failure { throw failure }
        }
    }

    /// Writes a line of someone else's.
    public func tell(_ kind: String, _ fields: Value) {
        guard let kind = StoryLine.Kind(rawValue: kind) else { return }
        state.withLock { state in
            guard state.offset != nil else { return state.early.append((kind, fields)) }
            write(StoryFile.rest(kind, fields), at: Program.milliseconds() - state.began, &state)
        }
    }

    /// Ends the file. Lines that come later are not written.
    public func end(_ reason: String = "ended") throws {
        try state.withLock { state throws in
            guard let file = state.file else { return }
            write(StoryFile.rest(.end, ["reason": .string(reason)]), at: state.last, &state)
            state.file = nil
            if let failure = state.failure { throw failure }
            try File.writeAll(file.raw, tail, path)
        }
    }

    private func write(_ rest: [UInt8], at time: Double, _ state: inout State) {
        guard let file = state.file, state.failure == nil else { return }
        state.number += 1
        state.last = max(state.last, time)
        let rounded = Value.double((state.last * 1000).rounded() / 1000).json()
        let line = Array("{\"t\":\(rounded),\"n\":\(state.number),".utf8) + rest + [UInt8(ascii: "\n")]
        do throws(KernelError) {
            try File.writeAll(file.raw, isPage ? PageBundle.escaped(line) : line, path)
        } catch { state.failure = error }
    }

    /// A line's time, and what comes after its number.
    private static func parts(_ line: [UInt8]) -> (time: Double, rest: [UInt8])? {
        let lead = Array("{\"t\":".utf8)
        guard line.starts(with: lead), let comma = line.firstIndex(of: UInt8(ascii: ",")),
            let time = Double(String(decoding: line[lead.count..<comma], as: UTF8.self)),
            let next = line[(comma + 1)...].firstIndex(of: UInt8(ascii: ","))
        else { return nil }
        return (time, Array(line[(next + 1)...]))
    }

    private static func rest(_ kind: StoryLine.Kind, _ fields: Value) -> [UInt8] {
        Array("\"kind\":\"\(kind.rawValue)\"".utf8) + StoryLine.rest(fields)
    }
}
