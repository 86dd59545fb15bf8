// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// What a change of manifests does to rules and journeys.
@Suite struct ComparisonTests {
    private static let pods = Text.all(
        Text.pod("a", spec: "  nodeName: node-1"), Text.pod("b", spec: "  nodeName: node-2"),
        Text.pod("client", labels: "app: client", spec: "  nodeName: node-3"))

    private func cluster(_ yaml: String) throws -> Fixture {
        var lab = try Fixture()
        try lab.apply(yaml)
        lab.cluster.assumeRunning(now: lab.now)
        return lab
    }

    private func comparison(_ old: String, _ new: String, _ service: String? = nil) throws -> PlanComparison {
        let before = try cluster(old)
        var after = before.cluster
        let documents = try Manifest.read(Array(new.utf8), file: "new.yaml")
        try after.change(to: documents, replaces: true, now: before.now)
        let key = service.map { ObjectKey("Service", "default", $0) }
        return PlanComparison(from: before.cluster, to: after, service: key)
    }

    private func lines(_ comparison: PlanComparison) -> [String] {
        comparison.rules.flatMap { rule in rule.section.changes.map { ($0.isAdded ? "+" : "-") + $0.line.text } }
    }

    @Test func `the same manifest, moved and reordered, changes nothing`() throws {
        let old = Text.all(Text.service("web", type: "LoadBalancer"), Self.pods)
        let new = "# one line more\n" + Text.all(Self.pods, Text.service("web", type: "LoadBalancer"))
        let comparison = try comparison(old, new)
        #expect(comparison.isEmpty, "\(lines(comparison))")
        #expect(comparison.pods.isEmpty)
    }

    @Test func `a Service more takes nothing from those that are there`() throws {
        let old = Text.all(Text.service("web"), Self.pods)
        let comparison = try comparison(old, Text.all(old, Text.service("client")))
        #expect(lines(comparison).allSatisfy { $0.hasPrefix("+") }, "\(lines(comparison))")
        #expect(!comparison.journeys.isEmpty)
        #expect(comparison.journeys.allSatisfy { $0.service.name == "client" && $0.before == nil })
        #expect(comparison.journeys.allSatisfy { $0.after?.ends.map(\.place) == ["default/client"] })
    }

