// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes

struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Check a recording: that it agrees with itself, and that kernel and walker agreed at each step.",
        discussion: """
            The lines are folded one after the other (docs/story.md). Each journey that a kernel told of is walked through the \
            plan of that moment, which is made of the story's objects again; each connection that was counted must have gone to an \
            endpoint that its Service had. No lab is needed, nor root.

            EXAMPLE
              sudo lab record blue-green -o story.jsonl --for 30s && lab replay story.jsonl

            Exit codes: 0 all agrees, 1 something does not.
            """)
    @Argument(help: "The recording: FILE.jsonl.")
    var file: String
    @OptionGroup var output: OutputChoice

    func run() throws {
        let result = try ReplayedStory(file).value
        let problems = result["problems"]?.elements ?? []
        if output.output == .json {
            Terminal.print(result.json(pretty: true))
        } else {
            for problem in problems.prefix(20) {
                Terminal.print("line \(problem["line"]?.int ?? 0): \(problem.text("text"))")
            }
            if problems.count > 20 { Terminal.print("… and \(problems.count - 20) more") }
            Terminal.print(result.text("summary"))
        }
        guard problems.isEmpty else { throw ExitCode(1) }
    }
}
