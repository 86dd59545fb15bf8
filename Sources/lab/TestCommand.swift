// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Kubernetes
internal import LabKit
internal import Linux
internal import Synchronization

struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run scenarios, each on an isolated lab of its own, and tell what holds and what does not.",
        discussion: """
            EXAMPLES
              sudo lab test Labs -j 4
              sudo lab test Labs/blue-green.yaml --mode nftables --keep-on-failure
              sudo lab test Labs/canary.yaml --record stories
              lab test tests/ --report junit=report.xml --report markdown=summary.md
              sudo lab test Labs/canary.yaml --story
              sudo lab test Labs --only rolling --repeat 10 --seed 7

            A scenario is a document `kind: Scenario` in a manifest (docs/scenarios.md): steps, each an action and what must \
            hold. Files in folders without one are passed over. Interrupted (Ctrl-C), it takes all its labs down.

            Where a step fails, it is told what came back, where the request goes and which rules it hits (lab why), the last \
            Events, the ends of logs, and the file with the packets that passed where the request comes from.

            Exit codes: 0 all hold (or were skipped, for this machine cannot), 1 a check failed, 2 a file is wrong and nothing \
            was started, 3 no lab can be brought up here (lab doctor says why), 130 interrupted.
            """)
    @Argument(help: "Scenario files, or folders of them.")
    var files: [String]
    @Option(name: .shortAndLong, help: "How many labs are up at a time; else as many as there are processors.")
    var jobs: Int?
    @Option(parsing: .singleValue, help: "Only scenarios with this in their name. May be given several times.")
    var only: [String] = []
    @Option(parsing: .singleValue, help: "Only in this proxy mode: nftables or iptables. May be given several times.")
    var mode: [String] = []
    @Option(name: .customLong("repeat"), help: "How often each is run.")
    var rounds = 1
    @Option(help: "Of all that is drawn, and of the order: the same seed draws the same.")
    var seed: UInt64?
    @Flag(help: "Leave the lab of a run that failed up, and tell how to enter it.")
    var keepOnFailure = false
    @Flag(help: "End all runs when the first one fails.")
    var failFast = false
    @Flag(help: "Tell the runs that hold, too: what they do and why, step by step.")
    var story = false
    @Option(help: "Where files for whoever looks into a failure go, as captured packets.")
    var artifacts = "lab-failures"
    @Option(help: "Record each run into this folder: a page that plays without a lab, and lines for lab replay.")
    var record: String?
    @Option(
        parsing: .singleValue,
        help: "text, jsonl, junit, tap or markdown, to standard output or =FILE. May be given several times.")
    var report: [String] = []

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("Which scenarios? For example: lab test Labs") }
        guard (1...1000).contains(rounds) else { throw ValidationError("--repeat takes 1 to 1000.") }
        if let jobs, !(1...64).contains(jobs) { throw ValidationError("--jobs takes 1 to 64.") }
        _ = try modes()
        _ = try ReportChoice.all(report)
    }

    private func modes() throws -> [LabConfiguration.ProxyMode] {
        try mode.map { text in
            guard let mode = LabConfiguration.ProxyMode(rawValue: text) else {
                throw ValidationError("--mode takes nftables or iptables, not \"\(text)\".")
            }
            return mode
        }
    }

    func run() async throws {
        var choice = ScenarioBench.Choice()
        choice.only = only
        choice.modes = try modes()
        choice.rounds = rounds
        choice.seed = seed
        choice.jobs = jobs
        choice.keepsOnFailure = keepOnFailure
        choice.failsFast = failFast
        choice.folder = artifacts
        choice.recordings = record
        choice.program = Program.path
        let bench: ScenarioBench
        do { bench = try ScenarioBench(files, choice) } catch {
            Terminal.note("\(error)")
            throw ExitCode(2)
        }
        if let obstacle = Lab.obstacle {
            Terminal.note("Error: \(obstacle)")
            throw ExitCode(3)
        }
        Program.raiseDescriptorLimit()
        let reports = try ReportChoice.all(report)
        let board = TestBoard(total: bench.count, tellsStories: reports.contains { $0.isTextOnTerminal }, story: story)
        let results = try await TestInterruption.run { await bench.run { board.hear($0) } }
        let told = ScenarioReport(results, time: board.time)
        board.end(told)
        for report in reports { try report.write(told) }
        if TestInterruption.came { throw ExitCode(130) }
        guard told.exitCode == 0 else { throw ExitCode(told.exitCode) }
    }
}

/// Ctrl-C while scenarios run: what runs is cancelled, and takes its labs down. A second one ends at once; then the
/// daemons take their labs away themselves.
enum TestInterruption {
    private static let seen = Mutex(0)

    /// True once a signal has come.
    static var came: Bool { seen.withLock { $0 > 0 } }

    static func run<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async throws -> Result {
        Program.ignoreBrokenPipes()
        let task = Task { await body() }
        try Program.onSignals([Program.interrupt, Program.terminate, Program.hangUp]) { _ in
            let count = seen.withLock { seen in
                seen += 1
                return seen
            }
            if count > 1 { Program.exit(130) }
            Terminal.note("interrupted: taking the labs down …")
            task.cancel()
        }
        return await task.value
    }
}
