// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// What stands beside the packets of a journey: each hop once, at the first packet after it; the end at the last.
struct TraceComments {
    private let journey: Value
    private let title: String
    /// The hops that packets were heard at, in order; of the answer's, too.
    private let heard: [Int]
    private let heardOfReply: [Int]

    init(_ journey: Value, number: Int) {
        self.journey = journey
        let frames = journey["frames"]?.elements ?? []
        heard = Set(frames.compactMap { $0["hop"]?.int }).sorted()
        heardOfReply = Set(frames.compactMap { $0["replyHop"]?.int }).sorted()
        title =
            "journey \(number): \(journey.text("protocol")) \(journey.text("sentFrom")) → \(journey.text("sentTo")) from "
            + "\(journey.text("origin")), \(journey["agreement"]?.text("text") ?? "")"
    }

    /// The comments beside a packet.
    func beside(_ frame: Value) -> [String] {
        if let hop = frame["hop"]?.int {
            let isFirst = hop == heard.first
            let isLast = hop == heard.last
            let from = isFirst ? 0 : (heard.last { $0 < hop } ?? -1) + 1
            return (isFirst ? [title] : []) + lines(from: from, through: isLast ? .max : hop)
        }
        guard let hop = frame["replyHop"]?.int else { return [] }
        let from = (heardOfReply.last { $0 < hop } ?? -1) + 1
        return answers(from: from, through: hop == heardOfReply.last ? .max : hop)
    }

    /// The lines of the hops between two; those after the last packet are the journey's end.
    private func lines(from first: Int, through last: Int) -> [String] {
        let hops = journey["hops"]?.elements ?? []
        return (journey["lines"]?.elements ?? []).compactMap { line in
            guard let index = line["hop"]?.int else {
                return last == .max ? "end, \(line.text("namespace")): \(line.text("text"))" : nil
            }
            guard (first...last).contains(index), hops.indices.contains(index) else { return nil }
            return "hop \(index + 1), \(line.text("namespace")): \(words(hops[index]) ?? line.text("text"))"
        }
    }

    /// A rule in nft's own words, and why it is there; nil for what is no rule.
    private func words(_ hop: Value) -> String? {
        guard let rule = hop["rule"], hop.text("action") == "rule" else { return nil }
        let element = rule["element"]?.string.map { " { \($0) }" } ?? ""
        let because = rule["because"] ?? .null
        let reason = ["object", "field", "location"].map { because.text($0) }.filter { !$0.isEmpty }
        return "\(rule.text("chain")): \(rule.text("rule"))\(element), because of \(reason.joined(separator: " "))"
    }

    private func answers(from first: Int, through last: Int) -> [String] {
        (journey["replyHops"]?.elements ?? []).enumerated().compactMap { index, hop in
            guard (first...last).contains(index) else { return nil }
            let happened =
                ["dnat", "masquerade"].contains(hop.text("action"))
                ? "turns \(hop.text("from")) back into \(hop.text("to"))" : hop.text("action")
            return "answer, hop \(index + 1), \(hop.text("namespace")): \(happened)"
        }
    }
}
