// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes
internal import LabKit
internal import Linux
internal import Synchronization

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Bring up a lab, run a command in its host namespace, and take the lab down.",
        discussion: """
            EXAMPLES
              sudo lab run Labs/hello-service.yaml -- kubectl get pods -A
              lab run app.yaml -- pytest tests/
              sudo lab run app.yaml -- sh -c 'curl -sf http://web.default && kubectl rollout status deployment/web'

            The command has the lab's kubeconfig in KUBECONFIG and its name in LAB_NAME, and resolves names as a Pod of the \
            namespace default would. The exit code is the command's, also when a signal ends it; whatever happens, the lab \
            goes. The lab is isolated: nothing leaves it, and any number run side by side. --no-isolated gives it the \
            machine's own host namespace, for commands that need the real network.
            """)
    @Argument(help: "Files or folders of manifests, or - for standard input.")
    var files: [String]
    @Option(help: "The lab's name; else one that no other lab has.")
    var name: String?
    @Option(help: "How many nodes; else the Lab document's, else 3.")
    var nodes: Int?
    @Flag(inversion: .prefixedNo, help: "Whether the lab has a host namespace of its own.")
    var isolated = true
    @Option(help: "How long to wait until all is ready, in seconds.")
    var timeout = 60
    @Argument(parsing: .postTerminator, help: "The command and its arguments, after --.")
    var command: [String] = []

    func validate() throws {
        guard !files.isEmpty else {
            throw ValidationError("Which manifest? For example: lab run app.yaml -- make test")
        }
        guard !command.isEmpty else {
            throw ValidationError("Which command? For example: lab run \(files[0]) -- kubectl get pods")
        }
        guard (1...86_400).contains(timeout) else { throw ValidationError("--timeout takes 1 to 86400 seconds.") }
    }

    func run() async throws {
        try Root.require()
        let inputs = try InputFiles.read(files)
        var settings = LabSettings()
        settings.name = name ?? "run-\(String(UInt32.random(in: 0 ... .max), radix: 36))"
        settings.nodes = nodes
        settings.isIsolated = isolated
        settings.timeout = timeout
        settings.program = Program.path
        settings.tell = { Terminal.note($0) }
        let signals = RunSignals()
        let chosen = settings
        let bringing = Task { try await LabKit.Lab.up(inputs.map { ($0.name, $0.bytes) }, chosen) }
        try signals.watch { bringing.cancel() }
        let lab: LabKit.Lab
        do { lab = try await bringing.value } catch {
            guard let signal = signals.last else { throw error }
            Terminal.note("interrupted: the lab was taken away again")
            throw ExitCode(128 + signal)
        }
        let code: Int32
        do { code = try await execute(lab, signals) } catch {
            try? await lab.down()
            throw error
        }
        try await lab.down()
        throw ExitCode(code)
    }

    /// Runs the command on a thread of its own, and waits for its end.
    private func execute(_ lab: LabKit.Lab, _ signals: RunSignals) async throws -> Int32 {
        if let signal = signals.last { return 128 + signal }
        let location = try await lab.ask(["verb": "locate", "what": "host"])
        var environment = Program.environment.filter { !$0.hasPrefix("KUBECONFIG=") && !$0.hasPrefix("LAB_NAME=") }
        environment += ["KUBECONFIG=\(lab.kubeconfig)", "LAB_NAME=\(lab.name)"]
        let process = try PlaceEntry(location).start(command, environment: environment)
        signals.hand(to: process)
        return await withCheckedContinuation { continuation in
            do {
                try ShortThread.detach("command") { continuation.resume(returning: process.wait().code ?? 1) }
            } catch {
                continuation.resume(returning: process.wait().code ?? 1)
            }
        }
    }
}

/// Signals while a lab comes up, and while its command runs, whose they are then.
final class RunSignals: Sendable {
    private struct State {
        var last: Int32?
        var process: ChildProcess?
    }
    private let state = Mutex(State())

    /// The last that came.
    var last: Int32? { state.withLock { $0.last } }

    func watch(_ cancel: @escaping @Sendable () -> Void) throws {
        Program.ignoreBrokenPipes()
        let sharesTerminal = Program.isTerminal(0)
        try Program.onSignals([Program.interrupt, Program.terminate, Program.hangUp]) { [self] signal in
            let process = state.withLock { state in
                state.last = signal
                return state.process
            }
            cancel()
            // The terminal's interrupt reaches the command by itself.
            if signal != Program.interrupt || !sharesTerminal { try? process?.signal(signal) }
        }
    }

    /// From now on signals are the command's.
    func hand(to process: ChildProcess) {
        let missed = state.withLock { state in
            state.process = process
            return state.last
        }
        if let missed { try? process.signal(missed) }
    }
}
