// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// Counters of the dataplane: what they say is what happened, and nothing is there while nobody looks.
    @Suite
    struct CountingTests {
        static let manifest =
            deployment("web", replicas: 3) + """
                ---
                apiVersion: v1
                kind: Pod
                metadata: {name: client}
                spec: {containers: [{name: client, image: client}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: web}, type: LoadBalancer, ports: [{name: http, port: 80, targetPort: 8080}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: empty}
                spec: {selector: {app: nobody}, ports: [{name: http, port: 80}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: near}
                spec: {selector: {app: nobody}, internalTrafficPolicy: Local, ports: [{name: http, port: 80}]}

                """

        /// `lab top -o json` while something is done.
        private static func counted(_ lab: LabUnderTest, _ body: () throws -> Void) throws -> [String: Any] {
            let file = "\(NSTemporaryDirectory())/counting-\(UInt32.random(in: 0..<1_000_000))"
            _ = FileManager.default.createFile(atPath: file, contents: nil)
            defer { try? FileManager.default.removeItem(atPath: file) }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: LabProgram.path)
            process.arguments = ["top", "-o", "json", "--interval", "0.2", "--lab", lab.name]
            process.standardOutput = FileHandle(forWritingAtPath: file)
            try process.run()
            defer {
                process.terminate()
                process.waitUntilExit()
            }
            func samples() -> [Substring] {
                let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
                return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            }
            try lab.eventually("the first sample is there") { !samples().isEmpty }
            try body()
            // The sample that is being taken may be from before.
            let before = samples().count
            try lab.eventually("a later sample is there") { samples().count >= before + 3 }
            let last = Data((samples().last ?? "").utf8)
            return try #require(try JSONSerialization.jsonObject(with: last) as? [String: Any])
        }

        private static func port(_ name: String, in top: [String: Any]) throws -> [String: Any] {
            let services = top["services"] as? [[String: Any]] ?? []
            return try #require(services.first { $0["service"] as? String == "default/\(name)" })
        }

        /// New connections to a Service by the name of the Pod.
        private static func byPod(_ name: String, in top: [String: Any]) throws -> [String: Int] {
            let endpoints = try port(name, in: top)["endpoints"] as? [[String: Any]] ?? []
            let pairs = endpoints.map { endpoint in
                (
                    String((endpoint["pod"] as? String ?? "").split(separator: "/").last ?? ""),
                    endpoint["connections"] as? Int ?? 0
                )
            }
            return Dictionary(pairs, uniquingKeysWith: +).filter { $0.value > 0 }
        }

        /// The Pods that answered: a responder says its name.
        private static func answered(_ counts: [String: Int], _ lab: LabUnderTest) throws -> [String: Int] {
            let names = try lab.pods().compactMap { $0["name"] as? String }
            var answered: [String: Int] = [:]
            for (line, count) in counts {
                guard let name = names.first(where: { line.contains($0) }) else { continue }
                answered[name, default: 0] += count
            }
            return answered
        }

        @Test(arguments: ["nftables", "iptables"])
        func `300 requests are counted at the endpoints that answered them, and refusals with their reasons`(
            mode: String
        ) throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            #expect(try lab.lab("set", "proxy-mode", mode).code == 0)
            let cluster = try lab.clusterIP("web")
            let balancer = try #require(try lab.service("web")["externalIP"] as? String)
            let empty = try lab.clusterIP("empty")
            var answers: [String: Int] = [:]
            let top = try Self.counted(lab) {
                // Clients of different addresses: where two share one, a Pod may turn away a port that it had just seen,
                // and the client knocks twice.
                for (url, place, count) in [
                    ("http://\(balancer)", "host", 100), ("http://\(cluster)", "client", 200),
                ] {
                    answers.merge(try lab.answers(url, count: count, from: place), uniquingKeysWith: +)
                }
                for _ in 0..<5 { #expect(try lab.curl("http://\(empty)", from: "node-1") == "error 7") }
            }
            #expect(top["remarks"] as? [String] == [])
            #expect(try Self.port("web", in: top)["connections"] as? Int == 300)
            #expect(try Self.byPod("web", in: top) == Self.answered(answers, lab))
            #expect(try Self.port("empty", in: top)["refused"] as? Int == 5)
            #expect(try Self.port("empty", in: top)["reasons"] as? [String] == ["no endpoints"])
            #expect(try Self.port("web", in: top)["refused"] as? Int == 0)
            try Self.expectNothing(lab)
        }

        /// Nobody looks: nothing is left in the nodes but the lab's own rules.
        private static func expectNothing(_ lab: LabUnderTest) throws {
            try lab.eventually("the table that counts is gone", seconds: 30) {
                try !lab.exec("node-1", "nft", "list", "tables").output.contains("lab-counters")
            }
            #expect(try !lab.exec("edge", "nft", "list", "tables").output.contains("lab-counters"))
            let events = try lab.kubectlText("get", "events", "-A", "-o", "custom-columns=:.reason")
            #expect(!events.contains("RulesRestored"))
        }

        @Test func `the API server tells figures in Prometheus' format, to those who may read them`() throws {
            let lab = try LabUnderTest(Self.manifest, nodes: 2)
            let url = "http://\(try lab.clusterIP("web"))"
            _ = try lab.kubectlText("get", "--raw", "/metrics")
            _ = try lab.answers(url, count: 50)
            #expect(try lab.curl("http://\(try lab.clusterIP("empty"))", from: "node-1") == "error 7")
            let figures = try Figures(try lab.kubectlText("get", "--raw", "/metrics"))
            #expect(figures.sum("lab_service_connections_total", ["service": "web", "port": "http"]) == 50)
            #expect(figures.sum("lab_conntrack_entries", ["node": "node-1"]) > 0)
            #expect(figures.sum("lab_probe_duration_seconds_count", ["result": "success"]) >= 3)
            #expect(figures.types["lab_probe_duration_seconds"] == "histogram")
            #expect(figures.sum("lab_pods_ready", [:]) >= 3)
            let node = try Figures(try lab.kubectlText("get", "--raw", "/api/v1/nodes/node-1:10249/proxy/metrics"))
            #expect(node.types["kubeproxy_sync_proxy_rules_duration_seconds"] == "histogram")
            #expect(node.types["kubeproxy_network_programming_duration_seconds"] == "histogram")
            let nobody = try lab.kubectl("get", "--raw", "/metrics", "--as", "system:serviceaccount:default:default")
            #expect(nobody.code != 0 && nobody.errors.contains("forbidden"), "\(nobody)")
            try Self.expectDashboard(figures, node)
        }

        /// Every query of the dashboard is about figures that there are.
        private static func expectDashboard(_ figures: Figures...) throws {
            let data = try Data(contentsOf: URL(fileURLWithPath: "\(LabProgram.root)/docs/grafana/lab.json"))
            let text = String(decoding: data, as: UTF8.self)
            _ = try JSONSerialization.jsonObject(with: data)
            let known = figures.reduce(into: Set<String>()) { $0.formUnion($1.types.keys) }
            let named = Set(text.matches(of: /\b(lab|kubeproxy)_[a-z_]+/).map { String($0.output.0) })
            #expect(named.count >= 8)
            for name in named {
                let family = ["_bucket", "_sum", "_count"].first(where: name.hasSuffix).map {
                    String(name.dropLast($0.count))
                }
                #expect(known.contains(name) || known.contains(family ?? name), "the dashboard asks for \(name)")
            }
        }
    }
}

/// Figures in Prometheus' text format.
private struct Figures {
    var types: [String: String] = [:]
    private var samples: [(name: String, labels: [String: String], value: Double)] = []

    struct Malformed: Error { let line: Substring }

    init(_ text: String) throws {
        for line in text.split(separator: "\n") {
            if let type = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
                types[String(type.1)] = String(type.2)
            } else if let sample = line.wholeMatch(
                of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([-+0-9.eE]+|NaN|\+Inf)/)
            {
                var labels: [String: String] = [:]
                for label in (sample.2 ?? "").matches(of: /([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"/) {
                    labels[String(label.1)] = String(label.2)
                }
                samples.append((String(sample.1), labels, Double(sample.3) ?? .nan))
            } else if !line.hasPrefix("# HELP ") {
                throw Malformed(line: line)
            }
        }
    }

    /// All samples of a name that have these labels, together.
    func sum(_ name: String, _ labels: [String: String]) -> Double {
        samples.filter { sample in sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value } }
            .reduce(0) { $0 + $1.value }
    }
}
