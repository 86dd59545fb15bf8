// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// A few of the random clusters of `scripts/agree`, always the same; the script alone runs hundreds.
    @Suite(.enabled(if: (try? run("python3", ["--version"]))?.code == 0, "scripts/agree needs python3"))
    struct AgreementTests {
        @Test func `what the kernel does in random clusters is one of the walker's journeys, in both modes`() throws {
            let ran = try run(
                "\(LabProgram.root)/scripts/agree",
                ["--seed", "1", "--clusters", "10", "--mode", "both", "--connections", "1000", "--shrink", "20"],
                seconds: 150, environment: ["LAB_BINARY": LabProgram.path])
            #expect(ran.code == 0, "\(ran.errors.prefix(6000))")
        }
    }
}
