// SPDX-License-Identifier: Apache-2.0
import Dataplane
import FoundationEssentials
import Net
import Testing

/// What `iptables-save` printed on a node of a real kube-proxy (1.36, iptables mode), kept in `Tests/Fixtures/oracle`.
enum IPTablesOracle {
    static func text(_ name: String) throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/oracle")
        return String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }

    /// The Services of the cluster that it was recorded in.
    static var services: [ServiceEntry] {
        [
            service("default/kubernetes", "10.96.0.1", [port(1, "https", 443, to: ["10.200.0.1:6443"])]),
            service(
                "study/cip", "10.96.10.1",
                [
                    port(2, "http", 80, to: ["10.1.0.1:8080", "10.1.0.2:8080", "10.1.0.3:8080"]),
                    port(3, "dns", 53, .udp, to: ["10.1.0.2:5353", "10.1.0.3:5353", "10.1.0.1:5353"]),
                ]),
            service(
                "study/np", "10.96.10.2", [port(4, "", 80, to: ["10.1.0.1:80", "10.1.0.2:80"]) { $0.nodePort = 30080 }]),
            service(
                "study/lb-aff-local", "10.96.10.3",
                [
                    port(5, "", 443, to: ["10.1.0.1:8443", "10.1.0.2:8443"]) {
                        $0.localEndpoints = [socket("10.1.0.1:8443")]
                        $0.loadBalancerAddresses = [address("192.0.2.50")]
                        $0.sourceRanges = [prefix("203.0.113.0/24"), prefix("198.51.100.0/24")]
                        $0.isExternalLocal = true
                        $0.affinityTimeout = 10800
                        $0.nodePort = 30443
                        $0.healthCheckNodePort = 32100
                    }
                ]),
            service("study/noep", "10.96.10.4", [port(6, "", 80, to: []) { $0.nodePort = 30081 }]),
            service(
                "study/itp-local", "10.96.10.5",
                [
                    port(7, "", 80, to: ["10.1.0.1:80"]) {
                        $0.isInternalLocal = true
                        $0.localEndpoints = $0.endpoints
                    }
                ]),
            service(
                "study/extip", "10.96.10.6",
                [port(8, "", 80, to: ["10.1.0.1:80"]) { $0.externalAddresses = [address("192.0.2.77")] }]),
            service(
                "study/lb-remote-only-local", "10.96.10.7",
                [
                    port(9, "", 80, to: ["10.1.0.2:80"]) {
                        $0.loadBalancerAddresses = [address("192.0.2.51")]
                        $0.isExternalLocal = true
                        $0.nodePort = 30082
                        $0.healthCheckNodePort = 32101
                    }
                ]),
        ]
    }

    private static func service(_ name: String, _ cluster: String, _ ports: [ServicePortEntry]) -> ServiceEntry {
        ServiceEntry(
            name,
            ports: ports.map { port in
                var port = port
                port.clusterAddresses = [address(cluster)]
                return port
            })
    }

    private static func port(
        _ pool: UInt32, _ name: String, _ number: UInt16, _ transport: TransportProtocol = .tcp, to: [String],
        _ change: (inout ServicePortEntry) -> Void = { _ in }
    ) -> ServicePortEntry {
        var port = ServicePortEntry(
            pool: pool, name: name, transport: transport, port: number, endpoints: to.map(socket),
            reasons: ServicePortReasons(port: Because("Service \(pool)", field: "spec.ports[0]")))
        change(&port)
        return port
    }

    /// The lines of a text without those of comment, which have the time in them.
    static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    /// The Service and port that a rule's comment begins with.
    static func service(of rule: String) -> String {
        guard let comment = rule.split(separator: "\"", maxSplits: 2).dropFirst().first,
            let word = comment.split(separator: " ").first, word.contains("/")
        else { return "" }
        return String(word)
    }
}

@Suite struct IPTablesOracleTests {
    /// kube-proxy goes through its Services in the order of a Go map: within a shared chain, each Service's rules are
    /// together and in order, but which Service comes first is chance. All else is compared line by line.
    static let shared: Set<String> = [
        "KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL",
    ]

    static var node: IPTables {
        var node = IPTables.node(nodeAddress: address("10.200.0.11"), podRange: prefix("10.1.0.0/16"))
        for service in IPTablesOracle.services { _ = node.setService(service) }
        return node
    }

    @Test func `the rules are kube-proxy's, chain by chain in its order`() throws {
        let recorded = IPTablesOracle.lines(try IPTablesOracle.text("kube-proxy-iptables.txt"))
        let written = IPTablesOracle.lines(Self.node.text)
        #expect(written.count == recorded.count)
        #expect(sections(written) == sections(recorded))
        // Chains stand in the same order, so that only rules within shared chains may have changed places.
        #expect(written.map(skeleton) == recorded.map(skeleton))
    }

    @Test func `the rules of a node without IPv6 Services are kube-proxy's to the letter`() throws {
        let recorded = IPTablesOracle.lines(try IPTablesOracle.text("kube-proxy-ip6tables.txt"))
        let podRange = try #require(Prefix("fd00:10:1::/64"))
        let node = IPTables.node(nodeAddress: try #require(Address("fd00::11")), podRange: podRange)
        #expect(IPTablesOracle.lines(node.text) == recorded)
    }

    @Test func `the jump to the node ports is the last rule of KUBE-SERVICES`() {
        let rules = Self.node.chains[IPTablesChainName(.nat, "KUBE-SERVICES")] ?? []
        #expect(rules.last?.target == .jump("KUBE-NODEPORTS"))
        #expect(rules.filter { $0.target == .jump("KUBE-NODEPORTS") }.count == 1)
    }

    @Test func `every rule says what asked for it`() {
        for (_, rules) in Self.node.chains {
            #expect(rules.allSatisfy { !$0.because.object.isEmpty })
        }
    }

    /// Rules by table and chain; those of a shared chain by Service too.
    private func sections(_ lines: [String]) -> [String: [String]] {
        var table = ""
        var result: [String: [String]] = [:]
        for line in lines {
            if line.hasPrefix("*") { table = line }
            let words = line.split(separator: " ")
            guard words[0] == "-A" else {
                result[table, default: []].append(line)
                continue
            }
            let chain = String(words[1])
            let service = Self.shared.contains(chain) ? IPTablesOracle.service(of: line) : ""
            result["\(table) \(chain) \(service)", default: []].append(line)
        }
        return result
    }

    /// A line, or of a rule in a shared chain only the chain.
    private func skeleton(_ line: String) -> String {
        let words = line.split(separator: " ")
        guard words[0] == "-A", Self.shared.contains(String(words[1])), !line.contains("NOTE: this must") else {
            return line
        }
        return "-A \(words[1])"
    }
}
