// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Linux
import Net
import Testing

/// Real connections through the rules.
@Suite(.needsIPTables) struct IPTablesTrafficTests {
    private func line(_ kind: IPTablesKind, _ services: [ServiceEntry]) throws -> (
        IPTablesLine, IPTablesRestore, IPTables
    ) {
        let line = try IPTablesLine(kind)
        var node = kind.empty
        _ = node.setServices(services)
        let restore = try IPTablesRestore(in: line.node, place: "node-1", family: kind.family, variant: kind.variant)
        try restore.restore(node.difference(from: nil))
        return (line, restore, node)
    }

    @Test(arguments: IPTablesKind.all) func `D40, D43, D45, D46 a cluster address`(kind: IPTablesKind) throws {
        let (line, _, _) = try line(
            kind, [kind.service(1, to: [10, 11]), kind.service(2, to: []), kind.service(3, to: [10])])
        let gateway = kind.address("10.244.1.1", "fd00:244::1")
        var reached: Set<IPTablesLine.Outcome> = []
        for _ in 0..<24 { reached.insert(try line.connect(from: line.client, to: kind.clusterAddress(1), 80)) }
        #expect(reached == [.reached(kind.pod(10), sees: gateway), .reached(kind.pod(11), sees: gateway)])
        // A Pod's own address stays, but for a connection to itself.
        let fromPod = try line.connect(from: line.other, to: kind.clusterAddress(3), 80)
        #expect(fromPod == .reached(kind.pod(10), sees: kind.pod(20)))
        let toItself = try line.connect(from: line.pod, to: kind.clusterAddress(3), 80, bound: kind.pod(10))
        #expect(toItself == .reached(kind.pod(10), sees: gateway))
        let none = try line.connect(from: line.client, to: kind.clusterAddress(2), 80)
        #expect(none == .refused)
        #expect(try line.connect(from: line.node, to: kind.clusterAddress(2), 80) == .refused)
        #expect(
            try line.connect(from: line.node, to: kind.clusterAddress(3), 80) == .reached(kind.pod(10), sees: gateway))
    }

    @Test(arguments: IPTablesKind.all) func `D41 a port that the Service does not have is nobody's`(
        kind: IPTablesKind
    ) throws {
        let (line, _, _) = try line(kind, [kind.service(1, to: [10])])
        #expect(try line.connect(from: line.client, to: kind.clusterAddress(1), 81) != .refused)
    }

    @Test(arguments: IPTablesKind.all)
    func `D47, D48 a node port answers at every address of the node, in IPv4 also at 127.0.0.1`(
        kind: IPTablesKind
    ) throws {
        let (line, _, _) = try line(
            kind, [kind.service(1, to: [10]) { $0.nodePort = 30001 }, kind.service(2, to: []) { $0.nodePort = 30002 }])
        let gateway = kind.address("10.244.1.1", "fd00:244::1")
        let expected = IPTablesLine.Outcome.reached(kind.pod(10), sees: gateway)
        #expect(try line.connect(from: line.client, to: kind.nodeAddress, 30001) == expected)
        #expect(try line.connect(from: line.client, to: gateway, 30001) == expected)
        #expect(try line.connect(from: line.node, to: kind.nodeAddress, 30001) == expected)
        #expect(try line.connect(from: line.client, to: kind.nodeAddress, 30002) == .refused)
        let loopback = try line.connect(from: line.node, to: kind.address("127.0.0.1", "::1"), 30001)
        #expect(loopback == (kind.family == .v4 ? expected : .refused))
        if kind.family == .v4 {
            #expect(try line.connect(from: line.client, to: Address(127, 0, 0, 1), 30001) == .refused)
        }
    }

    @Test(arguments: IPTablesKind.all) func `D42, D49, D50 policy Local`(kind: IPTablesKind) throws {
        let (line, restore, node) = try line(
            kind,
            [
                kind.service(1, to: [10, 11]) { port in
                    port.isExternalLocal = true
                    port.localEndpoints = [port.endpoints[1]]
                    port.nodePort = 30001
                },
                kind.service(2, to: [10]) { port in
                    port.isExternalLocal = true
                    port.nodePort = 30002
                },
                kind.service(3, to: [10]) { $0.isInternalLocal = true },
            ])
        let gateway = kind.address("10.244.1.1", "fd00:244::1")
        let client = kind.address("10.0.0.1", "fd00::1")
        let outside = try line.connect(from: line.client, to: kind.nodeAddress, 30001)
        #expect(outside == .reached(kind.pod(11), sees: client))
        #expect(try line.connect(from: line.client, to: kind.nodeAddress, 30002) == .silence)
        let short = try line.connect(from: line.node, to: kind.nodeAddress, 30002)
        #expect(short == .reached(kind.pod(10), sees: gateway))
        let fromPod = try line.connect(from: line.other, to: kind.nodeAddress, 30002)
        #expect(fromPod == .reached(kind.pod(10), sees: kind.pod(20)))
        #expect(try line.connect(from: line.client, to: kind.clusterAddress(3), 80) == .silence)
        withExtendedLifetime((restore, node)) {}
    }

    @Test(arguments: IPTablesKind.all) func `D44 a client keeps its endpoint until that goes`(kind: IPTablesKind) throws
    {
        func sticky(_ last: [Int]) -> ServiceEntry { kind.service(1, to: last) { $0.affinityTimeout = 100 } }
        var (line, restore, node) = try line(kind, [sticky([10, 11])])
        func reach() throws -> IPTablesLine.Outcome {
            try line.connect(from: line.client, to: kind.clusterAddress(1), 80)
        }
        let first = try reach()
        for _ in 0..<8 { #expect(try reach() == first) }
        let gateway = kind.address("10.244.1.1", "fd00:244::1")
        let isTen = first == .reached(kind.pod(10), sees: gateway)
        // One more endpoint changes nothing for the client; its own one's going does.
        try restore.restore(node.setService(sticky([10, 11, 12])))
        for _ in 0..<4 { #expect(try reach() == first) }
        try restore.restore(node.setService(sticky([isTen ? 11 : 10])))
        let second = IPTablesLine.Outcome.reached(kind.pod(isTen ? 11 : 10), sees: gateway)
        for _ in 0..<4 { #expect(try reach() == second) }
        try restore.restore(node.setService(sticky([10, 11])))
        for _ in 0..<8 { #expect(try reach() == second) }
    }

    @Test(arguments: IPTablesKind.all) func `D61 source ranges guard the load balancer's address alone`(
        kind: IPTablesKind
    ) throws {
        let client = kind.address("10.0.0.1", "fd00::1")
        let (line, _, _) = try line(
            kind,
            [
                kind.service(1, to: [10]) { port in
                    port.loadBalancerAddresses = [kind.outside(1)]
                    port.sourceRanges = [Prefix(kind.outside(0), kind.family.bits - 8)]
                    port.nodePort = 30001
                },
                kind.service(2, to: [10]) { port in
                    port.loadBalancerAddresses = [kind.outside(2)]
                    port.sourceRanges = [Prefix(host: client)]
                },
            ])
        let expected = IPTablesLine.Outcome.reached(kind.pod(10), sees: kind.address("10.244.1.1", "fd00:244::1"))
        #expect(try line.connect(from: line.client, to: kind.outside(1), 80) == .silence)
        #expect(try line.connect(from: line.client, to: kind.outside(2), 80) == expected)
        #expect(try line.connect(from: line.client, to: kind.nodeAddress, 30001) == expected)
        #expect(try line.connect(from: line.client, to: kind.clusterAddress(1), 80) == expected)
    }

    @Test(arguments: IPTablesKind.all) func `a host port keeps the source address`(kind: IPTablesKind) throws {
        var (line, restore, node) = try line(kind, [])
        try restore.restore(node.setHostPorts(pod: "web/a", [IPTablesRestoreTests.hostPort(kind, 8001)]))
        let client = kind.address("10.0.0.1", "fd00::1")
        let reached = IPTablesLine.Outcome.reached(kind.pod(10), sees: client)
        #expect(try line.connect(from: line.client, to: kind.nodeAddress, 8001) == reached)
        if kind.family == .v4 {
            let own = try line.connect(from: line.node, to: Address(127, 0, 0, 1), 8001)
            #expect(own == .reached(kind.pod(10), sees: Address(10, 244, 1, 1)))
        }
        try restore.restore(node.setHostPorts(pod: "web/a", []))
        #expect(try line.connect(from: line.client, to: kind.nodeAddress, 8001) == .refused)
    }
}
