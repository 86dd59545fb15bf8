// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Server
import Testing

@Suite struct WatchTests {
    private static let namespace =
        #"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"NAME","namespace":"default"}}"#

    private static func create(_ server: TestServer, _ name: String) async throws -> Int {
        try await server.request(
            "POST /api/v1/namespaces/default/configmaps", ["Content-Type: application/json"],
            body: namespace.replacing("NAME", with: name)
        ).code
    }

    @Test func `an event is sent at once, and the lab hears when the client goes`() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            client.send(TestServer.text("GET /api/v1/namespaces/default/configmaps?watch=1"))
            #expect(try await client.wait { await server.lab.opened == 1 })
            #expect(try await WatchTests.create(server, "first") == 201)
            let isThere = { String(decoding: client.received, as: UTF8.self).contains(#""name":"first""#) }
            #expect(try await client.wait(seconds: 2, until: isThere))
            #expect(await server.lab.closed == 0)
            client.close()
            #expect(try await client.wait { await server.lab.closed == 1 })
        }
    }

    @Test func `a watch ends after its time, and the connection lives on`() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            client.send(TestServer.text("GET /api/v1/namespaces?watch=1&timeoutSeconds=1"))
            let answer = try await client.response()
            #expect(answer.code == 200)
            #expect(answer.text.split(separator: "\n").count >= 4)
            #expect(try await client.wait { await server.lab.closed == 1 })
            client.send(TestServer.text("GET /version"))
            #expect(try await client.response().code == 200)
            #expect(await server.lab.closed == 1)
        }
    }

    @Test func `a watch that the lab ends is ended for the client`() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            client.send(TestServer.text("GET /api/v1/namespaces?watch=1"))
            #expect(try await client.wait { await server.lab.opened == 1 })
            await server.lab.tellAll(nil)
            #expect(try await client.response().code == 200)
            #expect(try await client.wait { await server.lab.closed == 1 })
        }
    }

    @Test func `a client that does not read its events is given up`() async throws {
        var limits = ServerLimits()
        limits.watchBytes = 1_000_000
        try await TestServer.run(limits: limits) { server in
            let client = try await server.connect()
            client.send(TestServer.text("GET /api/v1/namespaces?watch=1"))
            #expect(try await client.wait { await server.lab.opened == 1 })
            try await client.stopReading()
            let event = [UInt8](repeating: UInt8(ascii: " "), count: 100_000)
            // More than the kernel's buffers take.
            for _ in 0..<300 { await server.lab.tellAll(event) }
            #expect(try await client.wait { await server.lab.closed == 1 })
            #expect(try await client.wait { server.server.connectionCount == 0 })
        }
    }
}
