// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// Compares the replies to requests and datagrams with what is expected of them.
struct ReplyEvaluation {
    let replies: [Reply]
    let systems: KnownSystems
    /// Whether requests may fail.
    let takesFailures: Bool

    init(_ replies: [Reply], _ systems: KnownSystems, takesFailures: Bool) {
        self.replies = replies
        self.systems = systems
        self.takesFailures = takesFailures
    }

    var delivered: [Reply] { replies.filter { $0.outcome == .delivered } }

    func seen(against test: Check.Test) -> [String] {
        if case .count(let expectation) = test { return unmet(expectation, replies.count, "request") }
        guard !replies.isEmpty else { return ["no request"] }
        switch test {
        case .status(let expectation):
            return mismatches { reply in
                let status = reply.status.map { Value.int(Int64($0)) }
                return expectation.holds(for: status) ? nil : reply.status.map { "\($0)" } ?? "no status"
            }
        case .body(let expectation):
            return mismatches { expectation.holds(forText: $0.body) ? nil : $0.body.excerpt }
        case .header(let name, let expectation):
            return mismatches { reply in
                let field = reply.headers[name.lowercased()].map(Value.string)
                return expectation.holds(for: field) ? nil : field.map { $0.json() } ?? "no such field"
            }
        case .latency(let quantile, let most): return latency(quantile, most)
        case .answeredBy(let members): return AnswererEvaluation(self, members).seen
        case .source(let source): return self.source(source)
        case .outcome(let outcome):
            return Tally.lines(replies.filter { $0.outcome != outcome }.map(\.failureWords), of: replies.count)
        case .outcomes(let expected): return outcomes(expected)
        case .failures(let expectation): return failures(expectation)
        default: return ["requests, of which this says nothing"]
        }
    }

    /// What is wrong with how many replies; requests without a reply are wrong as well, unless they may be.
    func mismatches(_ wrong: (Reply) -> String?) -> [String] {
        let texts = replies.compactMap { reply -> String? in
            reply.outcome == .delivered ? wrong(reply) : takesFailures ? nil : reply.failureWords
        }
        if texts.isEmpty, delivered.isEmpty { return ["no reply"] }
        return Tally.lines(texts, of: replies.count)
    }

    private func latency(_ quantile: Check.Quantile, _ most: Duration) -> [String] {
        guard let latency = delivered.latency(quantile) else {
            return Tally.lines(replies.map(\.failureWords), of: replies.count)
        }
        return latency <= most ? [] : ["\(latency.words)"]
    }

    private func outcomes(_ expected: [Check.Outcome: Expectation]) -> [String] {
        let isRight = expected.allSatisfy { outcome, expectation in
            expectation.holds(for: .int(Int64(replies.count { $0.outcome == outcome })))
        }
        return isRight ? [] : Tally.lines(replies.map(\.failureWords), of: replies.count)
    }

    private func failures(_ expectation: Expectation) -> [String] {
        let failed = replies.filter(\.isFailure)
        guard !expectation.holds(for: .int(Int64(failed.count))) else { return [] }
        guard let first = failed.first else { return ["0 of \(Numbers.count(replies.count, "request"))"] }
        let tally = Tally.lines(failed.map(\.failureWords), of: replies.count).joined(separator: ", ")
        return [
            "\(Numbers.count(failed.count, "failure")) of \(Numbers.count(replies.count, "request")): \(tally); the first\(first.when)"
        ]
    }

    // MARK: Sources

    private func source(_ source: Check.Source) -> [String] {
        mismatches { reply in
            guard let seen = reply.seenSource else { return "a reply that tells no source" }
            return isGood(seen, source, reply) ? nil : describe(seen, client: reply.client?.address)
        }
    }

    private func isGood(_ seen: Address, _ source: Check.Source, _ reply: Reply) -> Bool {
        if case .client = source { return seen == reply.client?.address }
        return systems.contains(seen, in: source)
    }

    private func describe(_ address: Address, client: Address?) -> String {
        address == client
            ? "\(address) (the client's own)" : systems.name(of: address).map { "\(address) (\($0))" } ?? "\(address)"
    }
}

extension Reply {
    /// What became of it, in few words: `status 503`, `timed out`, `refused (Connection refused)`.
    var failureWords: String {
        guard outcome == .delivered else { return detail.isEmpty ? outcome.words : "\(outcome.words) (\(detail))" }
        return isFailure ? "status \(status ?? 0)" : outcome.words
    }

    fileprivate var when: String {
        let from = client.map { " from \($0)" } ?? ""
        let to = target.map { " to \($0)" } ?? ""
        return "\(from)\(to), \(began.words) in, after \(latency.words)"
    }
}

extension [Reply] {
    /// Those that were under way at some moment of a time: what a step's background traffic is.
    public func during(_ window: ClosedRange<Duration>) -> [Reply] {
        filter { $0.began <= window.upperBound && $0.began + $0.latency >= window.lowerBound }
    }

    /// The latency that so many replies do not exceed (nearest rank); nil if there is no reply.
    public func latency(_ quantile: Check.Quantile) -> Duration? {
        let sorted = filter { $0.outcome == .delivered }.map(\.latency).sorted()
        guard !sorted.isEmpty else { return nil }
        let percent =
            switch quantile {
            case .p50: 50
            case .p90: 90
            case .p99: 99
            case .max: 100
            }
        // The smallest of which at least so many in a hundred are no larger.
        let rank = (sorted.count * percent + 99) / 100
        return sorted[Swift.max(rank, 1) - 1]
    }
}

/// How many times each of some texts was seen.
enum Tally {
    /// `503 (3 of 40), timed out (1 of 40)` in one line, the most frequent first; nothing for no text.
    static func lines(_ texts: [String], of total: Int) -> [String] {
        guard !texts.isEmpty else { return [] }
        var counts: [String: Int] = [:]
        for text in texts { counts[text, default: 0] += 1 }
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        if total == 1 { return [sorted[0].key] }
        let words = sorted.prefix(5).map { "\($0.key) (\($0.value) of \(total))" }
        return [words.joined(separator: ", ") + (sorted.count > 5 ? ", and \(sorted.count - 5) others" : "")]
    }
}
