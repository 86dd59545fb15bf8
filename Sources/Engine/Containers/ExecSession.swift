// SPDX-License-Identifier: Apache-2.0
internal import Linux
internal import Server
internal import Synchronization

/// A command in a container whose streams are a client's. The corresponding request is `pods/exec`.
///
/// The descriptors do not block, and reading a terminal fails with `EIO` when its last process has ended.
final class ExecSession: Session {
    let input: Int32?
    let output: Int32?
    let errors: Int32?
    private let process: ChildProcess
    private let terminal: SharedDescriptor?
    private let ending = Ending()
    private let prober: Prober
    /// The command's end of its terminal, held as long as the command runs: a terminal that hangs up and is opened again
    /// at once, by its name, is more than the client's side of it can follow.
    private let peer = Mutex<SharedDescriptor?>(nil)

    /// How long a command may take to end after its client has gone, in milliseconds.
    private static let patience = 1000

    /// A command that runs with these streams; the descriptors become the caller's.
    init(
        _ process: ChildProcess, _ streams: borrowing SessionStreams, _ monitor: ProcessMonitor, _ prober: Prober
    ) throws(KernelError) {
        self.process = process
        self.prober = prober
        terminal = streams.terminal?.own
        input = try streams.input?.duplicate()
        output = try streams.output?.duplicate()
        errors = try streams.errors?.duplicate()
        peer.withLock { [other = streams.terminal?.peer] in $0 = other }
        try monitor.watch(process) { [self] status in
            peer.withLock { $0 = nil }
            ending.tell(SessionEnd(status))
        }
    }

    func resize(columns: Int, rows: Int) {
        if let terminal { PseudoTerminal.resize(terminal, columns: columns, rows: rows) }
    }

    func end() async -> SessionEnd { await ending.wait() }

    func hangUp() {
        guard !ending.isTold else { return }
        let process = process
        process.signalGroup(Program.hangUp)
        prober.delay(milliseconds: ExecSession.patience) { process.signalGroup(Program.kill) }
    }
}

/// A command that could not be started: the client hears why.
final class FailedSession: Session {
    let input: Int32? = nil
    let output: Int32? = nil
    let errors: Int32? = nil
    private let sentence: String

    init(_ sentence: String) { self.sentence = sentence }

    func resize(columns: Int, rows: Int) {}
    func end() async -> SessionEnd { .failed(sentence) }
    func hangUp() {}

    /// The sentence of a container runtime for a command that it could not start.
    static func sentence(for command: String, _ error: KernelError) -> String {
        "OCI runtime exec failed: exec failed: unable to start container process: \(cause(command, error)): unknown"
    }

    private static func cause(_ command: String, _ error: KernelError) -> String {
        switch (error.call, error.errno) {
        case ("execve", .noEntry) where !command.contains("/"):
            "exec: \"\(command)\": executable file not found in $PATH"
        case ("execve", .noEntry): "exec: \"\(command)\": stat \(command): no such file or directory"
        case ("execve", .accessDenied): "exec: \"\(command)\": permission denied"
        default: error.description
        }
    }
}
