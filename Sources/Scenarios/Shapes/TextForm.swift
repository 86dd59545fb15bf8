// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// A kind of text, with rules of its own.
enum TextForm: Sendable, CaseIterable {
    case any
    case filled
    case name
    case duration
    case durationOrZero
    case rate
    case percentage
    case comparison
    case pattern
    case jsonPath
    case selector
    case kind
    case object
    case location
    case url
    case hostPort
    case template
    case source
    case condition
    case hostname

    /// What is wrong with a text; nil if nothing is.
    func problem(of text: String) -> String? {
        switch self {
        case .any: nil
        case .filled: text.isEmpty ? "must not be empty" : nil
        case .name:
            text.utf8.count <= 63 && text.wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?/) != nil
                ? nil : "must be a name of at most 63 small letters, digits and dashes, as \"blue-green\""
        case .duration: Self.durationProblem(text, isZeroGood: false)
        case .durationOrZero: Self.durationProblem(text, isZeroGood: true)
        case .rate: TextForm.rate(text) == nil ? "must be so many a second, as \"200/s\"" : nil
        case .percentage:
            TextForm.percentage(text) == nil ? "must be a part from \"0%\" to \"100%\", or a number from 0 to 1" : nil
        case .comparison: TextForm.comparison(text) == nil ? "must be a comparison, as \">= 1\" or \"< 20\"" : nil
        case .pattern: Self.patternProblem(text)
        case .jsonPath: Self.jsonPathProblem(text)
        case .selector: Self.selectorProblem(text)
        case .kind:
            text.wholeMatch(of: /[A-Za-z][-A-Za-z0-9.]*/) == nil ? "must be a kind, as \"deployment\" or \"pods\"" : nil
        case .object:
            ObjectReference(text: text) == nil
                ? "must be KIND/NAME or KIND/NAMESPACE/NAME, as \"service/web\" or \"deployment/shop/web\"" : nil
        case .location:
            Location(text: text) == nil
                ? "must be host, edge, a node, outside/NAME, pod/NAME or NAMESPACE/NAME, as \"pod/web-1\"" : nil
        case .url: URLText.problem(of: text)
        case .hostPort: HostPortText.problem(of: text)
        case .template: Template.problem(of: text) ?? (text.isEmpty ? "must not be empty" : nil)
        case .source: Check.Source(text: text) == nil ? Self.sourceWords : nil
        case .condition:
            text.wholeMatch(of: /[A-Za-z][-A-Za-z0-9._\/]*(=[A-Za-z]+)?/) == nil
                ? "must be the type of a condition, as \"Ready\" or \"Available=False\"" : nil
        case .hostname:
            text.wholeMatch(of: /(\*\.)?[A-Za-z0-9_]([-A-Za-z0-9_.]*[A-Za-z0-9_])?\.?/) == nil || text.utf8.count > 254
                ? "must be a name of DNS, as \"web.shop\" or \"example.com.\"" : nil
        }
    }

    private static let sourceWords =
        "must be client, node, an address, a range of addresses, or a place, as \"node-1\" or \"outside/visitor\""

    private static func durationProblem(_ text: String, isZeroGood: Bool) -> String? {
        guard let time = duration(text) else { return "must be a time, as \"250ms\", \"3s\" or \"2m\"" }
        if time == .zero, !isZeroGood { return "must be more than zero, as \"250ms\" or \"3s\"" }
        return time > .seconds(3600) ? "must be at most an hour, \"1h\"" : nil
    }

    private static func patternProblem(_ text: String) -> String? {
        if text.isEmpty { return "must not be empty" }
        do {
            _ = try Regex(text)
            return nil
        } catch { return "must be a regular expression: \(reason(error))" }
    }

    /// The first line of what the parser of regular expressions says.
    private static func reason(_ error: any Error) -> String {
        String("\(error)".split(separator: "\n").first ?? "it cannot be read")
    }

    private static func jsonPathProblem(_ text: String) -> String? {
        do throws(JSONPathError) {
            _ = try JSONPath(text)
            return nil
        } catch { return "must be a JSONPath, as \"{.status.phase}\": \(error)" }
    }

    private static func selectorProblem(_ text: String) -> String? {
        if text.isEmpty { return "must be a selector, as \"app=web\" or \"tier in (a,b)\"" }
        do throws(SelectorError) {
            _ = try LabelSelector(text: text)
            return nil
        } catch { return "must be a selector, as \"app=web\": \(error)" }
    }

    // MARK: Values

    /// The time that a text as `250ms`, `1m30s` or `0` says; nil for any other.
    static func duration(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        guard text.wholeMatch(of: /([0-9]+(\.[0-9]+)?(h|m|s|ms|us))+/) != nil else { return nil }
        let units: [Substring: Double] = ["h": 3600, "m": 60, "s": 1, "ms": 0.001, "us": 0.000001]
        var seconds = 0.0
        for match in text.matches(of: /([0-9.]+)(h|ms|us|m|s)/) {
            guard let number = Double(match.1), let unit = units[match.2] else { return nil }
            seconds += number * unit
        }
        return seconds < 1e9 ? .microseconds((seconds * 1e6).rounded()) : nil
    }

    /// How many in a second a text as `200/s` or `30/m` says; nil for any other.
    static func rate(_ text: String) -> Double? {
        guard let match = text.wholeMatch(of: /([0-9]+(\.[0-9]+)?) ?\/ ?(s|m)/), let number = Double(match.1) else {
            return nil
        }
        let rate = match.3 == "m" ? number / 60 : number
        return (0.001...1_000_000).contains(rate) ? rate : nil
    }

    /// The part that a text as `90%` says; nil for any other.
    static func percentage(_ text: String) -> Double? {
        guard let match = text.wholeMatch(of: /([0-9]+(\.[0-9]+)?)%/), let number = Double(match.1), number <= 100
        else { return nil }
        return number / 100
    }

    /// The test that a text as `>= 1` says; nil for any other.
    static func comparison(_ text: String) -> Expectation.Test? {
        guard let match = text.wholeMatch(of: /(>=|<=|==|!=|>|<) *(-?[0-9]+(\.[0-9]+)?)/), let number = Double(match.2)
        else { return nil }
        switch match.1 {
        case ">=": return .atLeast(number)
        case "<=": return .atMost(number)
        case ">": return .above(number)
        case "<": return .below(number)
        case "==": return .equals(Value(number: number))
        default: return .not(.equals(Value(number: number)))
        }
    }
}

extension Value {
    /// A number, as a whole one if it is.
    init(number: Double) { self = Int64(exactly: number).map(Value.int) ?? .double(number) }
}
