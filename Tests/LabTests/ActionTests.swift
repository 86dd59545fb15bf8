// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// The GitHub action, its steps run as a runner would run them.
    @Suite(.enabled(if: TriedAction.isPossible, "this needs python3-yaml"))
    struct ActionTests {
        /// A lab and what should hold of it: whether it does depends on the status that is expected.
        private static func scenario(status: Int) -> String {
            LifeTests.small + """

                ---
                apiVersion: lab/v1
                kind: Scenario
                metadata: {name: answers}
                spec:
                  title: The Service answers
                  modes: [nftables]
                  steps:
                  - title: A request from the host
                    request: {from: host, url: "http://web.default:80/"}
                    expect:
                    - status: \(status)
                """
        }

        /// Runs the action over a scenario; the program under test is where the action looks for one that is built.
        private static func act(status: Int) throws -> (ran: Ran, junit: String) {
            let folder = "/tmp/lab-test-action-\(getpid())"
            let files = FileManager.default
            try? files.removeItem(atPath: folder)
            try files.createDirectory(atPath: "\(folder)/.build/programs", withIntermediateDirectories: true)
            defer { try? files.removeItem(atPath: folder) }
            for name in ["action.yml", "scripts"] {
                try files.createSymbolicLink(
                    atPath: "\(folder)/\(name)", withDestinationPath: "\(LabProgram.root)/\(name)")
            }
            try files.createSymbolicLink(
                atPath: "\(folder)/.build/programs/lab", withDestinationPath: LabProgram.path)
            try scenario(status: status).write(toFile: "\(folder)/answers.yaml", atomically: true, encoding: .utf8)
            let ran = try run(
                "/usr/bin/python3",
                [
                    "\(LabProgram.root)/scripts/try-action", "files=\(folder)/answers.yaml", "arguments=-j 2",
                    "reports=\(folder)/reports",
                ], environment: ["LAB_TRY_ROOT": folder])
            let junit = try? String(contentsOfFile: "\(folder)/reports/junit.xml", encoding: .utf8)
            return (ran, junit ?? "")
        }

        @Test func `the action's steps run the scenario, and the job has a summary and a report`() throws {
            let (ran, junit) = try Self.act(status: 200)
            #expect(ran.code == 0, "\(ran)")
            #expect(ran.output.contains("-- programs built before: left out"))
            let summary = ran.output.components(separatedBy: "-- the job's summary\n").last ?? ""
            #expect(summary.contains("The Service answers"), "\(summary)")
            #expect(ran.output.contains("-- output junit: /tmp/lab-test-action-"))
            #expect(junit.contains("<testsuite") && junit.contains("failures=\"0\""), "\(junit)")
        }

        @Test func `a check that fails fails the job, and the summary says which`() throws {
            let (ran, junit) = try Self.act(status: 404)
            #expect(ran.code == 1, "\(ran)")
            let summary = ran.output.components(separatedBy: "-- the job's summary\n").last ?? ""
            #expect(summary.contains("A request from the host"), "\(summary)")
            #expect(junit.contains("<failure"), "\(junit)")
        }
    }
}

/// Whether the action can be tried here.
enum TriedAction {
    static let isPossible = (try? run("/usr/bin/python3", ["-c", "import yaml"]))?.code == 0
}
