// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// Each way to break the Service rules shows in where packets go, in both engines, and what explains the lab knows how it
/// should be.
@Suite struct SabotageTests {
    private static let manifest = Text.all(
        (1...6).map { number in
            """
            kind: Pod
            apiVersion: v1
            metadata: {name: web-\(number), labels: {app: web, half: "\(number % 2)", node: node-\((number - 1) % 3 + 1)}}
            spec:
              nodeName: node-\((number - 1) % 3 + 1)
              containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]
            """
        }.joined(separator: "\n---\n"),
        """
        kind: Pod
        apiVersion: v1
        metadata: {name: slow, labels: {app: slow}}
        spec: {nodeName: node-1, containers: [{name: web, image: web}]}
        """,
        service("plain", "ports: [{name: a, port: 80, targetPort: 8080}, {name: b, port: 81, targetPort: 9090}]"),
        service("sticky", "sessionAffinity: ClientIP, ports: [{port: 80, targetPort: 8080}]"),
        service("datagrams", "ports: [{name: udp, protocol: UDP, port: 53, targetPort: 5353}]"),
        service("node", "type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]"),
        service("outer", "externalIPs: [198.51.100.9], ports: [{port: 80, targetPort: 8080}]"),
        service(
            "local", "type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080}]",
            selector: "node: node-2"),
        service(
            "picky",
            "type: LoadBalancer, loadBalancerSourceRanges: [172.18.0.0/16], ports: [{port: 80, targetPort: 8080}]"),
        service(
            "inner", "internalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080}]", selector: "node: node-2"),
        service("near", "trafficDistribution: PreferSameNode, ports: [{port: 80, targetPort: 8080}]"),
        service("empty", "ports: [{port: 80, targetPort: 8080}]", selector: "app: nobody"),
        service("unready", "ports: [{port: 80, targetPort: 8080}]", selector: "app: slow"),
        service(
            "both", "ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv6, IPv4], ports: [{port: 80, targetPort: 8080}]")
    )

    private static func service(_ name: String, _ spec: String, selector: String = "app: web") -> String {
        """
        kind: Service
        apiVersion: v1
        metadata: {name: \(name)}
        spec: {selector: {\(selector)}, \(spec)}
        """
    }

    private static let questions = ["host", "node-1", "pod/web-1", "pod/web-2"].flatMap(questions)

    private static func questions(from: String) -> [Question] {
        [
            "service/plain:80", "service/plain:81", "service/sticky", "service/datagrams", "172.18.0.2:30080",
            "172.18.0.4:30080", "172.18.0.2:30081", "198.51.100.9:80", "203.0.113.1:80", "203.0.113.2:80",
            "service/inner", "service/near", "service/empty", "service/unready", "service/both",
        ].map { Question(from: from, to: $0, transport: $0.hasSuffix("datagrams") ? .udp : .tcp) }
    }

    private static func cluster(_ sabotage: Sabotage?, _ mode: Configuration.ProxyMode) throws -> Cluster {
        var fixture = try Fixture([.v4, .v6])
        var configuration = fixture.cluster.configuration
        configuration.sabotage = sabotage
        configuration.proxyMode = mode
        fixture.cluster = Cluster(configuration, seed: 1, now: fixture.now)
        try fixture.apply(manifest)
        fixture.cluster.assumeRunning(unready: [ObjectKey("Pod", "default", "slow")], now: fixture.now)
        return fixture.cluster
    }

    /// How the ways end, and how likely each is; of a question that has no answer, why.
    private static func answers(_ cluster: Cluster) -> [[String]] {
        questions.map { question in
            do { return try cluster.journeys(question).map(text).sorted() } catch { return ["\(error)"] }
        }
    }

    /// The numbers by which engines know endpoints may be others.
    private static func text(_ journey: Journey) -> String {
        var summary = journey.summary()
        summary["remembered"] = summary["remembered"] == nil ? nil : true
        return "\(summary)"
    }

    /// Those that are the daemon's, or take a change to be seen.
    private static let later: Set<Sabotage> = [
        .staleNode, .staleDatagrams, .deadEndpoint, .terminatingEndpoint, .ignoredHealth,
    ]

    @Test(
        arguments: Sabotage.allCases.filter { !later.contains($0) },
        [Configuration.ProxyMode.nftables, .iptables])
    func `broken rules lead elsewhere, and the walker knows where they should lead`(
        _ sabotage: Sabotage, _ mode: Configuration.ProxyMode
    ) throws {
        let (sound, broken) = (try Self.cluster(nil, mode), try Self.cluster(sabotage, mode))
        let expected = Self.answers(sound)
        #expect(Self.answers(broken.honest) == expected, "what should be is the same")
        // How long a client is remembered shows in no single packet.
        guard sabotage != .shortAffinity else { return #expect(broken.plan != sound.plan) }
        #expect(Self.answers(broken) != expected, "and it is not: \(sabotage.effect)")
    }

    @Test(arguments: [Configuration.ProxyMode.nftables, .iptables])
    func `an endpoint that has gone is kept, or has the last word while it ends`(_ mode: Configuration.ProxyMode) throws
    {
        for sabotage in [Sabotage.deadEndpoint, .terminatingEndpoint] {
            var clusters: [[[String]]] = []
            for choice in [nil, sabotage] {
                var cluster = try Self.cluster(choice, mode)
                let now = Timestamp(seconds: 1_800_000_001)
                _ = cluster.delete([ObjectKey("Pod", "default", "web-1")], now: now)
                _ = cluster.settle(now: now)
                if sabotage == .deadEndpoint {
                    cluster.podRemoved(ObjectKey("Pod", "default", "web-1"), now: now)
                    _ = cluster.settle(now: now)
                }
                clusters.append(Self.answers(cluster))
                clusters.append(Self.answers(cluster.honest))
            }
            #expect(clusters[0] == clusters[1])
            #expect(clusters[3] == clusters[0], "what should be is the same")
            #expect(clusters[2] != clusters[0], "and it is not: \(sabotage.effect)")
        }
    }

    @Test func `there are at least thirty ways, each with a behaviour that it violates`() {
        #expect(Sabotage.allCases.count >= 30)
        for sabotage in Sabotage.allCases {
            #expect(sabotage.violated.hasPrefix("D"))
            #expect(!sabotage.effect.isEmpty)
        }
    }
}
