// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Systems beyond the edge on the kernel: asked from inside, asking from outside.
    @Suite
    struct OutsideTests {
        private static let page = "Hello from outside/weather!\n"

        /// The address that the server saw.
        private func client(_ lab: LabUnderTest, _ url: String, from place: String) throws -> String {
            let ran = try lab.exec(place, ["curl", "-sS", "-m", "3", "-H", "Accept: application/json", url])
            let answer = ran.json as? [String: Any]
            let socket = try #require(answer?["client"] as? String, "\(place) to \(url): \(ran)")
            return String(socket.prefix(upTo: socket.lastIndex(of: ":") ?? socket.endIndex))
        }

        /// A site's Pod, and the address of its node.
        private func pod(_ lab: LabUnderTest) throws -> (name: String, node: String) {
            let pod = try #require(try lab.pods("app", "site").first)
            let nodes = try lab.status()["nodes"] as? [[String: Any]] ?? []
            let node = nodes.first { $0["name"] as? String == pod["node"] as? String }
            return (try #require(pod["name"] as? String), try #require(node?["address"] as? String))
        }

        @Test(arguments: ["nftables", "iptables", "none"])
        func `a Pod reaches a system outside, which sees the Pod's node`(mode: String) throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            if mode != "nftables" {
                let set = try lab.lab("set", "proxy-mode", mode)
                #expect(set.code == 0, "\(set)")
            }
            let (pod, node) = try pod(lab)
            #expect(try client(lab, "http://198.51.100.10:3000", from: pod) == node)
            #expect(try client(lab, "http://198.51.100.10:3000", from: "node-2") == "172.18.0.3")
            let way = try lab.walk("198.51.100.10:3000", from: pod).first
            #expect(way?["outcome"] as? String == "delivered" && way?["masqueraded"] as? Bool == true)
            #expect(try lab.predicted("198.51.100.10:3000", from: pod) == ["outside-weather"])
        }

        @Test(arguments: ["nftables", "iptables"])
        func `a Service without a selector leads outside, by an endpoint written by hand`(mode: String) throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            if mode != "nftables" { try lab.lab("set", "proxy-mode", mode) }
            let (pod, node) = try pod(lab)
            let address = try lab.clusterIP("weather")
            #expect(try lab.curl("http://\(address)", from: pod) == Self.page)
            #expect(try client(lab, "http://\(address)", from: pod) == node)
            #expect(try lab.curl("http://\(address)", from: "node-3") == Self.page)
            #expect(try lab.predicted("\(address):80", from: pod) == ["outside-weather"])
        }

        @Test(arguments: ["nftables", "iptables"])
        func `D42 D43 D61 an outsider is seen as policies and source ranges have it`(mode: String) throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            if mode != "nftables" { try lab.lab("set", "proxy-mode", mode) }
            for _ in 0..<8 {
                #expect(try client(lab, "http://203.0.113.2", from: "outside/visitor") == "198.51.100.70")
                #expect(try client(lab, "http://203.0.113.1", from: "outside/visitor").hasPrefix("172.18.0."))
            }
            #expect(try lab.curl("http://203.0.113.2", from: "outside/weather") == "error 28")
            #expect(try lab.curl("http://203.0.113.1", from: "outside/weather").hasPrefix("Hello from Pod site-"))
            #expect(try lab.predicted("203.0.113.2:80", from: "outside/weather") == ["dropped"])
            let port = try lab.nodePort("site")
            #expect(
                try lab.curl("http://172.18.0.2:\(port)", from: "outside/visitor").hasPrefix("Hello from Pod site-"))
        }

        @Test func `an outsider has no way to Pods and cluster addresses`() throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            let pod = try #require(try lab.pods("app", "site").first?["address"] as? String)
            for target in [try lab.clusterIP("site"), "\(pod):8080"] {
                #expect(try lab.curl("http://\(target)", from: "outside/visitor") == "error 7")
            }
            #expect(try lab.curl("http://198.51.100.10:3000", from: "outside/visitor") == Self.page)
        }

        @Test func `an external IP that is a node's address answers an outsider`() throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            let service = """
                apiVersion: v1
                kind: Service
                metadata: {name: handed}
                spec: {selector: {app: site}, externalIPs: [172.18.0.4], ports: [{port: 8000, targetPort: 8080}]}
                """
            #expect(try lab.lab("apply", "-f", "-", input: service).code == 0)
            #expect(try lab.answers("http://172.18.0.4:8000", count: 60, from: "outside/visitor").count == 3)
        }

        @Test(arguments: ["weather.example.com:3000", "forecast:3000", "weather", "weather.default.svc.cluster.local"])
        func `D71 a Pod finds it by its host name, an ExternalName and a Service`(_ name: String) throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            let (pod, _) = try pod(lab)
            #expect(try lab.curl("http://\(name)", from: pod) == Self.page)
        }

        @Test func `it answers HTTPS on 443, and UDP`() throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            let (pod, _) = try pod(lab)
            #expect(try lab.exec(pod, "curl", "-sSk", "-m", "3", "https://198.51.100.10").output == Self.page)
            let script = "exec 3<>/dev/udp/198.51.100.10/5000; echo hello >&3; timeout 3 head -c 1 <&3 | wc -c"
            #expect(try lab.exec(pod, "bash", "-c", script).output == "1\n")
        }

        @Test func `a responder outside that dies is started again`() throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            func system() throws -> [String: Any]? {
                (try lab.status()["outside"] as? [[String: Any]])?.first { $0["name"] as? String == "weather" }
            }
            let first = try #require(try system()?["pid"] as? Int)
            kill(pid_t(first), SIGKILL)
            try lab.eventually("another one answers") {
                try system()?["pid"] as? Int ?? first != first
                    && lab.curl("http://198.51.100.10:3000") == Self.page
            }
        }

        @Test func `status, list and logs show what is outside`() throws {
            let lab = try LabUnderTest(file: "outside.yaml")
            #expect(try lab.curl("http://198.51.100.10:3000/marked") != "error 7")
            let status = try lab.lab("status").output
            #expect(
                status.contains("outside/weather   Up       198.51.100.10   3000/TCP,443/TCP,5000/UDP"), "\(status)")
            #expect(try LabProgram.run(["list"]).output.contains("weather,visitor"))
            #expect(try lab.lab("logs", "outside/weather").output.contains("/marked"))
            let nobody = try lab.exec("outside/nobody", "true")
            #expect(nobody.code == 1 && nobody.errors.contains("outside are weather, visitor"), "\(nobody)")
            #expect(try run("ip", ["netns"]).output.contains("lab-\(lab.name)-outside-weather"))
        }

        @Test(arguments: [("all", "Hello from outside/weather!\n"), ("external", "error 7"), ("none", "error 7")])
        func `the host has a way outside only with all of hostAccess`(access: String, answer: String) throws {
            let lab = try LabUnderTest(
                """
                apiVersion: lab/v1
                kind: Lab
                metadata: {name: x}
                spec:
                  hostAccess: \(access)
                  external: [{name: weather, address: 198.51.100.10, ports: [3000]}]
                """)
            #expect(try lab.curl("http://198.51.100.10:3000") == answer)
        }

        @Test func `in a lab of two families a system outside answers in both`() throws {
            let lab = try LabUnderTest(
                """
                apiVersion: lab/v1
                kind: Lab
                metadata: {name: x}
                spec:
                  ipFamilies: [IPv4, IPv6]
                  external: [{name: weather, addresses: [198.51.100.10, '2001:db8::10'], ports: [3000]}]
                ---
                """ + "\n" + deployment("site", replicas: 1))
            let (pod, node) = try pod(lab)
            #expect(try client(lab, "http://198.51.100.10:3000", from: pod) == node)
            #expect(try client(lab, "http://[2001:db8::10]:3000", from: pod).hasPrefix("[fd00:172:18::"))
            let address = try #require(try lab.pods().first?["addresses"] as? [String])
            #expect(address.count == 2)
        }

        @Test func `an address that this machine routes is refused with its line, and nothing is left`() throws {
            let before = try LifeTests.host()
            let name = "test-routed-\(getpid())"
            #expect(try LabProgram.run(["up", "-", "--name", name], input: LifeTests.small).code == 0)
            let document = """
                apiVersion: lab/v1
                kind: Lab
                metadata: {name: test-second}
                spec:
                  external:
                  - {name: weather, address: 203.0.113.77}
                ---

                """
            let refused = try LabProgram.run(["up", "-"], input: document + LifeTests.small)
            #expect(refused.code == 1 && refused.errors.contains("-:6:"), "\(refused)")
            #expect(refused.errors.contains("203.0.113.77") && refused.errors.contains("203.0.113.0/24"), "\(refused)")
            #expect(try LabProgram.run(["down", name]).code == 0)
            // The daemon that refused may take a moment to be gone.
            let deadline = Date().addingTimeInterval(5)
            while try LifeTests.host() != before, Date() < deadline { usleep(50_000) }
            #expect(try LifeTests.host() == before)
        }

        @Test func `the default ranges give way to an address outside`() throws {
            let lab = try LabUnderTest(
                """
                apiVersion: lab/v1
                kind: Lab
                metadata: {name: x}
                spec: {external: [{name: weather, address: 203.0.113.77, ports: [80]}]}
                ---
                """ + "\n" + LifeTests.small)
            #expect(try lab.service("web")["externalIP"] as? String == "198.18.0.1")
            #expect(try lab.curl("http://203.0.113.77") == Self.page)
            #expect(try lab.curl("http://198.18.0.1").hasPrefix("Hello from Pod web-"))
        }

        @Test func `after down the host is as it was, with systems outside too`() throws {
            let before = try LifeTests.host()
            let name = "test-outside-\(getpid())"
            let up = try LabProgram.run(["up", "\(LabProgram.root)/Labs/outside.yaml", "--name", name])
            #expect(up.code == 0, "\(up)")
            let route = try run("ip", ["route", "get", "198.51.100.10"]).output
            #expect(route.contains("dev lab"), "\(route)")
            if route.contains("dev lab") {
                #expect(try run("curl", ["-sS", "-m", "3", "http://198.51.100.10:3000"]).output == Self.page)
            }
            #expect(try LabProgram.run(["down", name]).code == 0)
            #expect(try LifeTests.host() == before)
        }
    }
}
