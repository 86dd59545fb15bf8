// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// Clusters of two families, and of IPv6 alone.
@Suite struct DualStackTests {
    private static let dual: [Family] = [.v4, .v6]

    private func web(_ families: [Family], _ more: String = "", type: String = "ClusterIP") throws -> Fixture {
        var fixture = try Fixture(families)
        try fixture.apply(Text.deployment("web", replicas: 2))
        try fixture.apply(Text.service("web", type: type, more: more))
        fixture.run()
        return fixture
    }

    // MARK: Places

    @Test(arguments: [[.v4], [.v6], [.v4, .v6], [.v6, .v4]] as [[Family]])
    func `nodes, Pods and the API have an address of each family, that of the primary one first`(
        families: [Family]
    ) throws {
        let fixture = try web(families)
        let node = Node(try fixture.object("Node", "node-2", ""))
        #expect(node.internalAddresses.map(\.family) == families)
        #expect(node.podCIDRs.map(\.family) == families)
        #expect(Set(node.internalAddresses.map(\.description)).isSubset(of: ["172.18.0.3", "fd00:172:18::3"]))
        #expect(Set(node.podCIDRs.map(\.description)).isSubset(of: ["10.244.1.0/24", "fd00:10:244:1::/64"]))
        for pod in fixture.pods() {
            #expect(pod.addresses.map(\.family) == families)
            #expect(pod.address == pod.addresses.first)
        }
        let slice = EndpointSlice(try fixture.object("EndpointSlice", "kubernetes"))
        #expect(slice.addressType?.rawValue == families[0].rawValue)
        #expect(try fixture.service("kubernetes").ipFamilies == [families[0]])
    }

    @Test(arguments: [[.v6], [.v4, .v6], [.v6, .v4]] as [[Family]])
    func `what the plan has of a Pod is reached by both families, and nobody asks for a neighbour`(
        families: [Family]
    ) throws {
        let fixture = try web(families)
        let plan = fixture.cluster.plan
        for pod in fixture.pods() {
            for address in pod.addresses {
                let socket = SocketAddress(address, 8080)
                for place in ["host", "edge", "node-1", "node-3", "control-plane"] {
                    #expect(fixture.ends(place, socket) == [pod.name], "\(socket) from \(place)")
                }
            }
            let own = try #require(plan.namespaces[NamespaceName("default/\(pod.name)")])
            #expect(Set(own.neighbours.keys) == Set(families.map(Topology.podGateway)))
            #expect(own.sysctls["ipv6/conf/default/addr_gen_mode"] == "1")
        }
        for namespace in plan.namespaces.values {
            for route in namespace.routes.values {
                guard let gateway = route.gateway else { continue }
                #expect(namespace.neighbours[gateway] != nil, "\(route)")
                #expect(gateway.family == route.destination.family && route.source?.family == gateway.family)
            }
        }
    }

    @Test func `a lab of IPv4 alone has no address, route, rule or setting of IPv6`() throws {
        let fixture = try web([.v4])
        for (name, namespace) in fixture.cluster.plan.namespaces {
            #expect(namespace.routes.keys.allSatisfy { $0.family == .v4 }, "\(name)")
            #expect(namespace.neighbours.keys.allSatisfy { $0.family == .v4 }, "\(name)")
            #expect(namespace.interfaces.values.flatMap(\.addresses).allSatisfy { $0.family == .v4 }, "\(name)")
            #expect(namespace.rulesets[.v6] == nil, "\(name)")
            let settings = namespace.sysctls.keys.filter { $0.hasPrefix("ipv6") }
            #expect(settings == ["ipv6/conf/default/addr_gen_mode"], "\(name)")
        }
    }

    @Test func `a Pod that goes gives back the addresses of both families`() throws {
        var fixture = try web(Self.dual)
        let before = fixture.cluster.plan
        try fixture.apply(Text.pod("one", labels: "app: one", spec: "  nodeName: node-1"))
        fixture.run()
        #expect(fixture.cluster.plan != before)
        fixture.cluster.delete([ObjectKey("Pod", "default", "one")], now: fixture.now)
        fixture.run()
        #expect(fixture.cluster.plan == before)
    }

    @Test(arguments: [
        ("10.0.0.0/16", "fd00::/60", 16), ("10.0.0.0/22", "fd00::/56", 4), ("10.0.0.0/16", "fd00::/56", 251),
    ])
    func `there are as many nodes as the smaller family has room for`(four: String, six: String, capacity: Int) throws {
        var configuration = try Fixture([.v4, .v6]).cluster.configuration
        configuration.ranges[0].pods = try #require(Prefix(four))
        configuration.ranges[1].pods = try #require(Prefix(six))
        configuration.ranges[0].nodes = try #require(Prefix("172.16.0.0/16"))
        #expect(Topology.nodeCapacity(configuration) == capacity)
    }

