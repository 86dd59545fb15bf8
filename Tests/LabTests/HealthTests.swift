// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

extension LabSuites {
    /// What nodes say of themselves, and what the load balancer makes of it (D82 to D84, D63).
    @Suite
    struct HealthTests {
        private static let manifest =
            deployment("web", replicas: 1, extra: "terminationGracePeriodSeconds: 2\n      nodeName: node-2")
                + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: local}
                spec: {type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 32100, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
                """

        private func ask(_ lab: LabUnderTest, _ url: String, from place: String = "host") throws -> String {
            try lab.exec(place, "curl", "-s", "-m", "2", "-i", url).output.replacingOccurrences(of: "\r", with: "")
        }

        @Test func `nodes answer health checks as kube-proxy does`() throws {
            let lab = try LabUnderTest(Self.manifest)
            try lab.eventually("the ports are open", seconds: 5) {
                try ask(lab, "http://172.18.0.3:32100/").contains("200 OK")
            }
            let well = try ask(lab, "http://172.18.0.3:32100/")
            #expect(well.contains("X-Load-Balancing-Endpoint-Weight: 1\n"))
            #expect(
                well.contains(
                    "\t\"service\": {\n\t\t\"namespace\": \"default\",\n\t\t\"name\": \"local\"\n\t},\n\t\"localEndpoints\": 1,"
                ))
            for node in ["172.18.0.2", "172.18.0.4"] {
                let ill = try ask(lab, "http://\(node):32100/healthz")
                #expect(ill.hasPrefix("HTTP/1.1 503 Service Unavailable\n"), "D82 \(ill)")
                #expect(ill.contains("X-Load-Balancing-Endpoint-Weight: 0\n"))
            }
            for path in ["healthz", "livez"] {
                let answer = try ask(lab, "http://172.18.0.2:10256/\(path)")
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\nContent-Type: application/json\n"), "D84 \(answer)")
            }
            #expect(try ask(lab, "http://127.0.0.1:10249/proxyMode", from: "node-1").hasSuffix("\n\nnftables"))
            let metrics = try ask(lab, "http://127.0.0.1:10249/metrics", from: "node-1")
            #expect(metrics.contains("kubeproxy_sync_proxy_rules_duration_seconds_count{ip_family=\"IPv4\"}"))
            #expect(try lab.exec("host", "curl", "-s", "-m", "1", "http://172.18.0.2:10249/proxyMode").code != 0)

            // The port goes with the Service.
            #expect(try lab.lab("delete", "service/local").code == 0)
            try lab.eventually("the port is closed", seconds: 3) {
                try lab.exec("host", "curl", "-s", "-m", "1", "http://172.18.0.3:32100/").code == 7
            }
        }

        @Test(.enabled(if: LabProgram.hasKubectl))
        func `a node that is to go takes no new traffic, and is alive (D84, D63)`()
            throws
        {
            let lab = try LabUnderTest(Self.manifest)
            try lab.eventually("healthz", seconds: 5) {
                try ask(lab, "http://172.18.0.2:10256/healthz").contains("200 OK")
            }
            _ = try lab.kubectlText("taint", "node", "node-1", "ToBeDeletedByClusterAutoscaler=1:NoSchedule")
            try lab.eventually("healthz says so", seconds: 3) {
                try ask(lab, "http://172.18.0.2:10256/healthz").contains("503 Service")
            }
            #expect(try ask(lab, "http://172.18.0.2:10256/healthz").contains("\"nodeEligible\":false"))
            #expect(try ask(lab, "http://172.18.0.2:10256/livez").hasPrefix("HTTP/1.1 200 OK"))
        }

        @Test func `a node that falls silent leaves the load balancer within two probe periods`() throws {
            let lab = try LabUnderTest(
                deployment("web", replicas: 3) + """
                    ---
                    apiVersion: v1
                    kind: Service
                    metadata: {name: web}
                    spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
                    """)
            let address = try #require(try lab.service("web")["externalIP"] as? String)
            // The load balancer has asked each node once.
            usleep(1_800_000)
            let silence =
                "add table ip silence; add chain ip silence in { type filter hook prerouting priority -300; policy drop; }"
            #expect(try lab.exec("node-3", "nft", silence).code == 0)
            usleep(2_100_000)
            // Its Pod is still among the endpoints; who sends it anywhere but there is answered.
            let answered = try lab.exec(
                "host", "sh", "-c",
                "for i in $(seq 60); do curl -s -m 1 --retry 3 --retry-all-errors --retry-delay 0 http://\(address) | head -c 14; echo; done",
                seconds: 100
            ).lines.filter { $0 == "Hello from Pod" }
            #expect(answered.count == 60)
            let pools = try lab.exec("edge", "nft", "list", "map", "ip", "lab", "endpoints").output
            #expect(!pools.contains("172.18.0.4"), "\(pools)")
            #expect(try lab.exec("node-3", "nft", "delete table ip silence").code == 0)
            try lab.eventually("the node is back", seconds: 4) {
                try lab.exec("edge", "nft", "list", "map", "ip", "lab", "endpoints").output.contains("172.18.0.4")
            }
        }
    }
}
