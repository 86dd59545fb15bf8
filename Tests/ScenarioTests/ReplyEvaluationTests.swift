// SPDX-License-Identifier: Apache-2.0
import Kubernetes
import Net
import Scenarios
import Testing

@Suite struct ReplyEvaluationTests {
    /// What holds of four replies of web-1 and four of web-2.
    @Test(arguments: [
        "{status: 200}", "{status: {in: [200, 404]}}", "{status: \"< 300\"}", "{status: {not: 500}}",
        "{body: {contains: Hello}}", "{body: {matches: \"web-[12]!$\"}}", "{body: {not: {contains: web-3}}}",
        "{header: {Content-Type: text/plain, X-Missing: null}}", "{latency: {p50: 1ms, max: 1ms}}",
        "{answeredBy: [web-1, web-2]}", "{answeredBy: {names: [default/web-1, pod/web-2], set: exact}}",
        "{answeredBy: {selector: version=blue, set: exact}}", "{answeredBy: {selector: app=web}}",
        "{answeredBy: {shares: {web-1: 50%, web-2: 0.45}}}", "{answeredBy: {shares: {version=blue: 1}}}",
        "{answeredBy: {count: 2}}", "{source: client}",
        "{source: outside/visitor}", "{source: 198.51.100.70}", "{source: 198.51.100.0/24}", "{outcome: delivered}",
        "{outcome: {delivered: 8, refused: 0}}", "{failures: 0, count: 8}",
    ]) func `a check that holds has no failure`(entry: String) throws {
        #expect(try Replies.failures(entry, Replies.from([("web-1", 4), ("web-2", 4)])) == [])
    }

    /// What does not hold of the same, and what is said of it.
    @Test(arguments: [
        ("{status: 404}", "expected status 404, saw 200 (8 of 8)"),
        ("{status: {in: [301, 302]}}", "expected status one of 301, 302, saw 200 (8 of 8)"),
        ("{body: {contains: web-1}}", "saw \"Hello from web-2!\" (4 of 8)"),
        ("{body: {matches: \"^Bye\"}}", "expected body something that matches /^Bye/"),
        ("{header: {Content-Type: {contains: json}}}", "saw \"text/plain\" (8 of 8)"),
        ("{header: {X-Missing: \"there\"}}", "saw no such field (8 of 8)"),
        ("{header: {Content-Type: null}}", "expected header Content-Type absent, saw \"text/plain\""),
        ("{latency: {p99: 500us}}", "expected p99 of the latency at most 500 µs, saw 1 ms"),
        ("{answeredBy: web-1}", "expected answered by web-1, saw web-2 (4 of 8)"),
        ("{answeredBy: {selector: version=green}}", "saw web-1 (4 of 8), web-2 (4 of 8)"),
        ("{answeredBy: {selector: app=web, set: exact}}", "saw nothing of web-3, but web-1 ×4, web-2 ×4"),
        ("{answeredBy: {selector: app=nobody, set: exact}}", "saw web-1 (4 of 8), web-2 (4 of 8)"),
        ("{answeredBy: {shares: {web-1: 0.9}}}", "web-1 with 50 % (4 of 8), not 90 % ± 10"),
        ("{answeredBy: {shares: {version=green: 50%}}}", "version=green with 0 % (0 of 8), not 50 % ± 10"),
        ("{answeredBy: {count: 3}}", "saw 2: web-1 ×4, web-2 ×4"),
        ("{answeredBy: {sticky: true}}", "saw the client 198.51.100.70 was answered by web-1 ×4, web-2 ×4"),
        (
            "{answeredBy: {selector: app=web, even: true}}",
            "saw too few replies to tell: 8 of 3 Pods; at least 15 are needed"
        ),
        ("{source: node}", "saw 198.51.100.70 (the client's own) (8 of 8)"),
        ("{source: 10.0.0.1}", "expected source 10.0.0.1"),
        ("{source: pod/web-1}", "expected source default/web-1"),
        ("{outcome: refused}", "expected refused, saw delivered (8 of 8)"),
        ("{outcome: {refused: 8}}", "expected refused: 8, saw delivered (8 of 8)"),
        ("{failures: \">= 1\"}", "expected failures: at least 1, saw 0 of 8 requests"),
        ("{count: 9}", "expected count: 9, saw 8 requests"),
    ]) func `a check that does not hold says what was expected and what was seen`(entry: String, words: String) throws {
        let failures = try Replies.failures(entry, Replies.from([("web-1", 4), ("web-2", 4)]))
        #expect(failures.contains { $0.contains(words) }, "\(failures)")
    }

    @Test(arguments: ["{status: 200}", "{body: {contains: Hello}}", "{answeredBy: [web-1]}", "{source: client}"])
    func `a request without a reply fails every check of replies`(entry: String) throws {
        let failures = try Replies.failures(entry, [Replies.from("web-1"), Reply(.timedOut)])
        #expect(failures.contains { $0.hasSuffix("saw timed out (1 of 2)") }, "\(failures)")
    }

