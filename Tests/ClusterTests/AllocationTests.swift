// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Net
import Testing

@Suite struct AllocationTests {
    private func range(_ text: String) throws -> Prefix { try #require(Prefix(text)) }

    @Test(arguments: [("10.0.0.0/28", 16), ("10.0.0.0/24", 16), ("10.0.0.0/20", 256), ("10.0.0.0/12", 256)])
    func `D20 the lower band is a sixteenth of the range within 16 and 256`(text: String, band: UInt64) throws {
        #expect(AddressAllocator(try range(text)).lowerBand == band)
    }

    @Test
    func
        `D20 dynamic picks leave the lower band alone until the rest is full, and never give the first or last address`()
        throws
    {
        var allocator = AddressAllocator(try range("10.0.0.0/26"))
        var numbers = SystemRandomNumberGenerator()
        var offsets: [UInt128] = []
        for _ in 0..<62 { offsets.append(try allocator.allocateRandom(using: &numbers).value - 0x0a00_0000) }
        #expect(offsets.prefix(47).allSatisfy { $0 >= 16 && $0 < 63 })
        #expect(offsets.dropFirst(47).allSatisfy { $0 >= 1 && $0 < 16 })
        #expect(Set(offsets).count == 62)
        #expect(throws: AllocationFailure.full) { try allocator.allocateRandom(using: &numbers) }
    }

    @Test func `an address in order is not given again before the others`() throws {
        var allocator = AddressAllocator(try range("10.0.0.0/29"))
        let first = try allocator.allocateNext()
        allocator.release(first)
        #expect(try allocator.allocateNext() == first.advanced(by: 1))
    }

    @Test(arguments: [(30000...32767, 86), (30000...30007, 0), (30000...30099, 16), (1...60000, 128)])
    func `D23 the lower band of node ports is a thirty-second of the range within 16 and 128`(
        range: ClosedRange<UInt16>, band: Int
    ) { #expect(NodePortAllocator(range).lowerBand == band) }

    @Test func `D23 dynamic node ports avoid the lower band until the rest is full`() throws {
        var allocator = NodePortAllocator(30000...30099)
        var numbers = SystemRandomNumberGenerator()
        for _ in 0..<84 { #expect(try allocator.allocateRandom(using: &numbers) >= 30016) }
        for _ in 0..<16 { #expect(try allocator.allocateRandom(using: &numbers) < 30016) }
        #expect(throws: AllocationFailure.full) { try allocator.allocateRandom(using: &numbers) }
    }

    /// The texts are those of a recorded API server (range 10.96.0.0/12), but for the address out of range, which is
    /// D21's.
    @Test(arguments: [
        (
            "ClusterIP", "clusterIP: 10.96.0.1", "{port: 80}",
            #"spec.clusterIPs: Invalid value: ["10.96.0.1"]: failed to allocate IP 10.96.0.1: provided IP is already allocated"#
        ),
        (
            "ClusterIP", "clusterIP: 10.111.255.255", "{port: 80}",
            #"spec.clusterIPs: Invalid value: ["10.111.255.255"]: failed to allocate IP 10.111.255.255: the provided network does not match the current range"#
        ),
        (
            "ClusterIP", "clusterIP: 1.2.3.4", "{port: 80}",
            #"spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: the provided IP (1.2.3.4) is not in the valid range. The range of valid IPs is 10.96.0.0/12"#
        ),
        (
            "NodePort", "", "{port: 80, nodePort: 40000}",
            "spec.ports[0].nodePort: Invalid value: 40000: provided port is not in the valid range. The range of valid ports is 30000-32767"
        ),
        (
            "NodePort", "", "{name: a, port: 80, nodePort: 30081}, {name: b, port: 81, nodePort: 30081}",
            "spec.ports[1].nodePort: Invalid value: 30081: provided port is already allocated"
        ),
        (
            "NodePort", "", "{port: 80, nodePort: 30080}",
            "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"
        ),
    ])
    func `D21 D23 what is taken or out of range is refused in Kubernetes' words`(
        type: String, field: String, ports: String, text: String
    ) throws {
        var lab = try Fixture(services: "10.96.0.0/12")
        try lab.apply(Text.service("taken", type: "NodePort").replacing("port: 80,", "port: 80, nodePort: 30080,"))
        let before = lab.cluster.store.revision
        let refusal = try lab.refusal(
            of: """
                apiVersion: v1
                kind: Service
                metadata: {name: bad}
                spec:
                  type: \(type)
                  \(field)
                  ports: [\(ports)]
                """)
        #expect(refusal.contains(text))
        #expect(refusal.hasPrefix("test.yaml:"))
        #expect(lab.cluster.store.revision == before)
    }

    @Test func `D21 an address is free again as soon as its Service is deleted`() throws {
        var lab = try Fixture()
        let text = Text.service(more: "  clusterIP: 10.96.7.7")
        try lab.apply(text)
        #expect(try lab.refusal(of: text.replacing("name: web}", "name: other}")).contains("already allocated"))
        lab.cluster.delete([ObjectKey("Service", "default", "web")], now: lab.now)
        try lab.apply(text.replacing("name: web}", "name: other}"))
        #expect(try lab.service("other").clusterAddresses == [Address(10, 96, 7, 7)])
    }

    @Test func `D24 the same port in TCP and UDP has the same node port`() throws {
        var lab = try Fixture()
        try lab.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: dns}
            spec: {type: NodePort, ports: [{name: a, port: 53}, {name: b, port: 53, protocol: UDP}, {name: c, port: 54}]}
            """)
        let ports = try lab.service("dns").ports.map(\.nodePort)
        #expect(ports[0] != nil && ports[0] == ports[1] && ports[2] != nil && ports[2] != ports[0])
    }

    @Test func `D25 without allocated node ports there is none, and policy Local has one for health checks`() throws {
        var lab = try Fixture()
        try lab.apply(Text.service("none", type: "LoadBalancer", more: "  allocateLoadBalancerNodePorts: false"))
        try lab.apply(Text.service("local", type: "LoadBalancer", more: "  externalTrafficPolicy: Local"))
        #expect(try lab.service("none").ports.map(\.nodePort) == [nil])
        let port = try #require(try lab.service("local").healthCheckNodePort)
        #expect((30000...32767).contains(port))
        #expect(
            try lab.refusal(
                of: Text.service(
                    "again", type: "LoadBalancer",
                    more: "  externalTrafficPolicy: Local\n  healthCheckNodePort: \(port)")
            )
            .contains("failed to allocate requested HealthCheck NodePort \(port): provided port is already allocated"))
    }

    @Test func `D26 the first address of the range is the API server's, whose slice points at the control plane`()
        throws
    {
        let lab = try Fixture()
        let service = try lab.service("kubernetes")
        #expect(service.clusterAddresses == [Address(10, 96, 0, 1)])
        #expect(service.ports.map(\.port) == [443])
        let slice = try #require(lab.slices("kubernetes").first)
        #expect(slice.endpoints.flatMap(\.addresses) == [Address(172, 18, 0, 253)])
        #expect(slice.ports.map(\.port) == [6443])
    }

    @Test func `D9 a changed cluster address is refused, a missing one is carried over`() throws {
        var lab = try Fixture()
        try lab.apply(Text.service())
        let address = try lab.service("web").clusterAddresses
        try lab.apply(Text.service(more: "  sessionAffinity: ClientIP"))
        #expect(try lab.service("web").clusterAddresses == address)
        #expect(
            try lab.refusal(of: Text.service(more: "  clusterIP: 10.96.99.99")).contains("may not change once set"))
    }

    @Test func `D10 D11 changing the type allocates, wipes and frees`() throws {
        var lab = try Fixture()
        try lab.apply(Text.service(type: "LoadBalancer"))
        lab.run()
        var service = try lab.service("web")
        let nodePort = try #require(service.ports[0].nodePort)
        let address = try #require(service.clusterAddresses.first)
        #expect(service.loadBalancerIngress.count == 1)

        try lab.apply(Text.service(type: "ClusterIP"))
        lab.run()
        service = try lab.service("web")
        #expect(service.clusterAddresses == [address])
        #expect(service.ports[0].nodePort == nil)
        #expect(service.loadBalancerIngress.isEmpty)
        #expect(service.object.spec["externalTrafficPolicy"] == nil)
        #expect(service.object.spec["allocateLoadBalancerNodePorts"] == nil)

        try lab.apply(
            Text.service("thief", type: "NodePort").replacing("port: 80,", "port: 80, nodePort: \(nodePort),"))

        try lab.apply(
            "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: ExternalName, externalName: example.com}}"
        )
        service = try lab.service("web")
        #expect(service.clusterIPs.isEmpty)
        try lab.apply(Text.service("heir", more: "  clusterIP: \(address)"))

        try lab.apply(Text.service(type: "NodePort"))
        service = try lab.service("web")
        #expect(service.clusterAddresses.count == 1 && service.clusterAddresses != [address])
        #expect(service.ports[0].nodePort != nil && service.ports[0].nodePort != nodePort)
    }

    @Test func `external addresses are given in order, on request, and to those who wait when one is free again`()
        throws
    {
        var lab = try Fixture(loadBalancers: "203.0.113.0/30")
        try lab.apply(Text.service("a", type: "LoadBalancer", more: "  loadBalancerIP: 203.0.113.2"))
        try lab.apply(Text.service("b", type: "LoadBalancer"))
        lab.run()
        try lab.apply(Text.service("c", type: "LoadBalancer"))
        lab.run()
        #expect(try lab.service("a").loadBalancerIngress.map(\.address) == [Address(203, 0, 113, 2)])
        #expect(try lab.service("b").loadBalancerIngress.map(\.address) == [Address(203, 0, 113, 1)])
        #expect(try lab.service("c").loadBalancerIngress.isEmpty)
        #expect(!lab.cluster.hasExternalAddress(ObjectKey("Service", "default", "c")))
        lab.cluster.delete([ObjectKey("Service", "default", "a")], now: lab.now)
        lab.run()
        #expect(try lab.service("c").loadBalancerIngress.map(\.address) == [Address(203, 0, 113, 2)])
    }
}

extension String {
    func replacing(_ old: String, _ new: String) -> String {
        var result = ""
        var rest = self[...]
        while let range = rest.firstRange(of: old) {
            result += rest[..<range.lowerBound] + new
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}
