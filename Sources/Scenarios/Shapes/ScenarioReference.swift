// SPDX-License-Identifier: Apache-2.0

/// The tables of `docs/scenarios.md`, written from the same table that reads documents.
public enum ScenarioReference {
    /// What stands between the marks `<!-- reference -->` and `<!-- end of reference -->`.
    public static var markdown: String {
        var text = section("The document: `spec`", "ScenarioSpec")
        text +=
            "\n### A step\n\n"
            + rows(ShapeTable.record("Step").fields.filter { !ShapeTable.actionNames.contains($0.name) })
        text += "\n## Actions\n\nA step has one of these, or none.\n\n" + lines(ShapeTable.stepActions)
        text += "\n### Their fields\n"
        for name in ["Patch", "Label", "Scale", "Delete", "Rollout", "Exec", "Wait", "Request", "Datagrams", "Lookup"] {
            text += fields(name)
        }
        for name in ["Background", "Selected", "Kill", "Frozen", "Link", "Conntrack"] { text += fields(name) }
        text += "\n## Checks\n\nWhat a check looks at; without one of these, at what came of the step's action:\n\n"
        text += lines(ShapeTable.subjects)
        text += "\nWhat must be true of requests, datagrams, questions and programs:\n\n" + lines(ShapeTable.tests)
        text += "\n### Their fields\n"
        for record in ShapeTable.checks where record.name != "Check" { text += fields(record.name) }
        for name in ["TextExpectation", "NumberExpectation", "ValueExpectation"] { text += fields(name) }
        return text
    }

    private static func section(_ title: String, _ record: String) -> String {
        "### \(title)\n\n" + rows(ShapeTable.record(record).fields)
    }

    /// The fields of one record, with the place that it has in a document as its title.
    private static func fields(_ name: String) -> String {
        let record = ShapeTable.record(name)
        return "\n#### \(titles[name] ?? record.article)\n\n" + rows(record.fields)
    }

    private static let titles = [
        "Patch": "`patch`", "Label": "`label`", "Scale": "`scale`", "Delete": "`delete`", "Rollout": "`rollout`",
        "Exec": "`exec`", "Wait": "`wait`", "Request": "`request`", "Datagrams": "`udp`", "Lookup": "`dns`",
        "Background": "`background`", "Selected": "A place by a selector: `from: {selector: …}`", "Kill": "`kill`",
        "Frozen": "`freeze` and `thaw`", "Link": "`link`", "Conntrack": "`conntrack`", "Latency": "`latency`",
        "AnsweredBy": "`answeredBy`", "Outcomes": "`outcome`, by numbers", "ObjectCheck": "`object`",
        "RulesCheck": "`rules`", "WhyCheck": "`why`", "CounterCheck": "`counter`", "EventCheck": "`event`",
        "TextExpectation": "What a text must be", "NumberExpectation": "What a number must be",
        "ValueExpectation": "What a value must be",
    ]

    private static func rows(_ fields: [FieldShape]) -> String {
        var text = "| field | what it takes | what it means |\n|---|---|---|\n"
        for field in fields {
            let name = field.isRequired ? "**`\(field.name)`**" : "`\(field.name)`"
            text += "| \(name) | \(escaped(field.shape.words)) | \(escaped(field.summary)) |\n"
        }
        return text
    }

    private static func lines(_ fields: [FieldShape]) -> String {
        var text = "| what | example | what it means |\n|---|---|---|\n"
        for field in fields {
            text += "| `\(field.name)` | `\(escaped(field.example))` | \(escaped(field.summary)) |\n"
        }
        return text
    }

    private static func escaped(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
