// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

/// A cluster that chance made: Services of all kinds, and host ports.
private struct RandomCluster {
    var family: Family
    var services: [ServiceEntry] = []
    var hostPorts: [(pod: String, ports: [HostPortEntry])] = []

    init(_ generator: inout SeededGenerator, _ family: Family? = nil) {
        self.family = family ?? (Bool.random(using: &generator) ? .v4 : .v6)
        for number in 0..<Int.random(in: 0...6, using: &generator) where Bool.random(using: &generator) {
            services.append(RandomCluster.service(number, self.family, &generator))
        }
        for number in 0..<3 where Int.random(in: 0..<3, using: &generator) == 0 {
            let ports = (0..<Int.random(in: 1...20, using: &generator)).map { index in
                HostPortEntry(
                    pool: 1, transport: Bool.random(using: &generator) ? .tcp : .udp, hostPort: UInt16(8000 + index),
                    target: SocketAddress(address("10.244.1.0").of(self.family).advanced(by: number), 80),
                    because: Because("Pod web/\(number)"))
            }
            hostPorts.append(("web/\(number)", ports))
        }
    }

    private static func service(
        _ number: Int, _ family: Family, _ generator: inout SeededGenerator
    ) -> ServiceEntry {
        let ports = (0..<Int.random(in: 1...2, using: &generator)).map { index -> ServicePortEntry in
            var entry = Samples.service(number + 1, endpoints: Int.random(in: 0...4, using: &generator)).of(family)
            var port = entry.ports.removeFirst()
            func chance() -> Bool { Bool.random(using: &generator) }
            port.name = index == 0 ? "" : "p\(index)"
            port.port = UInt16(80 + index)
            port.transport = [.tcp, .udp, .sctp][Int.random(in: 0..<3, using: &generator)]
            port.nodePort = chance() ? UInt16(30000 + number * 2 + index) : nil
            port.isInternalLocal = chance()
            port.isExternalLocal = chance()
            port.localEndpoints = chance() ? Array(port.endpoints.prefix(1)) : []
            port.hasEndpoints = !port.endpoints.isEmpty
            port.affinityTimeout = chance() ? 60 : nil
            port.healthCheckNodePort = chance() ? UInt16(32000 + number) : nil
            if chance() { port.externalAddresses = [address("198.51.100.0").of(family).advanced(by: number)] }
            if chance() { port.loadBalancerAddresses = [address("203.0.113.0").of(family).advanced(by: number)] }
            if chance() { port.sourceRanges = [prefix("192.0.2.0/24").of(family), prefix("172.18.0.0/16").of(family)] }
            return port
        }
        return ServiceEntry("load/service-\(number)", family: family, ports: ports)
    }

    var rules: IPTables {
        var rules = RandomCluster.node(family)
        for service in services { _ = rules.setService(service) }
        for (pod, ports) in hostPorts { _ = rules.setHostPorts(pod: pod, ports) }
        return rules
    }

    static func node(_ family: Family) -> IPTables {
        .node(nodeAddress: address("172.18.0.2").of(family), podRange: prefix("10.244.0.0/16").of(family))
    }
}

@Suite struct IPTablesLawTests {
    private static let seeds = Array(0..<10 as Range<UInt64>)

    /// Runs a body on 100 random pairs of clusters, from each of ten seeds.
    private func forAll(_ seed: UInt64, _ body: (RandomCluster, RandomCluster) throws -> Void) rethrows {
        var generator = SeededGenerator(state: seed)
        for _ in 0..<100 {
            let first = RandomCluster(&generator)
            try body(first, RandomCluster(&generator, first.family))
        }
    }

    @Test(arguments: seeds) func `the difference leads from any rules to any others`(_ seed: UInt64) throws {
        try forAll(seed) { first, second in
            let (old, new) = (first.rules, second.rules)
            var model = IPTablesModel(old)
            try model.apply(new.difference(from: old))
            #expect(model == IPTablesModel(new))
            var fresh = IPTablesModel()
            try fresh.apply(new.difference(from: nil))
            #expect(fresh == IPTablesModel(new))
        }
    }

