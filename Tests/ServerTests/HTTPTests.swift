// SPDX-License-Identifier: Apache-2.0
import API
import Kubernetes
import Server
import Testing

@Suite struct HTTPTests {
    @Test func `an answer has the header fields of a real server`() async throws {
        try await TestServer.run { server in
            let answer = try await server.request("GET /version")
            #expect(answer.code == 200)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.headers["cache-control"] == "no-cache, private")
            #expect(answer.headers["audit-id"]?.count == 36)
            #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
            #expect(answer.value?["gitVersion"]?.string != nil)
        }
    }

    @Test func `requests that were sent at one stroke are answered in order on the one connection`() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let pod = TestServer.text("GET /api/v1/namespaces/default/pods/one")
            client.send(
                TestServer.text("GET /version") + pod + TestServer.text("HEAD /version") + TestServer.text("GET /api"))
            #expect(try await client.response().value?["major"]?.string == "1")
            #expect(try await client.response().value?["metadata"]?["name"]?.string == "one")
            let head = try await client.response(isHead: true)
            #expect(head.code == 200 && head.headers["content-length"] != "0")
            #expect(try await client.response().value?["kind"]?.string == "APIVersions")
            #expect(!client.isClosed)
        }
    }

    @Test(arguments: [
        ("Authorization: Bearer wrong", 401), ("Authorization: bearer  secret", 200),
        ("Authorization: Basic c2Vj", 401),
        ("X-Nothing: none", 401), ("Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.c2VjcmV0", 200),
        ("Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.d3Jvbmc", 401),
    ])
    func `only a bearer token opens the API`(header: String, code: Int) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            client.send("GET /api/v1/namespaces HTTP/1.1\r\nHost: localhost\r\n\(header)\r\n\r\n")
            let answer = try await client.response()
            #expect(answer.code == code)
            if code == 401 { #expect(answer.value?["reason"]?.string == "Unauthorized") }
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", 400), ("GET /\r\n\r\n", 400), ("\u{1}\u{2}\u{3}\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: " + String(repeating: "a", count: 70_000) + "\r\n\r\n", 431),
        ("GET /" + String(repeating: "a", count: 70_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        ("POST /api/v1/pods HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n", 413),
        ("PROPFIND / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
    ])
    func `what is no good request is answered with a Status`(text: String, code: Int) async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            client.send(text)
            let answer = try await client.response()
            #expect(answer.code == code)
            #expect(answer.message != nil)
            #expect(answer.value?["code"]?.int == code)
        }
    }

    @Test func `a body beyond the limit is refused in Kubernetes' words, with a length or in chunks`() async throws {
        var limits = ServerLimits()
        limits.bodyBytes = 1000
        try await TestServer.run(limits: limits) { server in
            let body = String(repeating: " ", count: 1001)
            let answer = try await server.request("POST /api/v1/namespaces", body: body)
            #expect(answer.message == "Request entity too large: limit is 1000")
            #expect(answer.headers["connection"] == "close")
            let client = try await server.connect()
            client.send(TestServer.text("POST /api/v1/namespaces", ["Transfer-Encoding: chunked"]))
            for _ in 0..<3 { client.send("190\r\n" + String(repeating: " ", count: 400) + "\r\n") }
            #expect(try await client.response().code == 413)
            #expect(try await server.request("POST /api/v1/namespaces", body: String(body.dropLast())).code != 413)
        }
    }

    @Test func `a client that waits to be told to go on is told`() async throws {
        try await TestServer.run { server in
            let client = try await server.connect()
            let body = #"{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"new"}}"#
            client.send(
                TestServer.text(
                    "POST /api/v1/namespaces",
                    ["Content-Type: application/json", "Expect: 100-continue", "Content-Length: \(body.utf8.count)"]))
            #expect(try await client.response().code == 100)
            client.send(body)
            #expect(try await client.response().code == 201)
        }
    }

    @Test func `clients that send nothing, or half of it, are dropped`() async throws {
        var limits = ServerLimits()
        (limits.headerSeconds, limits.bodySeconds, limits.idleSeconds) = (1, 1, 1)
        try await TestServer.run(limits: limits) { server in
            let clients = try await [server.connect(), server.connect(), server.connect(), server.connect()]
            clients[1].send("GET /version HTTP/1.1\r\nHost:")
            clients[2].send(TestServer.text("POST /api/v1/namespaces", ["Content-Length: 100"]))
            clients[3].send(TestServer.text("GET /version"))
            #expect(try await clients[3].response().code == 200)
            for client in clients { #expect(try await client.wait(seconds: 5) { client.isClosed }) }
            #expect(try await clients[0].wait { server.server.connectionCount == 0 })
        }
    }

    @Test func `connections beyond the limit are closed, and others live on`() async throws {
        var limits = ServerLimits()
        limits.connections = 3
        try await TestServer.run(limits: limits) { server in
            var clients: [TestClient] = []
            for _ in 0..<3 {
                clients.append(try await server.connect())
                clients.last?.send(TestServer.text("GET /version"))
                #expect(try await clients.last?.response().code == 200)
            }
            let fourth = try? await server.connect()
            fourth?.send(TestServer.text("GET /version"))
            if let fourth { #expect(try await fourth.wait { fourth.isClosed }) }
            clients[0].send(TestServer.text("GET /version"))
            #expect(try await clients[0].response().code == 200)
        }
    }

    @Test func `clients without a token keep out nobody who has one`() async throws {
        var limits = ServerLimits()
        limits.connections = 3
        try await TestServer.run(limits: limits) { server in
            let known = try await server.connect()
            known.send(TestServer.text("GET /version"))
            #expect(try await known.response().code == 200)
            var strangers: [TestClient] = []
            for _ in 0..<4 {
                strangers.append(try await server.connect())
                strangers.last?.send("GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try await strangers.last?.response().code == 200)
            }
            #expect(try await server.request("GET /version").code == 200)
            for stranger in strangers.prefix(2) { #expect(try await stranger.wait { stranger.isClosed }) }
            known.send(TestServer.text("GET /version"))
            #expect(try await known.response().code == 200)
        }
    }

    @Test func `a large answer is compressed for those who accept it`() async throws {
        try await TestServer.run { server in
            let text = String(repeating: "so much to say ", count: 20_000)
            await server.lab.answer("/large", .answer(Answer(200, text: text)))
            let plain = try await server.request("GET /large")
            #expect(plain.text == text && plain.headers["content-encoding"] == nil)
            let packed = try await server.request("GET /large", ["Accept-Encoding: deflate, gzip"])
            #expect(packed.headers["content-encoding"] == "gzip" && packed.body.count < 10_000)
            #expect(packed.body.starts(with: [0x1f, 0x8b]))
            #expect(
                try await server.request("GET /version", ["Accept-Encoding: gzip"]).headers["content-encoding"] == nil)
        }
    }

    @Test func `warnings are quoted, and nothing in them can end the header`() async throws {
        try await TestServer.run { server in
            let warning = "unknown field \"a\\b\"\r\nSet-Cookie: x"
            await server.lab.answer("/warn", .answer(Answer(200, ["a": 1], warnings: [warning, "two"])))
            let answer = try await server.request("GET /warn")
            #expect(answer.headers["warning"] == #"299 - "unknown field \"a\\b\"Set-Cookie: x", 299 - "two""#)
            #expect(answer.headers["set-cookie"] == nil)
        }
    }

    @Test func `a query is decoded as forms are`() async throws {
        try await TestServer.run { server in
            let answer = try await server.request("GET /api/v1/pods?fieldSelector=metadata.name%3Done&x=%zz&limit=5+")
            // The blank makes the limit wrong; the parameter that cannot be decoded does no harm.
            #expect(answer.code == 400 || answer.value?["items"]?.elements.count == 1)
            let list = try await server.request("GET /api/v1/pods?fieldSelector=metadata.name%3Done&x=%zz")
            #expect(list.value?["items"]?.elements.count == 1)
        }
    }

    @Test func `a log comes piece by piece`() async throws {
        try await TestServer.run { server in
            await server.lab.set(log: (0..<100).map { Array("line \($0)\n".utf8) })
            let answer = try await server.request("GET /api/v1/namespaces/default/pods/one/log")
            #expect(answer.headers["content-type"] == "text/plain")
            #expect(answer.headers["transfer-encoding"] == "chunked")
            #expect(answer.text == (0..<100).map { "line \($0)\n" }.joined())
        }
    }
}
