// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// The rules in the kernel when something goes wrong: refused batches, others' changes, and what is remembered.
    @Suite
    struct RulesTests {
        private static let web =
            deployment("web", replicas: 2) + service("plain", address: "10.96.70.1")

        private static func service(_ name: String, address: String) -> String {
            """
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: \(name)}
            spec: {clusterIP: \(address), selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}

            """
        }

        @Test
        func `a batch that the kernel refuses changes nothing on that node, and other Services go on being updated`()
            throws
        {
            let lab = try LabUnderTest(Self.web, nodes: 2)
            var refused = ""
            // Between the bad object and the next inspection, which would take it away, there are 0.4 s: mostly enough.
            for number in 1...8 where refused.isEmpty {
                let (bad, good) = ("10.96.71.\(number)", "10.96.72.\(number)")
                let pair = Self.service("bad-\(number)", address: bad) + Self.service("good-\(number)", address: good)
                let injected = try lab.exec(
                    "node-1", "nft", "add", "element", "ip", "lab", "service-ips", "{ \(bad) . tcp . 80 : 0x7777 }")
                #expect(injected.code == 0, "\(injected)")
                #expect(try lab.lab("apply", "-f", "-", "--no-wait", input: pair).code == 0)
                // The other Service works on the node at once.
                #expect(try lab.curl("http://\(good)", from: "node-1").hasPrefix("Hello"), "good on node-1")
                #expect(try lab.curl("http://\(bad)", from: "node-2").hasPrefix("Hello"), "bad on node-2")
                let log = try String(contentsOfFile: "/run/lab/\(lab.name)/daemon.log", encoding: .utf8)
                if log.contains("lack those of service default/bad-\(number)") { refused = "\(number)" }
                try lab.eventually("what was refused goes through", seconds: 5) {
                    try lab.curl("http://\(bad)", from: "node-1").hasPrefix("Hello")
                }
            }
            try #require(!refused.isEmpty, "the kernel never refused")
            let log = try String(contentsOfFile: "/run/lab/\(lab.name)/daemon.log", encoding: .utf8)
            #expect(log.contains("NFT_MSG_NEWSETELEM: EEXIST"))
            #expect(!log.contains("lack those of service default/good"))
            guard LabProgram.hasKubectl else { return }
            let events = try lab.kubectlText(
                "get", "events", "-A", "-o", "custom-columns=:.reason,:.involvedObject.name")
            #expect(events.contains(#/RulesRefused +bad-/#))
            #expect(!events.contains(#/RulesRefused +good-/#))
            #expect(events.contains(#/RulesRestored +node-1/#))
            try lab.eventually("the node is well again", seconds: 5) {
                try lab.exec(
                    "host", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://172.18.0.2:10256/healthz"
                )
                .output == "200"
            }
        }

        @Test(arguments: ["nftables", "iptables"])
        func `D56 rules that someone takes away are back within a second, and the lab says so`(_ mode: String) throws {
            let lab = try LabUnderTest(
                "apiVersion: lab/v1\nkind: Lab\nspec: {proxyMode: \(mode), nodes: 2}\n" + Self.web)
            #expect(try lab.answers("http://10.96.70.1", count: 20, from: "node-1").count == 2)
            // The first look at the rules has been.
            usleep(900_000)
            let flushes =
                mode == "nftables"
                ? [
                    ["nft", "flush", "ruleset"], ["nft", "flush", "chain", "ip", "lab", "services"],
                    ["nft", "delete", "table", "ip", "lab"],
                ]
                : [
                    ["iptables", "-t", "nat", "-F"], ["iptables", "-t", "nat", "-D", "OUTPUT", "1"],
                    ["nft", "flush", "ruleset"],
                ]
            for flush in flushes {
                let gone = try lab.exec("node-1", flush)
                guard gone.code == 0 else { continue }
                let started = Date()
                while Date().timeIntervalSince(started) < 5 {
                    if try lab.exec("node-1", "curl", "-s", "-m", "0.2", "http://10.96.70.1").code == 0 { break }
                }
                #expect(Date().timeIntervalSince(started) < 1.2, "\(flush)")
            }
            let log = try String(contentsOfFile: "/run/lab/\(lab.name)/daemon.log", encoding: .utf8)
            #expect(log.contains("the rules of node-1 were not as they should be, and were put back"))
            #expect(!log.contains("the rules of node-2 were not as they should be"))
            guard LabProgram.hasKubectl else { return }
            #expect(try lab.kubectlText("get", "events", "-A").contains("RulesRestored"))
        }

        /// Sends a datagram from the same port again and again, and prints who answers.
        private static let datagrams = """
            import socket, sys, time
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.bind(("", 40053)); s.settimeout(0.2); s.connect((sys.argv[1], 53))
            end = time.time() + float(sys.argv[2])
            while time.time() < end:
                try:
                    s.send(b"hostname"); print(s.recv(500).decode(), flush=True)
                except OSError as e: print("none", flush=True)
                time.sleep(0.05)
            """

        @Test(arguments: ["nftables", "iptables"])
        func `D79 a UDP client that keeps its port finds the Pod that is there`(_ mode: String) throws {
            let lab = try LabUnderTest(
                """
                apiVersion: lab/v1
                kind: Lab
                spec: {proxyMode: \(mode), nodes: 2}
                ---
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: names}
                spec:
                  replicas: 0
                  selector: {matchLabels: {app: names}}
                  template:
                    metadata: {labels: {app: names}}
                    spec:
                      terminationGracePeriodSeconds: 0
                      containers:
                      - name: names
                        image: registry.k8s.io/e2e-test-images/agnhost:2.53
                        args: [netexec, --udp-port=8081]
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: names}
                spec: {clusterIP: 10.96.70.53, selector: {app: names}, ports: [{port: 53, targetPort: 8081, protocol: UDP}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: client}
                spec: {containers: [{name: client, image: client, command: [sleep, "3600"]}], terminationGracePeriodSeconds: 0}
                """)
            let result = Outcome()
            let program = Thread {
                let ran = try? lab.exec("client", "python3", "-c", Self.datagrams, "10.96.70.53", "6")
                result.set(ran?.output ?? "")
            }
            program.start()
            usleep(700_000)
            // From none to one.
            #expect(try lab.lab("scale", "deploy/names", "--replicas", "1").code == 0)
            try lab.eventually("there is a Pod") {
                try lab.pods("app", "names").contains { $0["status"] as? String == "Running" }
            }
            let first = try #require(try lab.pods("app", "names").first?["name"] as? String)
            usleep(1_500_000)
            #expect(try lab.lab("delete", "pod/\(first)").code == 0)
            while !program.isFinished { usleep(20_000) }
            let lines = result.text.split(separator: "\n").map(String.init)
            let second = try #require(try lab.pods("app", "names").first?["name"] as? String)
            #expect(lines.first == "none", "\(lines.prefix(3))")
            #expect(lines.filter { $0 == first }.count > 10, "the first Pod answered: \(lines)")
            #expect(lines.suffix(15).allSatisfy { $0 == second }, "the second Pod answered: \(lines)")
            #expect(first != second)
        }
    }
}
