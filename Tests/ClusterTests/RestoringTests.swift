// SPDX-License-Identifier: Apache-2.0
import Cluster
import Dataplane
import Kubernetes
import Net
import Testing

/// A cluster that is made anew of what was kept of it is the cluster that it was.
@Suite struct RestoringTests {
    /// A cluster beside what is kept of it.
    private struct Kept {
        var lab: Fixture
        var image = StateImage()
        var log: [UInt8]

        init(_ lab: Fixture) {
            self.lab = lab
            log = image.snapshot()
        }

        /// Keeps what a settle gave.
        mutating func keep(_ changes: Changes) {
            log += image.record(changes.events.map(\.kept) + changes.kept + [lab.cluster.store.keptRevision]) ?? []
        }

        /// As `Fixture.run`, and keeps each step.
        mutating func run() {
            for _ in 0..<1000 {
                let changes = lab.settle()
                keep(changes)
                for pod in changes.podsToStart { lab.start(pod) }
                for key in changes.podsToStop { lab.cluster.podRemoved(key, now: lab.now) }
                for key in changes.loadBalancers { lab.cluster.publishLoadBalancer(key, now: lab.now) }
                if changes.events.isEmpty, changes.podsToStop.isEmpty { return }
            }
            Issue.record("the cluster does not come to rest")
        }

        /// Another cluster, of the log alone, after its first settle.
        func restored() throws -> (cluster: Cluster, changes: Changes) {
            let image = try #require(StateImage(log: log))
            var cluster = Cluster(lab.cluster.configuration, restoring: image, seed: 99, now: lab.now)
            for (name, namespace) in lab.cluster.plan.namespaces {
                for (family, ruleset) in namespace.rulesets {
                    cluster.setFormerTable(Self.former(ruleset), of: name, family)
                }
            }
            let changes = cluster.settle(now: lab.now)
            cluster.forgetFormerTables()
            return (cluster, changes)
        }

        /// What the kernel would tell of a table.
        private static func former(_ ruleset: Ruleset) -> Ruleset.Former {
            var elements: [String: [(key: [Datum], value: Element.Value)]] = [:]
            for case .addElements(let set, let more) in ruleset.difference(from: nil) {
                elements[set, default: []] += more.map { ($0.key, $0.value) }
            }
            return Ruleset.Former { elements[$0] ?? [] }
        }
    }

    private static func objects(_ store: Store) -> [ObjectKey: Object] {
        let kinds = Set(store.events(since: 0)?.map(\.key.kind) ?? [])
        return Dictionary(kinds.flatMap { store.objects($0) }.map { ($0.key, $0) }) { $1 }
    }

    /// The elements of all sets and the rules of all chains, in no order.
    private static func content(_ plan: Plan) -> [NamespaceName: Set<String>] {
        plan.namespaces.mapValues { namespace in
            var texts: Set<String> = []
            for ruleset in namespace.rulesets.values {
                for change in ruleset.difference(from: nil) {
                    if case .addElements(let set, let elements) = change {
                        texts.formUnion(elements.map { "\(ruleset.family) \(set) \($0.key) \($0.value)" })
                    } else if case .addChain(let chain) = change {
                        texts.insert("\(ruleset.family) \(chain.name) \(chain.rules.count)")
                    }
                }
            }
            return texts
        }
    }

