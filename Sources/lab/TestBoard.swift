// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import LabKit
internal import Linux
internal import Synchronization

/// What `lab test` shows while scenarios run: on a terminal a line for each that runs, below what has ended; elsewhere a
/// line for each that has ended.
final class TestBoard: Sendable {
    private struct State {
        var running: [(number: Int, label: String, doing: String)] = []
        /// How many lines of running scenarios stand on the terminal.
        var shown = 0
        var ended = 0
    }

    private let total: Int
    private let tellsStories: Bool
    /// Whether runs that hold are told, too, with their prose.
    private let story: Bool
    private let started = Program.milliseconds()
    private let state = Mutex(State())

    init(total: Int, tellsStories: Bool, story: Bool) {
        self.story = story
        self.total = total
        self.tellsStories = tellsStories
    }

    func hear(_ news: BenchNews) {
        state.withLock { state in
            switch news {
            case .began(let number, let label): state.running.append((number, label, ""))
            case .reached(let number, let doing):
                for index in state.running.indices where state.running[index].number == number {
                    state.running[index].doing = doing
                }
            case .ended(let number, let result, let kept):
                state.running.removeAll { $0.number == number }
                state.ended += 1
                erase(&state)
                show(result, keptAs: kept)
            }
            draw(&state)
        }
    }

    /// The last line: how many passed.
    func end(_ report: ScenarioReport) {
        state.withLock { erase(&$0) }
        line(report.exitCode == 0 ? Terminal.green(report.summary) : Terminal.red(report.summary))
    }

    /// How long it has taken so far.
    var time: Duration { .microseconds(Int64((Program.milliseconds() - started) * 1000)) }

    private func show(_ result: ScenarioResult, keptAs kept: String?) {
        let time = "\((result.time.seconds * 10).rounded() / 10) s"
        switch result.verdict {
        case .passed where story: line(result.text(style))
        case .passed: line("\(Terminal.green("ok"))      \(result.label)  \(time)")
        case .failed where tellsStories: line(result.text(style))
        case .failed: line("\(Terminal.red("failed"))  \(result.label)  \(time)")
        case .skipped(let why): line("skipped \(result.label): \(why)")
        case .broken(let why): line("\(Terminal.red("broken"))  \(result.label): \(why)")
        }
        if let kept {
            line("  the lab stays up: lab shell host --lab \(kept); lab why …; lab down \(kept)")
        }
    }

    private var style: TextStyle { TextStyle(hasColour: Terminal.hasColor, isStory: story) }

    private func line(_ text: String) { Program.write(2, text + "\n") }

    private func draw(_ state: inout State) {
        guard Terminal.showsProgress else { return }
        erase(&state)
        let width = (Program.columns(2) ?? 80) - 1
        let lines = state.running.map { "        \($0.label)  \($0.doing)" } + ["        \(state.ended) of \(total)"]
        for text in lines { Program.write(2, text.prefix(width) + "\n") }
        state.shown = lines.count
    }

    private func erase(_ state: inout State) {
        guard state.shown > 0 else { return }
        Program.write(2, "\u{1b}[\(state.shown)A\u{1b}[J")
        state.shown = 0
    }
}

extension Duration {
    /// In seconds.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
