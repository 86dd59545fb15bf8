// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

/// The roles of the community's test image, and files as answers.
@Suite(.enabled(if: Program.responder != nil, Program.howToBuild)) struct AgnhostTests {
    @Test func `netexec tells of itself over HTTP`() throws {
        let responder = try ResponderProcess(isNetexec: true)
        let client = try Client(responder.port)
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #expect(client.get("/hostName")?.body == host)
        #expect(client.get("/serverport")?.body == "\(responder.port)")
        #expect(client.get("/clientip")?.body.hasPrefix("127.0.0.1:") == true)
        #expect(client.get("/healthz")?.body == "")
        #expect(client.get("/readyz")?.body == "ok")
        let echo = client.get("/echo?msg=hello%20there&code=418")
        #expect(echo?.status == 418 && echo?.body == "hello there")
        #expect(client.get("/header?key=Host")?.body == "lab")
        #expect(client.get("/anything")?.body.hasPrefix("NOW: 20") == true)
        responder.signal(SIGTERM)
        #expect(try responder.exit() == 0)
    }

    @Test func `netexec answers the words it knows over UDP, in small letters`() throws {
        let responder = try ResponderProcess(isNetexec: true)
        #expect(try exchangeDatagram("echo HELLO\n", responder.udpPort) == "hello")
        #expect(try exchangeDatagram("serverport", responder.udpPort) == "\(responder.udpPort)")
        #expect(try exchangeDatagram("clientip", responder.udpPort)?.hasPrefix("127.0.0.") == true)
    }

    @Test func `files are answers before anything else, and never from outside their folder`() throws {
        var template = Array("/tmp/responder-files-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        let folder = String(cString: made)
        defer {
            unlink("\(folder)/index.html")
            rmdir(folder)
        }
        let file = open("\(folder)/index.html", O_WRONLY | O_CREAT, 0o644)
        #expect(write(file, "<p>page", 7) == 7)
        close(file)
        let responder = try ResponderProcess(files: folder)
        let client = try Client(responder.port)
        #expect(client.get("/")?.body == "<p>page")
        #expect(client.get("/index.html")?.body == "<p>page")
        #expect(client.get("/../../etc/passwd")?.status == 404)
        #expect(client.get("/%2e%2e/%2e%2e/etc/passwd")?.status == 404)
        #expect(client.get("/healthz")?.body == "ok\n")
    }
}
