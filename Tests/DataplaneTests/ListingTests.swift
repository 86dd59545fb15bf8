// SPDX-License-Identifier: Apache-2.0
import Dataplane
import Net
import Testing

/// Rules line by line, each with what asked for it, and what is different between two listings.
@Suite struct ListingTests {
    private static let because = Because("Service web/hello", field: "spec.ports[0]", location: "hello.yaml:31")

    private static func hello(_ endpoints: [String], location: String = "hello.yaml:31") -> ServiceEntry {
        var because = ListingTests.because
        because.location = location
        return ServiceEntry(
            "web/hello",
            ports: [
                ServicePortEntry(
                    pool: 7, port: 80, clusterAddresses: [address("10.96.0.10")], endpoints: endpoints.map(socket),
                    reasons: ServicePortReasons(port: because))
            ])
    }

    private func node(_ entries: ServiceEntry...) -> NamespacePlan {
        var ruleset = Samples.node
        for entry in entries { _ = ruleset.setService(entry) }
        _ = ruleset.setLocalPod(name: "web/a", address: address("10.244.1.10"))
        return NamespacePlan(rulesets: [ruleset])
    }

    private func iptablesNode(_ entries: ServiceEntry...) -> NamespacePlan {
        var iptables = IPTables.node(nodeAddress: address("172.18.0.2"), podRange: prefix("10.244.0.0/16"))
        for entry in entries { _ = iptables.setService(entry) }
        return NamespacePlan(iptables: [iptables])
    }

    @Test func `a listing has every rule and element of a table, in nft's words`() throws {
        let node = node(Self.hello(["10.244.1.10:8080", "10.244.2.11:8080"]), Samples.service(3, endpoints: 5))
        let ruleset = try #require(node.rulesets[.v4])
        let lines = RuleListing(node).lines
        let elements = lines.filter { $0.kind == .element }
        #expect(elements.count == ruleset.elementsBySet.values.joined().count)
        #expect(Set(elements.map(\.text)) == Set(ruleset.elementsBySet.values.joined().map(\.text)))
        #expect(lines.filter { $0.kind == .rule }.map(\.text) == ruleset.chains.flatMap { $0.rules.map { $0.text() } })
        #expect(lines.allSatisfy { ($0.because == nil) == ($0.kind == .frame) })
    }

    @Test func `without its comments a listing of iptables is what iptables-save prints`() throws {
        let node = iptablesNode(Self.hello(["10.244.1.10:8080"]), Samples.service(3, endpoints: 5))
        let text = RuleListing(node).lines.map { $0.text + "\n" }.joined()
        #expect(text == node.iptables[.v4]?.text)
    }

    @Test func `a Service's excerpt has its entries with their reasons, and the draws that they lead to`() {
        let node = node(Self.hello(["10.244.1.10:8080", "10.244.2.11:8080"]), Samples.service(3, endpoints: 5))
        let listing = RuleListing(node, part: Ruleset.partName(service: "web/hello"))
        #expect(listing.text == Goldens.excerpt)
    }

    @Test func `an excerpt of nothing is empty`() {
        #expect(RuleListing(node(), part: Ruleset.partName(service: "web/hello")).lines.isEmpty)
        #expect(RuleListing(iptablesNode(), part: Ruleset.partName(service: "web/hello")).lines.isEmpty)
    }

    @Test(arguments: ["evil\n\tchain x {}\u{2028}.yaml:1", "\u{1b}[2J\r.yaml:1", "a\u{202e}lmay.b:1"])
    func `a reason stays in its comment, whatever the file is called`(_ location: String) {
        let good = node(Self.hello(["10.244.1.10:8080"]))
        let evil = node(Self.hello(["10.244.1.10:8080"], location: location))
        func lines(_ node: NamespacePlan) -> [Substring] {
            RuleListing(node).text.split(separator: "\n").map { $0.prefix { $0 != "#" } }
        }
        #expect(lines(good).map { $0.filter { $0 != " " } } == lines(evil).map { $0.filter { $0 != " " } })
        let hidden = RuleListing(evil).text.unicodeScalars.contains { scalar in
            scalar != "\n" && [.control, .format, .lineSeparator].contains(scalar.properties.generalCategory)
        }
        #expect(!hidden)
    }

