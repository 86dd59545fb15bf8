// SPDX-License-Identifier: Apache-2.0
import Glibc
import Kubernetes
import Server
import Testing

@Suite struct PlainServerTests {
    /// One request as bytes, and all that comes back until the server closes.
    private static func ask(
        _ server: PlainServer, _ answer: @escaping @Sendable (PlainRequest) -> PlainAnswer, _ request: String
    )
        throws -> String
    {
        let listening = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listening, $0, length)
                _ = listen(listening, 8)
                _ = getsockname(listening, $0, &length)
            }
        }
        let listener = try server.listen(on: listening) { $1(answer($0)) }
        defer { listener.close() }
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(client) }
        withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, length) }
        }
        let bytes = Array(request.utf8)
        _ = send(client, bytes, bytes.count, 0)
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(client, &buffer, buffer.count, 0), count > 0 { all += buffer[..<count] }
        return String(decoding: all, as: UTF8.self)
    }

    /// The text with the date of the recorded one.
    private static func dated(_ text: String) -> String {
        text.split(separator: "\r\n", omittingEmptySubsequences: false).map {
            $0.hasPrefix("Date: ") ? "Date: Sat, 21 Nov 2026 01:24:39 GMT" : String($0)
        }.joined(separator: "\r\n")
    }

    private static let close = "GET /healthz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n"
    private static let end = "Connection: close\r\n\r\n"

    @Test func `a Service's health check answers byte for byte as kube-proxy's (D82)`() throws {
        let server = PlainServer()
        let well = try Self.ask(
            server,
            { _ in .serviceHealth(namespace: "study", name: "lb-aff-local", localEndpoints: 1, isProxyHealthy: true) },
            Self.close)
        #expect(
            Self.dated(well) == """
                HTTP/1.1 200 OK\r
                Content-Type: application/json\r
                X-Content-Type-Options: nosniff\r
                X-Load-Balancing-Endpoint-Weight: 1\r
                Date: Sat, 21 Nov 2026 01:24:39 GMT\r
                Content-Length: 121\r
                \(Self.end){
                \t"service": {
                \t\t"namespace": "study",
                \t\t"name": "lb-aff-local"
                \t},
                \t"localEndpoints": 1,
                \t"serviceProxyHealthy": true
                }
                """)
        let ill = try Self.ask(
            server,
            { _ in
                .serviceHealth(
                    namespace: "study", name: "lb-remote-only-local", localEndpoints: 0, isProxyHealthy: true)
            }, Self.close)
        #expect(
            Self.dated(ill) == """
                HTTP/1.1 503 Service Unavailable\r
                Content-Type: application/json\r
                X-Content-Type-Options: nosniff\r
                X-Load-Balancing-Endpoint-Weight: 0\r
                Date: Sat, 21 Nov 2026 01:24:39 GMT\r
                Content-Length: 129\r
                \(Self.end){
                \t"service": {
                \t\t"namespace": "study",
                \t\t"name": "lb-remote-only-local"
                \t},
                \t"localEndpoints": 0,
                \t"serviceProxyHealthy": true
                }
                """)
    }

    private static func moment(_ nanoseconds: Int32, second: Int64 = 39) -> Timestamp {
        Timestamp(seconds: 1_795_224_240 + second, nanoseconds: nanoseconds)
    }

    private static let health = ProxyHealth(
        families: [
            "IPv4": .init(lastUpdated: moment(792_979_759, second: 34), isHealthy: true),
            "IPv6": .init(lastUpdated: moment(373_454_031, second: 29), isHealthy: true),
        ], isEligible: true)

    @Test func `a node's health answers with kube-proxy's fields (D84)`() {
        let answer = Self.health.healthz(now: Self.moment(823_718_373))
        #expect(answer.status == 200)
        #expect(answer.headers.map(\.name) == ["Content-Type", "X-Content-Type-Options"])
        #expect(
            answer.body
                == #"{"lastUpdated":"2026-11-21T01:24:39.823718373Z","currentTime":"2026-11-21T01:24:39.823718373Z","nodeEligible":true,"healthy":true,"status":{"IPv4":{"lastUpdated":"2026-11-21T01:24:34.792979759Z","healthy":true},"IPv6":{"lastUpdated":"2026-11-21T01:24:29.373454031Z","healthy":true}}}"#
        )
        #expect(answer.body.utf8.count == 283)
    }

    @Test func `a node that is to go is well, but takes no traffic (D84)`() {
        var health = Self.health
        health.isEligible = false
        let now = Self.moment(0)
        #expect(health.healthz(now: now).status == 503)
        #expect(health.healthz(now: now).body.contains(#""nodeEligible":false,"healthy":true"#))
        #expect(health.healthz(now: now).body.hasPrefix(#"{"lastUpdated":"2026-11-21T01:24:34.792979759Z""#))
        #expect(health.livez(now: now).status == 200)
        #expect(!health.livez(now: now).body.contains("nodeEligible"))
    }

    @Test func `rules that the kernel lacks make a node ill for every question (D84)`() {
        var health = Self.health
        health.families["IPv6"]?.isHealthy = false
        let now = Self.moment(500_000_000)
        #expect(health.healthz(now: now).status == 503)
        #expect(health.livez(now: now).status == 503)
        #expect(health.livez(now: now).body.contains(#""healthy":false,"status":{"IPv4""#))
        #expect(health.livez(now: now).body.contains(#""currentTime":"2026-11-21T01:24:39.5Z""#))
    }

    @Test func `figures are told as Prometheus reads them`() {
        var figures = SyncFigures()
        figures.count(seconds: 0.0005, at: Self.moment(0))
        figures.count(seconds: 0.003, at: Self.moment(250_000_000))
        figures.count(seconds: 100, at: Self.moment(500_000_000))
        let metrics = ProxyMetrics(
            syncs: ["IPv4": figures], programming: ["IPv4": figures],
            failureCounter: "kubeproxy_sync_proxy_rules_nftables_sync_failures_total",
            healthz: [200: 3, 503: 1], livez: [:])
        let lines = metrics.answer.body.split(separator: "\n").map(String.init)
        let name = "kubeproxy_sync_proxy_rules_duration_seconds"
        for line in [
            "# TYPE \(name) histogram", "\(name)_bucket{ip_family=\"IPv4\",le=\"0.001\"} 1",
            "\(name)_bucket{ip_family=\"IPv4\",le=\"0.002\"} 1", "\(name)_bucket{ip_family=\"IPv4\",le=\"0.004\"} 2",
            "\(name)_bucket{ip_family=\"IPv4\",le=\"16.384\"} 2", "\(name)_bucket{ip_family=\"IPv4\",le=\"+Inf\"} 3",
            "\(name)_sum{ip_family=\"IPv4\"} 100.0035", "\(name)_count{ip_family=\"IPv4\"} 3",
            "# TYPE kubeproxy_network_programming_duration_seconds histogram",
            "kubeproxy_network_programming_duration_seconds_bucket{ip_family=\"IPv4\",le=\"0.004\"} 2",
            "kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family=\"IPv4\"} 1795224279.5",
            "kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family=\"IPv4\"} 0",
            "kubeproxy_proxy_healthz_total{code=\"200\"} 3", "kubeproxy_proxy_healthz_total{code=\"503\"} 1",
        ] { #expect(lines.contains(line), "\(line)") }
    }

    @Test func `requests on one connection are answered in their order, and nonsense is not`() throws {
        let server = PlainServer()
        let answer: @Sendable (PlainRequest) -> PlainAnswer = { .text("\($0.method) \($0.path)\n") }
        let two = try Self.ask(
            server, answer, "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\nHEAD /h HTTP/1.1\r\nHost: x\r\n\r\n" + Self.close)
        #expect(two.components(separatedBy: "HTTP/1.1 200 OK").count == 4)
        #expect(two.contains("\r\n\r\nGET /a\nHTTP/1.1 200 OK"))
        #expect(!two.contains("HEAD /h\n"))
        #expect(two.hasSuffix("GET /healthz\n"))
        #expect(try Self.ask(server, answer, "what is this\r\n\r\n").hasPrefix("HTTP/1.1 400 Bad Request"))
        #expect(try Self.ask(server, answer, "GET / HTTP/1.0\r\n\r\n").hasSuffix("GET /\n"))
    }
}

extension String {
    fileprivate func components(separatedBy text: String) -> [Substring] {
        split(separator: text, omittingEmptySubsequences: false)
    }
}
