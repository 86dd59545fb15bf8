// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension Check {
    /// What must hold, in words: `requests from host to http://web/: status 200`.
    public var title: String {
        let what = tests.map(\.description).joined(separator: ", ")
        return subject.words.isEmpty ? what : what.isEmpty ? subject.words : "\(subject.words): \(what)"
    }
}

extension Check.Subject {
    /// What is looked at; empty for what came of the step's action.
    public var words: String {
        switch self {
        case .action: ""
        case .traffic(let traffic): traffic.title.lowercasedFirst
        case .exec(let exec): exec.title.lowercasedFirst
        case .background(let name): "background traffic \(name)"
        case .object(let selection): "\(selection)"
        case .rules(let node): "rules of \(node ?? "every node")"
        case .why(let walk):
            "the walker, from \(walk.from) to \(walk.to)\(walk.transport == "TCP" ? "" : " (\(walk.transport))")"
        case .counter(let counter):
            "counted on \(counter.node)\(counter.interface.map { " at \($0)" } ?? "")\(counter.service.map { " for service/\($0)" } ?? "")"
        case .event(let question): question.words
        }
    }
}

extension Check.EventQuestion {
    fileprivate var words: String {
        var text = "Events"
        if let reason { text += " \(reason)" }
        if let object { text += " about \(object)" }
        if let message { text += " that say \(message)" }
        return text
    }
}

extension Check.Test: CustomStringConvertible {
    /// What must be true, in words.
    public var description: String {
        switch self {
        case .status(let expectation): "status \(expectation)"
        case .body(let expectation): "body \(expectation)"
        case .header(let name, let expectation): "header \(name) \(expectation)"
        case .latency(let quantile, let most): "\(quantile.rawValue) of the latency at most \(most.words)"
        case .answeredBy(let members): "answered by \(members)"
        case .source(let source): "source \(source)"
        case .outcome(let outcome): outcome.words
        case .outcomes(let counts):
            Check.Outcome.allCases.compactMap { outcome in counts[outcome].map { "\(outcome.words): \($0)" } }.joined(
                separator: ", ")
        case .failures(let expectation): "failures: \(expectation)"
        case .count(let expectation): "count: \(expectation)"
        case .output(let expectation): "output \(expectation)"
        case .errorOutput(let expectation): "error output \(expectation)"
        case .exitCode(let expectation): "exit code \(expectation)"
        case .value(let path, let expectation): "\(path) is \(expectation)"
        case .exists(let isThere): isThere ? "there" : "not there"
        case .answers(let answers): "answers \(answers.isEmpty ? "none" : answers.joined(separator: ", "))"
        case .code(let code): "code \(code)"
        case .rules(let test): test.description
        case .verdict(let outcome): "every way is \(outcome.words)"
        case .ends(let ends): "ends at \(ends.joined(separator: ", "))"
        case .packets(let expectation): "packets: \(expectation)"
        case .bytes(let expectation): "bytes: \(expectation)"
        }
    }
}

extension Check.RuleTest: CustomStringConvertible {
    /// What is looked for, in words.
    public var description: String {
        switch self {
        case .contains(let text): "a line with \(text.quoted)"
        case .lacks(let text): "no line with \(text.quoted)"
        case .matches(let pattern): "a line that matches /\(pattern)/"
        case .lines(let text, let pattern, let count):
            "lines\(text.map { " with \($0.quoted)" } ?? "")\(pattern.map { " that match /\($0)/" } ?? ""): \(count)"
        }
    }
}

extension Check.Outcome {
    /// For a sentence: `timed out`.
    public var words: String { self == .timedOut ? "timed out" : rawValue }
}

extension Check.Source: CustomStringConvertible {
    /// As it is written.
    public var description: String {
        switch self {
        case .client: "client"
        case .node: "node"
        case .address(let text), .range(let text): text
        case .location(let location): location.description
        }
    }
}

extension Check.AnsweredBy: CustomStringConvertible {
    /// In words: `the Pods with app=web, evenly`.
    public var description: String {
        var parts: [String] = []
        switch members {
        case .anybody: break
        case .named(let names):
            parts.append((extent == .exact && names.count > 1 ? "each of " : "") + names.joined(separator: ", "))
        case .selected(let selector, let namespace):
            let space = namespace == "default" ? "" : " in \(namespace)"
            parts.append("\(extent == .exact ? "each of the Pods" : "Pods") with \(selector)\(space)")
        }
        parts += shares.sorted { $0.key < $1.key }.map { "\($0.key) \(Numbers.text($0.value * 100)) %" }
        if isEven { parts.append("evenly") }
        if isSticky { parts.append("always by the same one") }
        if let count { parts.append("how many: \(count)") }
        return parts.joined(separator: ", ")
    }
}
