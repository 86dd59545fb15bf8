// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// Compares who answered with who should have.
struct AnswererEvaluation {
    private let evaluation: ReplyEvaluation
    private let members: Check.AnsweredBy
    private let systems: KnownSystems
    /// Who answered how often.
    private let counts: [String: Int]

    init(_ evaluation: ReplyEvaluation, _ members: Check.AnsweredBy) {
        self.evaluation = evaluation
        self.members = members
        systems = evaluation.systems
        var counts: [String: Int] = [:]
        for name in evaluation.delivered.compactMap(\.answeredBy) { counts[name, default: 0] += 1 }
        self.counts = counts
    }

    var seen: [String] {
        let strangers = evaluation.mismatches { reply in
            guard let name = reply.answeredBy else { return "a reply that names nobody" }
            return isMember(name) ? nil : name
        }
        // What follows counts on everybody's name.
        guard strangers.isEmpty else { return strangers }
        return absent + shares + uneven + unsteady + number
    }

    private var total: Int { counts.values.reduce(0, +) }

    private var all: String {
        counts.sorted { $0.key < $1.key }.map { "\($0.key) ×\($0.value)" }.joined(separator: ", ")
    }

    /// Pods that go may still answer.
    private func isMember(_ name: String) -> Bool {
        switch members.members {
        case .anybody: true
        case .named(let names): names.contains { Self.isSame($0, name) }
        case .selected(let selector, let namespace): systems.isChosen(name, by: selector, in: namespace)
        }
    }

    /// `web-1`, `default/web-1` and `pod/web-1` are one.
    static func isSame(_ left: String, _ right: String) -> Bool {
        func parts(_ text: String) -> [Substring] { text.split(separator: "/").filter { $0 != "pod" } }
        let (left, right) = (parts(left), parts(right))
        guard left.last == right.last else { return false }
        return left.count < 2 || right.count < 2 || left[left.count - 2] == right[right.count - 2]
    }

    /// Those who should answer, by name; nil for anybody.
    private var expected: [String]? {
        switch members.members {
        case .anybody: nil
        case .named(let names): names
        case .selected(let selector, let namespace):
            systems.pods.filter { $0.isReady && $0.namespace == namespace && selector.matches($0.labels) }.map(\.name)
        }
    }

    private func count(of name: String) -> Int {
        counts.reduce(0) { Self.isSame(name, $1.key) ? $0 + $1.value : $0 }
    }

    private var absent: [String] {
        guard members.extent == .exact, let expected else { return [] }
        if expected.isEmpty { return ["no ready Pod that the selector chooses"] }
        let silent = expected.filter { count(of: $0) == 0 }
        return silent.isEmpty ? [] : ["nothing of \(silent.joined(separator: ", ")), but \(all)"]
    }

    private var shares: [String] {
        members.shares.sorted { $0.key < $1.key }.compactMap { key, wanted in
            let share = Double(number(answeredBy: key)) / Double(max(total, 1))
            guard abs(share - wanted) > members.tolerance + 1e-9 else { return nil }
            let words = "\(key) with \(Numbers.text(share * 100)) % (\(number(answeredBy: key)) of \(total))"
            return "\(words), not \(Numbers.text(wanted * 100)) % ± \(Numbers.text(members.tolerance * 100))"
        }
    }

    private func number(answeredBy key: String) -> Int {
        guard key.contains("="), let selector = try? LabelSelector(text: key) else { return count(of: key) }
        var namespace: String?
        if case .selected(_, let own) = members.members { namespace = own }
        return counts.reduce(0) { sum, entry in
            systems.isChosen(entry.key, by: selector, in: namespace) ? sum + entry.value : sum
        }
    }

    private var uneven: [String] {
        guard members.isEven else { return [] }
        let split = expected.map { $0.map(count(of:)) } ?? Array(counts.values)
        guard split.count > 1 else { return [] }
        guard total >= 5 * split.count else {
            return ["too few replies to tell: \(total) of \(split.count) Pods; at least \(5 * split.count) are needed"]
        }
        let statistic = ChiSquare.statistic(split)
        let probability = ChiSquare.probability(of: statistic, degrees: split.count - 1)
        guard probability < ChiSquare.level else { return [] }
        let bound = ChiSquare.quantile(degrees: split.count - 1)
        let chance = "chi-square \(Numbers.text(statistic)) is over \(Numbers.text(bound))"
        return ["\(all), which is not chance (\(chance): less than once in 1000 times)"]
    }

    private var unsteady: [String] {
        guard members.isSticky else { return [] }
        var byClient: [Address: [String: Int]] = [:]
        for reply in evaluation.delivered {
            guard let client = reply.client?.address ?? reply.seenSource, let name = reply.answeredBy else { continue }
            byClient[client, default: [:]][name, default: 0] += 1
        }
        let unsteady = byClient.filter { $0.value.count > 1 }.sorted { "\($0.key)" < "\($1.key)" }
        return unsteady.prefix(3).map { client, counts in
            let names = counts.sorted { $0.key < $1.key }.map { "\($0.key) ×\($0.value)" }.joined(separator: ", ")
            return "the client \(client) was answered by \(names)"
        }
    }

    private var number: [String] {
        guard let expectation = members.count, !expectation.holds(for: .int(Int64(counts.count))) else { return [] }
        return ["\(counts.count): \(all)"]
    }
}
