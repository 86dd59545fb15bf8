// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Scenarios
import Testing

@Suite struct ReportTests {
    /// A run that passed, one that failed with awkward texts, one that was skipped, one without a lab.
    private static func report() throws -> ScenarioReport {
        let scenario = try Reading.scenario(
            "  title: \"Blue & <green> | #1\"\n  steps:\n  - {title: \"Only `blue` *answers*\", sleep: 1s}\n"
                + "  - {sleep: 2s}\n  - {title: The end, sleep: 3s}\n"
        )
        var passed = ScenarioResult(scenario, .nftables, .passed)
        passed.time = .milliseconds(1234)
        var first = StepResult(1, scenario.steps[0])
        first.time = .milliseconds(20)
        passed.steps = [first, StepResult(2, scenario.steps[1]), StepResult(3, scenario.steps[2])]
        var failed = ScenarioResult(scenario, .iptables, .failed)
        failed.round = 2
        failed.seed = 7
        var second = StepResult(2, scenario.steps[1])
        let place = Place("x.yaml", Position(line: 8, column: 5))
        second.failures = [CheckFailure(expected: "status 200", seen: "\"<b>\" & 'x' |\u{1B}[31m", place: place)]
        second.evidence = [.init(title: "lab why <host>", text: "a\n```\n]]> & b\n")]
        failed.steps = [first, second]
        let skipped = ScenarioResult(scenario, .nftables, .skipped("this kernel lacks sch_netem"))
        let broken = ScenarioResult(scenario, .none, .broken("the lab did not come up:\n# no nft"))
        return ScenarioReport([passed, failed, skipped, broken], time: .seconds(3))
    }

    @Test func `the exit code tells a failed check from a host that cannot`() throws {
        var report = try Self.report()
        #expect(report.exitCode == 1)
        report.results.remove(at: 1)
        #expect(report.exitCode == 3)
        report.results.removeLast()
        #expect(report.exitCode == 0)
    }

    @Test func `the text is a story with what was expected and what was seen`() throws {
        let text = try Self.report().text()
        let expected = """
            passed s (nftables): Blue & <green> | #1 (1.23 s)
              ✓ 1 Only `blue` *answers* (20 ms)
              ✓ 2 Let 2 s pass (0 s)
              ✓ 3 The end (0 s)
            failed s (iptables, round 2): Blue & <green> | #1 (0 s)
              ✓ 1 Only `blue` *answers* (20 ms)
              ✗ 2 Let 2 s pass (0 s)
                  expected status 200
                  saw      "<b>" & 'x' |\u{FFFD}[31m
                  at x.yaml:8:5
                  lab why <host>
                    a
                    ```
                    ]]> & b
              – 3 The end
                again with --seed 7
            skipped s (nftables): Blue & <green> | #1 (0 s)
                this kernel lacks sch_netem
            broken s (none): Blue & <green> | #1 (0 s)
                the lab did not come up:
                # no nft
            1 passed, 1 failed, 1 broken, 1 skipped in 3 s
              failed s (iptables, round 2)  x.yaml:1:1
              broken s (none)  x.yaml:1:1

            """
        #expect(text == expected)
    }

    @Test func `colours are for terminals alone, and what was seen brings none of its own`() throws {
        let plain = try Self.report().text()
        #expect(!plain.contains("\u{1B}"))
        let coloured = try Self.report().text(TextStyle(hasColour: true))
        #expect(coloured.contains("\u{1B}[32mpassed\u{1B}[0m"))
        #expect(coloured.contains("\u{1B}[31m\"<b>\" & 'x' |\u{FFFD}[31m\u{1B}[0m"))
    }

    @Test func `the story has descriptions and notes`() throws {
        let scenario = try Reading.scenario(
            "  description: |\n    Watch.\n\n    Why.\n  steps:\n  - {note: A note., sleep: 1s}\n")
        var result = ScenarioResult(scenario, .nftables, .passed)
        result.steps = [StepResult(1, scenario.steps[0])]
        #expect(!result.text().contains("Watch."))
        let story = result.text(TextStyle(isStory: true))
        #expect(story.contains("    Watch.\n\n    Why.\n"))
        #expect(story.contains("        A note."))
    }

