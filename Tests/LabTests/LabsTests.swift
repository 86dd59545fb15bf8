// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// The course in `Labs`: its stories hold, and its syllabus has all of them.
    @Suite
    struct LabsTests {
        private static let folder = "\(LabProgram.root)/Labs"

        private static var files: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".yaml") }
                .sorted()
        }

        private static func hasScenario(_ file: String) -> Bool {
            let text = (try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)) ?? ""
            return text.split(separator: "\n").contains("kind: Scenario")
        }

        @Test func `every story of the course holds, in both proxy modes`() throws {
            let artifacts = "\(NSTemporaryDirectory())/labs-\(UInt32.random(in: 0..<1_000_000))"
            defer { try? FileManager.default.removeItem(atPath: artifacts) }
            let ran = try LabProgram.run(["test", Self.folder, "-j", "4", "--artifacts", artifacts], seconds: 400)
            #expect(ran.code == 0, "\(ran.output.suffix(6000))\n\(ran.errors.suffix(2000))")
            let left = try LabProgram.run(["list", "-o", "json"])
            #expect(!left.output.contains("blue-green"), "a lab was left: \(left)")
        }

        @Test func `every lab has a story, in its file or beside it`() {
            for file in Self.files where !file.hasSuffix(".scenario.yaml") {
                let beside = file.replacingOccurrences(of: ".yaml", with: ".scenario.yaml")
                #expect(Self.hasScenario(file) || Self.files.contains(beside), "\(file)")
            }
        }

        @Test func `the syllabus lists every lab once, and nothing else`() throws {
            let text = try String(contentsOfFile: "\(Self.folder)/README.md", encoding: .utf8)
            let listed = text.matches(of: /\]\(([a-z0-9-]+(\.scenario)?\.yaml)\)/).map { String($0.1) }
            #expect(listed.sorted() == Self.files)
        }
    }
}
