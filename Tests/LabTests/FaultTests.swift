// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Faults that a lab is given on purpose: each is felt, each is told, and each is over when it is cleared.
    @Suite
    struct FaultTests {
        /// One Pod on each of two nodes, and a Service of both.
        static let manifest =
            pod("web-1", on: "node-1") + pod("web-2", on: "node-2") + pod("client", on: "node-1", label: "client") + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: web}, type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}

                """

        private static func pod(_ name: String, on node: String, label: String = "web") -> String {
            """
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), labels: {app: \(label)}}
            spec:
              nodeName: \(node)
              terminationGracePeriodSeconds: 1
              containers:
              - {name: web, image: web, ports: [{containerPort: 8080}, {containerPort: 5353, protocol: UDP, name: echo}]}

            """
        }

        private static func address(_ lab: LabUnderTest, _ pod: String) throws -> String {
            let pods = try lab.pods()
            return try #require(pods.first { $0["name"] as? String == pod }?["address"] as? String)
        }

        /// How many seconds one request takes; nil if it is not answered within the time.
        private static func seconds(_ lab: LabUnderTest, _ url: String, limit: Int = 5) throws -> Double? {
            let ran = try lab.exec(
                "host", "curl", "-sS", "-o", "/dev/null", "-m", "\(limit)", "-w", "%{time_total}", url)
            return ran.code == 0 ? Double(ran.output) : nil
        }

        private static func inForce(_ lab: LabUnderTest) throws -> [String] {
            let list = try lab.lab("fault", "list", "-o", "json").json as? [[String: Any]] ?? []
            return list.compactMap { $0["id"] as? String }
        }

        private static func events(_ lab: LabUnderTest) throws -> String {
            try lab.kubectlText("get", "events", "-A", "-o", "custom-columns=:.reason,:.message")
        }

        private static func fault(_ lab: LabUnderTest, _ arguments: String...) throws {
            let ran = try LabProgram.run(["fault"] + arguments + ["--lab", lab.name])
            guard ran.code == 0 else {
                throw LabUnderTest.Failure(description: "lab fault \(arguments.joined(separator: " ")): \(ran)")
            }
        }

        // MARK: Links

        @Test
        func `packets of a slow link come later by what was asked for, in each direction, and as before in the end`()
            throws
        {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            let url = "http://\(try Self.address(lab, "web-2")):8080/"
            let other = "http://\(try Self.address(lab, "web-1")):8080/"
            // A request is a round trip to connect and one to be answered.
            for (direction, ways) in [("in", 2.0), ("out", 2.0), ("both", 4.0)] {
                try Self.fault(lab, "link", "node-2", "--delay", "100ms", "--direction", direction)
                let slow = try #require(try Self.seconds(lab, url))
                #expect(slow >= ways * 0.1, "\(direction): \(slow)")
                let quick = try #require(try Self.seconds(lab, other))
                #expect(quick < slow / 2, "another node's link is as it was: \(quick)")
                try Self.fault(lab, "link", "node-2", "--up")
                #expect(try Self.inForce(lab).isEmpty)
            }
            try Self.fault(lab, "link", "default/web-2", "--delay", "150ms", "--direction", "in")
            #expect(try #require(try Self.seconds(lab, url)) >= 0.3, "a Pod's own link")
            try Self.fault(lab, "clear", "all")
            // The best of some: the machine may be busy.
            let best = try (0..<5).compactMap { _ in try Self.seconds(lab, url) }.min() ?? 9
            #expect(best < 0.1, "\(best)")
            guard LabProgram.hasKubectl else { return }
            let events = try Self.events(lab)
            #expect(events.contains("FaultInjected"))
            #expect(events.contains("100 ms late"))
            #expect(events.contains("FaultCleared"))
        }

        @Test func `a link loses about as many packets as asked for, and none before and after`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            let target = try Self.address(lab, "web-2")
            // Datagrams to a port where nobody listens: each that arrives is answered by the kernel, and counted there.
            let script = """
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                for n in range(1000): s.sendto(b'x', (sys.argv[1], 9999))
                """
            func arrived() throws -> Int {
                func count() throws -> Int {
                    let text = try lab.exec("default/web-2", "cat", "/proc/net/snmp").output
                    let line = text.split(separator: "\n").last { $0.hasPrefix("Udp:") } ?? ""
                    return Int(line.split(separator: " ")[2]) ?? 0
                }
                let before = try count()
                #expect(try lab.exec("host", "python3", "-c", script, target).code == 0)
                return try count() - before
            }
            #expect(try arrived() == 1000)
            try Self.fault(lab, "link", "node-2", "--loss", "30%", "--direction", "in")
            // Of 1,000 draws with 0.7, the count is within 7 standard deviations.
            let some = try arrived()
            #expect((600...800).contains(some), "\(some) of 1000")
            try Self.fault(lab, "clear", "link/node-2")
            #expect(try arrived() == 1000)
        }

        @Test func `nothing passes a link that is cut, its node is NotReady, and all is well again in the end`() throws
        {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            let url = "http://\(try Self.address(lab, "web-2")):8080/"
            for direction in ["in", "out", "both"] {
                try Self.fault(lab, "link", "node-2", "--cut", "--direction", direction)
                #expect(try Self.seconds(lab, url, limit: 1) == nil, "\(direction)")
                #expect(try Self.isReady(lab, "node-2") == false, "\(direction)")
                try Self.fault(lab, "link", "node-2", "--up")
                #expect(try Self.seconds(lab, url) != nil)
                #expect(try Self.isReady(lab, "node-2"))
            }
            try Self.fault(lab, "link", "pod/web-2", "--cut", "--direction", "in")
            #expect(try Self.seconds(lab, url, limit: 1) == nil)
            #expect(try Self.isReady(lab, "node-2"), "a Pod's link is not its node's")
            #expect(try lab.lab("delete", "pod/web-2").code == 0)
            try lab.eventually("the fault goes with its Pod") { try Self.inForce(lab).isEmpty }
        }

        private static func isReady(_ lab: LabUnderTest, _ node: String) throws -> Bool {
            let nodes = try lab.status()["nodes"] as? [[String: Any]] ?? []
            return nodes.first { $0["name"] as? String == node }?["ready"] as? Bool ?? false
        }

        // MARK: Programs

        @Test func `a frozen Pod takes connections and does not answer, until it is thawed`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            let url = "http://\(try Self.address(lab, "web-1")):8080/"
            try Self.fault(lab, "freeze", "pod/web-1")
            #expect(try lab.exec("host", "curl", "-sS", "-m", "1", url).code == 28, "it is not refused")
            #expect(try Self.inForce(lab) == ["freeze/default/web-1"])
            try Self.fault(lab, "thaw", "pod/web-1")
            #expect(try lab.curl(url).hasPrefix("Hello from Pod web-1"))
            let pods = try lab.pods()
            #expect(pods.first { $0["name"] as? String == "web-1" }?["restarts"] as? Int == 0)
        }

        @Test func `a frozen node is NotReady though its link is up, and catches up when it is thawed`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            let url = "http://\(try Self.address(lab, "web-2")):8080/"
            try Self.fault(lab, "freeze", "node-2")
            #expect(try Self.isReady(lab, "node-2") == false)
            #expect(try lab.exec("host", "curl", "-sS", "-m", "1", url).code == 28, "its kernel takes connections")
            // Its rules stay as they are: both endpoints, though one of them has left.
            let rules = try lab.exec("node-2", "nft", "list", "map", "ip", "lab", "endpoints").output
            #expect(rules.contains(try Self.address(lab, "web-2")))
            #expect(
                try lab.exec("node-1", "nft", "list", "map", "ip", "lab", "endpoints").output
                    .contains(try Self.address(lab, "web-2")) == false)
            try Self.fault(lab, "thaw", "node-2")
            try lab.eventually("the node is Ready") { try Self.isReady(lab, "node-2") }
            #expect(try lab.curl(url).hasPrefix("Hello from Pod web-2"))
        }

        @Test func `a killed container is started again, and the lab says who killed it`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            try Self.fault(lab, "kill", "--selector", "app=web")
            try lab.eventually("both Pods ran again") {
                try lab.pods("app", "web").allSatisfy { $0["restarts"] as? Int == 1 && $0["ready"] as? Bool == true }
            }
            #expect(try lab.pods("app", "client").allSatisfy { $0["restarts"] as? Int == 0 })
            guard LabProgram.hasKubectl else { return }
            #expect(try Self.events(lab).contains("container web got the signal KILL"))
        }

        // MARK: Services

        @Test(arguments: ["nftables", "iptables"])
        func `the rules of a stopped proxy grow stale, and catch up at once when it runs`(_ mode: String) throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            if mode != "nftables" { #expect(try lab.lab("set", "proxy-mode", mode).code == 0) }
            try Self.fault(lab, "proxy", "node-1", "stopped")
            #expect(try lab.lab("delete", "pod/web-1").code == 0)
            func failures(_ node: String) throws -> Int {
                let url = "http://\(node == "node-1" ? "172.18.0.2" : "172.18.0.3"):30080/?n=[1-20]"
                let ran = try lab.exec(
                    "host", "curl", "-sS", "--connect-timeout", "0.2", "--no-keepalive", "-H", "Connection: close", url)
                return 20 - ran.lines.count { $0.hasPrefix("Hello from Pod web-2") }
            }
            try lab.eventually("node-2 knows that web-1 is gone") { try failures("node-2") == 0 }
            // Longer than an inspection takes.
            usleep(1_000_000)
            #expect(try failures("node-1") > 0, "node-1 does not know it, and nobody tells it")
            try Self.fault(lab, "proxy", "node-1", "running")
            #expect(try failures("node-1") == 0, "at once")
        }

        @Test(arguments: ["nftables", "iptables"])
        func `flushed rules are put back within a second, and an Event says so`(_ mode: String) throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            if mode != "nftables" { #expect(try lab.lab("set", "proxy-mode", mode).code == 0) }
            let url = "http://\(try lab.clusterIP("web"))/"
            #expect(try lab.curl(url, from: "node-1").hasPrefix("Hello"))
            try Self.fault(lab, "flush", "node-1")
            try lab.eventually("the rules are back", seconds: mode == "nftables" ? 2 : 5) {
                try lab.exec("node-1", "curl", "-sS", "-m", "0.3", url).output.hasPrefix("Hello")
            }
            guard LabProgram.hasKubectl else { return }
            try lab.eventually("the Event is there") { try Self.events(lab).contains("RulesRestored") }
            #expect(try Self.events(lab).contains("the Service rules of node-1 were flushed"))
        }

        @Test func `a dead name server leaves the work to the other, and none is left when both are dead`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            let servers = (try lab.status()["pods"] as? [[String: Any]] ?? []).filter {
                ($0["labels"] as? [String: String])?["k8s-app"] == "kube-dns"
            }.compactMap { $0["address"] as? String }.sorted()
            let names = (try lab.status()["pods"] as? [[String: Any]] ?? []).filter {
                ($0["labels"] as? [String: String])?["k8s-app"] == "kube-dns"
            }.compactMap { $0["name"] as? String }.sorted()
            try #require(servers.count == 2 && names.count == 2)
            let script = """
                import socket, sys
                q = b'\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x03web\\x07default\\x03svc\\x07cluster\\x05local\\x00\\x00\\x01\\x00\\x01'
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1); s.connect((sys.argv[1], 53))
                try:
                    s.send(q); print('answered' if s.recv(512)[:2] == q[:2] else 'nonsense')
                except OSError as e: print('silent')
                """
            func answering() throws -> Int {
                try servers.count { server in
                    try lab.exec("host", "python3", "-c", script, server).output.hasPrefix("answered")
                }
            }
            #expect(try answering() == 2)
            try Self.fault(lab, "name-server", "stopped", "--pod", "kube-system/\(names[0])")
            #expect(try answering() == 1)
            // A resolver that asks again finds the other.
            let address = try lab.clusterIP("web")
            try lab.eventually("the other answers") {
                try lab.exec("host", "getent", "ahostsv4", "web.default.svc.cluster.local").output.contains(address)
            }
            try Self.fault(lab, "name-server", "stopped")
            #expect(try answering() == 0)
            try Self.fault(lab, "name-server", "running")
            try lab.eventually("both answer") { try answering() == 2 }
            #expect(try Self.inForce(lab).isEmpty)
        }

        @Test func `a full table of connections lets no new one in, and old ones go on`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            let limit = Int(
                try String(contentsOfFile: "/proc/sys/net/netfilter/nf_conntrack_max", encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines))
            try #require((limit ?? .max) <= 1_000_000, "the table is small enough to fill")
            let script = """
                import http.client, subprocess, sys
                lab, name = sys.argv[1], sys.argv[2]
                def connection():
                    c = http.client.HTTPConnection('172.18.0.2', 30080, timeout=1); c.connect(); return c
                def ask(c):
                    c.request('GET', '/'); r = c.getresponse(); r.read(); return r.status
                def attempt():
                    try: return ask(connection())
                    except OSError: return 'failed'
                def fault(*words): subprocess.run([lab, 'fault', *words, '--lab', name], check=True, stdout=subprocess.DEVNULL)
                old = connection(); print('first', ask(old))
                fault('conntrack', 'node-1', '--fill', '100%')
                print('new', attempt()); print('old', ask(old))
                fault('clear', 'conntrack/node-1')
                print('again', attempt())
                """
            let ran = try lab.exec("host", "python3", "-c", script, LabProgram.path, lab.name)
            #expect(ran.lines == ["first 200", "new failed", "old 200", "again 200"], "\(ran)")
        }

        // MARK: Words

        @Test func `what cannot be is refused with what there is, and breaks nothing`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            func refusal(_ arguments: String...) throws -> String {
                let ran = try LabProgram.run(["fault"] + arguments + ["--lab", lab.name])
                #expect(ran.code != 0, "\(arguments)")
                return ran.errors
            }
            #expect(try refusal("link", "node-9", "--cut").contains("node-9"))
            #expect(try refusal("link", "node-1", "--loss", "200%").contains("--loss"))
            #expect(try refusal("link", "node-1").contains("--cut"))
            #expect(try refusal("proxy", "node-7", "stopped").contains("node-1, node-2"))
            #expect(try refusal("proxy", "node-1", "paused").contains("running or stopped"))
            #expect(try refusal("kill", "pod/web-1", "--signal", "NOSE").contains("NOSE"))
            #expect(try refusal("kill", "pod/web-1", "--container", "side").contains("web"))
            #expect(try refusal("clear", "link/node-1").contains("there is none"))
            #expect(try refusal("name-server", "stopped", "--pod", "default/web-1").contains("kube-system/coredns"))
            #expect(try Self.inForce(lab).isEmpty)
        }

        @Test func `faults outlive the daemon that they were asked of, and are cleared by the next one`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            let urls = try ["web-1", "web-2"].map { "http://\(try Self.address(lab, $0)):8080/" }
            try Self.fault(lab, "link", "node-2", "--delay", "100ms", "--direction", "in")
            try Self.fault(lab, "freeze", "pod/web-1")
            try Self.fault(lab, "proxy", "node-1", "stopped")
            try Self.fault(lab, "name-server", "stopped")
            let before = try Self.inForce(lab)
            #expect(before.count == 5)
            try Self.fault(lab, "daemon", "restart")
            #expect(try Self.inForce(lab) == before)
            #expect(try #require(try Self.seconds(lab, urls[1])) >= 0.2)
            #expect(try lab.exec("host", "curl", "-sS", "-m", "1", urls[0]).code == 28)
            #expect(
                try lab.exec("host", "getent", "ahostsv4", "web.default.svc.cluster.local", seconds: 15).code != 0)
            try Self.fault(lab, "clear", "all")
            #expect(try Self.inForce(lab).isEmpty)
            #expect(try lab.curl(urls[0]).hasPrefix("Hello from Pod web-1"))
            let best = try (0..<5).compactMap { _ in try Self.seconds(lab, urls[1]) }.min() ?? 9
            #expect(best < 0.1, "\(best)")
            try lab.eventually("names are found") {
                try lab.exec("host", "getent", "ahostsv4", "web.default.svc.cluster.local", seconds: 15).code == 0
            }
        }

        @Test func `lab down with faults in force leaves nothing`() throws {
            let before = try LifeTests.host()
            do {
                let lab = try LabUnderTest(Self.manifest, nodes: 2)
                try Self.fault(lab, "link", "node-2", "--delay", "50ms", "--loss", "10%")
                try Self.fault(lab, "freeze", "pod/web-1")
                try Self.fault(lab, "proxy", "node-1", "stopped")
                try Self.fault(lab, "name-server", "stopped")
                let expected = ["freeze/default/web-1", "link/node-2", "proxy/node-1"]
                #expect(try Self.inForce(lab).filter { !$0.hasPrefix("nameServer") } == expected)
                #expect(try lab.lab("status").output.contains("the proxy of node-1 is stopped"))
                #expect(try lab.lab("why", "web").output.contains("the link of node-2 is bad"))
            }
            #expect(try LifeTests.host() == before)
        }
    }
}
