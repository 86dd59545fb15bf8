// SPDX-License-Identifier: Apache-2.0
import Foundation
import Scenarios
import Testing

@Suite struct ScenarioReferenceTests {
    private let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/scenarios.md")

    @Test func `the reference in the documentation is the table that reads documents`() throws {
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.firstRange(of: "<!-- reference -->\n"))
        let end = try #require(text.firstRange(of: "<!-- end of reference -->"))
        let written = text[start.upperBound..<end.lowerBound]
        if written != ScenarioReference.markdown, let path = ProcessInfo.processInfo.environment["LAB_WRITE_REFERENCE"]
        {
            try ScenarioReference.markdown.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(written == ScenarioReference.markdown)
    }
}