    // MARK: Families of Services (D27)

    @Test(arguments: [
        ("", ["IPv4"], "SingleStack"), ("  ipFamilyPolicy: PreferDualStack", ["IPv4", "IPv6"], "PreferDualStack"),
        ("  ipFamilyPolicy: RequireDualStack", ["IPv4", "IPv6"], "RequireDualStack"),
        ("  ipFamilies: [IPv6]", ["IPv6"], "SingleStack"),
        ("  ipFamilies: [IPv6]\n  ipFamilyPolicy: PreferDualStack", ["IPv6", "IPv4"], "PreferDualStack"),
        ("  ipFamilies: [IPv6, IPv4]\n  ipFamilyPolicy: RequireDualStack", ["IPv6", "IPv4"], "RequireDualStack"),
        ("  clusterIP: fd00:10:96::77", ["IPv6"], "SingleStack"),
        (
            "  clusterIP: fd00:10:96::77\n  clusterIPs: [fd00:10:96::77, 10.96.0.77]\n  ipFamilyPolicy: PreferDualStack",
            ["IPv6", "IPv4"], "PreferDualStack"
        ),
    ])
    func `D27 families follow from policy, families and addresses`(
        more: String, families: [String], policy: String
    ) throws {
        let service = try web(Self.dual, more).service("web")
        #expect(service.ipFamilies.map(\.rawValue) == families)
        #expect(service.ipFamilyPolicy == policy)
        #expect(service.clusterAddresses.map(\.family.rawValue) == families)
        #expect(service.clusterIPs.first == service.object.value["spec", "clusterIP"]?.string)
    }

    @Test(arguments: [
        ("  clusterIP: None\n  ipFamilyPolicy: PreferDualStack", ["IPv4", "IPv6"]), ("  clusterIP: None", ["IPv4"]),
        ("  clusterIP: None\n  ipFamilies: [IPv6]", ["IPv6"]),
    ])
    func `D27 a headless Service has families without addresses`(more: String, families: [String]) throws {
        let fixture = try web(Self.dual, more)
        let service = try fixture.service("web")
        #expect(service.ipFamilies.map(\.rawValue) == families && service.clusterIPs == ["None"])
        #expect(Set(fixture.slices("web").compactMap(\.addressType?.rawValue)) == Set(families))
    }

    @Test(
        arguments: [
            ([.v4], "  ipFamilyPolicy: RequireDualStack", "this cluster is not configured for dual-stack services"),
            (
                [.v4], "  ipFamilies: [IPv6]",
                "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster"
            ),
            (
                [.v6], "  ipFamilies: [IPv4]",
                "spec.ipFamilies[0]: Invalid value: \"IPv4\": not configured on this cluster"
            ),
            ([.v6], "  clusterIP: 10.96.0.9", "IPv4 is not configured on this cluster"),
            (
                [.v4, .v6], "  ipFamilies: [IPv4, IPv6]",
                "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families"
            ),
            (
                [.v4, .v6], "  clusterIP: fd00:10:97::1",
                "is not in the valid range. The range of valid IPs is fd00:10:96::/112"
            ),
            ([.v4, .v6], "  clusterIP: fd00:10:96::1:0", "is not in the valid range"),
        ] as [([Family], String, String)])
    func `D27 what the cluster does not have is refused`(families: [Family], more: String, text: String) throws {
        var fixture = try Fixture(families)
        let refusal = try fixture.refusal(of: Text.service("web", more: more))
        #expect(refusal.contains(text), "\(refusal)")
    }

    @Test func `PreferDualStack is content with one family where there is one`() throws {
        let service = try web([.v6], "  ipFamilyPolicy: PreferDualStack").service("web")
        #expect(service.ipFamilies == [.v6] && service.clusterAddresses.map(\.family) == [.v6])
    }

    @Test func `a Service gets a second family, keeps the first for ever, and loses the second again`() throws {
        var fixture = try web(Self.dual)
        let first = try fixture.service("web").clusterAddresses
        try fixture.apply(Text.service("web", more: "  ipFamilyPolicy: PreferDualStack"))
        fixture.run()
        let both = try fixture.service("web").clusterAddresses
        #expect(both.first == first.first && both.map(\.family) == [.v4, .v6])
        #expect(fixture.cluster.store[ObjectKey("IPAddress", "", both[1].description)] != nil)
        #expect(fixture.slices("web").count == 2)
        let refusal = try fixture.refusal(
            of: Text.service("web", more: "  ipFamilyPolicy: PreferDualStack\n  ipFamilies: [IPv6, IPv4]"))
        #expect(refusal.contains("spec.ipFamilies[0]") && refusal.contains("may not change once set"), "\(refusal)")
        try fixture.apply(Text.service("web", more: "  ipFamilyPolicy: SingleStack"))
        fixture.run()
        let service = try fixture.service("web")
        #expect(service.clusterAddresses == first && service.ipFamilies == [.v4])
        #expect(fixture.slices("web").compactMap(\.addressType?.rawValue) == ["IPv4"])
        #expect(fixture.cluster.store[ObjectKey("IPAddress", "", both[1].description)] == nil)
        // The address is free again, for whoever asks for it.
        try fixture.apply(Text.service("other", more: "  clusterIP: \(both[1])"))
        #expect(try fixture.service("other").clusterAddresses == [both[1]])
    }

