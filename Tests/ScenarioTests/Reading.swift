// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Scenarios
import Testing

/// What tests read scenarios with.
enum Reading {
    /// The scenarios of a file's text.
    static func scenarios(_ text: String, file: String = "x.yaml") throws -> [Scenario] {
        try Scenario.read(try Manifest.read(Array(text.utf8), file: file))
    }

    /// The first scenario of a `spec` that is written below `spec:` with two blanks before each line.
    static func scenario(_ spec: String) throws -> Scenario {
        try #require(try scenarios(head + spec).first)
    }

    /// The one step of a scenario, whose fields are given without blanks before them.
    static func step(_ fields: String) throws -> Scenario.Step {
        let lines = fields.split(separator: "\n", omittingEmptySubsequences: false)
        let spec = "  steps:\n  - " + lines.joined(separator: "\n    ") + "\n"
        return try #require(try scenario(spec).steps.first)
    }

    /// The checks of one entry of `expect`, with requests as the step's action.
    static func checks(_ entry: String, action: String = "request: {from: host, url: \"http://web/\", count: 10}")
        throws -> [Check]
    {
        try step("\(action)\nexpect:\n- \(entry)").checks
    }

    /// The first five lines of each document.
    static let head = "apiVersion: lab/v1\nkind: Scenario\nmetadata: {name: s}\nspec:\n"

    /// What is wrong with a text, one line a fault; empty if nothing is.
    static func faults(_ text: String, file: String = "x.yaml") -> [String] {
        do {
            _ = try scenarios(text, file: file)
            return []
        } catch let refusal as Refusal {
            return refusal.faults.map(\.description)
        } catch { return ["\(error)"] }
    }
}
