// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// A terminal of a size, in which a shell runs: tmux.
private final class TestTerminal {
    private let socket = "lab-test-\(UInt32.random(in: 0..<1_000_000))"

    init(columns: Int, rows: Int) throws {
        let arguments = ["-x", "\(columns)", "-y", "\(rows)", "env", "PS1=ready> ", "TERM=screen-256color", "sh"]
        // What the server inherited would look to us like the end that did not come.
        let close =
            #"for f in /proc/self/fd/*; do n=${f##*/}; [ "$n" -gt 2 ] && eval "exec $n>&-"; done; exec tmux "$@""#
        let ran = try run(
            "bash", ["-c", close, "tmux", "-u", "-f", "/dev/null", "-L", socket, "new-session", "-d"] + arguments)
        guard ran.code == 0 else { throw LabUnderTest.Failure(description: "tmux: \(ran)") }
    }

    deinit { _ = try? run("tmux", ["-L", socket, "kill-server"]) }

    /// What is on the screen, line by line.
    func screen() throws -> [String] {
        let text = try run("tmux", ["-u", "-L", socket, "capture-pane", "-p"]).output
        return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    /// The screen with the sequences of its colours.
    func colours() throws -> String { try run("tmux", ["-u", "-L", socket, "capture-pane", "-p", "-e"]).output }

    func press(_ keys: String...) throws { _ = try run("tmux", ["-L", socket, "send-keys"] + keys) }

    /// Has the command that the shell runs end by SIGTERM.
    func endCommand() throws {
        let shell = try run("tmux", ["-L", socket, "display-message", "-p", "#{pane_pid}"]).output
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let children = try String(contentsOfFile: "/proc/\(shell)/task/\(shell)/children", encoding: .utf8)
        for child in children.split(separator: " ").compactMap({ Int32($0) }) { kill(child, SIGTERM) }
    }

    func resize(columns: Int, rows: Int) throws {
        _ = try run("tmux", ["-L", socket, "resize-window", "-x", "\(columns)", "-y", "\(rows)"])
    }
}

extension LabSuites {
    /// `lab top` in a terminal.
    @Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux"), "needs the command tmux"))
    struct TopTests {
        private static func words(_ lines: [String], _ beginning: String) -> [String] {
            let line = lines.first { $0.trimmingCharacters(in: .whitespaces).hasPrefix(beginning) }
            return (line ?? "").split(separator: " ").map(String.init)
        }

        @Test func `a terminal shows what was counted, fits its window, takes keys, and is as before when it ends`()
            throws
        {
            let lab = try LabUnderTest(CountingTests.manifest, nodes: 2)
            let terminal = try TestTerminal(columns: 80, rows: 24)
            let command = "\(LabProgram.path) top --lab \(lab.name) --interval 0.3"
            try terminal.press(command, "Enter")
            func eventually(_ what: String, _ condition: ([String]) -> Bool) throws {
                try lab.eventually(what) { condition(try terminal.screen()) }
            }
            try eventually("the Services are there") { $0.contains { $0.hasPrefix("default/web:http") } }

            let answers = try lab.answers("http://\(try lab.clusterIP("web"))", count: 300)
            try eventually("all connections are there") {
                Self.words($0, "default/web:http").dropFirst(2).first == "300"
            }
            for size in [(80, 24), (200, 60)] {
                try terminal.resize(columns: size.0, rows: size.1)
                try eventually("the last line is the footer of \(size)") {
                    $0.count == size.1 && $0.last?.hasPrefix("q quit") == true
                }
                let lines = try terminal.screen()
                #expect(lines.first?.contains("300 connections") == true, "\(lines.first ?? "")")
                #expect(lines.allSatisfy { $0.count <= size.0 })
                for pod in try lab.pods("app", "web") {
                    let name = pod["name"] as? String ?? ""
                    let count = answers.reduce(0) { $0 + ($1.key.contains(name) ? $1.value : 0) }
                    let line = lines.first { $0.contains(name) } ?? ""
                    #expect(line.split(separator: " ").contains("\(count)"), "\(name): \(count) in \(line)")
                }
                #expect(lines.contains { $0.contains("10.96.") } == (size.0 == 200), "addresses where there is room")
                #expect(lines.contains { $0.hasPrefix("node-2") } && lines.contains { $0.hasPrefix("edge") })
            }
            #expect(try terminal.colours().contains("\u{1b}["))

            try terminal.press("/", "empty", "Enter")
            try eventually("only what the filter leaves") { lines in
                lines.contains { $0.hasPrefix("default/empty") } && !lines.contains { $0.hasPrefix("default/web") }
            }
            try terminal.press("?")
            try eventually("the keys are explained") { $0.contains { $0.contains("scroll") } }
            try terminal.press("x")
            try terminal.press("q")
            try eventually("the shell has the terminal again") { $0.last { !$0.isEmpty }?.hasPrefix("ready>") == true }
            #expect(try !terminal.screen().contains { $0.contains("REFUSED") }, "what was there before is there again")

            // A signal leaves the terminal in order, too.
            try terminal.press(command, "Enter")
            try eventually("it is drawn again") { $0.contains { $0.hasPrefix("default/web:http") } }
            try terminal.endCommand()
            try eventually("the shell has the terminal once more") { $0.contains { $0.contains("Terminated") } }
            try terminal.press("stty -a | grep -ow -e '-icanon' -e icanon", "Enter")
            try eventually("lines are read as lines") { $0.contains("icanon") }
        }

        @Test func `NO_COLOR has no colours, and without a terminal there are tables`() throws {
            let lab = try LabUnderTest(CountingTests.manifest, nodes: 2)
            let terminal = try TestTerminal(columns: 100, rows: 30)
            try terminal.press("NO_COLOR=1 \(LabProgram.path) status --watch --lab \(lab.name)", "Enter")
            try lab.eventually("it is drawn") { try terminal.screen().contains { $0.hasPrefix("default/web:http") } }
            #expect(try !terminal.colours().contains("\u{1b}[3"))
            let ran = try lab.lab("top", "--once", "--interval", "0.2", "--filter", "web")
            #expect(ran.code == 0)
            #expect(ran.lines.count { $0.hasPrefix("default/") } == 1 && !ran.output.contains("\u{1b}"), "\(ran)")
            #expect(ran.lines.contains { $0.hasPrefix("node-1") })
            let value = try lab.lab("top", "--once", "--interval", "0.2", "-o", "json").json as? [String: Any]
            #expect((value?["services"] as? [Any])?.count ?? 0 >= 3)
        }
    }
}
