// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Testing

extension LabSuites {
    /// `lab trace`: what the kernels say of real packets, against what the walker says.
    @Suite
    struct TraceTests {
        private static let manifest = """
            apiVersion: lab/v1
            kind: Lab
            metadata: {name: traced}
            spec: {nodes: 2, ipFamilies: [IPv4, IPv6]}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: solo, labels: {app: solo}}
            spec:
              nodeName: node-1
              containers: [{name: web, image: web, ports: [{containerPort: 8080}, {containerPort: 5353, protocol: UDP}]}]
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: client}
            spec: {nodeName: node-2, containers: [{name: web, image: web}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: plain}
            spec:
              ipFamilyPolicy: RequireDualStack
              selector: {app: solo}
              ports:
              - {name: web, port: 80, targetPort: 8080}
              - {name: dns, port: 53, targetPort: 5353, protocol: UDP}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: ported}
            spec: {type: NodePort, selector: {app: solo}, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: local}
            spec:
              type: LoadBalancer
              externalTrafficPolicy: Local
              selector: {app: solo}
              ports: [{port: 80, targetPort: 8080}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: strict}
            spec:
              type: LoadBalancer
              loadBalancerSourceRanges: [10.9.0.0/16]
              selector: {app: solo}
              ports: [{port: 80, targetPort: 8080}]
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: sticky}
            spec: {sessionAffinity: ClientIP, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: empty}
            spec: {selector: {app: nothing}, ports: [{port: 80}]}

            """ + deployment("web", replicas: 3)

        private static func lab(options: [String] = []) throws -> LabUnderTest {
            try LabUnderTest(manifest, options: options)
        }

        /// The line of the manifest that a reason names, as `spec.ports[0]` of a Service does.
        private static func line(_ location: String) -> String {
            let number = Int(location.split(separator: ":").last ?? "") ?? 0
            let lines = manifest.split(separator: "\n", omittingEmptySubsequences: false)
            return lines.indices.contains(number - 1) ? String(lines[number - 1]) : ""
        }

        /// The journeys that `lab trace` tells in lines of JSON.
        private static func journeys(_ text: String) throws -> [[String: Any]] {
            try text.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
        }

        private static func verdict(_ journey: [String: Any]) -> String {
            (journey["agreement"] as? [String: Any])?["verdict"] as? String ?? ""
        }

