// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import LabKit
import Net
import Testing

/// One lab for many questions: what LabKit says of requests is what happened.
@Suite(.serialized, .enabled(if: Lab.obstacle == nil)) struct PlaceTests {
    @Test func `requests, datagrams and names come from the place that asks, and tell how they ended`() async throws {
        let lab = try await Lab.up(manifest: twoVersions)
        try await lab.using { lab in
            let client = lab.pod("client")
            let address = try #require(try await lab.get("pod/client", "{.status.podIP}"))

            // Who answers, and whom it sees: within the cluster the client's own address.
            let reply = try await client.curl("http://web/")
            #expect(reply.outcome == .delivered && reply.status == 200)
            #expect(reply.answeredBy?.hasPrefix("blue-") == true)
            #expect(reply.seenSource?.description == address)
            #expect(reply.body.hasPrefix("Hello from Pod blue-"))

            // Every ending that there is.
            #expect(try await client.curl("http://nobody/").outcome == .refused)
            #expect(try await client.curl("http://web:81/").outcome == .refused)
            #expect(try await client.curl("http://no-such-name/").outcome == .unresolved)
            #expect(try await client.curl("http://192.0.2.1/", timeout: .milliseconds(300)).outcome != .delivered)
            #expect(try await client.curl("http://web/echo?code=503").isFailure)
            await #expect(throws: LabFailure.self) { try await client.get("http://web/echo?code=404") }
            await #expect(throws: LabFailure.self) { try await client.curl("gopher://web/") }

            // Kept connections have one client's port; new ones have many.
            var request = WebRequest(from: .host, url: "http://web/")
            request.pace = Pace(count: 20)
            request.connections = .keepAlive
            #expect(Set(try await client.request(request).compactMap(\.client?.port)).count == 1)
            request.connections = .new
            #expect(Set(try await client.request(request).compactMap(\.client?.port)).count > 1)

            // UDP and names.
            let echoes = try await lab.host.udp("web:7", payload: "hostname", count: 10)
            #expect(echoes.allSatisfy { $0.answeredBy?.hasPrefix("blue-") == true })
            #expect(try await client.udp("web:7", payload: "as it is").first?.body == "as it is")
            let found = try await client.resolve("web")
            #expect(found.answers == [try await lab.get("service/web", "{.spec.clusterIP}")].compactMap { $0 })
            #expect(try await client.resolve("no-such-name").code == "NXDOMAIN")

            // Programs.
            let ended = try await client.run(["sh", "-c", "cat; hostname; exit 4"], input: "in ")
            #expect(ended == .init(exitCode: 4, output: "in client\n", errorOutput: ""))
            #expect(try await lab.node("node-1").run(["ip", "route"]).output.contains("10.244."))

            // HTTPS, with the lab's own authority.
            let secure = try await client.curl("https://kubernetes.default.svc/version")
            #expect(secure.status == 200, "\(secure)")
        }
    }

    @Test func `two thousand requests a second are no effort, and each is there`() async throws {
        let lab = try await Lab.up(manifest: twoVersions)
        try await lab.using { lab in
            var request = WebRequest(from: .host, url: "http://web/")
            request.pace = Pace(count: 3000, rate: 2000)
            let began = lab.moment
            let replies = try await lab.host.request(request)
            let time = lab.moment - began
            #expect(replies.count == 3000 && replies.allSatisfy { !$0.isFailure })
            // The pace is kept, as far as the machine lets anyone keep one.
            #expect(time > .milliseconds(1400) && time < .seconds(6), "3000 took \(time)")
        }
    }

    @Test func `what goes on meanwhile is told with its moments`() async throws {
        let lab = try await Lab.up(manifest: twoVersions)
        try await lab.using { lab in
            let clients = try await lab.background("http://web/", from: lab.pod("client"), rate: 200)
            try await Task.sleep(for: .milliseconds(200))
            #expect(await clients.replies().allSatisfy { !$0.isFailure })
            let before = lab.moment
            try await lab.scale("deployment/blue", 0)
            try await lab.eventually("requests fail") {
                await clients.replies(since: before).contains(where: \.isFailure)
            }
            let failed = await clients.replies().filter(\.isFailure)
            #expect(failed.allSatisfy { $0.began + $0.latency >= before })
            await clients.stop()
            let count = await clients.replies().count
            try await Task.sleep(for: .milliseconds(50))
            #expect(await clients.replies().count == count)
        }
    }

    @Test func `a body that throws, or is cancelled, leaves no lab`() async throws {
        struct Stop: Error {}
        var settings = LabSettings()
        settings.name = "kit-throws"
        let thrown = try await Lab.up(manifest: twoVersions, settings)
        await #expect(throws: Stop.self) { try await thrown.using { _ in throw Stop() } }
        #expect(Bench.remains("kit-throws").isEmpty)

        settings.name = "kit-cancelled"
        let cancelled = try await Lab.up(manifest: twoVersions, settings)
        let task = Task { try await cancelled.using { _ in try await Task.sleep(for: .seconds(60)) } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(Bench.remains("kit-cancelled").isEmpty)

        // Refused: nothing was made.
        await #expect(throws: (any Error).self) { try await Lab.up(manifest: "kind: Pot", settings) }
        #expect(Bench.remains("kit-cancelled").isEmpty)
    }
}
