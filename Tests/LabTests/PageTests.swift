// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// What the page's tests need beside the program.
private enum PageTools {
    /// What is not here; nil if all is.
    static let missing: String? = {
        let hasBrowser = ["chromium", "chromium-browser", "google-chrome"].contains { program in
            (try? run("which", [program]))?.code == 0
        }
        guard hasBrowser else { return "chromium (scripts/setup --browser)" }
        let folder = ProcessInfo.processInfo.environment["LAB_AXE"] ?? "\(LabProgram.root)/.build/axe"
        let hasAxe = FileManager.default.fileExists(atPath: "\(folder)/axe_playwright_python/axe.min.js")
        return hasAxe ? nil : "axe-core (scripts/setup --browser)"
    }()
}

extension LabSuites {
    /// The web page in a real browser, which the Python programs in `Tests/Page` drive. All of it happens in a network
    /// namespace that has a loopback and no way out.
    @Suite(.enabled(if: PageTools.missing == nil, "the page's tests need \(PageTools.missing ?? "")"))
    struct PageTests {
        @Test func `the page shows what a story says, harmless to all and open to everyone`() throws {
            let ran = try drive("test_page.py")
            #expect(ran.code == 0, "\(ran.errors.suffix(6000))")
        }

        @Test func `the page of a real lab shows what happens in it, and does what its buttons say`() throws {
            let ran = try drive("test_live.py")
            #expect(ran.code == 0, "\(ran.errors.suffix(6000))")
        }

        private func drive(_ program: String) throws -> Ran {
            try run(
                "unshare",
                [
                    "--net", "sh", "-c", "ip link set lo up && exec python3 \"$0\"",
                    "\(LabProgram.root)/Tests/Page/\(program)",
                ], seconds: 240, environment: ["LAB_BINARY": LabProgram.path])
        }
    }
}
