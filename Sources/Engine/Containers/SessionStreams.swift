// SPDX-License-Identifier: Apache-2.0
internal import API
internal import Linux

/// Both ends of the streams of one command: pipes as the client asks for them, or a terminal.
struct SessionStreams {
    /// What the command gets.
    let theirs: ProcessOptions.Streams
    /// Where the client writes what the command reads; nil if it wants to write nothing.
    let input: SharedDescriptor?
    /// Where the client reads what the command writes, or the terminal.
    let output: SharedDescriptor?
    /// Where the client reads what the command writes to standard error.
    let errors: SharedDescriptor?
    /// The terminal, if there is one.
    let terminal: PseudoTerminal?

    /// Makes them.
    /// - Parameter user: the command's, who may open them by name, as `/dev/stderr`.
    init(_ wanted: API.Connection.Streams, user: UInt32?) throws(KernelError) {
        if wanted.terminal {
            let terminal = try PseudoTerminal(user: user)
            self.terminal = terminal
            theirs = .terminal(terminal.peer)
            (input, output, errors) = (wanted.input ? terminal.own : nil, terminal.own, nil)
            return
        }
        let nowhere = try LogFile.open("/dev/null")
        let pipes = (
            input: try SessionStreams.pipe(wanted.input, user), output: try SessionStreams.pipe(wanted.output, user),
            errors: try SessionStreams.pipe(wanted.errors, user)
        )
        terminal = nil
        theirs = .pipes(
            input: pipes.input?.reading, output: pipes.output?.writing ?? nowhere,
            errors: pipes.errors?.writing ?? nowhere)
        (input, output, errors) = (pipes.input?.writing, pipes.output?.reading, pipes.errors?.reading)
        for own in [input, output, errors] { try own?.stopBlocking() }
    }

    private static func pipe(_ isWanted: Bool, _ user: UInt32?) throws(KernelError) -> Pipe? {
        isWanted ? try Pipe(user: user) : nil
    }
}
