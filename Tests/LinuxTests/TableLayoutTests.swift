// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Glibc
import Linux
import Net
import Testing

/// A node with the table that Lab gives it, and the endpoints of its Services in a namespace behind it.
private struct NodeFixture {
    static let service = SocketAddress(Address(10, 96, 0, 10), 80)
    let pair: Pair
    let tables: TableSocket
    var ruleset = emptyNode
    let servers: [TestSocket]
    static let endpoints = [8080, 8081].map { SocketAddress(Pair.rightAddress, $0) }

    static var emptyNode: Ruleset {
        .node(
            nodeAddress: Pair.leftAddress, serviceRange: Prefix(Address(10, 96, 0, 0), 16),
            podRange: Prefix(Address(10, 244, 0, 0), 16))
    }

    init() throws(KernelError) {
        pair = try Pair()
        tables = try TableSocket(in: pair.left, place: "node-1")
        try pair.leftRoutes.send(.addRoute(RouteEntry(Prefix(Address(10, 96, 0, 0), 16), interface: 10)))
        var servers: [TestSocket] = []
        for endpoint in NodeFixture.endpoints {
            servers.append(try TestSocket(.tcp, in: pair.right, bound: endpoint))
        }
        self.servers = servers
        try tables.commit(ruleset.difference(from: nil))
    }

    /// Gives the Service these endpoints, in the ruleset and in the kernel.
    mutating func setEndpoints(_ endpoints: [SocketAddress]) throws(KernelError) {
        let port = ServicePortEntry(
            pool: 7, port: 80, clusterAddresses: [NodeFixture.service.address], nodePort: 30080, endpoints: endpoints,
            reasons: ServicePortReasons(port: Because("Service web/hello", field: "spec.ports[0]")))
        try tables.commit(ruleset.setService(ServiceEntry("web/hello", ports: [port])))
    }

    /// Which server a new connection reaches; nil if none within two seconds.
    func connect(_ target: SocketAddress = service) throws(KernelError) -> Int? {
        let client = try TestSocket(.tcp, in: pair.left, connected: target)
        guard client.connectError == 0 else { return nil }
        var waiting = servers.map { pollfd(fd: $0.raw, events: Int16(POLLIN), revents: 0) }
        guard poll(&waiting, nfds_t(waiting.count), 2000) > 0 else { return nil }
        let place = waiting.firstIndex { $0.revents != 0 }
        if let place { _ = servers[place].acceptOne() }
        return place
    }

    func refusal(_ target: SocketAddress) throws(KernelError) -> Int32 {
        try TestSocket(.tcp, in: pair.left, connected: target).connectError
    }
}