    @Test(arguments: [60, 80, 120])
    func `on a terminal no line is longer than it is wide, but for words that are`(_ width: Int) {
        for node in [node(Self.hello(["10.244.1.10:8080"])), iptablesNode(Self.hello(["10.244.1.10:8080"]))] {
            for row in RuleListing(node).rows(width: width) {
                let line = row.text + row.comment
                let longest = line.split(separator: " ").map(\.count).max() ?? 0
                #expect(line.count <= width || longest > width - 24, "\(line)")
            }
        }
    }

    @Test func `a type that nft would not read back is given as it reads it`() throws {
        let lines = RuleListing(node()).lines
        func declaration(_ set: String) -> RuleLine? {
            lines.first { $0.place.hasSuffix(" " + set) && $0.text.hasPrefix("type ") }
        }
        #expect(declaration("pools")?.text == "type mark : mark")
        #expect(declaration("pools")?.readable == "type mark : classid")
        #expect(declaration("endpoints")?.readable == "type mark . classid : ipv4_addr . inet_service")
        #expect(declaration("service-ips")?.readable == nil)
        #expect(
            declaration("local-ips")?.readable
                == "typeof ip daddr . meta l4proto . th dport : numgen random mod 2")
    }

    // MARK: Differences

    private func texts(_ old: NamespacePlan, _ new: NamespacePlan) -> [String] {
        RuleDifference(from: old, to: new).sections.flatMap { section in
            section.changes.map { "\($0.isAdded ? "+" : "-") \(section.place): \($0.line.text)" }
        }
    }

    @Test func `an endpoint more is an element more, another number of endpoints, and their draw`() {
        let one = node(Self.hello(["10.244.1.10:8080"]))
        let two = node(Self.hello(["10.244.1.10:8080", "10.244.2.11:8080"]))
        #expect(
            texts(one, two) == [
                "- map pools: 0x00000007 : 0x00000001", "+ map pools: 0x00000007 : 0x00000002",
                "- map draws: 0x00000001 : jump pick-1", "+ map draws: 0x00000002 : jump pick-2",
                "+ map endpoints: 0x00000007 . 0x00000001 : 10.244.2.11 . 8080",
                "+ chain pick-2: chain pick-2 {",
                "+ chain pick-2: meta priority set numgen random mod 2", "+ chain pick-2: }",
                "- chain pick-1: chain pick-1 {",
                "- chain pick-1: meta priority set numgen random mod 1", "- chain pick-1: }",
            ])
    }

    @Test func `an endpoint more in iptables is told in its chains, in their order`() {
        let one = iptablesNode(Self.hello(["10.244.1.10:8080"]), Samples.service(3, endpoints: 5))
        let two = iptablesNode(Self.hello(["10.244.1.10:8080", "10.244.2.11:8080"]), Samples.service(3, endpoints: 5))
        let changes = texts(one, two)
        #expect(changes.count { $0.hasPrefix("-") } == 1, "\(changes)")
        #expect(changes.contains { $0.contains("--probability 0.50000000000") }, "\(changes)")
        #expect(changes.allSatisfy { $0.contains("KUBE-SEP-") || $0.contains("KUBE-SVC-") }, "\(changes)")
        #expect(texts(two, one).count == changes.count)
    }

    @Test func `a reason that moved to another line is no difference`() {
        let here = Self.hello(["10.244.1.10:8080"])
        let there = Self.hello(["10.244.1.10:8080"], location: "hello.yaml:99")
        #expect(texts(node(here), node(there)).isEmpty)
        #expect(texts(iptablesNode(here), iptablesNode(there)).isEmpty)
    }

    @Test func `another engine is another set of rules, and nothing is none`() {
        let entry = Self.hello(["10.244.1.10:8080"])
        let changes = RuleDifference(from: node(entry), to: iptablesNode(entry)).sections
        #expect(changes.contains { $0.table == "ip lab" && $0.changes.allSatisfy { !$0.isAdded } })
        #expect(changes.contains { $0.table == "iptables nat" && $0.changes.allSatisfy(\.isAdded) })
        #expect(RuleDifference(from: nil, to: nil).sections.isEmpty)
    }
}
