// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// Compares what name servers said with what is expected.
struct LookupEvaluation {
    private let lookups: [LookupReply]

    init(_ lookups: [LookupReply]) { self.lookups = lookups }

    func seen(against test: Check.Test) -> [String] {
        if case .count(let expectation) = test { return unmet(expectation, lookups.count, "question") }
        guard !lookups.isEmpty else { return ["no question"] }
        switch test {
        case .answers(let wanted):
            let names = Set(wanted.map(Self.normal))
            return mismatches { Set($0.answers.map(Self.normal)) == names ? nil : $0.words }
        case .code(let code): return mismatches { $0.code == code ? nil : $0.words }
        case .outcome(let outcome):
            return Tally.lines(lookups.filter { $0.outcome != outcome }.map(\.words), of: lookups.count)
        case .outcomes(let expected):
            let isRight = expected.allSatisfy { outcome, expectation in
                expectation.holds(for: .int(Int64(lookups.count { $0.outcome == outcome })))
            }
            return isRight ? [] : Tally.lines(lookups.map(\.words), of: lookups.count)
        case .failures(let expectation):
            let failed = lookups.filter(\.isFailure)
            if expectation.holds(for: .int(Int64(failed.count))) { return [] }
            return failed.isEmpty ? ["no failure"] : Tally.lines(failed.map(\.words), of: lookups.count)
        case .latency(let quantile, let most):
            let replies = lookups.filter { $0.outcome == .delivered }.map { Reply(.delivered, latency: $0.latency) }
            guard let latency = replies.latency(quantile) else { return ["no reply"] }
            return latency <= most ? [] : [latency.words]
        default: return ["questions to DNS, of which this says nothing"]
        }
    }

    private func mismatches(_ wrong: (LookupReply) -> String?) -> [String] {
        Tally.lines(lookups.compactMap { $0.outcome == .delivered ? wrong($0) : $0.words }, of: lookups.count)
    }

    /// Names have no case, and a dot at the end says nothing more; addresses have one form.
    private static func normal(_ text: String) -> String {
        if let address = Address(text) { return "\(address)" }
        let lower = text.lowercased()
        return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }
}

extension LookupReply {
    /// `NXDOMAIN`, or what it gives.
    fileprivate var words: String {
        guard outcome == .delivered else { return detail.isEmpty ? outcome.words : "\(outcome.words) (\(detail))" }
        if code != "NOERROR", !code.isEmpty { return code }
        return answers.isEmpty ? "no answer" : answers.sorted().joined(separator: ", ")
    }
}

/// Compares objects of the API with what is expected.
struct ObjectEvaluation {
    private let objects: [Object]

    init(_ objects: [Object]) { self.objects = objects }

    func seen(against test: Check.Test) -> [String] {
        switch test {
        case .exists(let isThere):
            if objects.isEmpty != isThere { return [] }
            return [isThere ? "nothing" : objects.map(Self.name).joined(separator: ", ")]
        case .count(let expectation): return unmet(expectation, objects.count, "object")
        case .value(let path, let expectation):
            if objects.isEmpty { return expectation.holds(for: nil) && !expectation.tests.isEmpty ? [] : ["no object"] }
            return objects.compactMap { object in
                guard let words = path.seen(in: object, against: expectation) else { return nil }
                return objects.count == 1 ? words : "\(words) (\(Self.name(object)))"
            }
        default: return ["objects, of which this says nothing"]
        }
    }

    static func name(_ object: Object) -> String { "\(object.kind.lowercased())/\(object.name)" }
}

extension JSONPath {
    /// What the path leads to, if that is not as expected; an expectation of nothing asks only that there is a value.
    func seen(in object: Object, against expectation: Expectation) -> String? {
        let values = all(in: object.value)
        if expectation.tests.isEmpty { return values.contains { !$0.isNull } ? nil : "nothing there" }
        // One value is itself, unless a list is expected; several are a list.
        let isOne = values.count < 2 && !(values.count == 1 && description.contains("[*]") && expectation.wantsList)
        if expectation.holds(for: isOne ? values.first : .array(values)) { return nil }
        return values.isEmpty ? "nothing there" : values.map(\.words).joined(separator: ", ")
    }
}

extension Expectation {
    /// Whether it is a list that is expected.
    fileprivate var wantsList: Bool {
        tests.contains { test in
            switch test {
            case .equals(.array): true
            case .not(let expectation): expectation.wantsList
            default: false
            }
        }
    }
}

