// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Kubernetes
internal import Scenarios

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON schema of Scenario or Lab documents, for editors.",
        discussion: """
            EXAMPLES
              lab schema scenario > scenario.schema.json
              lab schema lab > lab.schema.json

            In an editor with the YAML language server, the first line of a file then is: \
            # yaml-language-server: $schema=scenario.schema.json
            """)

    enum Kind: String, ExpressibleByArgument, CaseIterable { case scenario, lab }

    @Argument(help: "scenario or lab.")
    var kind = Kind.scenario

    func run() { Terminal.print((kind == .lab ? LabSchema.json : ScenarioSchema.json).json(pretty: true)) }
}