    @Test(arguments: ["{status: 200}", "{failures: 0}", "{outcome: delivered}", "{latency: {max: 1s}}"])
    func `no request at all proves nothing`(entry: String) throws {
        #expect(try Replies.failures(entry, []).map { $0.hasSuffix("saw no request") } == [true])
    }

    @Test func `where failures are counted, the other tests are of the replies that came`() throws {
        let replies = Replies.from([("web-1", 3)]) + [Reply(.refused)]
        #expect(try Replies.failures("{outcome: {refused: 1, delivered: 3}, answeredBy: web-1}", replies) == [])
        #expect(try Replies.failures("{failures: \"<= 1\", status: 200}", replies) == [])
        let none = try Replies.failures("{failures: 1, status: 200}", [Reply(.refused)])
        #expect(none.map { $0.hasSuffix("saw no reply") } == [true])
    }

    @Test func `a failure in background traffic is told with its moment`() throws {
        var late = Reply(.reset, began: .milliseconds(1500), latency: .milliseconds(20))
        late.client = Replies.client
        late.target = SocketAddress(Address(10, 96, 0, 10), 80)
        late.detail = "ECONNRESET: Connection reset by peer"
        let failures = try Replies.failures("{failures: 0}", Replies.from([("web-1", 99)]) + [late])
        let words =
            "saw 1 failure of 100 requests: reset (ECONNRESET: Connection reset by peer) (1 of 100); the first from "
            + "198.51.100.70:40000 to 10.96.0.10:80, 1.5 s in, after 20 ms"
        #expect(failures.map { $0.hasSuffix(words) } == [true], "\(failures)")
    }

    @Test func `an even split passes, a skewed one does not`() throws {
        let entry = "{answeredBy: {selector: app=web, even: true}}"
        #expect(try Replies.failures(entry, Replies.from([("web-1", 105), ("web-2", 91), ("web-3", 104)])) == [])
        let skewed = try Replies.failures(entry, Replies.from([("web-1", 150), ("web-2", 75), ("web-3", 75)]))
        #expect(skewed.map { $0.contains("web-1 ×150, web-2 ×75, web-3 ×75, which is not chance") } == [true])
        let silent = try Replies.failures(entry, Replies.from([("web-1", 30), ("web-2", 30)]))
        #expect(silent.count == 1)
    }

    @Test func `stickiness is of each client`() throws {
        var others = Replies.from([("web-2", 3)])
        for index in others.indices { others[index].client = SocketAddress(Address(198, 51, 100, 71), 40000) }
        let replies = Replies.from([("web-1", 3)]) + others
        #expect(try Replies.failures("{answeredBy: {sticky: true}}", replies) == [])
    }

    @Test func `a reply that names nobody is nobody's`() throws {
        var reply = Replies.from("web-1")
        reply.answeredBy = nil
        let failures = try Replies.failures("{answeredBy: web-1}", [reply])
        #expect(failures == ["expected answered by web-1, saw a reply that names nobody"])
    }

    @Test func `a node's address is known by name`() throws {
        var reply = Replies.from("web-1")
        reply.seenSource = Address(172, 18, 0, 2)
        #expect(try Replies.failures("{source: node}", [reply]) == [])
        #expect(try Replies.failures("{source: node-1}", [reply]) == [])
        #expect(
            try Replies.failures("{source: client}", [reply]) == ["expected source client, saw 172.18.0.2 (node-1)"])
    }

    @Test func `quantiles are the smallest latencies that so many do not exceed`() {
        let replies = (1...200).shuffled().map { Reply(.delivered, latency: .milliseconds($0)) } + [Reply(.timedOut)]
        #expect(replies.latency(.p50) == .milliseconds(100))
        #expect(replies.latency(.p90) == .milliseconds(180))
        #expect(replies.latency(.p99) == .milliseconds(198))
        #expect(replies.latency(.max) == .milliseconds(200))
        #expect([Reply(.timedOut)].latency(.max) == nil)
    }

    @Test func `a window has what was under way in it`() {
        let replies = [0, 10, 20, 30].map { Reply(.delivered, began: .milliseconds($0), latency: .milliseconds(5)) }
        let inside = replies.during(.milliseconds(12) ... .milliseconds(20))
        #expect(inside.map(\.began) == [.milliseconds(10), .milliseconds(20)])
    }

    @Test func `what could not be looked at fails with the reason`() throws {
        let check = try #require(try Reading.checks("{status: 200}").first)
        let failures = check.evaluate(.unavailable("the Pod is gone"))
        #expect(failures.map(\.description) == ["expected status 200, saw the Pod is gone"])
        #expect(failures.first?.place?.description == "x.yaml:8:7")
    }
}