    // MARK: Endpoints and traffic

    @Test func `each family has slices of its own, and the Endpoints object has the first family's`() throws {
        let fixture = try web(Self.dual, "  ipFamilyPolicy: RequireDualStack\n  ipFamilies: [IPv6, IPv4]")
        let slices = fixture.slices("web")
        #expect(slices.count == 2)
        for slice in slices {
            let family = slice.addressType?.rawValue
            let addresses = slice.endpoints.flatMap(\.addresses)
            #expect(addresses.count == 2 && addresses.allSatisfy { $0.family.rawValue == family })
        }
        let object = try fixture.object("Endpoints", "web")
        let listed =
            object.value["subsets"]?.elements.first?["addresses"]?.elements.compactMap { $0["ip"]?.string } ?? []
        #expect(listed.count == 2 && listed.allSatisfy { Address($0)?.family == .v6 })
    }

    @Test(arguments: [.v4, .v6] as [Family])
    func `cluster address, node port and load balancer answer in both families, each with the family's endpoints`(
        family: Family
    ) throws {
        let fixture = try web(Self.dual, "  ipFamilyPolicy: RequireDualStack", type: "LoadBalancer")
        let service = try fixture.service("web")
        let pods = Set(fixture.pods().map(\.name))
        let port = try #require(service.ports.first?.nodePort)
        let node = try #require(Topology(fixture.cluster.configuration).nodeAddress(1, family))
        let cluster = try #require(service.clusterAddresses.first { $0.family == family })
        let external = try #require(service.loadBalancerIngress.compactMap(\.address).first { $0.family == family })
        for target in [SocketAddress(cluster, 80), SocketAddress(external, 80), SocketAddress(node, port)] {
            for place in ["host", "node-1", "node-3", try #require(pods.first)] {
                #expect(fixture.ends(place, target) == pods, "\(target) from \(place)")
            }
        }
    }

    @Test func `the address of a family that a Service lacks is nobody's`() throws {
        let fixture = try web(Self.dual, "  ipFamilies: [IPv6]", type: "NodePort")
        let port = try #require(try fixture.service("web").ports.first?.nodePort)
        #expect(fixture.ends("host", SocketAddress(Address(172, 18, 0, 2), port)) == ["node-1"])
        let six = try #require(Topology(fixture.cluster.configuration).nodeAddress(0, .v6))
        #expect(fixture.ends("host", SocketAddress(six, port)) == Set(fixture.pods().map(\.name)))
    }

    @Test func `hand-written endpoints of two families are mirrored to slices of two families`() throws {
        var fixture = try Fixture(Self.dual)
        try fixture.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: byhand}
            spec: {ports: [{port: 80}], ipFamilyPolicy: PreferDualStack}
            ---
            apiVersion: v1
            kind: Endpoints
            metadata: {name: byhand}
            subsets: [{addresses: [{ip: 10.244.0.9}, {ip: "fd00:10:244::9"}], ports: [{port: 80}]}]
            """)
        fixture.run()
        let found = fixture.slices("byhand").map {
            "\($0.addressType?.rawValue ?? "") \($0.endpoints.flatMap(\.addresses))"
        }
        #expect(Set(found) == ["IPv4 [10.244.0.9]", "IPv6 [fd00:10:244::9]"])
    }

    @Test func `what a Pod learns of itself has both families`() throws {
        let fixture = try web(Self.dual)
        let pod = try #require(fixture.pods().first)
        let sources = PodSources(
            pod, addresses: pod.addresses, nodeAddresses: [Address(172, 18, 0, 2), .v6(1)], fixture.cluster.store)
        var container = pod.containers[0].value
        container["env"] = [
            ["name": "ALL", "valueFrom": ["fieldRef": ["fieldPath": "status.podIPs"]]],
            ["name": "ONE", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]],
            ["name": "HOST", "valueFrom": ["fieldRef": ["fieldPath": "status.hostIPs"]]],
        ]
        let environment = try sources.environment(of: Container(container), after: [])
        #expect(environment["ALL"] == pod.addresses.map(\.description).joined(separator: ","))
        #expect(environment["ONE"] == pod.addresses[0].description && environment["HOST"] == "172.18.0.2,::1")
    }
}
