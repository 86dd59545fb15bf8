// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Nodes whose rules another program makes from now on.
    @Suite
    struct ProxyModeTests {
        private static let manifest =
            deployment("web", replicas: 2) + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {type: NodePort, clusterIP: 10.96.70.80, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: client}
                spec: {containers: [{name: client, image: client, command: [sleep, "3600"]}], terminationGracePeriodSeconds: 0}
                """

        /// Asks over one connection again and again, and over a new one each time as well; prints what failed.
        private static let requests = """
            import http.client, sys, time
            host, port, end = sys.argv[1], int(sys.argv[2]), time.time() + float(sys.argv[3])
            def ask(c):
                c.request("GET", "/hostname"); r = c.getresponse(); r.read(); assert r.status == 200
            old = http.client.HTTPConnection(host, port, timeout=2); n = 0
            ask(old); local = old.sock.getsockname()
            while time.time() < end:
                try:
                    ask(old); assert old.sock.getsockname() == local
                except Exception as e: print("established:", e); break
                try:
                    new = http.client.HTTPConnection(host, port, timeout=2); ask(new); new.close()
                except Exception as e: print("new:", e)
                n += 1
            print("done" if n > 100 else "few: %d" % n)
            """

        @Test func `switching the mode breaks no connection, and no new one fails`() throws {
            let lab = try LabUnderTest(Self.manifest)
            let results = [Outcome(), Outcome(), Outcome()]
            let ways = [
                ("host", "172.18.0.3", "30080"), ("client", "10.96.70.80", "80"), ("node-1", "10.96.70.80", "80"),
            ]
            let programs = zip(ways, results).map { way, result in
                Thread {
                    let ran = try? lab.exec(way.0, "python3", "-c", Self.requests, way.1, way.2, "6")
                    result.set((ran?.output ?? "") + (ran?.errors ?? ""))
                }
            }
            for program in programs { program.start() }
            usleep(1_000_000)
            for mode in ["iptables", "nftables", "iptables", "nftables"] {
                let ran = try lab.lab("set", "proxy-mode", mode)
                #expect(ran.code == 0, "\(ran)")
                usleep(700_000)
            }
            while programs.contains(where: { !$0.isFinished }) { usleep(20_000) }
            for (way, result) in zip(ways, results) { #expect(result.text == "done\n", "\(way)") }
        }

        @Test func `the mode is what the lab, its nodes and their kernels say it is`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            func proxyMode() throws -> String {
                try lab.exec("node-1", "curl", "-s", "-m", "1", "http://127.0.0.1:10249/proxyMode").output
            }
            for mode in ["iptables", "nftables"] {
                #expect(try lab.lab("set", "proxy-mode", mode).output.contains("made by \(mode)"))
                #expect(try lab.status()["proxyMode"] as? String == mode)
                try lab.eventually("the node says so", seconds: 3) { try proxyMode() == mode }
                let chains = try lab.exec("node-1", "iptables-save").output
                #expect(chains.contains("KUBE-SERVICES") == (mode == "iptables"))
                let tables = try lab.exec("node-1", "nft", "list", "tables").output
                #expect(tables.contains("table ip lab") == (mode == "nftables"))
                #expect(try lab.answers("http://10.96.70.80", count: 40, from: "client").count == 2)
                #expect(try lab.answers("http://172.18.0.3:30080", count: 40).count == 2)
            }
            // Changes reach the rules in either mode.
            for mode in ["iptables", "nftables"] {
                _ = try lab.lab("set", "proxy-mode", mode)
                for count in [3, 2] {
                    _ = try lab.lab("scale", "deploy/web", "--replicas", "\(count)")
                    try lab.eventually("\(count) endpoints in \(mode)", seconds: 10) {
                        try (lab.service("web")["endpoints"] as? [String])?.count == count
                    }
                    usleep(400_000)
                    #expect(try lab.answers("http://10.96.70.80", count: 80, from: "client").count == count, "\(mode)")
                }
            }
            // Bare nodes: nothing translates, and nobody says how the node is.
            _ = try lab.lab("set", "proxy-mode", "none")
            #expect(try lab.exec("node-1", "nft", "list", "tables").output.contains("table ip lab") == false)
            #expect(try lab.curl("http://10.96.70.80", from: "client").hasPrefix("error"))
            try lab.eventually("no health port", seconds: 3) {
                try lab.exec("host", "curl", "-s", "-m", "1", "http://172.18.0.2:10256/healthz").code == 7
            }
            #expect(try lab.lab("set", "proxy-mode", "ipvs").code == 64)
        }

        @Test(arguments: ["nft", "legacy"]) func `a lab file asks for a variant of iptables`(_ variant: String) throws {
            let lab = try LabUnderTest(
                "apiVersion: lab/v1\nkind: Lab\nspec: {proxyMode: iptables, iptables: \(variant), nodes: 2}\n"
                    + Self.manifest)
            #expect(try lab.answers("http://10.96.70.80", count: 40, from: "client").count == 2)
            let rules = try lab.exec("node-1", "iptables-\(variant)-save").output
            #expect(rules.contains("KUBE-SVC-"))
        }
    }
}
