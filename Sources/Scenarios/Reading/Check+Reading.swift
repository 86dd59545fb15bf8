// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension Check {
    /// The checks of one entry of `expect`: one of the step's action or of traffic, and one of each other thing that the
    /// entry looks at.
    static func read(_ value: Value, at path: String, _ source: Kubernetes.Source) -> [Check] {
        var checks: [Check] = []
        let tests = Test.ofTraffic(value)
        if let subject = Subject.traffic(value) {
            checks.append(Check(subject: subject, tests: tests, place: source.place(of: path)))
        } else if !tests.isEmpty {
            checks.append(Check(subject: .action, tests: tests, place: source.place(of: path)))
        }
        for name in ["object", "rules", "why", "counter", "event"] {
            guard let own = value[name], let (subject, tests) = standing(name, own) else { continue }
            checks.append(Check(subject: subject, tests: tests, place: source.place(of: "\(path).\(name)")))
        }
        return checks
    }

    private static func standing(_ name: String, _ value: Value) -> (Subject, [Test])? {
        switch name {
        case "object": value.selection.map { (.object($0), Test.ofObject(value)) }
        case "rules": (.rules(node: value.text("node")), Test.ofRules(value))
        case "why":
            value.location("from").map {
                let walk = Walk(from: $0, to: value.text("to") ?? "", transport: value.text("protocol") ?? "TCP")
                return (.why(walk), Test.ofWalk(value))
            }
        case "counter":
            (
                .counter(
                    Counter(
                        node: value.text("node") ?? "", interface: value.text("interface"),
                        service: value.text("service"))), Test.ofCounter(value)
            )
        default:
            (
                .event(
                    EventQuestion(
                        reason: value.text("reason"), object: value.reference("object"),
                        message: value.expected("message"))),
                [.count(value.number(expected: "count") ?? Expectation([.atLeast(1)]))]
            )
        }
    }
}

extension Check.Subject {
    /// What the check brings with it: requests, a program, background traffic; nil if it looks at the step's action.
    fileprivate static func traffic(_ value: Value) -> Check.Subject? {
        if let name = value.text("background") { return .background(name) }
        if let exec = value["exec"].flatMap(Action.Exec.init) { return .exec(exec) }
        return Traffic(value).map { .traffic($0) }
    }
}

extension Check.Test {
    fileprivate static func ofTraffic(_ value: Value) -> [Check.Test] {
        var tests: [Check.Test] = []
        if let status = value.number(expected: "status") { tests.append(.status(status)) }
        if let body = value.expected("body") { tests.append(.body(body)) }
        for (name, expected) in (value["header"]?.fields ?? [:]).sorted(by: { $0.key < $1.key }) {
            tests.append(.header(name: name, Expectation(expected)))
        }
        for quantile in Check.Quantile.allCases {
            guard let most = value["latency"]?.duration(quantile.rawValue) else { continue }
            tests.append(.latency(quantile, atMost: most))
        }
        if let members = value["answeredBy"] { tests.append(.answeredBy(Check.AnsweredBy(members))) }
        if let source = value.text("source").flatMap(Check.Source.init(text:)) { tests.append(.source(source)) }
        if let outcome = value["outcome"] { tests.append(ofOutcome(outcome)) }
        if let failures = value.number(expected: "failures") { tests.append(.failures(failures)) }
        if let count = value.number(expected: "count") { tests.append(.count(count)) }
        if let output = value.expected("output") { tests.append(.output(output)) }
        if let output = value.expected("errorOutput") { tests.append(.errorOutput(output)) }
        if let code = value.number(expected: "exitCode") { tests.append(.exitCode(code)) }
        for place in [value, value["dns"] ?? .null] {
            if let answers = place.texts("answers") { tests.append(.answers(answers)) }
            if let code = place.text("code") { tests.append(.code(code)) }
        }
        return tests
    }

    private static func ofOutcome(_ value: Value) -> Check.Test {
        if let outcome = value.string.flatMap(Check.Outcome.init(rawValue:)) { return .outcome(outcome) }
        var counts: [Check.Outcome: Expectation] = [:]
        for outcome in Check.Outcome.allCases { counts[outcome] = value.number(expected: outcome.rawValue) }
        return .outcomes(counts)
    }

    fileprivate static func ofObject(_ value: Value) -> [Check.Test] {
        var tests: [Check.Test] = []
        if let isThere = value["exists"]?.bool { tests.append(.exists(isThere)) }
        if let count = value.number(expected: "count") { tests.append(.count(count)) }
        if let text = value.text("jsonPath"), let path = try? JSONPath(text) {
            tests.append(.value(path, Expectation(.object(value.fields))))
        }
        return tests
    }

    fileprivate static func ofRules(_ value: Value) -> [Check.Test] {
        var tests: [Check.Test] = []
        let (contains, pattern) = (value.text("contains"), value.text("matches"))
        if let count = value.number(expected: "count") {
            tests.append(.rules(.lines(contains: contains, matches: pattern, count)))
        } else {
            if let contains { tests.append(.rules(.contains(contains))) }
            if let pattern { tests.append(.rules(.matches(pattern))) }
        }
        if let lacks = value.text("lacks") { tests.append(.rules(.lacks(lacks))) }
        return tests
    }

    fileprivate static func ofWalk(_ value: Value) -> [Check.Test] {
        var tests: [Check.Test] = []
        if let outcome: Check.Outcome = value.choice("outcome") { tests.append(.verdict(outcome)) }
        if let ends = value.texts("ends") { tests.append(.ends(ends)) }
        if let source = value.text("source").flatMap(Check.Source.init(text:)) { tests.append(.source(source)) }
        return tests
    }

    fileprivate static func ofCounter(_ value: Value) -> [Check.Test] {
        var tests: [Check.Test] = []
        if let packets = value.number(expected: "packets") { tests.append(.packets(packets)) }
        if let bytes = value.number(expected: "bytes") { tests.append(.bytes(bytes)) }
        return tests
    }
}

extension Check.AnsweredBy {
    /// - Parameter value: a name, a list of names, or an object.
    fileprivate init(_ value: Value) {
        switch value {
        case .string(let name): self.init(members: .named([name]))
        case .array(let names): self.init(members: .named(names.compactMap(\.string)))
        default:
            if let names = value.texts("names") {
                self.init(members: .named(names))
            } else if let selector = value.selector("selector") {
                self.init(members: .selected(selector, namespace: value.namespace))
            } else {
                self.init(members: .anybody)
            }
            extent = value.choice("set") ?? .within
            shares = (value["shares"]?.fields ?? [:]).mapValues { $0.share ?? 0 }
            tolerance = value.share("tolerance") ?? tolerance
            isEven = value["even"]?.bool ?? false
            isSticky = value["sticky"]?.bool ?? false
            count = value.number(expected: "count")
        }
    }
}
