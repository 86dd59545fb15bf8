// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Engine
internal import Kubernetes

/// What `scripts/measure services` asks of a running lab.
struct Measure: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure a running lab's tables: full loads, and endpoint changes from the Store to the kernels.",
        shouldDisplay: false)
    @Option(help: "How many endpoints leave and come back.")
    var changes = 500
    @OptionGroup var lab: LabChoice

    func run() throws {
        let result = try lab.client().ask(["verb": "measure", "changes": .int(Int64(changes))])
        Terminal.print(result.json())
    }
}
