// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabPrograms {
    /// For each kind of check a scenario in which it must fail: the run fails, at that step, in these words.
    @Suite struct FailingCheckTests {
        struct Row: Sendable {
            let name: String
            let step: String
            /// What must be among what was expected and seen.
            let words: [String]

            init(_ name: String, _ step: String, _ words: String...) {
                self.name = name
                self.step = step
                self.words = words
            }
        }

        static let rows = [
            Row(
                "status", #"- {request: {from: host, url: "http://web/echo?code=503"}, expect: [{status: 200}]}"#,
                "200", "503"),
            Row(
                "body", #"- {request: {from: host, url: "http://web/"}, expect: [{body: {contains: Goodbye}}]}"#,
                "Goodbye", "Hello from Pod"),
            Row(
                "header",
                #"- {request: {from: host, url: "http://web/"}, expect: [{header: {Content-Type: image/png}}]}"#,
                "image/png", "text/plain"),
            Row(
                "latency", #"- {request: {from: host, url: "http://web/", count: 5}, expect: [{latency: {p50: 1us}}]}"#,
                "p50"),
            Row(
                "latency-of-a-slow-link",
                """
                - {link: {of: pod/client, direction: out, delay: 60ms}}
                - {request: {from: pod/client, url: "http://web/", count: 3}, expect: [{latency: {p50: 20ms}}]}
                """, "p50", "20"),
            Row(
                "answered-by",
                #"- {request: {from: host, url: "http://web/", count: 10}, expect: [{answeredBy: {selector: version=green}}]}"#,
                "green", "blue-"),
            Row(
                "answered-by-exact",
                #"- {request: {from: host, url: "http://web/", count: 40}, expect: [{answeredBy: {selector: app=web, set: exact}}]}"#,
                "app=web"),
            Row(
                "shares",
                #"- {request: {from: host, url: "http://web/", count: 40}, expect: [{answeredBy: {shares: {version=blue: 0.5, version=green: 0.5}}}]}"#,
                "50 %", "100 %"),
            Row(
                "sticky",
                #"- {request: {from: host, url: "http://web/", count: 60}, expect: [{answeredBy: {sticky: true}}]}"#,
                "same"),
            Row(
                "answerers",
                #"- {request: {from: host, url: "http://web/", count: 40}, expect: [{answeredBy: {count: 5}}]}"#, "5",
                "2"),
            Row(
                "source",
                #"- {request: {from: host, url: "http://${nodeIP:node-1}:${nodePort:web}/", count: 20}, expect: [{source: client}]}"#,
                "172.18.0.2"),
            Row(
                "outcome-refused",
                #"- {request: {from: pod/client, url: "http://nobody/"}, expect: [{outcome: delivered}]}"#,
                "delivered", "refused"),
            Row(
                "outcome-delivered", #"- {request: {from: host, url: "http://web/"}, expect: [{outcome: refused}]}"#,
                "refused", "delivered"),
            Row(
                "outcome-timed-out",
                """
                - {link: {of: pod/client, state: cut}}
                - {request: {from: pod/client, url: "http://${clusterIP:web}/", timeout: 300ms}, expect: [{outcome: delivered}]}
                """, "delivered", "timed out"),
            Row(
                "outcome-unresolved", #"- {request: {from: pod/client, url: "http://webb/"}, expect: [{status: 200}]}"#,
                "200", "unresolved"),
            Row(
                "failures",
                #"- {request: {from: host, url: "http://nobody/", count: 3}, expect: [{failures: 0}]}"#, "0", "3"),
            Row(
                "background",
                """
                - {background: {name: clients, request: {from: host, url: "http://web/", rate: 100/s}}}
                - scale: {object: deployment/blue, replicas: 0}
                  for: 2s
                  expect: [{background: clients, failures: 0}]
                """, "0"),
            Row(
                "output", #"- {exec: {in: node-1, command: "echo one"}, expect: [{output: two}]}"#, "two", "one"),
            Row(
                "exit-code", #"- {exec: {in: pod/client, command: "exit 3"}, expect: [{exitCode: 0}]}"#, "0", "3"),
            Row(
                "object",
                #"- {expect: [{object: {object: deployment/blue, jsonPath: "{.status.readyReplicas}", equals: 3}}]}"#,
                "3", "2"),
            Row("object-exists", "- {expect: [{object: {object: pod/client, exists: false}}]}", "client"),
            Row(
                "dns-answers", #"- {dns: {from: pod/client, name: web}, expect: [{answers: [10.96.255.254]}]}"#,
                "10.96.255.254"),
            Row(
                "dns-code", #"- {dns: {from: pod/client, name: web}, expect: [{code: NXDOMAIN}]}"#, "NXDOMAIN",
                "10.96."),
            Row(
                "rules", #"- {expect: [{rules: {node: node-1, contains: "10.96.255.254"}}]}"#, "10.96.255.254"),
            Row(
                "rules-lack", #"- {expect: [{rules: {node: node-1, lacks: "${clusterIP:web}"}}]}"#, "10.96."),
            Row(
                "why", #"- {expect: [{why: {from: pod/client, to: "web:80", outcome: refused}}]}"#, "refused",
                "delivered"),
            Row(
                "why-ends",
                #"- {expect: [{why: {from: pod/client, to: "nobody:80", outcome: delivered}}]}"#, "delivered", "refused"
            ),
            Row(
                "counter", #"- {expect: [{counter: {node: node-1, service: web, packets: ">= 1"}}]}"#, "1", "0"),
            Row("event", "- {expect: [{event: {reason: Unhealthy, object: pod/client}}]}", "at least 1", "0"),
            Row(
                "udp", #"- {udp: {from: host, to: "web:7", payload: one}, expect: [{body: two}]}"#, "two", "one"),
            Row(
                "wait",
                #"- {wait: {object: deployment/blue, jsonPath: "{.status.replicas}", value: 7}, within: 300ms}"#,
                "300ms"),
            Row(
                "within",
                #"- {request: {from: host, url: "http://nobody/"}, within: 300ms, expect: [{status: 200}]}"#, "within"),
            Row(
                "for",
                """
                - {background: {name: clients, request: {from: host, url: "http://web/", rate: 100/s}}}
                - scale: {object: deployment/blue, replicas: 0}
                  for: 5s
                  expect: [{request: {from: host, url: "http://web/"}, status: 200}]
                """, "for"),
        ]

        @Test func `every kind of check fails where it must, with the right words`() throws {
            let bench = try Bench()
            let file = try bench.write(
                "failing.yaml", Self.rows.map { scenario($0.name, $0.step) }.joined() + "---\n" + twoVersions)
            let ran = try bench.lab("test", file, "-j", "3", "--report", "jsonl=results", "--report", "text")
            #expect(ran.code == 1, "\(ran)")
            let lines = try bench.text("results").split(separator: "\n").map {
                try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] ?? [:]
            }
            for row in Self.rows {
                let own = lines.filter { $0["scenario"] as? String == row.name }
                let verdict = own.first { $0["event"] as? String == "result" }
                #expect(verdict?["result"] as? String == "failed", "\(row.name): \(verdict ?? [:])")
                let last = own.last { $0["event"] as? String == "step" }
                let failures = last?["failures"] as? [[String: Any]] ?? []
                let told = failures.map { "\($0["expected"] ?? "") | \($0["seen"] ?? "")" }.joined(separator: "\n")
                for word in row.words { #expect(told.contains(word), "\(row.name) tells: \(told)") }
                let steps = row.step.split(separator: "\n").count { $0.hasPrefix("- ") }
                #expect(last?["step"] as? Int == steps, "\(row.name) failed at another step: \(told)")
            }
            #expect(Bench.remains("lab-t-").isEmpty && Bench.remains("t-").isEmpty)
        }

        @Test func `a failure tells where the request goes, what came back, and where its packets are`() throws {
            let bench = try Bench()
            let file = try bench.write(
                "one.yaml",
                scenario("one", #"- {request: {from: pod/client, url: "http://nobody/"}, expect: [{status: 200}]}"#)
                    + "---\n" + twoVersions)
            let ran = try bench.lab("test", file)
            #expect(ran.code == 1, "\(ran)")
            for words in [
                "lab why pod/default/client http://nobody", "matches no Pod", "1 × refused", "the packets at",
            ] {
                #expect(ran.errors.contains(words), "no \"\(words)\" in \(ran.errors)")
            }
            let path = "\(bench.folder)/lab-failures/one-nftables-step1-default-client.pcap"
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(bytes.count > 24 && bytes.prefix(4) == Data([0xd4, 0xc3, 0xb2, 0xa1]))
        }
    }
}
