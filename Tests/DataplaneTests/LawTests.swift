// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

/// What a node's table is made of, drawn at random: Services of every policy, Pods, ports of the node.
private struct RandomCluster {
    enum Object {
        case service(ServiceEntry)
        case pod(String, Address?)
        case hostPorts(String, [HostPortEntry])
    }
    let family: Family
    let isEdge: Bool

    var empty: Ruleset {
        guard !isEdge else {
            return .edge(
                externalRange: prefix("203.0.113.0/24").of(family), podRange: prefix("10.244.0.0/16").of(family),
                nodeAddresses: [address("172.18.0.2").of(family)])
        }
        return .node(
            nodeAddress: address("172.18.0.2").of(family), serviceRange: prefix("10.96.0.0/16").of(family),
            podRange: prefix("10.244.0.0/16").of(family))
    }

    /// Objects that want no key of another; with `contested`, Services may want the same external address.
    func objects(_ random: inout SeededGenerator, contested: Bool = false) -> [Object] {
        var objects: [Object] = []
        for number in 1...Int.random(in: 1...6, using: &random) {
            objects.append(.service(service(number, &random, contested: contested)))
        }
        for number in 1...3 where Bool.random(using: &random) {
            let address = address("10.244.1.\(number)").of(family)
            objects.append(.pod("pods/\(number)", address))
            guard Bool.random(using: &random) else { continue }
            let port = HostPortEntry(
                pool: UInt32(900 + number), transport: .tcp, hostPort: UInt16(8000 + number),
                target: SocketAddress(address, 80), because: Because("Pod pods/\(number)"))
            objects.append(.hostPorts("pods/\(number)", [port]))
        }
        return objects
    }

    private func service(_ number: Int, _ random: inout SeededGenerator, contested: Bool) -> ServiceEntry {
        let ports = (0..<Int.random(in: 1...3, using: &random)).map { index in
            let endpoints = Self.sockets(&random)
            let isLocal = Int.random(in: 0..<3, using: &random)
            let last = contested ? 1 : number
            return ServicePortEntry(
                pool: UInt32(number * 10 + index), localPool: isLocal == 0 ? 0 : UInt32(500 + number * 10 + index),
                transport: [.tcp, .udp, .sctp][Int.random(in: 0...2, using: &random)], port: UInt16(80 + index),
                clusterAddresses: [address("10.96.0.\(number)")],
                externalAddresses: Bool.random(using: &random) ? [address("198.51.100.\(last)")] : [],
                loadBalancerAddresses: Bool.random(using: &random) ? [address("203.0.113.\(number)")] : [],
                nodePort: Bool.random(using: &random) ? UInt16(30000 + number * 10 + index) : nil,
                isInternalLocal: isLocal & 1 == 1, isExternalLocal: isLocal & 2 == 2,
                affinityTimeout: [nil, nil, 60, 10_800][Int.random(in: 0...3, using: &random)],
                sourceRanges: [[], ["10.0.0.0/8", "192.168.0.0/16"], ["10.0.0.0/8", "10.1.0.0/16"], ["0.0.0.0/0"]][
                    Int.random(in: 0...3, using: &random)
                ].map(prefix),
                endpoints: endpoints,
                localEndpoints: isLocal == 0 ? [] : endpoints.filter { _ in Bool.random(using: &random) },
                reasons: ServicePortReasons(port: Because("Service test/\(number)", field: "spec.ports[\(index)]")))
        }
        return ServiceEntry("test/\(number)", ports: ports).of(family)
    }

    private static func sockets(_ random: inout SeededGenerator) -> [SocketAddress] {
        (1...6).filter { _ in Bool.random(using: &random) }.shuffled(using: &random).map {
            socket("10.244.1.\($0):8080")
        }
    }

    static func apply(_ object: Object, to ruleset: inout Ruleset) -> [TableChange] {
        switch object {
        case .service(let entry): ruleset.setService(entry)
        case .pod(let name, let address): ruleset.setLocalPod(name: name, address: address)
        case .hostPorts(let name, let ports): ruleset.setHostPorts(pod: name, ports)
        }
    }

