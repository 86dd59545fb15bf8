// SPDX-License-Identifier: Apache-2.0
import Testing

/// A scenario that is wrong in one place, which the mark « stands before, and words of the complaint.
struct BadScenario: Sendable, CustomTestStringConvertible {
    /// The file's text, with the mark.
    let marked: String
    /// What the complaint has in it.
    let words: String

    /// The file's text.
    var text: String { String(marked.filter { $0 != "«" }) }

    /// Line and column of the mark.
    var position: String {
        let before = marked.prefix { $0 != "«" }
        let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
        return "\(lines.count):\((lines.last ?? "").utf8.count + 1)"
    }

    var testDescription: String { words }

    /// A whole file.
    static func file(_ marked: String, _ words: String) -> BadScenario { BadScenario(marked: marked, words: words) }

    /// A scenario whose `spec`, or what stands in its place, is given whole.
    static func bare(_ marked: String, _ words: String) -> BadScenario {
        file("apiVersion: lab/v1\nkind: Scenario\nmetadata: {name: s}\n" + marked, words)
    }

    /// A good scenario but for its `metadata`.
    static func metadata(_ marked: String, _ words: String) -> BadScenario {
        file("apiVersion: lab/v1\nkind: Scenario\nmetadata: \(marked)\nspec:\n  steps: [{sleep: 1s}]\n", words)
    }

    /// A scenario with the fields of its `spec`, one a line, and a step that is good.
    static func spec(_ fields: String, _ words: String) -> BadScenario {
        let indented = fields.split(separator: "\n").map { "  \($0)\n" }.joined()
        return file(Reading.head + indented + "  steps: [{sleep: 1s}]\n", words)
    }

    /// A scenario with one step, its fields one a line.
    static func step(_ fields: String, _ words: String) -> BadScenario {
        let indented = fields.split(separator: "\n").joined(separator: "\n    ")
        return file(Reading.head + "  steps:\n  - \(indented)\n" + rest, words)
    }

    /// A request of one step, with what its braces hold.
    static func request(_ fields: String, _ words: String) -> BadScenario {
        step("request: {from: host, \(fields)}", words)
    }

    /// An entry of `expect` of ten requests.
    static func check(_ entry: String, _ words: String) -> BadScenario {
        step("request: {from: host, url: \"http://web/\", count: 10}\nexpect:\n- \(entry)", words)
    }

    /// An entry of `expect` of a step that does nothing.
    static func look(_ entry: String, _ words: String) -> BadScenario { step("expect:\n- \(entry)", words) }

    /// What the scenarios bring up.
    private static let rest = """
        ---
        apiVersion: lab/v1
        kind: Lab
        spec: {nodes: 2, external: [{name: visitor, address: 198.51.100.70}]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}, ports: [{port: 80}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: blue}
        spec:
          selector: {matchLabels: {app: web}}
          template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: a}]}}

        """
}
