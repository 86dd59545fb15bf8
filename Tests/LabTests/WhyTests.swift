// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// `lab why`: of a lab, and of a manifest alone.
    @Suite
    struct WhyTests {
        private static let hello = "\(LabProgram.root)/Labs/hello-service.yaml"

        /// A copy of the program that anybody may run, and the folder that it is in.
        private func programForAll() throws -> (program: String, folder: URL) {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lab-why-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            let program = folder.appendingPathComponent("lab")
            try FileManager.default.copyItem(at: URL(fileURLWithPath: LabProgram.path), to: program)
            return (program.path, folder)
        }

        @Test func `a manifest is planned and walked by someone who is not root, with no lab at all`() throws {
            let (program, folder) = try programForAll()
            defer { try? FileManager.default.removeItem(at: folder) }
            let ran = try LabTests.run(
                "setpriv",
                [
                    "--reuid", "65534", "--regid", "65534", "--clear-groups", program, "why", "-f", "-", "host",
                    "hello-service:8080",
                ], input: try String(contentsOfFile: Self.hello, encoding: .utf8))
            #expect(ran.code == 0, "\(ran)")
            #expect(
                ran.output.contains(
                    "delivered: to one of 3 Pods of Service workload-reachability-example/hello-service"))
            #expect(ran.output.contains("nothing was measured"))
            #expect(!ran.output.contains("\u{1b}"))
        }

        @Test func `the same manifest gives the same answer each time, as text and as JSON`() throws {
            let arguments = ["why", "-f", Self.hello, "deploy/hello-app", "http://hello-service:8080"]
            let first = try LabProgram.run(arguments)
            #expect(first.output == (try LabProgram.run(arguments)).output)
            let value = try #require(try LabProgram.run(arguments + ["-o", "json"]).json as? [String: Any])
            #expect(value["answer"] as? String == "delivered")
            #expect(value["basis"] as? String == "manifest")
            #expect((value["ways"] as? [[String: Any]])?.count == 3)
        }

        static let ends: [([String], Int32)] = [
            (["host", "hello-service:8080"], 0),
            (["host", "hello-service:81"], 1),
            (["host", "hello-service", "--protocol", "icmp"], 1),
            (["host", "hello-service:8080", "--assume-unready", "deploy/hello-app"], 1),
            (["host", "helo-service:8080"], 2),
            (["nowhere", "hello-service:8080"], 2),
            (["a", "b", "c"], 64),
            (["host", "hello-service:8080", "--protocol", "xyz"], 64),
        ]

        @Test(arguments: ends)
        func `the exit code says whether connections arrive`(_ arguments: [String], _ code: Int32) throws {
            let ran = try LabProgram.run(["why", "-f", Self.hello] + arguments)
            #expect(ran.code == code, "\(ran)")
            #expect(code != 2 || ran.errors.contains("is it") || ran.errors.contains("no place"))
        }

        @Test func `a running lab tells what a Pod's connection meets, and what it lacks`() throws {
            let lab = try LabUnderTest(file: "hello-service.yaml")
            let pod = try #require(try lab.pods().first?["name"] as? String)
            let there = try lab.lab("why", "pod/\(pod)", "http://hello-service:8080")
            #expect(there.code == 0)
            #expect(there.output.contains("hello-service.workload-reachability-example.svc.cluster.local is 10.96."))
            let elsewhere = try lab.lab("why", "pod/\(pod)", "hello-service:8081")
            #expect(elsewhere.code == 1)
            #expect(elsewhere.output.contains("refused: port 8081: hello-service has only 8080 (greeting)"))
            for pod in try lab.pods() {
                let address = try #require(pod["address"] as? String)
                #expect(try lab.exec("host", "curl", "-sS", "\(address):8080/readyz?set=false").code == 0)
            }
            try lab.eventually("none is ready") { try lab.lab("why", "host", "hello-service:8080").code == 1 }
            let refused = try lab.lab("why", "host", "hello-service:8080")
            #expect(
                refused.output.contains("3 Pods match, none is ready: readiness probe HTTP GET :8080/readyz fails"),
                "\(refused)")
        }
    }
}