    @Test func `each line of JSON is an object with an event`() throws {
        let lines = try Self.report().jsonLines.split(separator: "\n")
        let values = try lines.map { try Value(json: Array($0.utf8)) }
        let events = values.compactMap { $0["event"]?.string }
        let expected =
            ["scenario", "step", "step", "step", "result"] + ["scenario", "step", "step", "result"] + [
                "scenario", "result",
            ]
            + ["scenario", "result", "summary"]
        #expect(events == expected)
        #expect(values[7]["failures"]?.elements.first?["seen"]?.string == "\"<b>\" & 'x' |\u{1B}[31m")
        #expect(values[7]["mode"] == "iptables" && values[7]["round"] == 2 && values[7]["seed"] == "7")
        #expect(values[10]["reason"] == "this kernel lacks sch_netem")
        #expect(values.last?["failed"] == 1)
    }

    @Test func `JUnit's XML is escaped and counts what it has`() throws {
        let xml = try Self.report().jUnit
        #expect(
            xml.contains(
                "<testsuites name=\"lab test\" tests=\"8\" failures=\"1\" errors=\"1\" skipped=\"2\" time=\"3.000\">"))
        #expect(xml.contains("value=\"Blue &amp; &lt;green&gt; | #1\""))
        #expect(
            xml.contains(
                "<failure message=\"expected status 200, saw &quot;&lt;b&gt;&quot; &amp; 'x' |\u{FFFD}[31m\" type=\"check\">"
            ))
        #expect(xml.contains("]]&gt; &amp; b"))
        #expect(xml.contains("<error message=\"the lab did not come up:&#10;# no nft\"/>"))
        #expect(xml.contains("<skipped message=\"this kernel lacks sch_netem\"/>"))
        #expect(!xml.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        // Every element that begins ends.
        for element in ["testsuite", "testcase", "failure", "system-out", "properties"] {
            let opened = xml.ranges(of: "<\(element) ").count + xml.ranges(of: "<\(element)>").count
            let closed = xml.ranges(of: "</\(element)>").count
            let alone = xml.split(separator: "\n").count { $0.contains("<\(element) ") && $0.hasSuffix("/>") }
            #expect(opened == closed + alone, "\(element)")
        }
    }

    @Test func `TAP has a plan, subtests and escaped descriptions`() throws {
        let lines = try Self.report().tap.split(separator: "\n").map(String.init)
        #expect(lines.starts(with: ["TAP version 14", "1..4"]))
        #expect(lines.contains("    ok 1 - Only `blue` *answers*"))
        #expect(lines.contains("    not ok 2 - Let 2 s pass"))
        #expect(lines.contains("    ok 3 - The end # SKIP not reached"))
        #expect(lines.contains("ok 1 - s (nftables): Blue & <green> | \\#1"))
        #expect(lines.contains("not ok 2 - s (iptables, round 2): Blue & <green> | \\#1"))
        #expect(lines.contains("ok 3 - s (nftables): Blue & <green> | \\#1 # SKIP this kernel lacks sch_netem"))
        #expect(lines.contains("  message: \"the lab did not come up: # no nft\""))
        #expect(lines.count { $0.hasPrefix("    1..3") } == 2)
    }

    @Test func `Markdown means itself, and its fences hold`() throws {
        let text = try Self.report().markdown
        #expect(text.contains("| ✅ | **s**: Blue &amp; &lt;green> \\| \\#1 | nftables | 3 | 1.23 s |"))
        #expect(text.contains("Only \\`blue\\`") == false)
        #expect(text.contains("- saw **\"&lt;b>\" &amp; 'x' \\|\u{FFFD}\\[31m** (`x.yaml:8:5`)"))
        #expect(text.contains("<details><summary>lab why &lt;host&gt;</summary>\n\n````text\na\n```\n]]> & b\n````\n"))
        #expect(text.contains("- s (nftables): this kernel lacks sch\\_netem"))
        // Every row of the table has as many cells as its head.
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(rows.allSatisfy { $0.ranges(of: "|").count - $0.ranges(of: "\\|").count == 6 })
    }
}