/// Compares nodes' rules with what is expected.
struct RuleEvaluation {
    private let rules: [(node: String, lines: [Substring])]

    init(_ rules: [String: String]) {
        self.rules = rules.sorted { $0.key < $1.key }.map { ($0.key, $0.value.split(separator: "\n")) }
    }

    func seen(against test: Check.Test) -> [String] {
        guard case .rules(let test) = test else { return ["rules, of which this says nothing"] }
        if rules.isEmpty { return ["no rules"] }
        return rules.compactMap { node, lines in seen(test, lines).map { "\($0) on \(node)" } }
    }

    private func seen(_ test: Check.RuleTest, _ lines: [Substring]) -> String? {
        switch test {
        case .contains(let text):
            lines.contains { $0.contains(text) } ? nil : "no such line among \(lines.count)"
        case .lacks(let text): lines.first { $0.contains(text) }.map { "the line \(String($0.trimmed).excerpt)" }
        case .matches(let pattern):
            Self.found(pattern, lines) > 0 ? nil : "no such line among \(lines.count)"
        case .lines(let text, let pattern, let expectation):
            unmet(
                expectation,
                Self.found(pattern, lines.filter { line in text.map { line.contains($0) } ?? true }), "such line"
            ).first
        }
    }

    private static func found(_ pattern: String?, _ lines: [Substring]) -> Int {
        guard let pattern else { return lines.count }
        guard let regex = try? Regex(pattern) else { return 0 }
        return lines.count { $0.firstMatch(of: regex) != nil }
    }
}

extension Substring {
    fileprivate var trimmed: Substring { drop { $0 == " " || $0 == "\t" } }
}

/// Compares the ways that the walker finds with what is expected.
struct WayEvaluation {
    private let ways: [Observation.Way]
    private let systems: KnownSystems

    init(_ ways: [Observation.Way], _ systems: KnownSystems) {
        self.ways = ways
        self.systems = systems
    }

    func seen(against test: Check.Test) -> [String] {
        guard !ways.isEmpty else { return ["no way"] }
        switch test {
        case .verdict(let outcome):
            return Tally.lines(ways.filter { $0.outcome != outcome }.map(Self.words), of: ways.count)
        case .ends(let wanted):
            let ends = Array(Set(ways.compactMap(\.end))).sorted()
            let isAll = wanted.allSatisfy { name in ends.contains { AnswererEvaluation.isSame(name, $0) } }
            let isOnly = ends.allSatisfy { end in wanted.contains { AnswererEvaluation.isSame($0, end) } }
            return isAll && isOnly ? [] : [ends.isEmpty ? "no end" : ends.joined(separator: ", ")]
        case .source(let source):
            return Tally.lines(
                ways.compactMap { way in
                    guard let text = way.source else { return Self.words(way) }
                    guard let address = Address(text) else { return text }
                    return systems.contains(address, in: source) ? nil : text
                }, of: ways.count)
        default: return ["ways, of which this says nothing"]
        }
    }

    private static func words(_ way: Observation.Way) -> String {
        way.outcome.words + (way.end.map { " at \($0)" } ?? "")
    }
}

extension [Object] {
    /// Of Events: how many are as the question says.
    func seen(against test: Check.Test, _ subject: Check.Subject) -> [String] {
        guard case .count(let expectation) = test, case .event(let question) = subject else {
            return ["Events, of which this says nothing"]
        }
        let found = filter { question.matches($0) }
        guard !expectation.holds(for: .int(Int64(found.count))) else { return [] }
        let others = Set(map { $0.value["reason"]?.string ?? "" }).filter { !$0.isEmpty }.sorted()
        let hint = found.isEmpty && !others.isEmpty ? " (there are \(others.prefix(8).joined(separator: ", ")))" : ""
        return ["\(found.count)\(hint)"]
    }
}

extension Check.EventQuestion {
    /// Whether an Event, of either API, is one of those that are asked for.
    func matches(_ event: Object) -> Bool {
        if let reason, event.value["reason"]?.string != reason { return false }
        if let message {
            let text = event.value["message"] ?? event.value["note"]
            if !message.holds(forText: text?.string ?? "") { return false }
        }
        guard let object else { return true }
        let subject = event.value["involvedObject"] ?? event.value["regarding"]
        let kind = object.resource?.kind ?? object.kind
        guard subject?["kind"]?.string == kind, subject?["name"]?.string == object.name else { return false }
        let namespace = subject?["namespace"]?.string ?? ""
        return namespace.isEmpty || namespace == object.namespace
    }
}
