// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

@Suite struct RulesetDifferenceTests {
    /// What the kernel must have, told independently: for each key, who asked for it, in the order of asking.
    private struct Reference {
        struct Key: Hashable {
            var set: String
            var key: [Datum]
        }
        var claims: [Key: [(name: String, element: Element)]] = [:]

        mutating func replace(_ name: String, _ part: Ruleset.Part) {
            var wanted: [Key: Element] = [:]
            for (set, elements) in part.elements {
                for element in elements { wanted[Key(set: set, key: element.key)] = element }
            }
            for key in Set(claims.keys).union(wanted.keys) {
                let place = claims[key]?.firstIndex { $0.name == name }
                switch (wanted[key], place) {
                case (let element?, let place?): claims[key]?[place].element = element
                case (let element?, nil): claims[key, default: []].append((name, element))
                case (nil, let place?): claims[key]?.remove(at: place)
                case (nil, nil): break
                }
            }
        }

        /// The draws among as many endpoints as a port has come with the first such port, and stay.
        mutating func addDraws(_ entry: ServiceEntry) {
            for count in entry.ports.map(\.endpoints.count) where count > 0 {
                let because = Because("lab", field: "draws one of \(count) endpoint\(count == 1 ? "" : "s")")
                let key = [Datum.number(UInt32(count))]
                let draw = Element(key, .verdict(.jump("pick-\(count)")), because: because)
                claims[Key(set: "draws", key: key)] = [("draws", draw)]
            }
        }

        var elements: [String: [[Datum]: Element]] {
            var result: [String: [[Datum]: Element]] = [:]
            for (key, list) in claims {
                if let first = list.first { result[key.set, default: [:]][key.key] = first.element }
            }
            return result
        }
    }

    /// Few addresses, ports and node ports, so that Services often want the same.
    private static func randomService(_ random: inout SeededGenerator) -> ServiceEntry {
        let number = Int.random(in: 1...6, using: &random)
        let ports = (0..<Int.random(in: 1...2, using: &random)).map { port in
            ServicePortEntry(
                pool: UInt32(10 * number + port), port: UInt16(80 + port),
                clusterAddresses: [address("10.96.0.0").advanced(by: number)],
                externalAddresses: (0..<Int.random(in: 0...2, using: &random)).map { _ in
                    address("203.0.113.0").advanced(by: Int.random(in: 1...3, using: &random))
                },
                nodePort: Bool.random(using: &random) ? UInt16(30000 + Int.random(in: 0...2, using: &random)) : nil,
                endpoints: (0..<Int.random(in: 0...4, using: &random)).map {
                    SocketAddress(address("10.244.1.0").advanced(by: Int.random(in: 1...9, using: &random)), UInt16($0))
                }, reasons: ServicePortReasons(port: Because("Service test/\(number)", field: "spec.ports[\(port)]")))
        }
        // Within one Service no node port comes twice.
        let isDouble = ports.count == 2 && ports[0].nodePort == ports[1].nodePort
        return ServiceEntry("test/\(number)", ports: isDouble ? [ports[0]] : ports)
    }

    @Test(arguments: 0..<40)
    func `the changes of any history keep the kernel's table as the ruleset`(_ seed: Int) throws {
        var random = SeededGenerator(state: UInt64(seed))
        var ruleset = Samples.node
        var kernel = TableModel()
        try kernel.apply(ruleset.difference(from: nil))
        var reference = Reference()
        for (name, part) in ruleset.parts { reference.replace(name, part) }
        for _ in 0..<60 {
            let entry = Self.randomService(&random)
            if Int.random(in: 0..<4, using: &random) == 0 {
                try kernel.apply(ruleset.removeService(named: entry.name))
                reference.replace(Ruleset.partName(service: entry.name), [:])
            } else {
                try kernel.apply(ruleset.setService(entry))
                reference.replace(Ruleset.partName(service: entry.name), ruleset.part(for: entry))
                reference.addDraws(entry)
            }
            #expect(kernel == TableModel(ruleset))
            #expect(kernel.elements.filter { !$0.value.isEmpty } == reference.elements)
        }
    }

    @Test(arguments: 0..<40) func `a whole difference turns any table into any other`(_ seed: Int) throws {
        var random = SeededGenerator(state: UInt64(1000 + seed))
        func randomRuleset() -> Ruleset {
            var ruleset = Samples.node
            for _ in 0..<Int.random(in: 0...12, using: &random) { _ = ruleset.setService(Self.randomService(&random)) }
            return ruleset
        }
        let (old, new) = (randomRuleset(), randomRuleset())
        var kernel = TableModel(old)
        try kernel.apply(new.difference(from: old))
        #expect(kernel == TableModel(new))
        #expect(new.difference(from: new).isEmpty)
        var longer = old
        for _ in 0..<5 { _ = longer.setService(Self.randomService(&random)) }
        var second = TableModel(old)
        try second.apply(longer.difference(from: old))
        #expect(second == TableModel(longer))
    }

