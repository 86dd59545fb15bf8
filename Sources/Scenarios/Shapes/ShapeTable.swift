// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// All records by their names.
enum ShapeTable {
    static let records: [RecordShape] = documents + actions + traffic + faults + checks + expectations + lab
    private static let byName = Dictionary(records.map { ($0.name, $0) }) { first, _ in first }

    /// The record of this name; one without fields if there is none, which a test excludes.
    static func record(_ name: String) -> RecordShape { byName[name] ?? RecordShape(name, "an object", []) }

    /// The fields of a step that do something.
    static let actionNames = stepActions.map(\.name)

    private static let documents = [
        RecordShape(
            "Scenario", "a scenario",
            [
                FieldShape("apiVersion", .choice(["lab/v1"]), "The version of this form.", required: true),
                FieldShape("kind", .choice(["Scenario"]), "What the document is.", required: true),
                FieldShape("metadata", .record("Metadata"), "Its name.", required: true),
                FieldShape("spec", .record("ScenarioSpec"), "What it says.", required: true),
            ]),
        RecordShape(
            "Metadata", "metadata",
            [
                FieldShape("name", .text(.name), "The scenario's name.", required: true, example: "name: blue-green"),
                FieldShape("labels", .map(.text(.any)), "Labels, for whoever reads them."),
                FieldShape("annotations", .map(.text(.any)), "Annotations, for whoever reads them."),
            ]),
        RecordShape(
            "ScenarioSpec", "a scenario's spec",
            [
                FieldShape(
                    "title", .text(.filled), "What it shows, in one line; without it, its name.",
                    example: "title: Traffic moves from blue to green, and no request fails", aliases: ["name"]),
                FieldShape(
                    "description", .text(.any), "Prose in Markdown: what to watch, what to type, why.",
                    example: "description: A Service does not know Deployments. It knows labels.",
                    aliases: ["desc", "summary"]),
                FieldShape(
                    "manifests", .list(.text(.filled)),
                    "Further files with objects, relative to this one; the other documents of this file always belong to it.",
                    example: "manifests: [hello-service.yaml]", aliases: ["files", "resources"]),
                FieldShape(
                    "lab", .record("LabSpec"), "Fields of a Lab's spec; they go over those of the file's Lab document.",
                    example: "lab: {nodes: 2}"),
                FieldShape(
                    "modes", .list(.choice(["nftables", "iptables", "none"]), atLeast: 1),
                    "In which proxy modes it runs; without it, nftables and iptables.", example: "modes: [nftables]",
                    aliases: ["proxyModes", "proxyMode", "mode"]),
                FieldShape(
                    "requires", .list(.choice(of: Scenario.Requirement.self)),
                    "What the machine must have; without it, the scenario is skipped and says so.",
                    example: "requires: [netem, ipv6]", aliases: ["needs"]),
                FieldShape(
                    "timeout", .text(.duration), "How long all steps may take together; without it, 60s.",
                    example: "timeout: 2m"),
                FieldShape(
                    "steps", .list(.record("Step"), atLeast: 1), "What is done and checked, in order.", required: true),
            ]),
        RecordShape(
            "Step", "a step",
            [
                FieldShape(
                    "title", .text(.filled), "What the step shows; without it, one is made from its action.",
                    example: "title: Only blue answers", aliases: ["name"]),
                FieldShape(
                    "note", .text(.any), "Prose for the story.",
                    example: "note: The Pods of the other version run on.",
                    aliases: ["notes", "description", "comment"]),
                FieldShape(
                    "within", .text(.duration),
                    "Eventually: the checks are tried again until all hold, at most so long; for `wait` and `rollout`, how long they may take.",
                    example: "within: 5s", aliases: ["timeout", "eventually"]),
                FieldShape(
                    "for", .text(.duration),
                    "Always: the checks are tried again for so long, and must hold each time (with `within`, once they hold).",
                    example: "for: 3s", aliases: ["duration", "always", "during"]),
                FieldShape(
                    "expect", .list(.record("Check"), atLeast: 1), "What must hold after the action.",
                    example: "expect: [{status: 200}]", aliases: ["expects", "expected", "checks", "check", "assert"]),
            ] + stepActions,
            rules: [.atMostOne(stepActions.map(\.name)), .atLeastOne(stepActions.map(\.name) + ["expect"])]),
    ]
}
