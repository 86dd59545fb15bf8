// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Linux

/// An explanation as it is read: the answer in plain words, the ends that there are, and the way there, hop by hop.
struct WhyText {
    private let answer: Value
    private let showsAll: Bool
    private let width: Int?

    /// So many ends are listed, unless all are wanted.
    static let endLimit = 12

    init(_ answer: Value, showsAll: Bool) {
        self.answer = answer
        self.showsAll = showsAll
        width = Terminal.width()
    }

    var text: String {
        var parts = [title]
        parts.append(([headline] + remarks).joined(separator: "\n"))
        let ways = answer["ways"]?.elements ?? []
        if ways.count > 1 { parts.append(ends(ways, of: answer["wayCount"]?.int ?? ways.count)) }
        parts += stories
        let broken = answer["faults"]?.elements.compactMap(\.string) ?? []
        if !broken.isEmpty { parts.append("Broken on purpose: \(broken.joined(separator: "; ")).") }
        if answer.text("basis") == "manifest" {
            let files = answer["files"]?.elements.compactMap(\.string).joined(separator: " ") ?? ""
            let unready = answer["unready"]?.elements.compactMap(\.string) ?? []
            let but = unready.isEmpty ? "" : ", but for \(unready.joined(separator: " "))"
            parts.append("A plan of \(files), as if all its Pods ran and were ready\(but); nothing was measured.")
        }
        return parts.joined(separator: "\n\n")
    }

    // MARK: The question

    private var title: String {
        let from = answer["from"] ?? .null
        let address = from.text("address").isEmpty ? "" : " (\(from.text("address")))"
        let namespace = from.text("namespace")
        let targets = answer["to", "targets"]?.elements ?? []
        var lines = [Terminal.bold("\(namespace)\(address) → \(answer.text("protocol")) \(goal(targets))")]
        for name in answer["names"]?.elements ?? [] {
            let addresses = name["addresses"]?.elements.compactMap(\.string) ?? []
            let meaning = name["alias"]?.string ?? (addresses.isEmpty ? "no address" : addresses.short(6))
            lines.append("\(name.text("name")) is \(meaning)")
        }
        return lines.joined(separator: "\n")
    }

    private func goal(_ targets: [Value]) -> String {
        guard let first = targets.first else { return answer["to"]?.text("text") ?? "" }
        let port = first["port"]?.int.map { ":\($0)" } ?? ""
        let address = first.text("address").contains(":") ? "[\(first.text("address"))]" : first.text("address")
        guard targets.count == 1 else { return "\(targets.count) addresses, one of them \(address)\(port)" }
        return "\(address)\(port), \(first.text("text"))"
    }

    // MARK: The answer

    private var headline: String {
        let text = answer.text("headline")
        let word = answer.text("answer")
        guard text.hasPrefix(word) else { return wrapped(text, indent: 0) }
        let colored = word == "delivered" ? Terminal.green(word) : Terminal.red(word)
        return colored + wrapped(text, indent: 0).dropFirst(word.count)
    }

    private var remarks: [String] {
        (answer["remarks"]?.elements ?? []).dropFirst().map { "  " + wrapped($0.text("text"), indent: 2) }
    }

    /// On a terminal, lines that are too long are broken at blanks.
    private func wrapped(_ text: String, indent: Int) -> String {
        JourneyText.wrapped(text, width: width, indent: indent).joined(
            separator: "\n" + String(repeating: " ", count: indent + 2))
    }

    // MARK: The ends

    private func ends(_ ways: [Value], of count: Int) -> String {
        let shown = showsAll ? ways[...] : ways.prefix(Self.endLimit)
        let rows = shown.map { way -> [String] in
            let isDelivered = way.text("outcome") == "delivered"
            return [
                way.text("probability"), way.text("outcome"), (way["pod"] ?? way["namespace"])?.string ?? "",
                way.text("node"), way["destination"]?.string ?? "-", isDelivered ? way.text("source") : "-",
            ]
        }
        let table = Terminal.table(["SHARE", "OUTCOME", "AT", "NODE", "ADDRESS", "CLIENT SEEN AS"], rows)
        let left = count - shown.count
        return table + (left > 0 ? "\n… and \(left) more ends (--all shows each)" : "")
    }

    // MARK: The way

    private var stories: [String] {
        if let journeys = answer["journeys"]?.elements {
            let all = (answer["outcomes"]?.elements ?? []).reduce(0) { $0 + ($1["count"]?.int ?? 0) }
            return journeys.enumerated().map { number, journey in
                let share = journey.text("probability")
                return story(journey, "way \(number + 1) of \(all), \(share) of all connections")
            }
        }
        return (answer["outcomes"]?.elements ?? []).compactMap { outcome in
            guard let journey = outcome["journey"] else { return nil }
            let count = outcome["count"]?.int ?? 1
            let share = outcome.text("probability")
            let which = count == 1 ? "the way" : "one way of \(count)\(share == "1" ? "" : " that end so")"
            return story(journey, share == "1" ? which : "\(which), \(share) of all connections")
        }
    }

    private func story(_ journey: Value, _ title: String) -> String {
        ([Terminal.bold("\(title):")] + JourneyText(journey).lines).joined(separator: "\n")
    }
}

extension [String] {
    /// The first few, and how many more there are.
    fileprivate func short(_ limit: Int) -> String {
        prefix(limit).joined(separator: ", ") + (count > limit ? " and \(count - limit) more" : "")
    }
}
