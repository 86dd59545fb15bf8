// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// Systems beyond the edge: what they reach, what reaches them, and with which source address.
@Suite struct OutsideTests {
    private static let weather = Address(198, 51, 100, 10)
    private static let visitor = Address(192, 0, 2, 7)

    private func configuration(_ change: (inout Configuration) -> Void = { _ in }) throws -> Configuration {
        var configuration = try Fixture.configuration()
        configuration.external = [
            ExternalSystem(
                "weather", addresses: [OutsideTests.weather], ports: [.init(3000), .init(53, .udp)],
                hostnames: ["weather.example.com"]), ExternalSystem("visitor", addresses: [OutsideTests.visitor]),
        ]
        change(&configuration)
        return configuration
    }

    private func lab(_ manifest: String = "", _ change: (inout Configuration) -> Void = { _ in }) throws -> Fixture {
        var lab = try Fixture()
        lab.cluster = Cluster(try configuration(change), seed: 1, now: lab.now)
        if !manifest.isEmpty { try lab.apply(manifest) }
        lab.run()
        return lab
    }

    /// A Pod on node-1 and one on node-2.
    private static let pods = Text.all(
        Text.pod("a", spec: "  nodeName: node-1"), Text.pod("b", labels: "app: client", spec: "  nodeName: node-2"))

    // MARK: What leaves

    @Test(arguments: [Configuration.ProxyMode.nftables, .iptables, .none])
    func `what a Pod sends outside has its node's address, whoever makes the Service rules`(
        mode: Configuration.ProxyMode
    ) throws {
        let lab = try lab(OutsideTests.pods) { $0.proxyMode = mode }
        let target = SocketAddress(OutsideTests.weather, 3000)
        #expect(lab.ends("a", target) == ["outside-weather"])
        #expect(lab.sources("a", target) == [Address(172, 18, 0, 2)])
        #expect(lab.sources("b", target) == [Address(172, 18, 0, 3)])
        #expect(lab.sources("node-3", target) == [Address(172, 18, 0, 4)])
        #expect(lab.sources("control-plane", target) == [Address(172, 18, 0, 253)])
    }

    @Test func `what stays inside keeps its source address`() throws {
        let lab = try lab(Text.all(OutsideTests.pods, Text.service()))
        let client = try lab.address(ofPod: "b")
        let pod = try lab.address(ofPod: "a")
        #expect(lab.sources("b", SocketAddress(pod, 8080)) == [client])
        let cluster = try lab.clusterAddress()
        #expect(lab.sources("b", cluster) == [client])
        #expect(lab.sources("b", SocketAddress(Address(172, 18, 0, 2), 22)) == [client])
        #expect(lab.sources("b", SocketAddress(Address(172, 18, 0, 254), 22)) == [client])
    }

    @Test func `after a change of the proxy mode it is still so`() throws {
        var lab = try lab(OutsideTests.pods)
        for mode in [Configuration.ProxyMode.iptables, .none, .nftables] {
            lab.cluster.setProxyMode(mode, now: lab.now)
            lab.run()
            #expect(lab.sources("a", SocketAddress(OutsideTests.weather, 3000)) == [Address(172, 18, 0, 2)], "\(mode)")
        }
    }

    @Test func `without systems outside a lab has no such rules and no such ways`() throws {
        let plan = try Fixture().cluster.plan
        #expect(plan.namespaces.values.allSatisfy { $0.tables.isEmpty })
        #expect(!plan.namespaces.keys.contains { $0.text.hasPrefix("outside") })
    }

    // MARK: Services of outside systems

    static let endpoints = """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{port: 80, targetPort: 3000}]}
        ---
        apiVersion: v1
        kind: Endpoints
        metadata: {name: web}
        subsets: [{addresses: [{ip: 198.51.100.10}], ports: [{port: 3000}]}]
        """

    static let slice = """
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {ports: [{port: 80, targetPort: 3000}]}
        ---
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        endpoints: [{addresses: [198.51.100.10]}]
        ports: [{port: 3000, protocol: TCP}]
        """

    @Test(arguments: [endpoints, slice], [Configuration.ProxyMode.nftables, .iptables])
    func `a Service without a selector leads outside, by endpoints written by hand`(
        manifest: String, mode: Configuration.ProxyMode
    ) throws {
        let lab = try lab(Text.all(OutsideTests.pods, manifest)) { $0.proxyMode = mode }
        let target = try lab.clusterAddress()
        #expect(lab.ends("b", target) == ["outside-weather"])
        #expect(lab.sources("b", target) == [Address(172, 18, 0, 3)])
        #expect(lab.ends("node-1", target) == ["outside-weather"])
    }