    /// What takes the object away.
    static func removal(_ object: Object) -> (inout Ruleset) -> [TableChange] {
        switch object {
        case .service(let entry): { $0.removeService(named: entry.name) }
        case .pod(let name, _): { $0.setLocalPod(name: name, address: nil) }
        case .hostPorts(let name, _): { $0.setHostPorts(pod: name, []) }
        }
    }
}

/// Laws that hold for any cluster. Two tables are the same if their sets have the same elements; the draws among numbers
/// of endpoints that were once needed stay, and so do what remembers clients, and the chains of both.
@Suite struct LawTests {
    private static func cluster(_ seed: Int, _ random: inout SeededGenerator) -> RandomCluster {
        random = SeededGenerator(state: UInt64(seed))
        return RandomCluster(family: seed % 2 == 0 ? .v4 : .v6, isEdge: seed % 5 == 0)
    }

    private static func table(
        _ cluster: RandomCluster, _ random: inout SeededGenerator, contested: Bool = true
    ) -> Ruleset {
        var ruleset = cluster.empty
        for object in cluster.objects(&random, contested: contested) {
            _ = RandomCluster.apply(object, to: &ruleset)
        }
        return ruleset
    }

    @Test(arguments: (0..<10).map { $0 * 100..<($0 + 1) * 100 })
    func `the difference of any two tables turns the one into the other`(_ seeds: Range<Int>) throws {
        var random = SeededGenerator(state: 0)
        for seed in seeds {
            let cluster = Self.cluster(seed, &random)
            let (old, new) = (Self.table(cluster, &random), Self.table(cluster, &random))
            var kernel = TableModel(old)
            try kernel.apply(new.difference(from: old))
            #expect(kernel == TableModel(new), "seed \(seed)")
            #expect(new.difference(from: new).isEmpty, "seed \(seed)")
            var fresh = TableModel()
            try fresh.apply(new.difference(from: nil))
            #expect(fresh == kernel, "seed \(seed)")
        }
    }

    @Test(arguments: (0..<10).map { $0 * 100..<($0 + 1) * 100 })
    func `a table does not depend on the order of what happened, and the same twice sends nothing`(
        _ seeds: Range<Int>
    ) throws {
        var random = SeededGenerator(state: 0)
        for seed in seeds {
            let cluster = Self.cluster(seed, &random)
            let objects = cluster.objects(&random)
            var histories: [[String: Set<Element>]] = []
            for _ in 0..<2 {
                var ruleset = cluster.empty
                var kernel = TableModel(ruleset)
                for object in cluster.objects(&random) {
                    try kernel.apply(RandomCluster.apply(object, to: &ruleset))
                    if Bool.random(using: &random) { try kernel.apply(RandomCluster.removal(object)(&ruleset)) }
                }
                // Whatever was before: what is said last counts.
                for number in 1...6 { try kernel.apply(ruleset.removeService(named: "test/\(number)")) }
                for number in 1...3 {
                    try kernel.apply(ruleset.setLocalPod(name: "pods/\(number)", address: nil))
                    try kernel.apply(ruleset.setHostPorts(pod: "pods/\(number)", []))
                }
                for object in objects.shuffled(using: &random) {
                    try kernel.apply(RandomCluster.apply(object, to: &ruleset))
                }
                for object in objects { #expect(RandomCluster.apply(object, to: &ruleset).isEmpty, "seed \(seed)") }
                #expect(kernel == TableModel(ruleset), "seed \(seed)")
                histories.append(Self.contents(ruleset))
            }
            #expect(histories[0] == histories[1], "seed \(seed)")
        }
    }

    /// The elements that objects asked for.
    private static func contents(_ ruleset: Ruleset) -> [String: Set<Element>] {
        ruleset.elementsBySet.mapValues { Set($0) }.filter {
            !$0.value.isEmpty && !["draws", "sticky-draws"].contains($0.key)
        }
    }
}
