// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

@Suite struct EndpointMoveTests {
    /// As many endpoints as it says, some of those that were there among them.
    private static func moved(_ old: [SocketAddress], _ random: inout SeededGenerator, from count: Int = 1)
        -> [SocketAddress]
    {
        let ready = (1...9).map { socket("10.244.1.\($0):8080") }.shuffled(using: &random)
        return SlotOrder.settle(
            previous: old, ready: Array(ready.prefix(Int.random(in: count...9, using: &random))))
    }

    /// Three ports, of which one or another has affinity or a policy `Local`.
    private static func entry(_ random: inout SeededGenerator) -> ServiceEntry {
        var entry = Samples.service(1, endpoints: 3)
        for number in 1...2 {
            var port = entry.ports[0]
            (port.pool, port.port, port.nodePort) = (UInt32(76 + number), UInt16(80 + number), nil)
            entry.ports.append(port)
        }
        for index in entry.ports.indices {
            if Int.random(in: 0..<3, using: &random) == 0 { entry.ports[index].affinityTimeout = 60 }
            guard Int.random(in: 0..<3, using: &random) == 0 else { continue }
            (entry.ports[index].isExternalLocal, entry.ports[index].localPool) = (true, UInt32(90 + index))
            entry.ports[index].localEndpoints = Array(entry.ports[index].endpoints.prefix(index))
        }
        return entry
    }

    @Test(arguments: 0..<40)
    func `endpoints that move in place leave the part, and the kernel, as if it were made anew`(_ seed: Int) throws {
        var random = SeededGenerator(state: UInt64(seed))
        var entry = seed == 0 ? Samples.service(1, endpoints: 3) : Self.entry(&random)
        let name = Ruleset.partName(service: entry.name)
        var ruleset = Samples.node
        _ = ruleset.setService(entry)
        var kernel = TableModel(ruleset)
        for _ in 0..<30 {
            let old = entry.ports.map(\.endpoints)
            let oldLocal = entry.ports.map(\.localEndpoints)
            for port in entry.ports.indices {
                entry.ports[port].endpoints = Self.moved(old[port], &random)
                guard !oldLocal[port].isEmpty else { continue }
                entry.ports[port].localEndpoints = Self.moved(oldLocal[port], &random)
            }
            try #require(entry.isMove(from: old, local: oldLocal, family: .v4))
            let moves = entry.endpointMoves(from: old, local: oldLocal, family: .v4)
            try kernel.apply(ruleset.move(name, to: ruleset.part(for: entry), moves))
            var anew = Samples.node
            _ = anew.setService(entry)
            #expect(ruleset.parts[name]?.elements == anew.parts[name]?.elements)
            #expect(kernel.elements == TableModel(ruleset).elements)
        }
    }

    @Test(arguments: [(nil, 2), (UInt32(60), 4)])
    func `one endpoint that is replaced is one element that goes and one that comes, with affinity two`(
        _ timeout: UInt32?, _ count: Int
    ) {
        var entry = Samples.service(1, endpoints: 9)
        entry.ports[0].affinityTimeout = timeout
        var ruleset = Samples.node
        _ = ruleset.setService(entry)
        let old = entry.ports.map(\.endpoints)
        entry.ports[0].endpoints[4] = socket("10.244.7.7:7777")
        let moves = entry.endpointMoves(from: old, family: .v4)
        let changes = ruleset.move(Ruleset.partName(service: entry.name), to: ruleset.part(for: entry), moves)
        let elements = changes.reduce(0) { sum, change in
            switch change {
            case .addElements(_, let list), .deleteElements(_, let list): sum + list.count
            default: sum + 1000
            }
        }
        #expect(elements == count)
    }

    @Test func `a first or last endpoint is no move, for other elements come and go with it`() {
        let entry = Samples.service(1, endpoints: 2)
        let endpoints = entry.ports.map(\.endpoints)
        #expect(entry.isMove(from: endpoints, family: .v4))
        #expect(!entry.isMove(from: endpoints, family: .v6))
        #expect(!entry.isMove(from: [[]], family: .v4))
        #expect(!Samples.service(1, endpoints: 0).isMove(from: endpoints, family: .v4))
        #expect(!ServiceEntry("test/none", ports: []).isMove(from: [], family: .v4))
    }

    @Test func `a first or last local endpoint is no move, either`() {
        var entry = Samples.service(1, endpoints: 2)
        (entry.ports[0].isExternalLocal, entry.ports[0].localPool) = (true, 9)
        let endpoints = entry.ports.map(\.endpoints)
        #expect(entry.isMove(from: endpoints, local: [[]], family: .v4))
        #expect(!entry.isMove(from: endpoints, family: .v4))
        #expect(!entry.isMove(from: endpoints, local: endpoints, family: .v4))
        entry.ports[0].localEndpoints = [endpoints[0][0]]
        #expect(entry.isMove(from: endpoints, local: endpoints, family: .v4))
        #expect(!entry.isMove(from: endpoints, local: [[]], family: .v4))
    }
}
