// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Dataplane
internal import Kubernetes

/// The ways to break the Service rules that `lab up --sabotage` and `LAB_SABOTAGE` take; for `scripts/sabotage`.
struct Sabotages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sabotages", abstract: "Show how the Service rules can be broken, to prove that scenarios notice.",
        discussion: "EXAMPLE\n  sudo lab up Labs/hello-service.yaml --sabotage missing-address", shouldDisplay: false)
    @OptionGroup var output: OutputChoice

    func run() {
        let rows = Sabotage.allCases.map { [$0.rawValue, $0.violated, $0.effect] }
        guard output.output == .json else {
            return Terminal.print(Terminal.table(["SABOTAGE", "VIOLATES", "WHAT"], rows))
        }
        let value = Value.array(
            rows.map { ["name": .string($0[0]), "violates": .string($0[1]), "effect": .string($0[2])] })
        Terminal.print(value.json(pretty: true))
    }
}
