// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Nothing leaves a lab but what is asked for, as a capture on the host's side of its link sees it.
    @Suite(.enabled(if: Capture.isPossible, "captures need tcpdump"))
    struct QuietTests {
        /// What a program in a lab may ask for that is not there: names outside, in the cluster's domain and without one;
        /// addresses of nobody, of the real network, of the link; broadcasts and multicasts.
        private static let questions = """
            for name in example.com. nobody.default.svc.cluster.local printer; do
                timeout 2 getent hosts $name
            done
            for address in 8.8.8.8 10.255.0.1 198.51.100.99; do
                timeout 1 bash -c "exec 3<>/dev/tcp/$address/80"
                timeout 1 bash -c "echo hello > /dev/udp/$address/53"
            done
            for address in 224.0.0.251 255.255.255.255 169.254.169.254; do
                timeout 1 bash -c "echo hello > /dev/udp/$address/5353"
            done
            timeout 1 ping -c 1 8.8.8.8
            true
            """

        private func ask(_ name: String, from places: [String]) throws {
            for place in places {
                let ran = try LabProgram.run(["exec", place, "--lab", name, "--", "bash", "-c", Self.questions])
                #expect(ran.code == 0, "\(ran)")
            }
        }

        /// The packets that are not between the host and one of the lab's ranges or systems outside.
        private func strays(_ packets: [String]) -> [String] {
            let own = ["172.18.0.", "203.0.113.", "10.96.", "10.244.", "198.51.100.10.", "198.51.100.70."]
            return packets.filter { packet in
                let words = packet.split(separator: " ").map(String.init)
                guard let ip = words.firstIndex(of: "IP"), words.count > ip + 3 else { return true }
                return ![words[ip + 1], words[ip + 3]].allSatisfy { word in own.contains { word.hasPrefix($0) } }
            }
        }

        @Test func `of an isolated lab the host sees only what it asked for itself`() throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            let pod = try #require(try lab.pods("app", "site").first?["name"] as? String)
            let capture = try Capture(["ip", "netns", "exec", "lab-\(lab.name)-host"], interface: "any")
            try ask(lab.name, from: [pod, "node-1", "control-plane", "edge", "outside/visitor"])
            #expect(try lab.curl("http://203.0.113.1").hasPrefix("Hello from Pod site-"))
            let packets = try capture.packets(until: "203.0.113.1.80: Flags [S]")
            // The question is the host's, and it is the first packet that there was.
            #expect(packets.first?.contains("172.18.0.254") == true, "\(packets.prefix(20))")
            #expect(packets.first?.contains("203.0.113.1.80: Flags [S]") == true, "\(packets.prefix(20))")
            #expect(strays(packets).isEmpty, "\(strays(packets))")
        }

        @Test func `of a lab on the machine's own network the machine sees only what it asked for itself`() throws {
            let name = "test-quiet-\(getpid())"
            defer { _ = try? LabProgram.run(["down", name]) }
            let up = try LabProgram.run(
                ["up", "\(LabProgram.root)/Labs/outside.yaml", "--name", name, "-o", "json"])
            #expect(up.code == 0, "\(up)")
            let report = try #require(up.json as? [String: Any])
            let interface = try #require(report["hostInterface"] as? String)
            let pods = report["pods"] as? [[String: Any]]
            let site = pods?.first { ($0["labels"] as? [String: String])?["app"] == "site" }
            let pod = try #require(site?["name"] as? String)
            let capture = try Capture([], interface: interface)
            try ask(name, from: [pod, "node-1", "control-plane", "edge", "outside/visitor"])
            let route = try run("ip", ["route", "get", "203.0.113.1"]).output
            try #require(route.contains("dev \(interface)"), "\(route)")
            #expect(try run("curl", ["-sS", "-m", "3", "http://203.0.113.1"]).output.hasPrefix("Hello from Pod site-"))
            let packets = try capture.packets(until: "203.0.113.1.80: Flags [S]")
            #expect(packets.first?.contains("203.0.113.1.80: Flags [S]") == true, "\(packets.prefix(20))")
            #expect(strays(packets).isEmpty, "\(strays(packets))")
        }
    }
}
