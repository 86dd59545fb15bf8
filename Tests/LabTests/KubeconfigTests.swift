// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// How a user comes to speak to a lab with kubectl.
    @Suite(.enabled(if: LabProgram.hasKubectl, "kubeconfigs are read by kubectl"))
    struct KubeconfigTests {
        private static let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nothing}\n"

        private func up(_ name: String, _ options: [String] = [], _ environment: [String: String]) throws -> Ran {
            try LabProgram.run(
                ["up", "-", "--isolated", "--name", name] + options, input: Self.manifest, environment: environment)
        }

        @Test func `a lab's kubeconfig is for the user behind sudo alone`() throws {
            let name = "test-\(UInt32.random(in: 0..<1_000_000))"
            defer { _ = try? LabProgram.run(["down", name]) }
            let ran = try up(name, [], ["SUDO_UID": "65534", "SUDO_GID": "65534"])
            #expect(ran.code == 0, "\(ran)")
            let stat = try run("stat", ["-c", "%a %u %g", "/run/lab/\(name)/kubeconfig"])
            #expect(stat.lines == ["600 65534 65534"])
        }

        @Test func `only when asked is the lab's context merged into the user's own file, and down takes it out`()
            throws
        {
            let name = "test-\(UInt32.random(in: 0..<1_000_000))"
            defer { _ = try? LabProgram.run(["down", name]) }
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let file = folder.appendingPathComponent("config").path
            func config(_ words: String...) throws -> Ran {
                try run("kubectl", ["--kubeconfig", file, "config"] + words)
            }
            _ = try config("set-context", "mine", "--user", "me", "--cluster", "there")
            let environment = ["KUBECONFIG": file]
            #expect(try up(name, ["--merge-kubeconfig"], environment).code == 0)
            #expect(try config("get-contexts", "-o", "name").lines.sorted() == ["lab-\(name)", "mine"])
            #expect(try config("current-context").lines == ["lab-\(name)"])
            #expect(try LabProgram.run(["down", name], environment: environment).code == 0)
            #expect(try config("get-contexts", "-o", "name").lines == ["mine"])
            #expect(try config("get-clusters").lines.dropFirst().isEmpty)
        }

        @Test func `in the host's namespace of an isolated lab kubectl means the lab`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let ran = try lab.exec("host", "kubectl", "get", "configmap", "nothing", "-o", "name")
            #expect(ran.lines == ["configmap/nothing"], "\(ran)")
        }

        @Test func `a client without the token learns nothing but health and version`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let server = try lab.kubectlText("config", "view", "-o", "jsonpath={.clusters[0].cluster.server}")
            func code(_ path: String, _ headers: String...) throws -> String {
                try lab.exec(
                    "host",
                    ["curl", "-ks", "-o", "/dev/null", "-w", "%{http_code}", server + path]
                        + headers.flatMap { ["-H", $0] }
                ).output
            }
            for path in ["/healthz", "/livez", "/readyz", "/version"] { #expect(try code(path) == "200", "\(path)") }
            for path in ["/", "/api", "/apis", "/api/v1/pods", "/openapi/v3", "/metrics", "/nowhere"] {
                #expect(try code(path) == "401", "\(path)")
                #expect(try code(path, "Authorization: Bearer wrong") == "401", "\(path)")
            }
        }
    }
}
