// SPDX-License-Identifier: Apache-2.0
import Glibc
import Linux
import Net
import Synchronization
import Testing

/// The streams of commands that clients start in containers: pipes and terminals.
@Suite(.needsRoot, .serialized) struct StreamTests {
    /// All that comes out of a descriptor until its last writer has gone; a terminal ends with EIO.
    private func all(_ raw: Int32, within milliseconds: Int32 = 5000) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        var entry = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        while poll(&entry, 1, milliseconds) > 0 {
            let count = read(raw, &chunk, chunk.count)
            if count <= 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What comes next out of a descriptor: nothing at its end, nil if neither comes in a long time.
    private func some(_ raw: Int32) -> String? {
        var chunk = [UInt8](repeating: 0, count: 4096)
        var entry = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, 30_000) > 0 else { return nil }
        return String(decoding: chunk[..<max(read(raw, &chunk, chunk.count), 0)], as: UTF8.self)
    }

    private func write(_ text: String, to raw: Int32) throws { try File.writeAll(raw, Array(text.utf8), "input") }

    @Test func `a command reads its input to the end, and its output and errors come apart`() throws {
        let output = try Pipe()
        let errors = try Pipe()
        let (process, typed) = try withInput("tr a-z A-Z; echo wrong >&2; exit 3", output, errors)
        try write("hello\n", to: typed)
        close(typed)
        #expect(process.wait() == .exited(3))
        var chunk = [UInt8](repeating: 0, count: 100)
        #expect(read(output.reading.raw, &chunk, 100) == 6)
        #expect(String(decoding: chunk[..<6], as: UTF8.self) == "HELLO\n")
        #expect(read(errors.reading.raw, &chunk, 100) == 6)
        #expect(String(decoding: chunk[..<6], as: UTF8.self) == "wrong\n")
    }

    /// Starts a script with an input of which only the returned end is left.
    private func withInput(_ script: String, _ output: Pipe, _ errors: Pipe) throws -> (ChildProcess, Int32) {
        let input = try Pipe()
        let process = try ContainerProcess.spawn(
            try Shell.options(script) {
                $0.streams = .pipes(input: input.reading, output: output.writing, errors: errors.writing)
            })
        return (process, try input.writing.duplicate())
    }

    /// Starts a script with an output that nobody here holds open.
    private func withOutput(_ script: String) throws -> (ChildProcess, SharedDescriptor) {
        let output = try Pipe()
        let process = try ContainerProcess.spawn(
            try Shell.options(script) {
                $0.streams = .pipes(input: nil, output: output.writing, errors: output.writing)
            })
        return (process, output.reading)
    }

    @Test func `without an input there is nothing to read`() throws {
        let output = try Pipe()
        let process = try ContainerProcess.spawn(
            try Shell.options("cat; echo done") {
                $0.streams = .pipes(input: nil, output: output.writing, errors: output.writing)
            })
        #expect(process.wait() == .exited(0))
        var chunk = [UInt8](repeating: 0, count: 100)
        #expect(read(output.reading.raw, &chunk, 100) == 5)
    }

    /// Starts a script at a terminal; gives the terminal's own end.
    private func atTerminal(_ script: String, user: UInt32? = nil) throws -> (ChildProcess, SharedDescriptor) {
        let terminal = try PseudoTerminal(user: user)
        PseudoTerminal.resize(terminal.own, columns: 101, rows: 33)
        let process = try ContainerProcess.spawn(
            try Shell.options(script) {
                $0.streams = .terminal(terminal.peer)
                if let user { $0.privileges = .none(user: user) }
            })
        return (process, terminal.own)
    }

    @Test func `a terminal controls the session, has a size and echoes what is typed`() throws {
        let (process, terminal) = try atTerminal(
            "test -t 0 && test -t 1 && test -t 2 && stty size </dev/tty; read x; echo got $x")
        try write("hello\n", to: terminal.raw)
        let shown = all(terminal.raw)
        #expect(process.wait() == .exited(0))
        #expect(shown.contains("33 101\r\n"), "\(shown)")
        #expect(shown.contains("hello\r\n") && shown.hasSuffix("got hello\r\n"), "\(shown)")
    }