    @Test func `the same again changes nothing`() {
        var ruleset = Samples.node
        #expect(!ruleset.setService(Samples.service(1, endpoints: 3)).isEmpty)
        #expect(ruleset.setService(Samples.service(1, endpoints: 3)).isEmpty)
        #expect(ruleset.removeService(named: "load/service-2").isEmpty)
        #expect(ruleset.setLocalPod(name: "web/a", address: nil).isEmpty)
    }

    @Test(arguments: [10, 1000]) func `one endpoint that changes is one element, whatever the number of Services`(
        _ count: Int
    ) {
        var ruleset = Samples.node
        for number in 1...count { _ = ruleset.setService(Samples.service(number, endpoints: 10)) }
        var entry = Samples.service(5, endpoints: 10)
        let old = entry.ports[0].endpoints[3]
        let new = socket("10.244.9.9:9999")
        entry.ports[0].endpoints[3] = new
        func element(_ socket: SocketAddress) -> Element {
            Element(
                [.number(5), .number(3)], .data([.address(socket.address), .port(socket.port)]),
                because: entry.ports[0].reasons.port)
        }
        #expect(
            ruleset.setService(entry) == [
                .deleteElements(set: "endpoints", [element(old)]), .addElements(set: "endpoints", [element(new)]),
            ])
    }

    @Test func `the last endpoint that goes makes the Service reject, the first that comes makes it answer`() {
        var ruleset = Samples.node
        _ = ruleset.setService(Samples.service(1, endpoints: 1))
        #expect(
            Self.kinds(ruleset.setService(Samples.service(1, endpoints: 0)))
                == ["- pools", "- endpoints", "+ no-endpoint-services", "+ no-endpoint-nodeports"])
        #expect(
            Self.kinds(ruleset.setService(Samples.service(1, endpoints: 2))) == [
                "- no-endpoint-services", "- no-endpoint-nodeports", "chain pick-2", "+ draws", "+ pools",
                "+ endpoints",
            ])
    }

    /// Each change in a word or two: `- pools`, `+ pools`, `chain pick-2`.
    private static func kinds(_ changes: [TableChange]) -> [String] {
        changes.map { change in
            switch change {
            case .deleteElements(let set, _): "- \(set)"
            case .addElements(let set, _): "+ \(set)"
            case .addChain(let chain): "chain \(chain.name)"
            default: "other"
            }
        }
    }

    @Test(arguments: [10, 1000])
    func `an endpoint that comes or goes adds a verdict only for a number new to the table`(_ count: Int) throws {
        var ruleset = Samples.node
        for number in 1...count { _ = ruleset.setService(Samples.service(number, endpoints: 10)) }
        func change(_ number: Int, endpoints: Int) -> [TableChange] {
            ruleset.setService(Samples.service(number, endpoints: endpoints))
        }
        let comes = ["- pools", "+ pools", "+ endpoints"]
        let goes = ["- pools", "- endpoints", "+ pools"]
        #expect(Self.kinds(change(5, endpoints: 9)) == goes.prefix(2) + ["chain pick-9", "+ draws"] + goes.suffix(1))
        #expect(Self.kinds(change(5, endpoints: 10)) == comes)
        #expect(Self.kinds(change(6, endpoints: 9)) == goes)
        #expect(Self.kinds(change(6, endpoints: 10)) == comes)
        let last = change(7, endpoints: 9)
        #expect(Self.kinds(last) == goes && Self.elements(last).count == 3)
        let removal = ruleset.removeService(named: "load/service-7")
        #expect(!Self.kinds(removal).contains("- draws"))
        #expect(ruleset.elementsBySet["draws"]?.map(\.key) == [[.number(10)], [.number(9)]])
    }

    /// When a rule with a map comes, the kernel walks every element of the map (`nf_tables_bind_set`).
    @Test func `a chain that comes to a table in use looks into no set`() {
        for table in [Samples.node, Ruleset.edge(externalRange: Fixture.externalRange)] {
            var ruleset = table
            let chains = (1...20).flatMap { count -> [Chain] in
                ruleset.setService(Samples.service(1, endpoints: count)).compactMap { change in
                    if case .addChain(let chain) = change { chain } else { nil }
                }
            }
            #expect(chains.map(\.name) == (1...20).map { "pick-\($0)" })
            #expect(chains.flatMap(\.rules).flatMap(\.statements).compactMap(\.set) == [])
        }
    }

    private static func elements(_ changes: [TableChange]) -> [Element] {
        changes.flatMap { change -> [Element] in
            switch change {
            case .deleteElements(_, let list), .addElements(_, let list): list
            default: []
            }
        }
    }

    @Test func `the only verdict maps of a table are those of the draws`() {
        for ruleset in [Samples.node, Ruleset.edge(externalRange: Fixture.externalRange)] {
            #expect(ruleset.sets.filter { $0.value == .verdict }.map(\.name) == ["draws", "sticky-draws"])
        }
    }

    @Test func `two Services that claim one external address: the first has it, the second takes over`() throws {
        func entry(_ name: String, pool: UInt32) -> ServiceEntry {
            ServiceEntry(
                name,
                ports: [
                    ServicePortEntry(
                        pool: pool, port: 80, externalAddresses: [address("198.51.100.7")],
                        endpoints: [SocketAddress(address("10.244.1.1").advanced(by: Int(pool)), 80)],
                        reasons: ServicePortReasons(port: Because("Service \(name)")))
                ])
        }
        var ruleset = Samples.node
        var kernel = TableModel()
        try kernel.apply(ruleset.difference(from: nil))
        let key: [Datum] = [.address(address("198.51.100.7")), .transport(.tcp), .port(80)]
        func owner() -> Element.Value? { kernel.elements["external-ips"]?[key]?.value }
        try kernel.apply(ruleset.setService(entry("a/first", pool: 1)))
        try kernel.apply(ruleset.setService(entry("a/second", pool: 2)))
        try kernel.apply(ruleset.setService(entry("a/third", pool: 3)))
        #expect(owner() == .data([.number(1)]))
        try kernel.apply(ruleset.removeService(named: "a/second"))
        #expect(owner() == .data([.number(1)]))
        try kernel.apply(ruleset.removeService(named: "a/first"))
        #expect(owner() == .data([.number(3)]))
        try kernel.apply(ruleset.removeService(named: "a/third"))
        #expect(owner() == nil)
    }

    @Test func `an address that two fields give is one element`() {
        var entry = Samples.service(1, endpoints: 1)
        entry.ports[0].externalAddresses = [address("203.0.113.1"), address("203.0.113.1"), address("10.96.0.1")]
        var ruleset = Samples.node
        _ = ruleset.setService(entry)
        #expect(ruleset.elementsBySet["service-ips"]?.count == 1)
        #expect(ruleset.elementsBySet["external-ips"]?.count == 2)
    }

    @Test func `a table takes only what its family and its sets have room for`() {
        var entry = Samples.service(1, endpoints: 2)
        entry.ports[0].clusterAddresses.append(address("fd00::1"))
        entry.ports[0].endpoints.append(SocketAddress(address("fd00::2"), 80))
        var node = Samples.node
        var edge = Ruleset.edge(externalRange: Fixture.externalRange)
        #expect(throws: Never.self) {
            var kernel = TableModel()
            try kernel.apply(node.difference(from: nil))
            try kernel.apply(node.setService(entry))
            var edgeKernel = TableModel()
            try edgeKernel.apply(edge.difference(from: nil))
            try edgeKernel.apply(edge.setService(entry))
        }
        #expect(node.elementsBySet["service-ips"]?.count == 1)
        #expect(node.elementsBySet["endpoints"]?.count == 2)
        #expect(edge.elementsBySet["cluster-ips"] == nil)
    }

    @Test func `a table of IPv6 is made in the same way`() throws {
        var ruleset = Ruleset.node(
            nodeAddress: address("fd18::2"), serviceRange: prefix("fd96::/112"), podRange: prefix("fd44::/48"))
        var kernel = TableModel()
        try kernel.apply(ruleset.difference(from: nil))
        try kernel.apply(
            ruleset.setService(
                ServiceEntry(
                    "six/web",
                    ports: [
                        ServicePortEntry(
                            pool: 1, port: 80, clusterAddresses: [address("fd96::a")],
                            endpoints: [SocketAddress(address("fd44::1"), 8080)],
                            reasons: ServicePortReasons(port: Because("Service six/web")))
                    ])))
        #expect(kernel == TableModel(ruleset))
        #expect(ruleset.text.contains("type ipv6_addr . inet_proto . inet_service : mark"))
        #expect(ruleset.text.contains("ip6 daddr fd96::/112 drop"))
    }

    @Test func `a batch that the kernel would refuse is refused whole`() throws {
        var kernel = TableModel()
        let ruleset = Samples.node
        try kernel.apply(ruleset.difference(from: nil))
        let before = kernel
        let hairpin = Element([.address(address("10.0.0.1")), .address(address("10.0.0.1"))], because: Because("x"))
        let short = Element([.address(address("10.0.0.1"))], because: Because("x"))
        let nowhere = Element([.number(1)], .verdict(.goto("pick-9")), because: Because("x"))
        let through = Statement.verdictMap([.mark], map: "nothing")
        let batches: [([TableChange], TableModelError.Reason)] = [
            ([.addTable], .exists("table")),
            ([.addElements(set: "hairpin", [hairpin, hairpin])], .exists("hairpin element 10.0.0.1 . 10.0.0.1")),
            ([.deleteElements(set: "hairpin", [hairpin])], .missing("hairpin element 10.0.0.1 . 10.0.0.1")),
            ([.addElements(set: "hairpin", [short])], .invalid("hairpin element 10.0.0.1")),
            ([.addElements(set: "draws", [nowhere])], .missing("chain pick-9")),
            ([.addElements(set: "pools", [nowhere])], .invalid("pools element 0x00000001 : goto pick-9")),
            ([.addChain(Chain("x", [Rule([through], because: Because("x"))]))], .missing("set nothing")),
            ([.addElements(set: "nothing", [])], .missing("set nothing")),
        ]
        for (batch, reason) in batches {
            #expect(throws: TableModelError(index: 1, reason: reason)) {
                try kernel.apply([.addElements(set: "cluster-ips", [short])] + batch)
            }
            #expect(kernel == before)
        }
    }
}