    // MARK: Clients outside

    @Test func `an outsider reaches nodes, load balancers and others outside, and neither Pods nor cluster addresses`()
        throws
    {
        let lab = try lab(Text.all(OutsideTests.pods, Text.service(type: "LoadBalancer")))
        let balancer = try lab.external()
        #expect(lab.ends("outside-visitor", balancer) == ["a"])
        let port = try lab.nodePort(3)
        #expect(lab.ends("outside-visitor", port) == ["a"])
        #expect(lab.ends("outside-visitor", SocketAddress(OutsideTests.weather, 3000)) == ["outside-weather"])
        #expect(lab.sources("outside-visitor", SocketAddress(OutsideTests.weather, 3000)) == [OutsideTests.visitor])
        let cluster = try lab.clusterAddress()
        #expect(lab.ends("outside-visitor", cluster) == ["unreachable"])
        let pod = try lab.address(ofPod: "a")
        #expect(lab.ends("outside-visitor", SocketAddress(pod, 8080)) == ["unreachable"])
    }

    @Test(arguments: [Configuration.ProxyMode.nftables, .iptables])
    func `D42 D43 policy Local keeps an outsider's address, policy Cluster gives the node's`(
        mode: Configuration.ProxyMode
    ) throws {
        for (policy, seen) in [
            ("Local", [OutsideTests.visitor]),
            ("Cluster", [Address(172, 18, 0, 2), Address(172, 18, 0, 3), Address(172, 18, 0, 4)]),
        ] {
            let service = Text.service(type: "LoadBalancer", more: "  externalTrafficPolicy: \(policy)")
            let lab = try lab(Text.all(OutsideTests.pods, service)) { $0.proxyMode = mode }
            let balancer = try lab.external()
            #expect(lab.sources("outside-visitor", balancer).isSubset(of: seen), "\(policy)")
            #expect(!lab.sources("outside-visitor", balancer).isEmpty)
            let isLocal = policy == "Local"
            let port1 = try lab.nodePort(1)
            #expect(lab.sources("outside-visitor", port1) == [seen[0]])
            let port2 = try lab.nodePort(2)
            #expect(lab.ends("outside-visitor", port2) == [isLocal ? "dropped" : "a"])
        }
    }

    @Test func `D61 source ranges tell one outsider from another`() throws {
        let service = Text.service(type: "LoadBalancer", more: "  loadBalancerSourceRanges: [192.0.2.0/24]")
        let lab = try lab(Text.all(OutsideTests.pods, service))
        let balancer = try lab.external()
        #expect(lab.ends("outside-visitor", balancer) == ["a"])
        #expect(lab.ends("outside-weather", balancer) == ["dropped"])
    }

    @Test func `an external IP that is a node's address answers outsiders`() throws {
        let lab = try lab(Text.all(OutsideTests.pods, Text.service(more: "  externalIPs: [172.18.0.4]")))
        #expect(lab.ends("outside-visitor", SocketAddress(Address(172, 18, 0, 4), 80)) == ["a"])
        #expect(lab.sources("outside-visitor", SocketAddress(Address(172, 18, 0, 4), 80)) == [Address(172, 18, 0, 4)])
    }

    // MARK: The host, and the real network

    @Test(arguments: [
        (Configuration.HostAccess.all, "outside-weather"), (.external, "unreachable"), (.none, "unreachable"),
    ])
    func `the host has a way outside only with all of hostAccess`(access: Configuration.HostAccess, end: String) throws
    {
        let lab = try lab { $0.hostAccess = access }
        #expect(lab.ends("host", SocketAddress(OutsideTests.weather, 3000)) == [end])
    }

    @Test func `without egress a foreign address has no way out at the edge`() throws {
        let lab = try lab(OutsideTests.pods)
        let journeys = lab.walk("a", SocketAddress(Address(8, 8, 8, 8), 53))
        #expect(journeys.map(\.destination) == [.edge] && journeys.map(Fixture.end) == ["unreachable"])
        #expect(lab.cluster.plan.namespaces[.host]?.tables == [])
    }

