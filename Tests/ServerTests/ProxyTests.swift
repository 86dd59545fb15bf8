// SPDX-License-Identifier: Apache-2.0
import API
import Kubernetes
import Server
import Testing

@Suite struct ProxyTests {
    /// Runs a test with two servers: one whose Pod `one` is reached through the proxy, and what listens there.
    private static func run(
        _ body: (_ front: TestServer, _ back: TestServer, _ prefix: String) async throws -> Void
    ) async throws {
        try await TestServer.run { front in
            try await TestServer.run { back in
                try await body(front, back, "/api/v1/namespaces/default/pods/https:one:\(back.port)/proxy")
            }
        }
    }

    @Test func `a request goes on over TLS, and its answer comes back`() async throws {
        try await ProxyTests.run { front, back, prefix in
            await back.lab.answer("/some/path", .answer(Answer(418, text: "I am behind")))
            let answer = try await front.request("GET \(prefix)/some/path?x=1")
            #expect(answer.code == 418 && answer.text == "I am behind")
            #expect(answer.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(try await front.request("HEAD \(prefix)/some/path").headers["content-length"] == "11")
            // The client's token stays here: behind the proxy it is nobody's.
            #expect(try await front.request("GET \(prefix)/api/v1/pods").code == 401)
        }
    }

    @Test func `links and redirections lead through the proxy again, other text stays`() async throws {
        try await ProxyTests.run { front, back, prefix in
            let page = """
                <html><a href="/a">a</a> <a href='/b' title="/t"><A HREF=/c?x=1>c</a><a href="//other/d"><a href="rel">
                <img src="/i.png" alt="/alt"><!-- < a href="/no" --><form action = "/post"><a href="\(prefix)/x"><p cite="/p">/text
                """
            var answer = Answer(200, text: page)
            answer.contentType = "text/html; charset=utf-8"
            await back.lab.answer("/page", .answer(answer))
            let got = try await front.request("GET \(prefix)/page")
            let expected = """
                <html><a href="\(prefix)/a">a</a> <a href='\(prefix)/b' title="/t"><A HREF=\(prefix)/c?x=1>c</a><a href="//other/d"><a href="rel">
                <img src="\(prefix)/i.png" alt="/alt"><!-- < a href="/no" --><form action = "\(prefix)/post"><a href="\(prefix)/x"><p cite="/p">/text
                """
            #expect(got.text == expected)
            #expect(got.headers["content-length"] == String(expected.utf8.count))
            var redirection = Answer(302, text: "")
            redirection.headers["Location"] = "/elsewhere"
            await back.lab.answer("/old", .answer(redirection))
            #expect(try await front.request("GET \(prefix)/old").headers["location"] == prefix + "/elsewhere")
        }
    }

    @Test func `a body goes through whole, as large as it is, with a length or in chunks`() async throws {
        try await ProxyTests.run { front, back, prefix in
            let large = String(repeating: "0123456789abcdef", count: 200_000)
            // The server behind has the same limit as any API server: it, not the proxy, refuses.
            let refusal = try await front.request("POST \(prefix)/x", body: large)
            #expect(refusal.code == 413 && refusal.message == "Request entity too large: limit is 3145728")
            await back.lab.answer("/large", .answer(Answer(200, text: large)))
            #expect(try await front.request("GET \(prefix)/large").text == large)
            let client = try await front.connect()
            client.send(
                TestServer.text("POST \(prefix)/large", ["Transfer-Encoding: chunked"]) + "3\r\nabc\r\n0\r\n\r\n")
            #expect(try await client.response().text == large)
            client.send(TestServer.text("GET /version"))
            #expect(try await client.response().code == 200)
        }
    }

    @Test func `where nobody answers, the proxy says so`() async throws {
        try await TestServer.run { server in
            let answer = try await server.request("GET /api/v1/namespaces/default/pods/one:1/proxy/")
            #expect(answer.code == 503 && answer.value?["reason"]?.string == "ServiceUnavailable")
            // Speaks TLS, to whom plain text is no greeting.
            let plain = try await server.request("GET /api/v1/namespaces/default/pods/one:\(server.port)/proxy/")
            #expect(plain.code == 503 && plain.message?.hasPrefix("error trying to reach service: ") == true)
        }
    }
}
