// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

@Suite struct WatchTests {
    private let url = APIFixture.services

    /// The summaries of what one watch is told of everything after its opening.
    private func told(_ fixture: APIFixture, _ watch: Watch) -> [String] {
        var hub = WatchHub()
        let number = hub.open(watch)
        let events = fixture.cluster.store.events(since: watch.revision) ?? []
        return hub.feed(events, now: fixture.now).filter { $0.watch == number }.map { Watch.summary($0.bytes) }
    }

    @Test func `without a revision everything there is comes first`() throws {
        var fixture = try APIFixture()
        try fixture.make(url, APIFixture.service("a"))
        #expect(try fixture.watch(url + "?watch=true").told == ["ADDED a", "ADDED kubernetes"])
        #expect(try fixture.watch("/api/v1/watch/namespaces/default/services").told.count == 2)
        #expect(try fixture.watch(url + "?watch=1&resourceVersion=0").told.count == 2)
    }

    @Test func `from a revision on everything later is told, and then what comes`() throws {
        var fixture = try APIFixture()
        let revision = fixture.cluster.store.revision
        try fixture.make(url, APIFixture.service("a"))
        try fixture.value(.delete, url + "/a")
        let watch = try fixture.watch(url + "?watch=true&resourceVersion=\(revision)")
        #expect(watch.told == ["ADDED a", "DELETED a"])
        try fixture.make(url, APIFixture.service("b"))
        #expect(told(fixture, watch) == ["ADDED b"])
    }

    @Test func `an object that begins or ceases to match is added or deleted`() throws {
        var fixture = try APIFixture()
        let watch = try fixture.watch(url + "?watch=true&labelSelector=color%3Dred")
        #expect(watch.told.isEmpty)
        try fixture.make(url, APIFixture.service("a", labels: "color: blue"))
        for color in ["red", "red2", "red"] {
            let patch: Value = ["metadata": ["labels": ["color": .string(color)]]]
            try fixture.value(.patch, url + "/a", patch, type: "application/merge-patch+json")
        }
        let more: Value = ["metadata": ["labels": ["more": "yes"]]]
        try fixture.value(.patch, url + "/a", more, type: "application/merge-patch+json")
        #expect(told(fixture, watch) == ["ADDED a", "DELETED a", "ADDED a", "MODIFIED a"])
    }

    @Test func `a deleted object comes with the revision of its deletion`() throws {
        var fixture = try APIFixture()
        try fixture.make(url, APIFixture.service("a"))
        let watch = try fixture.watch(url + "?watch=true&resourceVersion=\(fixture.cluster.store.revision)")
        try fixture.value(.delete, url + "/a")
        var hub = WatchHub()
        _ = hub.open(watch)
        let events = try #require(fixture.cluster.store.events(since: watch.revision))
        let lines = hub.feed(events, now: fixture.now)
        let event = try Value(json: try #require(lines.last).bytes)
        let revision = try #require(events.last { $0.key.name == "a" && $0.key.kind == "Service" }).revision
        #expect(event["object"]?["metadata"]?["resourceVersion"]?.string == String(revision))
    }

    @Test func `initial events end with a bookmark that says so`() throws {
        var fixture = try APIFixture()
        let query = "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
        let watch = try fixture.watch(url + query)
        #expect(watch.told == ["ADDED kubernetes", "BOOKMARK "])
        let mark = try Value(json: try #require(watch.opening.last))
        #expect(mark["object"]?["metadata"]?["annotations"]?["k8s.io/initial-events-end"] == "true")
        #expect(mark["object"]?["kind"] == "Service")
        #expect(mark["object"]?["metadata"]?["resourceVersion"]?.string == String(fixture.cluster.store.revision))
    }

    @Test(arguments: [
        "sendInitialEvents=true", "resourceVersionMatch=NotOlderThan",
        "sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1",
    ])
    func `what watch-list needs and does not get is refused`(_ query: String) throws {
        var fixture = try APIFixture()
        let value = try fixture.value(.get, "\(url)?watch=true&\(query)", status: 422)
        #expect(value["details"]?["kind"] == "ListOptions")
        #expect(value["details"]?["causes"]?.elements.first?["field"] == "resourceVersionMatch")
    }

    @Test func `a history that is lost ends the watch with 410`() throws {
        var fixture = try APIFixture()
        let key = ObjectKey("Service", "default", "kubernetes")
        let now = fixture.now
        for number in 0..<30_000 {
            fixture.cluster.update(key, now: now) { $0.annotations = ["n": String(number)] }
        }
        let answer = try fixture.answer(.get, url + "?watch=true&resourceVersion=1")
        #expect(answer.status == 200)
        let event = try Value(json: answer.body())
        #expect(event["type"] == "ERROR")
        #expect(event["object"]?["code"] == 410)
        #expect(event["object"]?["reason"] == "Expired")
    }

    @Test func `each event is told once to all who see it alike`() throws {
        var fixture = try APIFixture()
        var hub = WatchHub()
        let revision = fixture.cluster.store.revision
        let numbers = try (0..<100).map { _ in
            hub.open(try fixture.watch(url + "?watch=true&resourceVersion=\(revision)"))
        }
        let other = hub.open(
            try fixture.watch("/api/v1/namespaces/other/services?watch=true&resourceVersion=\(revision)"))
        try fixture.make(url, APIFixture.service("a"))
        let events = try #require(fixture.cluster.store.events(since: revision))
        let lines = hub.feed(events, now: fixture.now)
        #expect(Set(lines.map(\.watch)) == Set(numbers))
        #expect(!lines.contains { $0.watch == other })
        for number in numbers { hub.close(number) }
        #expect(hub.feed(events, now: fixture.now).isEmpty)
    }

    @Test func `a watch of a table has the columns once`() throws {
        var fixture = try APIFixture()
        let accept = ["accept": "application/json;as=Table;v=v1;g=meta.k8s.io"]
        let watch = try fixture.watch(url + "?watch=true", headers: accept)
        let first = try Value(json: try #require(watch.opening.first))
        #expect(first["object"]?["columnDefinitions"]?.elements.isEmpty == false)
        try fixture.make(url, APIFixture.service("a"))
        var hub = WatchHub()
        _ = hub.open(watch)
        let events = try #require(fixture.cluster.store.events(since: watch.revision))
        let line = try #require(hub.feed(events, now: fixture.now).first)
        let second = try Value(json: line.bytes)
        #expect(second["object"]?["kind"] == "Table")
        #expect(second["object"]?["columnDefinitions"]?.elements.isEmpty == true)
        #expect(second["object"]?["rows"]?.elements.first?["cells"]?.elements.first == "a")
    }

    @Test func `bookmarks go to those who want them`() throws {
        var fixture = try APIFixture()
        var hub = WatchHub()
        let wanting = hub.open(try fixture.watch(url + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=7"))
        _ = hub.open(try fixture.watch(url + "?watch=true"))
        try fixture.make(url, APIFixture.service("a"))
        #expect(hub.bookmarks(fixture.cluster.store.revision).map(\.watch) == [wanting])
    }
}
