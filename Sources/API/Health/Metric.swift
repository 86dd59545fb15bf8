// SPDX-License-Identifier: Apache-2.0

/// One measured number, as Prometheus reads it.
public struct Metric: Sendable, Hashable {
    /// Whether it only ever grows. Raw values are those of the text format.
    public enum Kind: String, Sendable, Hashable {
        case counter
        case gauge
    }

    /// Its name, as `apiserver_current_inflight_requests`.
    public var name: String
    /// What it is, in a sentence.
    public var help: String
    /// Whether it only ever grows.
    public var kind: Kind
    /// Its labels.
    public var labels: [String: String]
    /// The number.
    public var value: Double

    /// Puts one together from its parts.
    public init(_ name: String, _ help: String, _ kind: Kind, labels: [String: String] = [:], _ value: Double) {
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.value = value
    }

    /// Prometheus' text format (version 0.0.4), one name after the other.
    static func text(_ metrics: [Metric]) -> String {
        var text = ""
        var last = ""
        for metric in metrics.sorted(by: { $0.name < $1.name }) {
            if metric.name != last {
                text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n"
                last = metric.name
            }
            let labels = metric.labels.sorted { $0.key < $1.key }
                .map { "\($0.key)=\"\(escaped($0.value))\"" }.joined(separator: ",")
            let number =
                metric.value == metric.value.rounded() && abs(metric.value) < 1e15
                ? String(Int64(metric.value)) : metric.value.description
            text += "\(metric.name)\(labels.isEmpty ? "" : "{\(labels)}") \(number)\n"
        }
        return text
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }
}
