// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

extension LabSuites {
    /// Labs come and go, side by side, and leave the host as it was.
    @Suite
    struct LifeTests {
        static let small =
            deployment("web", replicas: 2) + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: web}, type: LoadBalancer, ports: [{port: 80, targetPort: 8080}]}
                """

        /// All of the host that a lab could have changed.
        static func host() throws -> String {
            try run(
                "sh",
                [
                    "-c",
                    """
                    ls -lA --time-style=+ /run/netns /run/lab /etc/netns 2>&1
                    ip -d link | grep -v -e rx -e tx; ip address; ip route show table all; ip -6 route show table all; ip rule; ip neigh show nud permanent
                    nft list ruleset; cat /proc/self/mountinfo | cut -d' ' -f2-; sysctl -a 2>/dev/null | grep -E '^net\\.(ipv4|ipv6|core)' | grep -v -e random -e uuid
                    find /sys/fs/cgroup -name 'lab-*' 2>/dev/null
                    ps -eo args | grep -E '(lab|responder) ' | grep -v -e grep -e xctest -e 'scripts/' -e 'timeout'
                    """,
                ]
            ).output
        }

        /// What is otherwise on the host than it was; empty if nothing is.
        static func change(since before: String) throws -> String {
            let lines = [before, try host()].map { Set($0.split(separator: "\n")) }
            return lines[0].symmetricDifference(lines[1]).sorted().joined(separator: "\n")
        }

        @Test func `after down the host is as it was before up`() throws {
            let before = try Self.host()
            do { _ = try LabUnderTest(Self.small) }
            #expect(try Self.host() == before)
            let name = "test-host-\(getpid())"
            let up = try LabProgram.run(["up", "-", "--name", name], input: Self.small)
            #expect(up.code == 0, "\(up)")
            #expect(try Self.host() != before, "a lab that is not isolated shows on the host")
            #expect(try LabProgram.run(["down", name]).code == 0)
            #expect(try Self.host() == before)
        }

        @Test func `two labs on default ranges and an isolated one answer side by side`() throws {
            let names = ["test-a-\(getpid())", "test-b-\(getpid())"]
            defer { for name in names { _ = try? LabProgram.run(["down", name]) } }
            let first = try LabProgram.run(["up", "-", "--name", names[0], "-o", "json"], input: Self.small)
            let second = try LabProgram.run(["up", "-", "--name", names[1], "-o", "json"], input: Self.small)
            let isolated = try LabUnderTest(Self.small)
            #expect(first.code == 0 && second.code == 0, "\(first) \(second)")
            #expect(
                second.errors.contains("172.18.0.0/24 is in use"), "the second says that it moved: \(second.errors)")
            var seen: Set<String> = []
            for ran in [first, second] {
                for case let url as String in (ran.json as? [String: Any])?["urls"] as? [Any] ?? [] {
                    let address = String(url.dropFirst("http://".count).split(separator: ":")[0])
                    // A request goes out only if the host's route leads into a lab.
                    let route = try run("ip", ["route", "get", address]).output
                    #expect(route.contains("dev lab"), "\(route)")
                    guard route.contains("dev lab") else { continue }
                    #expect(seen.insert(address).inserted, "each lab has addresses of its own")
                    #expect(try run("curl", ["-sS", "-m", "3", url]).output.hasPrefix("Hello from Pod web-"))
                }
            }
            #expect(seen.count == 6)
            #expect(try isolated.answers("http://203.0.113.1", count: 60).count == 2)
        }

        @Test func `a named range that overlaps a route is refused, naming the route, and nothing is left`() throws {
            let name = "test-overlap-\(getpid())"
            let before = try Self.host()
            #expect(try LabProgram.run(["up", "-", "--name", name], input: Self.small).code == 0)
            let document = """
                apiVersion: lab/v1
                kind: Lab
                metadata: {name: test-second}
                spec: {ranges: {pods: 10.244.128.0/17}}
                ---

                """
            let refused = try LabProgram.run(["up", "-"], input: document + Self.small)
            #expect(refused.code == 1)
            #expect(refused.errors.contains("10.244.0.0/16"), "\(refused.errors)")
            #expect(try LabProgram.run(["down", name]).code == 0)
            #expect(try Self.host() == before)
        }

        @Test func `down finds a lab that has lost its journal, or even its folder`() throws {
            let before = try Self.host()
            let lab = try LabUnderTest(Self.small)
            #expect(try run("rm", ["/run/lab/\(lab.name)/journal"]).code == 0)
            #expect(try LabProgram.run(["down", lab.name]).code == 0)
            #expect(try Self.host() == before)
        }

        @Test func `a daemon that is stopped is told of, and its lab goes with down`() throws {
            let before = try Self.host()
            let lab = try LabUnderTest(Self.small)
            let json = try run("cat", ["/run/lab/\(lab.name)/lab.json"]).json as? [String: Any]
            kill(pid_t(try #require(json?["daemon"] as? Int)), SIGSTOP)
            let status = try lab.lab("status")
            #expect(status.code == 1 && status.errors.contains("does not answer"), "\(status)")
            #expect(try LabProgram.run(["list"]).output.contains("silent"))
            #expect(try LabProgram.run(["down", lab.name]).code == 0)
            #expect(try Self.host() == before)
        }

        @Test func `Ctrl-C during up takes away what was made, says so and exits with 130`() throws {
            let before = try Self.host()
            let file = "/tmp/test-interrupt-\(getpid()).yaml"
            try deployment("web", replicas: 100).write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: LabProgram.path)
            process.arguments = ["up", "--isolated", "--name", "test-interrupt-\(getpid())", file]
            let errors = Pipe()
            process.standardError = errors
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            usleep(100_000)
            kill(process.processIdentifier, SIGINT)
            process.waitUntilExit()
            let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            #expect(process.terminationStatus == 130 && text.contains("taken away again"), "\(text)")
            #expect(try Self.host() == before, "nothing is left when the command returns")
        }

        @Test(arguments: ["127.0.0.0/8", "224.0.0.0/8", "169.254.0.0/16", "fe80::/56", "ff05::/56", "::/56"])
        func `a range that no network can have is refused`(range: String) throws {
            let document = "apiVersion: lab/v1\nkind: Lab\nspec: {ranges: {pods: \"\(range)\"}}\n---\n"
            let refused = try LabProgram.run(
                ["up", "-", "--isolated", "--name", "test-range"], input: document + Self.small)
            #expect(refused.code == 1 && refused.errors.contains("meaning of their own"), "\(refused)")
        }

        @Test func `a name that is taken is refused, and the lab that has it goes on`() throws {
            let lab = try LabUnderTest(Self.small)
            let again = try LabProgram.run(["up", "-", "--isolated", "--name", lab.name], input: Self.small)
            #expect(again.code == 1)
            #expect(again.errors.contains("is up already"), "\(again.errors)")
            #expect(try lab.answers("http://203.0.113.1", count: 40).count == 2)
        }

        @Test(arguments: [5, 20, 40, 80]) func `up that is killed leaves nothing, or what down removes whole`(
            milliseconds: Int
        ) throws {
            let before = try Self.host()
            let name = "test-kill-\(getpid())"
            let file = "/tmp/\(name).yaml"
            try Self.small.write(toFile: file, atomically: true, encoding: .utf8)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: LabProgram.path)
            process.arguments = ["up", "--isolated", "--name", name, file]
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            usleep(UInt32(milliseconds) * 1000)
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            // The daemon sees that its command is gone, and takes the lab away; what is up by then, down removes.
            var after = ""
            for attempt in 0..<100 {
                after = try Self.host()
                if after == before { break }
                usleep(50_000)
                // It was up before it was killed, then.
                if attempt == 20 { _ = try LabProgram.run(["down", name]) }
            }
            #expect(after == before)
        }

        @Test func `a daemon that is killed leaves a wreck that goes on answering, is listed, and goes with down`()
            throws
        {
            let before = try Self.host()
            let lab = try LabUnderTest(Self.small)
            let json = try run("cat", ["/run/lab/\(lab.name)/lab.json"]).json as? [String: Any]
            let pid = try #require(json?["daemon"] as? Int)
            kill(pid_t(pid), SIGKILL)
            usleep(100_000)
            let answer = try run(
                "ip", ["netns", "exec", "lab-\(lab.name)-host", "curl", "-sS", "-m", "3", "http://203.0.113.1"])
            #expect(answer.output.hasPrefix("Hello from Pod"), "the dataplane and the Pods go on: \(answer)")
            let list = try LabProgram.run(["list"])
            #expect(list.output.contains("wreck") && list.errors.contains("lab resume \(lab.name)"), "\(list)")
            #expect(try LabProgram.run(["list"]).output.contains("wreck"), "to look at it takes nothing over")
            #expect(
                try LabProgram.run(["up", "-", "--isolated", "--name", lab.name], input: Self.small).errors.contains(
                    "remains"))
            #expect(try LabProgram.run(["down", lab.name]).code == 0)
            #expect(try Self.host() == before)
        }

        @Test(arguments: [
            ("kind: Service\napiVersion: v1\nmetadata: {name: x}\nspec: {ports: [{port: 0}]}", "-:4:"),
            ("a: [", "-:"), ("kind: Nonsense\napiVersion: v1\nmetadata: {name: x}", "Nonsense"),
        ])
        func `a bad manifest is refused with its place, exit code 1, and changes nothing`(
            manifest: String, place: String
        )
            throws
        {
            let before = try Self.host()
            let ran = try LabProgram.run(["up", "-", "--name", "test-bad"], input: manifest)
            #expect(ran.code == 1)
            #expect(ran.errors.contains(place), "\(ran.errors)")
            #expect(try Self.host() == before)
        }
    }
}
