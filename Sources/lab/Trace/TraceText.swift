// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux

/// A traced journey as it is read: where from and where to, one hop a line, the answer's way, and how it compares.
struct TraceText {
    private let journey: Value
    private let number: Int
    private let output: Int32

    init(_ journey: Value, number: Int, on output: Int32) {
        self.journey = journey
        self.number = number
        self.output = output
    }

    var text: String {
        ([title] + hops + [reply, agreement].compactMap(\.self)).joined(separator: "\n")
    }

    // MARK: The way

    private var title: String {
        let name = "\(journey.text("origin")) (\(journey.text("sentFrom")))"
        return Terminal.bold("\(number). \(name) → \(journey.text("protocol")) \(journey.text("sentTo"))", on: output)
    }

    private var hops: [String] {
        let times = (journey["times"]?.elements ?? []).compactMap(\.int)
        var last: Int?
        return JourneyText(journey, on: output) { line in
            // The end has the time of the last hop; a time is told once, for all that it is the time of.
            let index = line["hop"]?.int ?? times.count - 1
            guard times.indices.contains(index), times[index] != last else { return "" }
            last = times[index]
            return TraceText.duration(times[index] - times[0])
        }.lines
    }

    // MARK: The answer

    /// The way of the answer, in a sentence; nil if none was seen.
    private var reply: String? {
        let hops = journey["replyHops"]?.elements ?? []
        guard let first = hops.first, let last = hops.last else { return nil }
        var places: [String] = []
        for hop in hops where places.last != hop.text("namespace") { places.append(hop.text("namespace")) }
        var sentence = "the answer of \(first.text("source")) goes \(places.joined(separator: " → "))"
        sentence += times(of: "replyTimes")
        for hop in hops where ["dnat", "masquerade"].contains(hop.text("action")) {
            sentence += "; \(hop.text("namespace")) turns \(hop.text("from")) back into \(hop.text("to"))"
        }
        if last.text("destination") == journey.text("sentFrom"), last.text("source") == journey.text("sentTo") {
            sentence += "; it comes from where the question went"
        }
        let parts = JourneyText.wrapped(sentence, width: Terminal.width(output), indent: 4)
        return "  " + parts.joined(separator: "\n    ")
    }

    private func times(of field: String) -> String {
        let times = (journey[field]?.elements ?? []).compactMap(\.int)
        guard let start = journey["times", "0"]?.int ?? journey["times"]?.elements.first?.int, let end = times.last
        else {
            return ""
        }
        return ", there after \(TraceText.duration(end - start))"
    }

    // MARK: The comparison

    private var agreement: String {
        let agreement = journey["agreement"] ?? .null
        let text = JourneyText.wrapped(agreement.text("text"), width: Terminal.width(output), indent: 4)
            .joined(separator: "\n    ")
        switch agreement.text("verdict") {
        case "as predicted": return "  " + Terminal.green(text, on: output)
        case "differs": return "  " + Terminal.red(text, on: output)
        default: return "  " + text
        }
    }

    // MARK: Times

    /// A time in nanoseconds as people read it: `0 µs`, `85 µs`, `12.4 ms`, `1.50 s`.
    static func duration(_ nanoseconds: Int) -> String {
        let microseconds = (nanoseconds + 500) / 1000
        if microseconds < 10_000 { return "\(microseconds) µs" }
        if microseconds < 1_000_000 { return "\(microseconds / 1000).\(microseconds / 100 % 10) ms" }
        return "\(microseconds / 1_000_000).\(String(microseconds / 10_000 % 100).padded(2)) s"
    }
}
