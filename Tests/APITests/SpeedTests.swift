// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Kubernetes
import Testing

/// Times are printed by the run; the bounds are wide, for machines that are busy with other things.
@Suite struct SpeedTests {
    private static let pods = "/api/v1/namespaces/default/pods"

    private func fixture(pods count: Int) throws -> APIFixture {
        var fixture = try APIFixture()
        let containers: Value = [["name": "c", "image": "img:1", "ports": [["containerPort": 80]]]]
        for number in 0..<count {
            let pod: Value = [
                "metadata": ["name": .string("web-\(number)"), "labels": ["app": "web"]],
                "spec": ["containers": containers],
            ]
            let text = pod.json()
            let request = APIFixture.request(
                .post, Self.pods, text: text, type: "application/json", user: .admin)
            guard case .answer(let answer) = fixture.api.respond(to: request, &fixture.cluster, now: fixture.now),
                answer.status == 201
            else { throw APIFixture.Unexpected(what: "no Pod") }
        }
        return fixture
    }

    @Test func `a thousand Pods are listed in a moment`() throws {
        var fixture = try fixture(pods: 1000)
        let request = Request(.get, "/api/v1/pods", user: .admin)
        let clock = ContinuousClock()
        var bytes = 0
        let time = try clock.measure {
            guard case .answer(let answer) = fixture.api.respond(to: request, &fixture.cluster, now: fixture.now) else {
                throw APIFixture.Unexpected(what: "no list")
            }
            bytes = answer.body().count
        }
        print("list of 1,000 Pods: \(bytes) bytes in \(time)")
        #expect(bytes > 500_000)
        #expect(time < .seconds(5))
    }

    @Test func `an event for a hundred watches costs little more than for one`() throws {
        var fixture = try fixture(pods: 100)
        let revision = fixture.cluster.store.revision
        var hub = WatchHub()
        for _ in 0..<100 {
            _ = hub.open(
                try fixture.watch("\(Self.pods)?watch=true&resourceVersion=\(revision)&labelSelector=app%3Dweb"))
        }
        for number in 0..<100 {
            let key = ObjectKey("Pod", "default", "web-\(number)")
            let now = fixture.now
            fixture.cluster.update(key, now: now) { $0.annotations = ["n": "1"] }
        }
        let events = try #require(fixture.cluster.store.events(since: revision))
        var lines = 0
        let time = ContinuousClock().measure { lines = hub.feed(events, now: fixture.now).count }
        print("\(lines) lines of \(events.count) events to 100 watches in \(time)")
        #expect(lines >= 10_000)
        #expect(time < .seconds(5))
    }
}
