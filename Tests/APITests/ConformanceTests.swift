// SPDX-License-Identifier: Apache-2.0
import API
import Cluster
import Foundation
import Kubernetes
import Testing

/// The recorded requests of a real API server, sent to this one.
@Suite struct ConformanceTests {
    private static func replay() throws -> [Replayed] {
        // Nothing ran Pods behind the recorded server, and its controllers took their time.
        var fixture = try APIFixture(nodes: 0)
        var replay = Replay()
        return RecordedRequest.all.map { recorded in
            replay.run(recorded) { request in
                fixture.now = fixture.now.advanced(milliseconds: 100)
                let response = fixture.api.respond(to: request, &fixture.cluster, now: fixture.now)
                if recorded.name.hasPrefix("deploy/") { _ = fixture.cluster.settle(now: fixture.now) }
                switch response {
                case .answer(let answer):
                    return (answer.status, answer.warnings.map { "299 - \(Value.string($0).json())" }, answer.body())
                case .watch(let watch): return (200, [], watch.opening.first ?? [])
                case .connect: return (200, [], [])
                }
            }
        }
    }

    @Test func `the recorded requests are there`() { #expect(RecordedRequest.all.count > 200) }

    @Test func `every recorded request is answered with the same code, reason and fields`() throws {
        for one in try Self.replay() {
            #expect(one.isSameCode, "\(one.request.name): \(one.request.code) is \(one.code): \(one.response.json())")
            #expect(one.isSameReason, "\(one.request.name)")
            #expect(one.isSameFields, "\(one.request.name): \(one.response.json())")
        }
    }

    @Test func `nine messages of ten are word for word those of a real server`() throws {
        let failures = try Self.replay().filter(\.isFailure)
        let others = failures.filter { !$0.isSameMessage }
        #expect(others.count * 10 <= failures.count)
    }

    @Test func `the table of the replay`() throws {
        guard let path = ProcessInfo.processInfo.environment["LAB_CONFORMANCE_TABLE"] else { return }
        let all = try LiveServer.named?.replay() ?? Self.replay()
        try Self.table(all).write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// One line a request that is not answered alike, and the sums.
    static func table(_ all: [Replayed]) -> String {
        var text = "request                                  code     reason fields message warnings objects\n"
        for one in all {
            let marks = [one.isSameCode, one.isSameReason, one.isSameFields, one.isSameMessage, one.isSameWarnings]
                .map { $0 ? "same" : "OTHER" }
            let differences = one.differences
            guard marks.contains("OTHER") || !differences.isEmpty else { continue }
            let name = one.request.name.padding(toLength: 40, withPad: " ", startingAt: 0)
            text += "\(name) \(one.request.code)/\(one.code) \(marks.joined(separator: " ")) \(differences.count)\n"
            if !one.isSameMessage || !one.isSameCode {
                text += "    real: \(one.request.response["message"]?.string ?? "-")\n"
                text += "    lab:  \(one.response["message"]?.string ?? "-")\n"
            }
            if !one.isSameWarnings { text += "    warnings: \(one.request.warnings) is \(one.warnings)\n" }
            for difference in differences.prefix(8) { text += "    \(difference)\n" }
        }
        let failures = all.filter(\.isFailure)
        let sums: [(String, Int, Int)] = [
            ("codes", all.count { $0.isSameCode }, all.count), ("reasons", all.count { $0.isSameReason }, all.count),
            ("fields", all.count { $0.isSameFields }, all.count),
            ("messages", failures.count { $0.isSameMessage }, failures.count),
            ("warnings", all.count { $0.isSameWarnings }, all.count),
            ("objects", all.count { !$0.isFailure && $0.differences.isEmpty }, all.count - failures.count),
        ]
        for (what, same, total) in sums { text += "\(what): \(same) of \(total) the same\n" }
        return text
    }
}