    @Test func `a selector that finds nobody turns answers into refusals, and says why`() throws {
        let comparison = try comparison(
            Text.all(Text.service("web"), Self.pods), Text.all(Text.service("web", app: "wbe"), Self.pods))
        let host = try #require(comparison.journeys.first { $0.origins.contains("host") })
        #expect(host.before?.ends.map(\.share.description) == ["1/2", "1/2"])
        #expect(host.before?.ends.map(\.place) == ["default/a", "default/b"])
        #expect(host.before?.headline.hasPrefix("delivered: ") == true)
        #expect(host.after?.ends.map(\.outcome) == ["rejected"])
        #expect(host.after?.headline.hasPrefix("refused: ") == true)
        #expect(host.before?.socket == host.after?.socket)
        // So it is from a Pod on each node.
        #expect(
            comparison.journeys.flatMap(\.origins) == [
                "host", "pod default/a on node-1", "pod default/b on node-2", "pod default/client on node-3",
            ])
        #expect(comparison.journeys.allSatisfy { $0.after?.ends.map(\.outcome) == ["rejected"] })
        #expect(lines(comparison).contains { $0.hasPrefix("-") && $0.contains("10.244.0.2 . 8080") })
        #expect(comparison.rules.contains { $0.namespaces == ["node-1", "node-2", "node-3"] })
    }

    @Test func `externalTrafficPolicy Local changes who answers at which node, not the cluster address`() throws {
        let old = Text.all(Text.service("web", type: "NodePort"), Self.pods)
        let new = Text.all(
            Text.service("web", type: "NodePort", more: "  externalTrafficPolicy: Local"), Self.pods)
        let comparison = try comparison(old, new)
        let doors = Set(comparison.journeys.map(\.door))
        #expect(
            doors
                == ["node port on node-1", "node port on node-2", "node port on node-3"].map { $0 + ", port 80/TCP" }
                .asSet)
        let bare = try #require(comparison.journeys.first { $0.door.hasPrefix("node port on node-3") })
        #expect(bare.after?.ends.map(\.outcome) == ["dropped"])
        let first = try #require(comparison.journeys.first { $0.door.hasPrefix("node port on node-1") })
        #expect(first.after?.ends.map(\.place) == ["default/a"])
        // The client's own address is seen now.
        #expect(first.before?.ends.contains { $0.detail == "172.18.0.2" } == true)
        #expect(first.after?.ends.map(\.detail) == ["172.18.0.254"])
        let causes = comparison.rules.flatMap { $0.section.changes.compactMap(\.line.because) }
        #expect(causes.contains { $0.field.hasPrefix("spec.") && $0.location.hasPrefix("new.yaml:") })
    }

    @Test func `what is no longer in the manifest goes, with its journeys`() throws {
        let comparison = try comparison(Text.all(Text.service("web"), Self.pods), Self.pods)
        #expect(lines(comparison).allSatisfy { $0.hasPrefix("-") }, "\(lines(comparison))")
        #expect(comparison.journeys.allSatisfy { $0.after == nil && $0.before != nil })
        #expect(!comparison.journeys.isEmpty)
    }

    @Test func `a Pod more is told, and takes its share`() throws {
        let old = Text.all(Text.service("web"), Self.pods)
        let comparison = try comparison(old, Text.all(old, Text.pod("d", spec: "  nodeName: node-3")))
        #expect(comparison.pods.map { "\($0.isAdded ? "+" : "-")\($0.pod.name) \($0.node)" } == ["+d node-3"])
        let host = try #require(comparison.journeys.first { $0.origins.contains("host") })
        #expect(host.after?.ends.map(\.share.description) == ["1/3", "1/3", "1/3"])
    }

    @Test func `one Service is compared alone`() throws {
        let old = Text.all(Text.service("web"), Text.service("client"), Self.pods)
        let new = Text.all(Text.service("web", app: "else"), Text.service("client", app: "none"), Self.pods)
        let comparison = try comparison(old, new, "web")
        #expect(Set(comparison.journeys.map(\.service.name)) == ["web"])
        let parts = Set(comparison.rules.flatMap { $0.section.changes.compactMap(\.line.part) })
        #expect(parts == ["service default/web"])
    }

    @Test func `walks beyond the limit are counted, not walked`() throws {
        let before = try cluster(Text.all(Text.service("web"), Self.pods))
        var after = before.cluster
        let documents = try Manifest.read(Array(Text.all(Text.service("web", app: "x"), Self.pods).utf8), file: "n")
        try after.change(to: documents, replaces: true, now: before.now)
        let comparison = PlanComparison(from: before.cluster, to: after, limit: 1)
        #expect(comparison.walked == 0)
        #expect(comparison.omitted > 0)
        #expect(!comparison.rules.isEmpty)
    }

    // MARK: A node's rules

    @Test func `a node's rules are found by its name, and a Service's by its own`() throws {
        let lab = try cluster(Text.all(Text.service("web"), Self.pods))
        let value = try lab.cluster.rulesValue(of: "node-1", service: "web")
        let lines = (value["lines"]?.elements ?? []).compactMap(RuleLine.init)
        #expect(lines == (try lab.cluster.rules(of: "node-1", service: ObjectKey("Service", "default", "web"))).lines)
        #expect(Set(lines.compactMap(\.part)) == ["service default/web"])
        let elements = lines.filter { $0.kind == .element && $0.part != nil }
        #expect(elements.allSatisfy { $0.because?.location.hasPrefix("test.yaml:") == true })
        #expect(throws: QuestionError.self) { try lab.cluster.rulesValue(of: "node-9") }
        #expect(throws: QuestionError.self) { try lab.cluster.rulesValue(of: "node-1", service: "wbe") }
        #expect(try lab.cluster.rules(of: "edge").lines.isEmpty == false)
    }
}

extension [String] {
    fileprivate var asSet: Set<String> { Set(self) }
}