    @Test func `what is typed as control-C interrupts, and a new size is told`() throws {
        let (process, terminal) = try atTerminal(
            "trap 'stty size; exit 5' WINCH; echo go; while :; do sleep 0.05; done")
        var chunk = [UInt8](repeating: 0, count: 100)
        #expect(eventually { read(terminal.raw, &chunk, 100) > 0 })
        PseudoTerminal.resize(terminal, columns: 77, rows: 22)
        #expect(all(terminal.raw).contains("22 77"))
        #expect(process.wait() == .exited(5))
        let (second, other) = try atTerminal("echo go; sleep 100")
        #expect(eventually { read(other.raw, &chunk, 100) > 0 })
        #expect(
            eventually {
                // Pressed again, as a person would: dash loses the first where it is just starting its command (its child
                // of vfork takes the signal with the shell's handler, which does nothing there). Nothing of ours is in it:
                // at any other terminal two of five go the same way.
                try? write("\u{3}", to: other.raw)
                return second.hasEnded(within: 100)
            })
        #expect(second.wait() != .exited(0))
    }

    @Test func `the streams' owner may open them by name`() throws {
        let user = try #require(ProcessOptions.Privileges.unprivileged.user)
        let (process, terminal) = try atTerminal("echo named >/dev/stderr", user: user)
        #expect(all(terminal.raw) == "named\r\n")
        #expect(process.wait() == .exited(0))
        let output = try Pipe(user: user)
        let piped = try ContainerProcess.spawn(
            try Shell.options("echo named >/dev/stdout") {
                $0.streams = .pipes(input: nil, output: output.writing, errors: output.writing)
                $0.privileges = .none(user: user)
            })
        #expect(piped.wait() == .exited(0))
        var chunk = [UInt8](repeating: 0, count: 100)
        #expect(read(output.reading.raw, &chunk, 100) == 6)
    }

    @Test func `what several pipes get is collected in order, and an opened name adds to it`() throws {
        let user = try #require(ProcessOptions.Privileges.unprivileged.user)
        let collector = try PipeCollector()
        let texts = Mutex<[Int: String]>([:])
        let scripts = [
            "echo 1; echo 2 >/dev/stderr; echo 3 >/dev/stdout; echo 4", "seq 20000",
            "head -c 300000 /dev/zero | tr '\\0' x",
        ]
        let runs = try scripts.enumerated().map { number, script in
            let pipe = try Pipe(user: user)
            let collection = try collector.collect(pipe.reading) { bytes in
                texts.withLock { $0[number, default: ""] += String(decoding: bytes, as: UTF8.self) }
            }
            let output = try pipe.lastingWriting()
            let process = try ContainerProcess.spawn(
                try Shell.options(script) {
                    $0.streams = .output(output)
                    $0.privileges = .none(user: user)
                })
            return (process, collection)
        }
        for (process, collection) in runs {
            #expect(process.wait() == .exited(0))
            collection.drain()
        }
        let found = texts.withLock { $0 }
        #expect(found[0] == "1\n2\n3\n4\n")
        #expect(found[1] == (1...20000).map { "\($0)\n" }.joined())
        #expect(found[2] == String(repeating: "x", count: 300_000))
    }

    @Test func `who writes goes on when nobody reads any more`() throws {
        let output: SharedDescriptor
        do { output = try Pipe().lastingWriting() }
        let process = try ContainerProcess.spawn(
            try Shell.options("sleep 0.1; echo alone && echo again") { $0.streams = .output(output) })
        #expect(process.wait() == .exited(0))
    }

    @Test func `a signal reaches all that a command has started, and nobody once it has ended`() throws {
        // Its children have the pipe, too: what they say tells that they are there, and the pipe's end that they are gone.
        let (process, output) = try withOutput("(echo first; sleep 100) & (echo second; sleep 101) & echo shell; wait")
        var said = ""
        while said.count(where: { $0 == "\n" }) < 3, let more = some(output.raw), !more.isEmpty { said += more }
        #expect(Set(said.split(separator: "\n")) == ["first", "second", "shell"])
        #expect(process.isRunning)
        process.signalGroup(9)
        #expect(process.wait() == .signaled(9))
        #expect(some(output.raw) == "", "somebody still has the pipe")
        process.signalGroup(9)
    }
}
