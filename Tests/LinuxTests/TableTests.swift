// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Glibc
import Linux
import Net
import Testing

private let lab = Because("Service default/hello", field: "spec.ports[0]", location: "hello.yaml:31")

@Suite(.needsTables, .needsCommand("nft")) struct TableTextTests {
    /// Every statement, and what `nft list` makes of it in a table of the family.
    static let statements: [(Family, [Statement], String)] = [
        (.v4, [.within(.sourceAddress, prefix("10.244.0.0/16"), negated: false)], "ip saddr 10.244.0.0/16"),
        (.v4, [.within(.destinationAddress, prefix("10.96.0.0/12"), negated: true)], "ip daddr != 10.96.0.0/12"),
        (.v4, [.within(.destinationAddress, prefix("10.96.0.1/32"), negated: false)], "ip daddr 10.96.0.1"),
        (
            .v4, [.within(.originalDestinationAddress, prefix("10.96.0.0/16"), negated: true)],
            "ct original ip daddr != 10.96.0.0/16"
        ),
        (.v6, [.within(.sourceAddress, prefix("fd00:10:244::/48"), negated: false)], "ip6 saddr fd00:10:244::/48"),
        (.v6, [.within(.destinationAddress, prefix("fd00::1/128"), negated: true)], "ip6 daddr != fd00::1"),
        (
            .v6, [.within(.originalDestinationAddress, prefix("fd00:96::/112"), negated: true)],
            "ct original ip6 daddr != fd00:96::/112"
        ),
        (.v4, [.member([.destinationAddress], of: "addresses", negated: false)], "ip daddr @addresses"),
        (
            .v4, [.member([.sourceAddress, .destinationAddress], of: "pairs", negated: true)],
            "ip saddr . ip daddr != @pairs"
        ),
        (
            .v4, [.member([.sourceAddress, .transport, .sourcePort], of: "services", negated: false)],
            "ip saddr . meta l4proto . th sport @services"
        ),
        (
            .v6, [.member([.sourceAddress, .destinationAddress], of: "pairs", negated: false)],
            "ip6 saddr . ip6 daddr @pairs"
        ),
        (.v4, [.newConnection], "ct state new"),
        (.v4, [.translated], "ct status dnat"),
        (.v4, [.setMark(0)], "meta mark set 0x00000000"),
        (.v4, [.setMark(0x4000)], "meta mark set 0x00004000"),
        (
            .v4, [.setMarkFromMap([.destinationAddress, .transport, .destinationPort], map: "marks")],
            "meta mark set ip daddr . meta l4proto . th dport map @marks"
        ),
        (
            .v6, [.setMarkFromMap([.destinationAddress, .transport, .destinationPort], map: "marks")],
            "meta mark set ip6 daddr . meta l4proto . th dport map @marks"
        ),
        (.v4, [.verdictMap([.mark], map: "pools")], "meta mark vmap @pools"),
        (
            .v4, [.verdictMap([.destinationAddress, .transport, .destinationPort], map: "verdicts")],
            "ip daddr . meta l4proto . th dport vmap @verdicts"
        ),
        (
            .v4, [.setPriorityFromMap([.mark], map: "numbers"), .verdictMap([.priority], map: "pools")],
            "meta priority set meta mark map @numbers meta priority vmap @pools"
        ),
        (
            .v6,
            [
                .setPriorityFromMap([.destinationAddress, .transport, .destinationPort], map: "marks"),
                .verdictMap([.priority], map: "pools"),
            ], "meta priority set ip6 daddr . meta l4proto . th dport map @marks meta priority vmap @pools"
        ),
        (
            .v4, [.setPriority(.random(modulus: 3)), .verdict(.goto("target"))],
            "meta priority set numgen random mod 3 goto target"
        ),
        (
            .v4, [.dnatFromMap([.mark, .priority], map: "endpoints")],
            "dnat ip to meta mark . meta priority map @endpoints"
        ),
        (
            .v6, [.dnatFromMap([.mark, .priority], map: "endpoints")],
            "dnat ip6 to meta mark . meta priority map @endpoints"
        ),
        (
            .v4, [.dnatFromMap([.mark, .random(modulus: 3)], map: "endpoints")],
            "dnat ip to meta mark . numgen random mod 3 map @endpoints"
        ),
        (
            .v6, [.dnatFromMap([.mark, .random(modulus: 3)], map: "endpoints")],
            "dnat ip6 to meta mark . numgen random mod 3 map @endpoints"
        ),
        (.v4, [.setConnectionMark(1)], "ct mark set 0x00000001"),
        (.v4, [.equals(.connectionMark, 1), .verdict(.return)], "ct mark 0x00000001 return"),
        (.v4, [.equals(.mark, 0x4000)], "meta mark 0x00004000"),
        (
            .v4,
            [
                .member(
                    [.destinationAddress, .transport, .destinationPort, .sourceAddress], of: "allowed", negated: true)
            ],
            "ip daddr . meta l4proto . th dport . ip saddr != @allowed"
        ),
        (
            .v6,
            [
                .member(
                    [.destinationAddress, .transport, .destinationPort, .sourceAddress], of: "allowed", negated: false)
            ],
            "ip6 daddr . meta l4proto . th dport . ip6 saddr @allowed"
        ),
        (
            .v4, [.update(map: "clients", key: [.mark, .sourceAddress], value: .priority), .verdict(.jump("target"))],
            "update @clients { meta mark . ip saddr : meta priority } jump target"
        ),
        (
            .v6, [.delete(map: "clients", key: [.mark, .sourceAddress], value: .priority)],
            "delete @clients { meta mark . ip6 saddr : meta priority }"
        ),
        (
            .v4, [.setPriorityFromMap([.mark, .sourceAddress], map: "clients")],
            "meta priority set meta mark . ip saddr map @clients"
        ),
        (.v4, [.incoming("host", negated: true)], "iifname != \"host\""),
        (.v6, [.incoming("eth0", negated: false), .verdict(.drop)], "iifname \"eth0\" drop"),
        (.v4, [.masquerade], "masquerade"),
        (.v6, [.masquerade], "masquerade"),
        (.v4, [.reject], "reject"),
        (.v6, [.reject], "reject"),
        (.v4, [.verdict(.accept)], "accept"),
        (.v4, [.verdict(.drop)], "drop"),
        (.v4, [.verdict(.return)], "return"),
        (.v4, [.verdict(.jump("target"))], "jump target"),
        (.v4, [.verdict(.goto("target"))], "goto target"),
        (
            .v4,
            [
                .newConnection, .translated, .member([.destinationAddress], of: "addresses", negated: false),
                .verdict(.jump("target")),
            ], "ct state new ct status dnat ip daddr @addresses jump target"
        ),
    ]

    @Test(arguments: statements) func `nft lists a statement in its own words`(
        family: Family, statements: [Statement], text: String
    ) throws {
        let namespace = try quietNamespace()
        let hook: Base =
            switch statements.last {
            case .masquerade: Base(.nat, .postrouting, priority: 100)
            case .dnatFromMap: Base(.nat, .prerouting, priority: -100)
            default: Base(.filter, .input, priority: 0)
            }
        try TableSocket(in: namespace).commit(
            [.addTable] + declarations(family).map { .addSet($0) } + [
                .addChain(Chain("target", [])),
                .addChain(Chain("under-test", base: hook, [Rule(statements, because: lab)])),
            ], family: family)
        let listed = try shell("nft list chain \(family == .v4 ? "ip" : "ip6") lab under-test", in: namespace)
        let rule = listed.split(separator: "\n").map { $0.drop { $0 == "\t" } }.first { $0.contains("comment") }
        #expect(rule.map(String.init) == text + " comment \"\(lab)\"", "\(listed)")
    }

    @Test func `nft lists sets and maps with their types, comments and elements`() throws {
        let namespace = try quietNamespace()
        let address = Datum.address(Address(10, 96, 0, 10))
        let changes: [TableChange] = [
            .addTable, .addChain(Chain("target", [])),
            .addSet(
                SetDeclaration(
                    "services", key: [.address, .transport, .port], value: .data([.number]), comment: "what for")),
            .addSet(
                SetDeclaration("endpoints", key: [.number, .number], value: .data([.address, .port]), comment: "")),
            .addSet(SetDeclaration("pools", key: [.number], value: .verdict, comment: "")),
            .addSet(SetDeclaration("protocols", key: [.transport], comment: "")),
            .addSet(SetDeclaration("ports", key: [.port], value: .data([.address]), comment: "")),
            .addElements(
                set: "services", [Element([address, .transport(.udp), .port(53)], .data([.number(7)]), because: lab)]),
            .addElements(
                set: "endpoints",
                [
                    Element(
                        [.number(7), .number(1)], .data([.address(Address(10, 244, 1, 2)), .port(8080)]), because: lab)
                ]),
            .addElements(set: "pools", [Element([.number(7)], .verdict(.goto("target")), because: lab)]),
            .addElements(set: "protocols", [Element([.transport(.sctp)], because: lab)]),
            .addElements(set: "ports", [Element([.port(443)], .data([address]), because: lab)]),
        ]
        try TableSocket(in: namespace).commit(changes)
        let comment = "comment \"\(lab)\""
        let listed = try shell("nft list table ip lab", in: namespace)
        for text in [
            "type ipv4_addr . inet_proto . inet_service : mark", "comment \"what for\"",
            "10.96.0.10 . udp . 53 \(comment) : 0x00000007", "type mark . mark : ipv4_addr . inet_service",
            "0x00000007 . 0x00000001 \(comment) : 10.244.1.2 . 8080", "type mark : verdict",
            "0x00000007 \(comment) : goto target", "type inet_proto", "sctp \(comment)",
            "type inet_service : ipv4_addr", "443 \(comment) : 10.96.0.10",
        ] { #expect(listed.contains(text), "\(text) in \(listed)") }
    }

    @Test func `nft lists IPv6 elements`() throws {
        let namespace = try quietNamespace()
        let address = Pair.leftAddress6
        try TableSocket(in: namespace).commit(
            [
                .addTable,
                .addSet(
                    SetDeclaration(
                        "services", key: [.address6, .transport, .port], value: .data([.number]), comment: "")),
                .addSet(
                    SetDeclaration(
                        "endpoints", key: [.number, .number], value: .data([.address6, .port]), comment: "")),
                .addElements(
                    set: "services",
                    [Element([.address(address), .transport(.tcp), .port(80)], .data([.number(1)]), because: lab)]),
                .addElements(
                    set: "endpoints",
                    [Element([.number(1), .number(0)], .data([.address(address), .port(8080)]), because: lab)]),
            ], family: .v6)
        let listed = try shell("nft list table ip6 lab", in: namespace)
        #expect(listed.contains("fd00::1 . tcp . 80 comment \"\(lab)\" : 0x00000001"), "\(listed)")
        #expect(listed.contains("0x00000001 . 0x00000000 comment \"\(lab)\" : fd00::1 . 8080"), "\(listed)")
    }

    @Test func `a comment longer than nft takes is cut between characters`() throws {
        let namespace = try quietNamespace()
        let long = Because("Service " + String(repeating: "ü", count: 200))
        try TableSocket(in: namespace).commit([
            .addTable, .addSet(declarations(.v4)[0]),
            .addElements(set: "addresses", [Element([.address(Address(10, 0, 0, 1))], because: long)]),
            .addChain(Chain("chain", [Rule([.reject], because: long)])),
        ])
        let cut = "comment \"Service " + String(repeating: "ü", count: 59) + "\""
        let listed = try shell("nft list table ip lab", in: namespace)
        #expect(listed.components(cut) == 2, "\(listed)")
    }
}

@Suite(.needsTables) struct TableTests {
    @Test func `elements are read back as they were added`() throws {
        let tables = try TableSocket(in: try quietNamespace())
        let sets = declarations(.v4)
        let services = sets[2]
        let elements = (0..<3000).map { number in
            Element(
                [.address(Address.v4(0x0a60_0000 + UInt32(number))), .transport(.tcp), .port(UInt16(number))],
                because: lab)
        }
        try tables.commit([.addTable, .addSet(services), .addElements(set: services.name, elements)])
        // While the kernel still grows the set's hash table, an element may be told twice and another not at all.
        var found = try tables.elements(of: services)
        for _ in 0..<100 where Set(found).count < 3000 {
            usleep(10_000)
            found = try tables.elements(of: services)
        }
        #expect(found.count == 3000)
        #expect(Set(found) == Set(elements.map { TableElement(key: $0.key, value: $0.value, comment: "\(lab)") }))
        try tables.commit([.deleteElements(set: services.name, Array(elements[10...]))])
        #expect(try tables.countElements(of: services.name) == 10)
    }

    @Test func `verdicts and IPv6 data are read back`() throws {
        let tables = try TableSocket(in: try quietNamespace())
        let pools = SetDeclaration("pools", key: [.number], value: .verdict, comment: "")
        let endpoints = SetDeclaration(
            "endpoints", key: [.number, .number], value: .data([.address6, .port]), comment: "")
        let verdicts: [Verdict] = [.accept, .drop, .return, .jump("target"), .goto("target")]
        let poolElements = verdicts.enumerated().map {
            Element([.number(UInt32($0))], .verdict($1), because: lab)
        }
        let endpoint = Element(
            [.number(1), .number(2)], .data([.address(Pair.rightAddress6), .port(8080)]), because: lab)
        try tables.commit(
            [
                .addTable, .addChain(Chain("target", [])), .addSet(pools), .addSet(endpoints),
                .addElements(set: "pools", poolElements), .addElements(set: "endpoints", [endpoint]),
            ], family: .v6)
        #expect(Set(try tables.elements(of: pools, family: .v6).map(\.value)) == Set(poolElements.map(\.value)))
        #expect(try tables.elements(of: endpoints, family: .v6).map(\.value) == [endpoint.value])
    }

    @Test func `D56 a batch with one bad change leaves the old table whole, and names the change`() throws {
        let tables = try TableSocket(in: try quietNamespace(), place: "node-1")
        let set = declarations(.v4)[0]
        let old = Element([.address(Address(10, 0, 0, 1))], because: lab)
        try tables.commit([.addTable, .addSet(set), .addElements(set: set.name, [old])])
        let generation = try tables.generation()
        let absent = Element([.address(Address(10, 0, 0, 9))], because: lab)
        let more = (20..<30).map { Element([.address(Address(10, 0, 0, $0))], because: lab) }
        let error = try #require(throws: KernelError.self) {
            try tables.commit([
                .addElements(set: set.name, more), .deleteElements(set: set.name, [more[3], absent, more[4]]),
                .addChain(Chain("new", [])),
            ])
        }
        #expect(error.operation == "deleting the element { 10.0.0.9 } of addresses [\(lab)] in node-1", "\(error)")
        #expect(error.call == "NFT_MSG_DELSETELEM" && error.errno == .noEntry)
        #expect(try tables.elements(of: set).map(\.key) == [old.key])
        #expect(try tables.generation() == generation)
        try tables.commit([.addElements(set: set.name, more)])
        #expect(try tables.countElements(of: set.name) == 11)
        #expect(try tables.generation() == generation + 1)
    }

    @Test func `a refused rule names its chain and place`() throws {
        let tables = try TableSocket(in: try quietNamespace())
        let chain = Chain(
            "chain",
            [
                Rule([.reject], because: lab), Rule([.verdict(.jump("absent"))], because: Because("lab", field: "why")),
            ])
        let error = try #require(throws: KernelError.self) { try tables.commit([.addTable, .addChain(chain)]) }
        #expect(error.operation == "adding rule 2 of the chain chain [lab why]")
        #expect(error.call == "NFT_MSG_NEWRULE" && error.errno == .noEntry)
        #expect(try tables.tables().isEmpty)
    }

    @Test func `a chain that is added again has its rules once`() throws {
        let tables = try TableSocket(in: try quietNamespace())
        let chain = Chain("chain", [Rule([.reject], because: lab), Rule([.verdict(.drop)], because: lab)])
        try tables.commit([.addTable, .addChain(chain)])
        try tables.commit([.addChain(chain)])
        #expect(try tables.chains() == ["chain": 2])
    }

    @Test func `a key that is there with another value is refused`() throws {
        let tables = try TableSocket(in: try quietNamespace())
        let set = SetDeclaration("map", key: [.number], value: .data([.number]), comment: "")
        try tables.commit([
            .addTable, .addSet(set),
            .addElements(set: "map", [Element([.number(1)], .data([.number(1)]), because: lab)]),
        ])
        let error = try #require(throws: KernelError.self) {
            try tables.commit([.addElements(set: "map", [Element([.number(1)], .data([.number(2)]), because: lab)])])
        }
        #expect(error.errno.name == "EBUSY" || error.errno.name == "EEXIST", "\(error)")
    }

    @Test func `one encoded batch serves many namespaces`() throws {
        let set = declarations(.v4)[0]
        let batch = TableEncoder.encode(
            [
                .destroyTable, .addTable, .addSet(set),
                .addElements(set: set.name, [Element([.address(Address(10, 0, 0, 1))], because: lab)]),
            ],
            family: .v4, table: "lab")
        for _ in 0..<3 {
            let tables = try TableSocket(in: try quietNamespace())
            try tables.commit(batch)
            try tables.commit(batch)
            #expect(try tables.countElements(of: set.name) == 1)
        }
    }

    @Test func `tables are listed, and deleted whether they are there or not`() throws {
        let tables = try TableSocket(in: try quietNamespace())
        try tables.deleteTable()
        #expect(try tables.tables() == [])
        try tables.commit([.addTable], table: "lab")
        try tables.commit([.addTable], table: "other")
        #expect(try tables.tables() == ["lab", "other"] && tables.tables(family: .v6) == [])
        try tables.deleteTable()
        #expect(try tables.tables() == ["other"])
    }

    @Test func `no changes are no batch`() throws {
        let tables = try TableSocket(in: try quietNamespace())
        let generation = try tables.generation()
        try tables.commit([])
        #expect(try tables.generation() == generation)
    }
}