        /// The rules of all of a lab's namespaces, as nft lists them.
        private static func rules(_ lab: LabUnderTest) throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: "/run/netns").filter {
                $0.hasPrefix("lab-\(lab.name)-")
            }
            .sorted().map { try run("ip", ["netns", "exec", $0, "nft", "-s", "list", "ruleset"]).output }
        }

        /// Where from, where to, the protocol, the outcome, and whether the client's address is translated.
        private static let flows: [(from: String, to: String, transport: String, outcome: String, isMasked: Bool)] = [
            ("default/client", "plain:web", "tcp", "delivered", false),
            ("default/client", "plain:dns", "udp", "delivered", false),
            ("default/solo", "plain:web", "tcp", "delivered", true),  // a hairpin
            ("default/client", "sticky", "tcp", "delivered", false),
            ("default/client", "sticky", "tcp", "delivered", false),  // and once more, remembered
            ("host", "node/node-2:30080", "tcp", "delivered", true),
            ("host", "LOCAL:80", "tcp", "delivered", false),
            ("host", "STRICT:80", "tcp", "dropped", false),
            ("default/client", "empty", "tcp", "rejected", false),
            ("default/client", "SIX:80", "tcp", "delivered", false),
            ("node-1", "default/client", "tcp", "delivered", false),  // a Pod's own address; nothing listens on 8080
        ]

        @Test(arguments: ["nftables", "iptables"])
        func `what is traced is what was predicted, down to the line of the manifest`(_ mode: String) throws {
            let lab = try Self.lab()
            if mode == "iptables" { #expect(try lab.lab("set", "proxy-mode", mode).code == 0) }
            // Whom a client with affinity was sent to is kept in a map: that is no rule that a trace could change.
            #expect(try lab.exec("default/client", "curl", "-s", "-o", "/dev/null", "http://sticky").code == 0)
            let before = try Self.rules(lab)
            let external = { (name: String) in
                try lab.kubectlText("get", "service", name, "-o", "jsonpath={.status.loadBalancer.ingress[0].ip}")
            }
            let six = try lab.kubectlText("get", "service", "plain", "-o", "jsonpath={.spec.clusterIPs[1]}")
            let (local, strict) = (try external("local"), try external("strict"))
            for flow in Self.flows {
                let goal = flow.to.replacing("LOCAL", with: local).replacing("STRICT", with: strict)
                    .replacing("SIX", with: "[\(six)]")
                let port = goal == "default/client" ? "pod/default/client:8080" : goal
                let ran = try lab.lab("trace", flow.from, port, "--protocol", flow.transport, "-o", "json")
                let journeys = try Self.journeys(ran.output)
                guard journeys.count == 1 else {
                    Issue.record("\(mode), \(flow): \(journeys.count) journeys: \(ran)")
                    continue
                }
                #expect(Self.verdict(journeys[0]) == "as predicted", "\(mode), \(flow): \(ran)")
                #expect(ran.code == 0, "\(mode), \(flow): \(ran)")
                #expect(journeys[0]["outcome"] as? String == flow.outcome, "\(mode), \(flow): \(ran)")
                #expect(journeys[0]["masqueraded"] as? Bool == flow.isMasked, "\(mode), \(flow): \(ran)")
                try Self.checkReasons(journeys[0], "\(mode), \(flow)")
            }
            #expect(try Self.rules(lab) == before)
        }

        /// Each rule names an object and a field; each that a Service made, the Service's own line.
        private static func checkReasons(_ journey: [String: Any], _ what: String) throws {
            for hop in try #require(journey["hops"] as? [[String: Any]]) where hop["action"] as? String == "rule" {
                let rule = try #require(hop["rule"] as? [String: Any])
                let because = try #require(rule["because"] as? [String: String])
                let object = because["object"] ?? ""
                #expect(!object.isEmpty && because["field"]?.isEmpty == false, "\(what): \(rule)")
                if object.hasPrefix("Service default/"), object != "Service default/kubernetes" {
                    #expect(!line(because["location"] ?? "").isEmpty, "\(what): \(rule)")
                }
            }
        }

        @Test func `round a command its output and its exit code are its own, and the journeys beside them`() throws {
            let lab = try Self.lab()
            let command = "curl -s -m 3 -o /dev/null -w '%{http_code}' http://$0:30080; exit 7"
            let node = try lab.kubectlText(
                "get", "node", "node-2", "-o", "jsonpath={.status.addresses[?(@.type=='InternalIP')].address}")
            let address = node.split(separator: " ").first.map(String.init) ?? ""
            let ran = try LabProgram.run(["trace", "host", "--lab", lab.name, "--", "sh", "-c", command, address])
            #expect(ran.code == 7, "\(ran)")
            #expect(ran.output == "200", "\(ran)")
            #expect(ran.errors.contains("→ tcp \(address):30080"), "\(ran)")
            #expect(ran.errors.contains("Service default/ported spec.ports[0] (-:"), "\(ran)")
            #expect(ran.errors.contains("translates the destination \(address):30080 to "), "\(ran)")
            #expect(ran.errors.contains("the answer of ") && ran.errors.contains("  as predicted"), "\(ran)")
            #expect(!ran.errors.contains("\u{1b}"), "\(ran)")
        }

        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/tshark"), "reading needs tshark"))
        func `Wireshark shows the rules and their lines beside the packets`() throws {
            let lab = try Self.lab()
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).pcapng")
            defer { try? FileManager.default.removeItem(at: file) }
            let ran = try lab.lab("trace", "default/client", "plain:web", "--write", file.path)
            #expect(ran.code == 0, "\(ran)")
            let read = try run(
                "tshark",
                ["-n", "-r", file.path, "-T", "fields", "-E", "aggregator=|"]
                    + ["frame.interface_name", "ip.dst", "tcp.flags.syn", "frame.comment"].flatMap { ["-e", $0] })
            #expect(read.code == 0, "\(read)")
            let asking = read.lines.filter {
                $0.contains("journey 1: ") || $0.contains("|hop ") || $0.contains("\thop ")
            }
            #expect(asking.first?.contains("\tjourney 1: tcp ") == true, "\(read)")
            #expect(asking.last?.contains("end, default/solo: delivers it to ") == true, "\(read)")
            let rule = /hop \d+, node-2: \S+: .*, because of Service default\/plain spec.ports\[0\] -:\d+/
            #expect(asking.contains { $0.contains(rule) }, "\(read)")
            #expect(read.lines.contains { $0.contains("answer, hop ") }, "\(read)")
        }

        @Test func `following ends with its count, and makes no connection of its own`() throws {
            let lab = try Self.lab()
            let address = try lab.clusterIP("plain")
            let words = ["--from", "default/client", "--to", "\(address):80", "--count", "2", "-o", "json"]
            let follower = try Follower(lab, words)
            for _ in 0..<2 {
                #expect(try lab.exec("default/client", "curl", "-s", "-o", "/dev/null", "http://\(address)").code == 0)
            }
            let journeys = try Self.journeys(follower.end())
            #expect(journeys.count == 2)
            #expect(journeys.allSatisfy { Self.verdict($0) == "as predicted" }, "\(journeys)")
        }

        @Test func `many connections, watched twice, are each told once by each, as predicted, and none is lost`()
            throws
        {
            let lab = try Self.lab()
            let address = try lab.clusterIP("plain")
            let words = ["--from", "default/client", "-o", "json", "--count", "200"]
            let followers = [
                try Follower(lab, words + ["--to", "\(address):80"]), try Follower(lab, words),
            ]
            let script =
                "seq 200 | xargs -P 5 -I{} curl -s -m 5 -o /dev/null -w '%{http_code} %{time_connect}\\n' http://$0"
            let asked = try lab.exec("default/client", "sh", "-c", script, address)
            #expect(asked.lines.count { $0.hasPrefix("200 ") } == 200, "\(asked)")
            // A first packet that got lost is sent again after a second.
            let times = asked.lines.compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            #expect(times.allSatisfy { $0 < 1 }, "\(times.max() ?? 0)")
            for follower in followers {
                let journeys = try Self.journeys(follower.end())
                #expect(journeys.count == 200)
                let wrong = journeys.filter { Self.verdict($0) != "as predicted" }
                #expect(wrong.isEmpty, "\(wrong.count): \(wrong.first ?? [:])")
            }
        }

        @Test func `a refusal's way back is told, and where rules lead that do not follow any more`() throws {
            let lab = try Self.lab()
            let refused = try lab.lab("trace", "host", "pod/default/client:9")
            #expect(refused.output.contains(" goes default/client → node-2 → edge → host"), "\(refused)")
            #expect(try lab.lab("fault", "proxy", "node-2", "stopped").code == 0)
            let pod = try lab.kubectlText("get", "pod", "solo", "-o", "jsonpath={.status.podIP}")
            _ = try lab.kubectlText("label", "pod", "solo", "app=other", "--overwrite")
            let stale = try lab.lab("trace", "default/client", "plain:web")
            #expect(stale.code == 1 && stale.output.contains("delivers it to \(pod):8080"), "\(stale)")
            #expect(!stale.output.contains("waits in vain"), "\(stale)")
        }

        @Test func `a trace whose program is killed leaves no table and changes no rule`() throws {
            let lab = try Self.lab()
            let before = try Self.rules(lab)
            let follower = try Follower(lab, ["--from", "default/client", "--to", "plain:web"])
            #expect(try Self.rules(lab) != before)
            follower.kill()
            try lab.eventually("the tracer's tables are gone") { try Self.rules(lab) == before }
            let ran = try lab.lab("trace", "default/client", "plain:web")
            #expect(ran.code == 0 && ran.output.contains("as predicted"), "\(ran)")
        }

        @Test(
            arguments: [
                (["trace"], 64), (["trace", "a", "b", "c"], 64), (["trace", "host", "plain", "--from", "host"], 64),
                (["trace", "plain", "--follow", "--", "true"], 64), (["trace", "plain", "--seconds", "1"], 64),
                (["trace", "plain", "--protocol", "icmp"], 64), (["trace", "host", "plian"], 2),
                (["trace", "nobody", "plain"], 2),
            ] as [([String], Int32)])
        func `what cannot be traced is refused, with an exit code for each kind`(_ words: [String], _ code: Int32)
            throws
        {
            let lab = code == 64 ? nil : try Self.lab(options: ["--no-wait"])
            let ran = try LabProgram.run(words + (lab.map { ["--lab", $0.name] } ?? []))
            #expect(ran.code == code, "\(ran)")
        }
    }
}

/// `lab trace --follow` in the background, from when it listens.
private final class Follower {
    private let process = Process()
    private let output = Pipe()

    init(_ lab: LabUnderTest, _ words: [String]) throws {
        let errors = Pipe()
        process.executableURL = URL(fileURLWithPath: LabProgram.path)
        process.arguments = ["trace", "--follow", "--seconds", "30", "--lab", lab.name] + words
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let said = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
        guard said.contains("tracing") else { throw LabUnderTest.Failure(description: "lab trace --follow: \(said)") }
    }

    deinit { kill() }

    /// Kills it, so that it cannot tidy up.
    func kill() {
        if process.isRunning { Glibc.kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Waits for its end; gives what it printed.
    func end() -> String {
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }
}
