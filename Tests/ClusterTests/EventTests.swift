// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct EventTests {
    private static let web = ObjectKey("ConfigMap", "default", "web")
    private static let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"

    private func note(_ message: String = "it did", about key: ObjectKey = web) -> EventNote {
        EventNote(.normal, "Done", message, about: key, from: "test")
    }

    @Test func `what happens to an object is kept as an Event beside it`() throws {
        var fixture = try Fixture()
        try fixture.apply(Self.manifest)
        fixture.cluster.record(note(), now: fixture.now)
        let event = try #require(fixture.cluster.store.objects("Event", namespace: "default").first)
        #expect(event.value["involvedObject", "name"] == "web")
        #expect(event.value["involvedObject", "uid"]?.string == fixture.cluster.store[Self.web]?.uid)
        #expect(event.value["reason"] == "Done")
        #expect(event.value["count"] == 1)
    }

    @Test func `the same again counts up, and says when it was last`() throws {
        var fixture = try Fixture()
        try fixture.apply(Self.manifest)
        fixture.cluster.record(note(), now: fixture.now)
        let later = fixture.now.advanced(milliseconds: 60_000)
        fixture.cluster.record(note(), now: later)
        fixture.cluster.record(note("it did not"), now: later)
        let events = fixture.cluster.store.objects("Event", namespace: "default")
        #expect(events.count == 2)
        let repeated = try #require(events.first { $0.value["message"] == "it did" })
        #expect(repeated.value["count"] == 2)
        #expect(repeated.value["lastTimestamp"]?.string == later.description)
        #expect(repeated.value["firstTimestamp"]?.string == fixture.now.description)
    }

    @Test func `an object that is not there gets no Event`() throws {
        var fixture = try Fixture()
        fixture.cluster.record(note(about: ObjectKey("Pod", "default", "gone")), now: fixture.now)
        #expect(fixture.cluster.store.objects("Event").isEmpty)
    }

    @Test func `what happens to a Node is kept in the default namespace`() throws {
        var fixture = try Fixture()
        fixture.cluster.record(note(about: ObjectKey("Node", "", "node-1")), now: fixture.now)
        #expect(fixture.cluster.store.objects("Event", namespace: "default").count == 1)
    }

    @Test func `the oldest Events go when there are too many, and all after an hour`() throws {
        var fixture = try Fixture()
        try fixture.apply(Self.manifest)
        for number in 0..<2500 { fixture.cluster.record(note("\(number)"), now: fixture.now) }
        let events = fixture.cluster.store.objects("Event")
        #expect(events.count == 2000)
        #expect(!events.contains { $0.value["message"] == "499" })
        fixture.cluster.record(note("late"), now: fixture.now.advanced(milliseconds: 3_700_000))
        #expect(fixture.cluster.store.objects("Event").map { $0.value["message"] } == ["late"])
    }
}
