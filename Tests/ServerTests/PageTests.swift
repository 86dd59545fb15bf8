// SPDX-License-Identifier: Apache-2.0
import Server
import Testing

@Suite struct PageTests {
    private static let token = "0123456789abcdef0123456789abcdef"
    private static let rules = PageGuard(lab: "demo", token: token)
    private static let known = ["cookie": "other=1; lab-demo=\(token)", "host": "127.0.0.1:4000"]

    private static func status(_ request: PageRequest) -> Int {
        switch rules.judge(request) {
        case .passes: 200
        case .ends(let answer): answer.status
        }
    }

    @Test func `the token in the link becomes a cookie that no script and no other site has`() throws {
        guard case .ends(let answer) = Self.rules.judge(PageRequest(target: "/?token=\(Self.token)")) else {
            Issue.record("it is no page yet")
            return
        }
        #expect(answer.status == 303)
        let cookie = try #require(answer.headers.first { $0.name == "Set-Cookie" }?.value)
        #expect(cookie == "lab-demo=\(Self.token); Path=/; HttpOnly; SameSite=Strict")
        #expect(answer.headers.contains(PlainAnswer.Header("Location", "/")))
    }

    @Test(arguments: ["/", "/?token=wrong", "/main.js", "/story", "/nothing", "/?token="])
    func `without the token there is 401 and nothing else`(_ target: String) {
        for headers in [
            [:], ["cookie": "lab-demo=wrong"], ["cookie": "lab-other=\(Self.token)"], ["authorization": "Bearer no"],
        ] {
            guard case .ends(let answer) = Self.rules.judge(PageRequest(target: target, headers: headers)) else {
                Issue.record("\(target) passes")
                return
            }
            #expect(answer.status == 401 && answer.body.isEmpty && answer.headers.isEmpty)
        }
    }

    @Test(arguments: [
        (["host": "127.0.0.1:4000"], 200), (["host": "localhost:9"], 200), (["host": "[::1]:9"], 200),
        (["host": "evil.example:4000"], 403), (["host": "127.0.0.1.evil.example"], 403), (["host": ""], 403),
        (["origin": "http://127.0.0.1:4000"], 200), (["origin": "http://127.0.0.1:4001"], 403),
        (["origin": "http://evil.example"], 403), (["origin": "null"], 403),
        (["sec-fetch-site": "same-origin"], 200), (["sec-fetch-site": "none"], 200),
        (["sec-fetch-site": "same-site"], 403), (["sec-fetch-site": "cross-site"], 403),
    ])
    func `another page cannot use this one, even with the cookie`(_ headers: [String: String], _ wanted: Int) {
        let all = Self.known.merging(headers) { $1 }
        #expect(Self.status(PageRequest(target: "/why", headers: all)) == wanted)
        #expect(
            Self.status(
                PageRequest(
                    method: "POST", target: "/act",
                    headers: all.merging(["content-type": "application/json; charset=utf-8"]) { $1 })) == wanted)
    }

    @Test(arguments: ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    func `what a form can send is not taken`(_ type: String) {
        let headers = Self.known.merging(["content-type": type]) { $1 }
        #expect(Self.status(PageRequest(method: "POST", target: "/act", headers: headers)) == 415)
        #expect(Self.status(PageRequest(method: "PUT", target: "/act", headers: headers)) == 405)
        #expect(Self.status(PageRequest(method: "OPTIONS", target: "/act", headers: headers)) == 405)
    }

    @Test func `a query is decoded once`() {
        let request = PageRequest(target: "/why?from=pod%2Fa+b&to=%25&from=two&x")
        #expect(request.path == "/why")
        #expect(request.query == ["from": "pod/a b", "to": "%", "x": ""])
    }

    // MARK: The page that stands alone

    private static func page(_ line: String) -> String {
        String(decoding: PageBundle.page(of: Array((line + "\n").utf8)), as: UTF8.self)
    }

    @Test func `a recording is one page, which loads nothing`() throws {
        let page = Self.page(#"{"t":0,"n":1,"kind":"lab","name":"demo"}"#)
        for mark in ["src=\"", "<link", "import ", "export "] {
            let lines = page.split(separator: "\n").filter {
                $0.hasPrefix(mark) || mark.hasSuffix("\"") && $0.contains(mark)
            }
            #expect(!lines.contains { $0.contains(".js\"") || $0.contains(".css\"") }, "\(mark): \(lines.prefix(3))")
        }
        #expect(page.contains("default-src 'none'; script-src 'sha256-"))
        #expect(page.contains("style-src 'sha256-"))
        #expect(!page.contains("unsafe-inline"))
        #expect(page.contains(#"<script type="application/jsonl" id="story">"#))
        #expect(page.count < 400_000)
    }

    @Test func `no text of a story ends the element that it stands in`() throws {
        let page = Self.page(#"{"t":0,"n":1,"kind":"failure","text":"</script><script>alert(1)</script><!--"}"#)
        #expect(!page.contains("alert(1)</script>"))
        #expect(page.contains(#"\u003c/script>\u003cscript>alert(1)\u003c/script>\u003c!--"#))
    }

    @Test func `each module of the page comes once, after those that it imports`() throws {
        let page = Self.page("")
        for file in PageFile.all where file.name.hasSuffix(".js") {
            #expect(page.ranges(of: "{ // \(file.name)\n").count == 1, "\(file.name)")
            for line in file.text.split(separator: "\n") where line.hasPrefix("import ") {
                let name = try #require(
                    line.split(whereSeparator: { $0 == "'" || $0 == "\"" }).first { $0.hasPrefix("./") })
                let imported = try #require(page.firstRange(of: "{ // \(name.dropFirst(2))\n"))
                let importing = try #require(page.firstRange(of: "{ // \(file.name)\n"))
                #expect(imported.lowerBound < importing.lowerBound, "\(file.name) imports \(name)")
            }
        }
    }
}
