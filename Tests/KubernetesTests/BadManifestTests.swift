// SPDX-License-Identifier: Apache-2.0

import Kubernetes
import Testing

/// A manifest that is refused, and the start of the first line that says why.
struct BadManifest: Sendable, CustomTestStringConvertible {
    let title: String
    let text: String
    let expected: String

    init(_ title: String, _ text: String, _ expected: String) {
        self.title = title
        self.text = text
        self.expected = expected
    }

    var testDescription: String { title }

    /// A Service on lines 1 to 4, the given spec from line 5 on.
    static func service(_ title: String, _ spec: String, _ expected: String) -> BadManifest {
        let lines = spec.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        let head = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n"
        return BadManifest(title, head + lines, expected)
    }

    /// A Deployment on lines 1 to 8, the given container fields from line 9 on.
    static func container(_ title: String, _ fields: String, _ expected: String) -> BadManifest {
        let lines = fields.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
        let head = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template: {metadata: {labels: {app: web}}, spec: {containers: [{

            """
        return BadManifest(title, head + lines + "\n}]}}", expected)
    }

    static let subject = "Service \"web\": "
}

@Suite struct BadManifestTests {
    @Test(arguments: BadManifest.unreadable + BadManifest.services + BadManifest.others)
    func `a bad manifest is refused with file, line and field`(_ manifest: BadManifest) {
        let text = refusal(Array(manifest.text.utf8))
        #expect(text.hasPrefix("bad.yaml:\(manifest.expected)"), "\(text)")
    }

    @Test func `at least sixty bad manifests are refused`() {
        #expect(BadManifest.unreadable.count + BadManifest.services.count + BadManifest.others.count >= 60)
    }

    @Test func `a file of a hundred megabytes is refused by its size`() {
        let text = refusal([UInt8](repeating: 0x20, count: 100 << 20))
        #expect(text == "bad.yaml:1:1: the file is too large: a manifest may have 16777216 bytes at most")
    }

    @Test func `a binary file is refused at its first byte that is no text`() {
        #expect(refusal([0x61, 0x0a, 0x7f, 0x00]).hasPrefix("bad.yaml:2:2: a NUL byte"))
        #expect(refusal([0x61, 0x0a, 0x62, 0xff, 0x61]).hasPrefix("bad.yaml:2:2: not UTF-8"))
    }

    @Test(arguments: ["[", "{a: ", "- ", "{\"a\":"])
    func `values nested a million levels deep are refused`(_ opening: String) {
        #expect(refusal(Array(String(repeating: opening, count: 1_000_000).utf8)).hasPrefix("bad.yaml:1:"))
    }

    @Test func `values nested a hundred and fifty levels deep are refused in JSON and YAML`() {
        let depth = 150
        for (opening, closing) in [("[", "]"), ("{\"a\":", "}")] {
            let value = String(repeating: opening, count: depth) + "1" + String(repeating: closing, count: depth)
            #expect(refusal(Array("{\"a\": \(value)}".utf8)).contains("nested more than 100 levels deep"))
            #expect(refusal(Array("a: \(value)".utf8)).contains("nested more than 100 levels deep"))
        }
        let indented = (0..<depth).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
        #expect(refusal(Array(indented.utf8)).contains("nested more than 100 levels deep"))
    }

    @Test func `aliases that multiply are refused`() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<30 {
            text += "a\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ", "))]\n"
        }
        #expect(refusal(Array(text.utf8)).contains("aliases make the document too large"))
        #expect(refusal(Array((text + "? *a29\n: 1\n").utf8)).contains("not made of aliases"))
        #expect(refusal(Array((text + "[*a29]: 1\n").utf8)).contains("not made of aliases"))
    }

    @Test func `all faults of a file are said at once`() {
        let text = refusal(
            Array("apiVersion: v1\nkind: Servce\nmetadata: {name: a}\n---\nkind: Pod\nmetadata: {}\n".utf8))
        #expect(
            text.split(separator: "\n").map { $0.prefix(12) } == ["bad.yaml:2:1", "bad.yaml:5:1", "bad.yaml:6:1"])
    }
}

/// What the manifest is refused with, one line a fault; empty if it is taken.
func refusal(_ bytes: [UInt8]) -> String {
    do {
        let documents = try Manifest.read(bytes, file: "bad.yaml")
        let rest = try LabConfiguration.read(documents).rest
        for document in rest {
            let problems = document.object.defaulted().problems()
            if !problems.isEmpty { return document.refusal(problems).description }
        }
        return ""
    } catch {
        return error.description
    }
}
