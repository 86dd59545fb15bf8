// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes

/// What `scripts/hardship dataplane` asks of a lab at its end.
struct Observe: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hold the rules in the kernels against the lab's plan, element by element.", shouldDisplay: false)
    @OptionGroup var lab: LabChoice

    func run() throws {
        let result = try lab.client().ask(["verb": "observe"])
        Terminal.print(result.json())
        guard result["differences"]?.int == 0 else { throw ExitCode(1) }
    }
}
