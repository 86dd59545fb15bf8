// SPDX-License-Identifier: Apache-2.0
import Server
import Testing

@Suite struct AuthorityTests {
    @Test func `certificates are made quickly, and are good after they were kept as text`() async throws {
        let clock = ContinuousClock()
        var times: [Duration] = []
        var made: Authority?
        for _ in 0..<5 {
            times.append(
                try clock.measure {
                    made = try Authority(
                        name: String(repeating: "long-", count: 30), names: ["localhost"],
                        addresses: [[127, 0, 0, 1], [UInt8](repeating: 0, count: 15) + [1]])
                })
        }
        #expect(try #require(times.min()) < .milliseconds(10))
        let authority = try #require(made)
        let kept = Authority(
            certificate: authority.certificate, servingCertificate: authority.servingCertificate,
            servingKey: authority.servingKey)
        #expect(kept == authority)
        let server = try HTTPServer(kept, try TestLab())
        let port = try await server.listenOnLoopback()
        let client = try await TestClient(port, authority)
        client.send(TestServer.text("GET /version"))
        #expect(try await client.response().code == 200)
        client.close()
        await server.shutDown()
    }

    @Test func `a client that trusts another authority does not connect`() async throws {
        try await TestServer.run { server in
            let other = try Authority(name: "test", names: ["localhost"], addresses: [])
            let client = try await TestClient(server.port, other)
            client.send(TestServer.text("GET /version"))
            #expect(try await client.wait { client.isClosed })
            #expect(client.received.isEmpty)
        }
    }

    @Test func `text that is no certificate is refused`() throws {
        let nothing = Authority(certificate: "", servingCertificate: "no", servingKey: "no")
        #expect(throws: (any Error).self) { try HTTPServer(nothing, try TestLab()) }
    }
}