    @Test func `with egress it goes on to the host, with the edge's address`() throws {
        let lab = try lab(OutsideTests.pods) { $0.egress = true }
        let journey = try #require(lab.walk("a", SocketAddress(Address(8, 8, 8, 8), 53)).first)
        #expect(journey.destination == .host)
        #expect(journey.hops.last?.packet.source.address == Address(172, 18, 0, 1))
        let told = try lab.cluster.explain(Question(from: "pod/a", to: "8.8.8.8:53"))
        #expect(told.remarks.first?.text == "8.8.8.8 is no address of the lab: the host's own routes decide")
        // What is inside keeps to what it was.
        #expect(lab.sources("a", SocketAddress(OutsideTests.weather, 3000)) == [Address(172, 18, 0, 2)])
        let client = try lab.address(ofPod: "a")
        #expect(lab.sources("a", SocketAddress(Address(172, 18, 0, 254), 22)) == [client])
    }

    @Test func `egress has one table on the host, named for the lab, and answers find their way`() throws {
        let plan = try lab { ($0.egress, $0.hostAccess) = (true, .none) }.cluster.plan
        let host = try #require(plan.namespaces[.host])
        #expect(host.tables.map(\.table) == ["lab-test"])
        #expect(host.routes.keys.map(\.description) == ["172.18.0.1/32"])
    }

    // MARK: Questions

    @Test(arguments: [
        ("outside/visitor", "outside/weather:3000", "to outside-weather"),
        ("pod/b", "outside/weather:3000", "to outside-weather"),
        ("pod/b", "198.51.100.10:3000", "to outside-weather"),
        ("pod/b", "http://weather.example.com:3000", "to outside-weather"),
        ("pod/b", "outside/weather:3001", "outside-weather itself gets it, and nothing listens there on port 3001"),
        ("198.51.100.10", "192.0.2.7:80", "outside-visitor itself gets it, and nothing listens there on port 80"),
        ("outside/visitor", "203.0.113.1:80", "to Pod a of Service default/web"),
    ])
    func `a system outside is a place that questions may name`(from: String, to: String, headline: String) throws {
        let lab = try lab(Text.all(OutsideTests.pods, Text.service(type: "LoadBalancer")))
        let told = try lab.cluster.explain(Question(from: from, to: to)).headline
        #expect(told.hasSuffix(headline), "\(told)")
    }

    @Test func `a question's answer says who puts its address in the client's place`() throws {
        let lab = try lab(OutsideTests.pods)
        let told = try lab.cluster.explain(Question(from: "pod/b", to: "outside/weather:3000"))
        let texts = told.remarks.map(\.text)
        #expect(
            texts.contains("the server sees 172.18.0.3 as the client: node-2 puts its own address in"), "\(texts)")
    }

    @Test func `an alias may stand for a host name outside`() throws {
        let alias = """
            apiVersion: v1
            kind: Service
            metadata: {name: forecast}
            spec: {type: ExternalName, externalName: weather.example.com}
            """
        let lab = try lab(Text.all(OutsideTests.pods, alias))
        let told = try lab.cluster.explain(Question(from: "pod/b", to: "forecast:3000"))
        #expect(told.answer == .delivered)
        #expect(told.ways.map(\.outcome).map { "\($0)" }.allSatisfy { $0.contains("outside-weather") })
    }

    // MARK: Both families

    @Test func `in a lab of two families a system outside has the addresses that it names`() throws {
        var lab = try Fixture([.v4, .v6])
        var configuration = lab.cluster.configuration
        let six = try #require(Address("2001:db8::10"))
        configuration.external = [
            ExternalSystem("both", addresses: [OutsideTests.weather, six]),
            ExternalSystem("old", addresses: [OutsideTests.visitor]),
        ]
        lab.cluster = Cluster(configuration, seed: 1, now: lab.now)
        try lab.apply(OutsideTests.pods)
        lab.run()
        #expect(lab.ends("a", SocketAddress(OutsideTests.weather, 80)) == ["outside-both"])
        #expect(lab.ends("a", SocketAddress(six, 80)) == ["outside-both"])
        let node = try #require(Address("fd00:172:18::2"))
        #expect(lab.sources("a", SocketAddress(six, 80)) == [node])
        #expect(lab.ends("outside-old", SocketAddress(OutsideTests.weather, 80)) == ["outside-both"])
        #expect(lab.ends("outside-old", SocketAddress(six, 80)) == ["unreachable"])
    }

    // MARK: Steps

    @Test func `the steps of a plan make its further tables too, and take them away again`() throws {
        let old = try Fixture().cluster.plan
        let new = try lab(OutsideTests.pods) { $0.egress = true }.cluster.plan
        for (from, to) in [(Plan(), new), (old, new), (new, old), (new, new)] {
            var model = PlanModel(from)
            try model.apply(to.difference(from: from))
            #expect(model.namespaces == PlanModel(to).namespaces)
        }
        #expect(new.difference(from: new).isEmpty)
    }
}
