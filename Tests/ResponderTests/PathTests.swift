// SPDX-License-Identifier: Apache-2.0
import Testing

@Suite(.enabled(if: Program.responder != nil, Program.howToBuild), .serialized)
struct PathTests {
    static let answers: [(String, Int, String)] = [
        ("/", 200, "Hello from Pod web-1!\n"),
        ("/?query=ignored", 200, "Hello from Pod web-1!\n"),
        ("http://lab/", 200, "Hello from Pod web-1!\n"),
        ("/healthz", 200, "ok\n"),
        ("/readyz", 200, "ok\n"),
        ("/readyz?set=perhaps", 400, "400 Bad Request: set is true or false\n"),
        ("/echo?msg=a%20b+c%", 200, "a b c%"),
        ("/echo?msg=%C3%BC&code=503", 503, "ü"),
        ("/echo?code=99", 400, "400 Bad Request: code is a status from 200 to 599\n"),
        ("/header?key=hOsT", 200, "lab\n"),
        ("/header", 200, "Host: lab\n"),
        ("/header?key=none", 404, "404 Not Found: the request has no such header\n"),
        ("/env", 200, "LAB_NAMESPACE=default\nLAB_NODE=node-1\nLAB_POD=web-1\nZ=last\n"),
        ("/exit?code=256", 400, "400 Bad Request: code is a number from 0 to 255\n"),
    ]

    @Test(arguments: answers) func `each path gives its answer`(path: String, status: Int, body: String) throws {
        let responder = try ResponderProcess(["Z=last"])
        let response = try #require(try Client(responder.port).get(path))
        #expect(response.status == status)
        #expect(response.body == body)
        #expect(response.says("Content-Type: text/plain; charset=utf-8"))
    }

    @Test func `the client's address and the host's name are told`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        #expect(client.get("/clientip")?.body == client.address + "\n")
        #expect(client.get("/hostname")?.body == (try run("uname", "-n")))
    }

    @Test func `an unknown path is 404 with text`() throws {
        let responder = try ResponderProcess()
        let response = try #require(try Client(responder.port).get("/nope"))
        #expect(response.status == 404)
        #expect(response.body.hasPrefix("404 Not Found"))
    }

    @Test func `a browser gets a page in which nothing of the request is markup`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        client.send("GET / HTTP/1.1\r\nHost: <b>&\"'\r\nAccept: text/html,*/*;q=0.8\r\n\r\n")
        let response = try #require(client.response())
        #expect(response.says("Content-Type: text/html; charset=utf-8"))
        #expect(response.body.contains("<h1>Hello from Pod web-1!</h1>"))
        #expect(response.body.contains("&lt;b&gt;&amp;&quot;&#39;"))
        #expect(!response.body.contains("<b>"))
        for fact in ["node-1", "default", client.address] { #expect(response.body.contains(fact)) }
    }

    @Test func `a program gets JSON`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        client.send("GET / HTTP/1.1\r\nHost: a\"\\\r\nAccept: application/json\r\n\r\n")
        let response = try #require(client.response())
        #expect(response.says("Content-Type: application/json"))
        let facts = #""pod":"web-1","node":"node-1","namespace":"default""#
        #expect(response.body == #"{\#(facts),"client":"\#(client.address)","host":"a\"\\"}"# + "\n")
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func `methods that bring something are answered as GET is`(method: String) throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        client.send("\(method) /echo?msg=hi HTTP/1.1\r\nHost: lab\r\nContent-Length: 3\r\n\r\nabc")
        #expect(client.response()?.body == "hi")
        #expect(client.get("/healthz")?.status == 200)
    }

    @Test func `a method that is not known is 405 and says which are`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        client.send("BREW / HTTP/1.1\r\nHost: lab\r\n\r\n")
        let response = try #require(client.response())
        #expect(response.status == 405)
        #expect(response.says("Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"))
        #expect(client.get("/")?.status == 200)
    }

    @Test func `HEAD gives the head of GET and no body`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        client.send("HEAD / HTTP/1.1\r\nHost: lab\r\n\r\n")
        let response = try #require(client.response(toHead: true))
        #expect(response.says("Content-Length: 22"))
        #expect(client.get("/echo?msg=next")?.body == "next")
    }

    @Test func `curl agrees, by IPv4 and by IPv6`() throws {
        let responder = try ResponderProcess()
        #expect(try run("curl", "-s", "http://127.0.0.1:\(responder.port)/") == "Hello from Pod web-1!\n")
        let address = try run("curl", "-sg", "http://[::1]:\(responder.port)/clientip")
        #expect(address.hasPrefix("[::1]:") || address.isEmpty, "without IPv6 there is no answer at all")
    }

    @Test func `each request is one line of the log, with nothing in it that a terminal would heed`() throws {
        let responder = try ResponderProcess()
        let client = try Client(responder.port)
        _ = client.get("/echo?msg=\u{e9}&\u{22}")
        try waitFor("the log") { responder.log.contains("GET") }
        let line = try #require(responder.log.split(separator: "\n").first { $0.contains("GET") })
        #expect(line.hasSuffix(#"Z \#(client.address) "GET /echo?msg=\xc3\xa9&\x22 HTTP/1.1" 200 2"#))
        #expect(line.count(where: { $0 == "-" }) == 2 && line.dropFirst(10).first == "T")
    }
}