@Suite(.needsTables) struct TableLayoutTests {
    @Test func `D43 connections reach every endpoint, and none that left`() throws {
        var node = try NodeFixture()
        let nodePort = SocketAddress(Pair.leftAddress, 30080)
        try node.setEndpoints(NodeFixture.endpoints)
        // Each of 64 draws is one of two: all the same once in 2⁶³ runs.
        var reached: Set<Int?> = []
        for _ in 0..<64 where reached.count < 2 { reached.insert(try node.connect()) }
        #expect(reached == [0, 1])
        #expect([0, 1].contains(try node.connect(nodePort)))
        try node.setEndpoints([NodeFixture.endpoints[1]])
        for _ in 0..<8 { #expect(try node.connect() == 1) }
        #expect(try node.connect(nodePort) == 1)
        try node.setEndpoints([NodeFixture.endpoints[1], NodeFixture.endpoints[0]])
        reached = []
        for _ in 0..<64 where reached.count < 2 { reached.insert(try node.connect()) }
        #expect(reached == [0, 1])
        #expect(try node.tables.countElements(of: SetName.draws) == 2)
    }

    /// Priorities up to 15 mean something to a queue, and greater ones may name a class of one.
    @Test func `D43 the slot may be any number, also for a connection that the node itself opens`() throws {
        var node = try NodeFixture()
        try node.setEndpoints(Array(repeating: NodeFixture.endpoints[1], count: 300))
        for _ in 0..<16 { #expect(try node.connect() == 1) }
    }

    @Test func `D40 a Service that lost its last endpoint refuses at once, and answers again when one comes`() throws {
        var node = try NodeFixture()
        let nodePort = SocketAddress(Pair.leftAddress, 30080)
        try node.setEndpoints(NodeFixture.endpoints)
        try node.setEndpoints([])
        #expect(try node.refusal(NodeFixture.service) == ECONNREFUSED)
        #expect(try node.refusal(nodePort) == ECONNREFUSED)
        try node.setEndpoints([NodeFixture.endpoints[0]])
        #expect(try node.connect() == 0)
        #expect(try node.connect(nodePort) == 0)
    }

    @Test func `the kernel has what the ruleset says after any change of endpoints`() throws {
        var node = try NodeFixture()
        for count in [2, 0, 1, 2, 1, 0, 2] {
            try node.setEndpoints(Array(NodeFixture.endpoints.prefix(count)))
            let wanted = node.ruleset.elementsBySet
            for set in node.ruleset.sets {
                let found = try node.tables.elements(of: set)
                let elements = (wanted[set.name] ?? []).map {
                    TableElement(key: $0.key, value: $0.value, comment: $0.because.description)
                }
                #expect(found.count == elements.count && Set(found) == Set(elements), "\(set.name)")
            }
        }
    }

    @Test(.needsCommand("nft")) func `nft lists a node's table as the ruleset's text`() throws {
        var node = try NodeFixture()
        try node.setEndpoints(NodeFixture.endpoints)
        let bare = Ruleset(sets: node.ruleset.sets, chains: node.ruleset.chains)
        #expect(try shell("nft --terse list table ip lab", in: node.pair.left) == bare.text)
    }

    /// The kernel walks every element of a verdict map when one is added to it, in search of loops (D56).
    @Test func `endpoints that come and go are the same batch without a verdict, whatever the number of Services`()
        throws
    {
        var batches: [[EncodedBatch]] = []
        for count in [10, 1000] {
            let tables = try TableSocket(in: try quietNamespace())
            var ruleset = NodeFixture.emptyNode
            for number in 1...count { _ = ruleset.setService(Self.service(number, endpoints: number % 2 + 2)) }
            try tables.commit(ruleset.difference(from: nil))
            let verdicts = ruleset.sets.filter { $0.value == .verdict }.map(\.name)
            #expect(verdicts == [SetName.draws, SetName.stickyDraws])
            batches.append([])
            for endpoints in [2, 3, 2, 3] {
                let changes = ruleset.setService(Self.service(5, endpoints: endpoints))
                #expect(changes.count == 3 && changes.allSatisfy { !$0.isOfStructure(verdicts) })
                let batch = TableEncoder.encode(changes, family: .v4, table: "lab")
                try tables.commit(batch)
                batches[batches.count - 1].append(batch)
            }
            #expect(try tables.countElements(of: SetName.draws) == 2)
            #expect(try tables.countElements(of: SetName.pools) == count)
        }
        #expect(batches[0].map(\.changes) == batches[1].map(\.changes))
        #expect(batches[0].map(\.bytes.count) == batches[1].map(\.bytes.count))
    }

    private static func service(_ number: Int, endpoints count: Int) -> ServiceEntry {
        let port = ServicePortEntry(
            pool: UInt32(number), port: 80, clusterAddresses: [Address(10, 96, 0, 0).advanced(by: number)],
            endpoints: (0..<count).map { SocketAddress(Address(10, 244, 0, 1).advanced(by: 4 * number + $0), 80) },
            reasons: ServicePortReasons(port: Because("Service load/service-\(number)")))
        return ServiceEntry("load/service-\(number)", ports: [port])
    }
}

extension TableChange {
    /// True for a change that makes the kernel check rules and verdict maps for loops.
    fileprivate func isOfStructure(_ verdictMaps: [String]) -> Bool {
        switch self {
        case .addElements(let set, _): verdictMaps.contains(set)
        case .deleteElements: false
        case .destroyTable, .addTable, .addSet, .addChain: true
        }
    }
}
