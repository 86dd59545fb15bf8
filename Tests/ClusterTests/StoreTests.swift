// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct StoreTests {
    @Test func `every write has the next revision, and the events since one tell them all`() throws {
        var lab = try Fixture()
        lab.run()
        let start = lab.cluster.store.revision
        try lab.apply(Text.all(Text.deployment(), Text.service()))
        lab.run()
        let events = try #require(lab.cluster.store.events(since: start))
        #expect(events.map(\.revision) == Array(start + 1...lab.cluster.store.revision))
        #expect(events.first?.kind == .added)
        for event in events where event.kind != .deleted { #expect(event.new?.resourceVersion == event.revision) }
        #expect(lab.cluster.store.events(since: lab.cluster.store.revision) == [])
    }

    @Test func `events that are no longer remembered are said to be gone`() throws {
        var lab = try Fixture()
        let key = ObjectKey("Node", "", "node-1")
        for count in 0..<20_000 { lab.cluster.update(key, now: lab.now) { $0.labels["n"] = String(count) } }
        #expect(lab.cluster.store.events(since: 1) == nil)
        #expect(lab.cluster.store.events(since: lab.cluster.store.revision - 8000)?.count == 8000)
    }

    @Test func `of large objects fewer events are remembered`() throws {
        var lab = try Fixture()
        let key = ObjectKey("Node", "", "node-1")
        let begin = lab.cluster.store.revision
        for count in 0..<200 {
            lab.cluster.update(key, now: lab.now) { $0.labels["n"] = String(repeating: "n", count: (1 << 20) + count) }
        }
        #expect(lab.cluster.store.events(since: begin) == nil)
        let end = lab.cluster.store.revision
        #expect(lab.cluster.store.events(since: end - 50)?.map(\.revision) == Array(end - 49...end))
        for count in 0..<1000 { lab.cluster.update(key, now: lab.now) { $0.labels["n"] = String(count) } }
        #expect(lab.cluster.store.events(since: end)?.count == 1000)
    }

    @Test func `an update that changes nothing is no write, and a change of spec is a new generation`() throws {
        var lab = try Fixture()
        try lab.apply(Text.deployment())
        let key = ObjectKey("Deployment", "default", "web")
        let revision = lab.cluster.store.revision
        #expect(!lab.cluster.update(key, now: lab.now) { $0.labels = $0.labels })
        #expect(
            !lab.cluster.update(ObjectKey("Deployment", "default", "none"), now: lab.now) { $0.labels = ["a": "b"] })
        #expect(lab.cluster.store.revision == revision)
        #expect(lab.cluster.update(key, now: lab.now) { $0.labels["a"] = "b" })
        #expect(try lab.object("Deployment", "web").generation == 1)
        #expect(lab.cluster.update(key, now: lab.now) { $0.value["spec", "replicas"] = 4 })
        #expect(try lab.object("Deployment", "web").generation == 2)
    }

    @Test func `objects have uids of version 4, creation times and names that are found by kind and namespace`() throws
    {
        let lab = try Fixture()
        let uids = lab.cluster.store.keys("Node").compactMap { lab.cluster.store[$0]?.uid }
        let form = try Regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
        #expect(uids.count == 3 && Set(uids).count == 3)
        for uid in uids { #expect(uid.wholeMatch(of: form) != nil) }
        #expect(lab.cluster.store.objects("Service", namespace: "default").map(\.name) == ["kubernetes"])
        #expect(lab.cluster.store.objects("Service", namespace: "kube-system").map(\.name) == ["kube-dns"])
        #expect(
            lab.cluster.store.keys("Namespace").map(\.name) == [
                "default", "kube-node-lease", "kube-public", "kube-system",
            ])
        #expect(try lab.object("Node", "node-2", "").creationTimestamp == "2027-01-15T08:00:00Z")
    }
}