    private static let manifest = Text.all(
        Text.deployment(), Text.service(),
        """
        apiVersion: v1
        kind: Service
        metadata: {name: sticky}
        spec: {type: LoadBalancer, externalTrafficPolicy: Local, sessionAffinity: ClientIP, selector: {app: web}, ports: [{name: a, port: 80}, {name: b, port: 81, protocol: UDP}]}
        """,
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: own, labels: {app: web}}
        spec: {nodeName: node-2, containers: [{name: c, image: i, ports: [{containerPort: 80, hostPort: 8080}]}]}
        """)

    @Test func `objects, places, the plan and its slots are the same, and nothing is written`() throws {
        var kept = Kept(try Fixture())
        try kept.lab.apply(Self.manifest)
        kept.run()
        // The order of slots is one that only history explains.
        for pod in kept.lab.pods().prefix(2) {
            kept.lab.setReady(pod.key, false)
            kept.run()
            kept.lab.setReady(pod.key, true)
            kept.run()
        }
        let (cluster, changes) = try kept.restored()
        #expect(changes.events.isEmpty, "\(changes.events.map(\.key))")
        #expect(changes.podsToStart.isEmpty && changes.podsToStop.isEmpty && changes.loadBalancers.isEmpty)
        #expect(cluster.store.revision == kept.lab.cluster.store.revision)
        for (key, object) in Self.objects(kept.lab.cluster.store) { #expect(cluster.store[key] == object, "\(key)") }
        #expect(cluster.store.count == kept.lab.cluster.store.count)
        #expect(cluster.placedPods.map(\.assignment) == kept.lab.cluster.placedPods.map(\.assignment))
        let (is_, was) = (Self.content(cluster.plan), Self.content(kept.lab.cluster.plan))
        for (name, texts) in was {
            #expect(is_[name] == texts, "\(name): \(texts.symmetricDifference(is_[name] ?? []))")
        }
        #expect(cluster.plan.difference(from: kept.lab.cluster.plan).filter { !$0.isRules }.isEmpty)
    }

    @Test func `what a controller had yet to do is done`() throws {
        var kept = Kept(try Fixture())
        try kept.lab.apply(Self.manifest)
        kept.run()
        // Killed before the controllers ran: the write is kept, what follows from it is not.
        let key = ObjectKey("Deployment", "default", "web")
        let now = kept.lab.now
        kept.lab.cluster.update(key, now: now) { $0.spec["replicas"] = 5 }
        let write = StateChange("object Deployment/default/web", kept.lab.cluster.store[key]?.value)
        kept.log += kept.image.record([write]) ?? []
        let (_, changes) = try kept.restored()
        #expect(changes.podsToStart.count == 2)
    }

    @Test func `a Pod that was to stop is told so again, and a later one of its name waits for its place`() throws {
        var kept = Kept(try Fixture())
        try kept.lab.apply(Self.manifest)
        kept.run()
        let own = ObjectKey("Pod", "default", "own")
        kept.lab.cluster.delete([own], now: kept.lab.now)
        kept.keep(kept.lab.settle())
        #expect(try kept.restored().changes.podsToStop == [own])
    }

    @Test func `addresses and ports that are taken stay so`() throws {
        var kept = Kept(try Fixture())
        try kept.lab.apply(Self.manifest)
        kept.run()
        var (cluster, _) = try kept.restored()
        let taken = try kept.lab.service("sticky")
        let document = """
            apiVersion: v1
            kind: Service
            metadata: {name: thief}
            spec: {type: NodePort, clusterIP: \(taken.clusterAddresses[0]), ports: [{port: 1}]}
            """
        #expect(throws: Refusal.self) {
            _ = try cluster.apply(try Manifest.read(Array(document.utf8), file: "t.yaml"), now: kept.lab.now)
        }
        let used = Set(cluster.placedPods.flatMap(\.assignment.addresses))
        _ = try cluster.apply(
            try Manifest.read(Array(Text.deployment("more", replicas: 9).utf8), file: "m.yaml"), now: kept.lab.now)
        let added = cluster.settle(now: kept.lab.now).podsToStart.flatMap(\.addresses)
        #expect(added.count == 9 && used.isDisjoint(with: added))
    }

    @Test(arguments: 1...40) func `random clusters come back as they were`(seed: Int) throws {
        let random = RandomCluster(seed: UInt64(seed))
        var kept = Kept(try Fixture(nodes: random.nodes))
        for pod in random.pods { try kept.lab.apply(pod.text) }
        for service in random.services { try kept.lab.apply(service.text) }
        kept.run()
        let (cluster, changes) = try kept.restored()
        #expect(changes.events.isEmpty, "\(changes.events.map(\.key))")
        #expect(Self.content(cluster.plan) == Self.content(kept.lab.cluster.plan))
    }

    @Test func `what waits for a moment goes on waiting, though the clock was set`() throws {
        var kept = Kept(try Fixture())
        try kept.lab.apply(Text.deployment(more: "  minReadySeconds: 30"))
        kept.run()
        kept.lab.now.seconds -= 3600
        kept.lab.cluster.moveAlarms(milliseconds: -3_600_000)
        let left = try #require(kept.lab.settle().wakeAfter)
        #expect(left <= 31_000, "an hour back, and it still waits for half a minute: \(left) ms")
    }
}

extension Step {
    /// True for changes of rules, which are compared by what they come to.
    fileprivate var isRules: Bool { if case .rules = self { true } else { false } }
}
