// SPDX-License-Identifier: Apache-2.0
internal import Engine
internal import Kubernetes
internal import Linux
internal import Synchronization

/// A program that is to be run in a place of a lab.
struct ProgramCall: Sendable {
    var location: Location
    var container: String?
    var command: [String]
    var input = ""
    var timeout: Duration

    init(
        _ location: Location, container: String? = nil, _ command: [String], input: String = "", timeout: Duration
    ) {
        self.location = location
        self.container = container
        self.command = command
        self.input = input
        self.timeout = timeout
    }
}

extension Lab {
    /// Runs a program in a place, to its end or its timeout.
    func run(_ call: ProgramCall) async throws -> Observation.Execution {
        let answer = try await ask(["verb": "locate", "what": .string(try await name(of: call.location))])
        let entry = PlaceEntry(answer, container: call.container)
        return try await Blocking.run { try RunningProgram(entry, call).end() }
    }
}

/// A program in a lab with its streams; all of it on one thread, and one that reads what it says as errors.
private struct RunningProgram {
    private let process: ChildProcess
    private let output: PipeText
    private let errors: PipeText
    private let call: ProgramCall

    init(_ entry: PlaceEntry, _ call: ProgramCall) throws {
        self.call = call
        let (input, output, errors) = (try Pipe(), try Pipe(), try Pipe())
        process = try entry.start(
            call.command, streams: .pipes(input: input.reading, output: output.writing, errors: errors.writing))
        self.output = try PipeText(output.reading)
        self.errors = try PipeText(errors.reading)
        Program.ignoreBrokenPipes()
        Program.write(input.writing.raw, call.input)
    }

    func end() throws -> Observation.Execution {
        let milliseconds = Int32(clamping: Int(call.timeout.milliseconds))
        guard process.hasEnded(within: milliseconds) else {
            try? process.signal(Program.kill)
            process.wait()
            throw LabFailure(
                "\(call.command.joined(separator: " ")) in \(call.location) did not end within \(milliseconds) ms: killed"
            )
        }
        let code = process.wait().code ?? 1
        return Observation.Execution(exitCode: Int(code), output: output.text(), errorOutput: errors.text())
    }
}

/// What comes out of a pipe, read by a thread of its own so that its writer never waits.
private final class PipeText: Sendable {
    private struct Contents {
        var bytes: [UInt8] = []
        var hasEnded = false
    }
    private let contents = Mutex(Contents())

    /// More is not kept, in bytes.
    private static let limit = 1 << 20
    /// How long a program's own children, who still hold the pipe, are waited for, in milliseconds.
    private static let patience = 500

    init(_ pipe: SharedDescriptor) throws(KernelError) {
        try ShortThread.detach("pipe") { [self] in
            // A reader that has enough still reads: the writer is not to be stopped.
            File.readPieces(pipe.raw) { piece in
                contents.withLock { if $0.bytes.count < PipeText.limit { $0.bytes += piece } }
            }
            contents.withLock { $0.hasEnded = true }
        }
    }

    /// All of it, once the last writer has gone.
    func text() -> String {
        for _ in 0..<PipeText.patience where !contents.withLock({ $0.hasEnded }) { Program.sleep(milliseconds: 1) }
        return contents.withLock { String(decoding: $0.bytes, as: UTF8.self) }
    }
}