/// A set or map for each kind of lookup.
private func declarations(_ family: Family) -> [SetDeclaration] {
    let address: DatumType = family == .v4 ? .address : .address6
    return [
        SetDeclaration("addresses", key: [address], comment: ""),
        SetDeclaration("pairs", key: [address, address], comment: ""),
        SetDeclaration("services", key: [address, .transport, .port], comment: ""),
        SetDeclaration("marks", key: [address, .transport, .port], value: .data([.number]), comment: ""),
        SetDeclaration("numbers", key: [.number], value: .data([.number]), comment: ""),
        SetDeclaration("pools", key: [.number], value: .verdict, comment: ""),
        SetDeclaration("verdicts", key: [address, .transport, .port], value: .verdict, comment: ""),
        SetDeclaration("endpoints", key: [.number, .number], value: .data([address, .port]), comment: ""),
        SetDeclaration("allowed", key: [address, .transport, .port, address], kind: .intervals, comment: ""),
        SetDeclaration(
            "clients", key: [.number, address], value: .data([.number]), kind: .dynamic(timeout: 60), comment: ""),
    ]
}

private func prefix(_ text: String) -> Prefix { Prefix(text) ?? Prefix(Address.v4(0), 0) }

extension String {
    /// How often a text occurs.
    fileprivate func components(_ text: String) -> Int {
        indices.count { self[$0...].hasPrefix(text) }
    }
}
