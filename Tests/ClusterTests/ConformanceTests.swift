// SPDX-License-Identifier: Apache-2.0
import Cluster
import Kubernetes
import Testing

@Suite struct ConformanceTests {
    @Test func `the recorded writes are answered with the recorded codes, reasons, fields and sentences`() throws {
        var replay = try Replay()
        var asked = 0
        var sentences = 0
        for exchange in Exchange.all {
            guard let outcome = replay.answer(exchange) else { continue }
            let recorded = Outcome(exchange)
            asked += 1
            #expect(outcome.code == recorded.code, "\(exchange.name): \(outcome.message)")
            #expect(outcome.reason == recorded.reason, "\(exchange.name): \(outcome.message)")
            #expect(outcome.fields == recorded.fields, "\(exchange.name): \(outcome.message)")
            if outcome.object != nil { #expect(outcome.warnings == exchange.warnings, "\(exchange.name)") }
            sentences += outcome.message == recorded.message || Self.otherWords.contains(exchange.name) ? 1 : 0
            if !Self.otherWords.contains(exchange.name) {
                #expect(outcome.message == recorded.message, "\(exchange.name)")
            }
        }
        #expect(asked > 180)
        #expect(sentences * 10 >= asked * 9)
    }

    /// Sentences that name what is different in every cluster.
    private static let otherWords: Set<String> = [
        "svc/i-no-name", "svc/i-no-metadata", "svc/u-uid-mismatch", "svc/delete-precondition",
    ]
}
