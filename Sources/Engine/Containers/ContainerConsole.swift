// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux
internal import Synchronization

/// The daemon's end of the streams of a container with `stdin` or `tty`: a pipe to its input, or a terminal.
///
/// It lives as long as the container and the daemon: unlike the log of other containers, a terminal needs someone who
/// sits at it. When the daemon goes, the container reads the end of its input, or hears SIGHUP.
final class ContainerConsole: Sendable {
    /// What the container's process gets for its streams, until it has them: no end of theirs may stay open here.
    private let theirs: Mutex<ProcessOptions.Streams?>
    private let hasClient = Atomic<Bool>(false)
    private let terminal: SharedDescriptor?
    private let isOnce: Bool
    /// Where to write what the container reads; nil if it reads nothing, or nothing any more.
    private let input: Mutex<SharedDescriptor?>

    /// The console that a container's spec asks for; nil if it asks for none.
    /// - Parameters:
    ///   - log: where a terminal's output goes.
    ///   - output: where the process writes if it has no terminal.
    static func of(
        _ container: Container, _ log: ContainerLog, output: SharedDescriptor, user: UInt32?
    ) throws(KernelError) -> ContainerConsole? {
        guard container.usesTTY || container.stdin else { return nil }
        return try ContainerConsole(container, log, output, user)
    }

    private init(
        _ container: Container, _ log: ContainerLog, _ output: SharedDescriptor, _ user: UInt32?
    ) throws(KernelError) {
        isOnce = container.stdinOnce
        guard container.usesTTY else {
            let pipe = try Pipe(user: user)
            terminal = nil
            input = Mutex(pipe.writing)
            theirs = Mutex(.pipes(input: pipe.reading, output: output, errors: output))
            return
        }
        let made = try PseudoTerminal(user: user)
        terminal = made.own
        input = Mutex(container.stdin ? made.own : nil)
        theirs = Mutex(.terminal(made.peer))
        try ContainerConsole.record(made.own, log)
    }

    /// True if it is a terminal, whose last words may come after the end of its process.
    var isTerminal: Bool { terminal != nil }

    /// What the container's process gets for its streams; given once.
    func takeStreams() -> ProcessOptions.Streams? {
        theirs.withLock { theirs in
            defer { theirs = nil }
            return theirs
        }
    }

    /// Writes what the terminal shows into the log, until the last process has left it.
    private static func record(_ terminal: SharedDescriptor, _ log: ContainerLog) throws(KernelError) {
        try ShortThread.detach("terminal") {
            while let bytes = PseudoTerminal.shown(terminal) {
                guard (try? File.writeAll(log.file.raw, bytes, "the log")) != nil else { break }
            }
            log.end()
        }
    }

    /// A descriptor to write to what the container reads, the caller's to close; nil if it reads nothing.
    /// With `stdinOnce` only the first caller gets one, and the container reads the end when that is closed.
    func takeInput() throws(KernelError) -> Int32? {
        let input = input.withLock { input in
            defer { if isOnce, !isTerminal { input = nil } }
            return input
        }
        return try input?.duplicate()
    }

    /// True when the first client asks, false ever after.
    func takeFirst() -> Bool { !hasClient.exchange(true, ordering: .relaxed) }

    /// The terminal's new size.
    func resize(columns: Int, rows: Int) {
        if let terminal { PseudoTerminal.resize(terminal, columns: columns, rows: rows) }
    }
}