    @Test(arguments: seeds) func `rules do not differ from themselves, and the same change again is none`(
        _ seed: UInt64
    ) {
        forAll(seed) { first, _ in
            var rules = first.rules
            #expect(rules.difference(from: rules).isEmpty)
            for service in first.services { #expect(rules.setService(service).isEmpty) }
            for (pod, ports) in first.hostPorts { #expect(rules.setHostPorts(pod: pod, ports).isEmpty) }
            #expect(rules == first.rules)
        }
    }

    @Test(arguments: seeds) func `changes one by one lead where the whole does, in whatever order`(
        _ seed: UInt64
    ) throws {
        try forAll(seed) { first, second in
            var rules = first.rules
            var model = IPTablesModel(rules)
            var events: [(inout IPTables) -> [ChainChange]] = second.services.map { entry in { $0.setService(entry) } }
            let kept = Set(second.services.map(\.name))
            for service in first.services where !kept.contains(service.name) {
                events.append { $0.removeService(named: service.name) }
            }
            let pods = Dictionary(second.hostPorts.map { ($0.pod, $0.ports) }) { $1 }
            for pod in Set(first.hostPorts.map(\.pod)).union(pods.keys) {
                events.append { $0.setHostPorts(pod: pod, pods[pod] ?? []) }
            }
            var generator = SeededGenerator(state: seed)
            for event in events.shuffled(using: &generator) { try model.apply(event(&rules)) }
            #expect(rules == second.rules)
            #expect(model == IPTablesModel(second.rules))
        }
    }

    @Test func `an endpoint that comes or goes rewrites the Service's own chains, and no others`() {
        var rules = RandomCluster.node(.v4)
        for number in 1...50 { _ = rules.setService(Samples.service(number, endpoints: 10)) }
        let changes = rules.setService(Samples.service(7, endpoints: 11))
        let names = changes.map { change -> String in
            switch change {
            case .set(let chain, _), .delete(let chain), .replace(let chain, _, _):
                "\(chain.table.rawValue) \(chain.name.prefix(8))"
            case .clear: "all"
            }
        }
        #expect(names.sorted() == ["nat KUBE-SEP", "nat KUBE-SVC"])
        #expect(rules.setService(Samples.service(7, endpoints: 10)).count == 2)
    }

    @Test func `a Service that comes rewrites the shared chains that it has rules in, and no other Service's`() {
        var rules = RandomCluster.node(.v4)
        for number in 1...50 { _ = rules.setService(Samples.service(number, endpoints: 2)) }
        let changes = rules.setService(Samples.service(51, endpoints: 0))
        let chains = changes.compactMap { if case .set(let chain, _) = $0 { chain } else { nil } }
        #expect(
            Set(chains) == [
                IPTablesChainName(.filter, "KUBE-SERVICES"), IPTablesChainName(.filter, "KUBE-EXTERNAL-SERVICES"),
            ])
    }

    @Test func `many Services at once are the same as one by one`() {
        let services = (1...20).map { Samples.service($0, endpoints: 3) }
        var (one, all) = (RandomCluster.node(.v4), RandomCluster.node(.v4))
        for service in services { _ = one.setService(service) }
        let changes = all.setServices(services)
        #expect(one == all)
        #expect(changes.count { if case .set(let chain, _) = $0 { chain.name == "KUBE-SERVICES" } else { false } } == 1)
    }

    @Test func `the input tells of each line what it is for`() {
        var rules = RandomCluster.node(.v4)
        let input = IPTablesInput(rules.setService(Samples.service(1, endpoints: 2)), family: .v4)
        let lines = input.text.split(separator: "\n")
        #expect(lines.count == input.lines.count)
        #expect(lines.first == "*nat" && lines.last == "COMMIT")
        for (text, line) in zip(lines, input.lines) where text.hasPrefix("-A") {
            #expect(text.contains(line.chain) && line.number > 0 && line.because != nil)
        }
    }

    @Test func `what goes is emptied before it is deleted, and others' rules of built-in chains stay`() {
        let present = IPTablesListing(
            """
            *nat
            :PREROUTING ACCEPT [0:0]
            :KUBE-SVC-OLD - [0:0]
            :MINE - [0:0]
            -A PREROUTING -m comment --comment "x y" -j KUBE-SVC-OLD
            -A PREROUTING -j MINE
            -A KUBE-SVC-OLD -j RETURN
            COMMIT
            """)
        let input = IPTablesInput([.clear], family: .v4, present: present)
        #expect(
            input.text == """
                *nat
                :KUBE-SVC-OLD - [0:0]
                -D PREROUTING -m comment --comment "x y" -j KUBE-SVC-OLD
                -X KUBE-SVC-OLD
                COMMIT

                """)
    }

    @Test func `a text that is listed again is the same rules`() {
        var generator = SeededGenerator(state: 7)
        for _ in 0..<50 {
            let rules = RandomCluster(&generator).rules
            let listing = IPTablesListing(rules.text)
            #expect(listing == listing.ours || !listing.chains.keys.allSatisfy { !$0.isBuiltIn })
            #expect(listing.ours.differences(from: IPTablesListing(rules.text).ours).isEmpty)
        }
    }
}
