// SPDX-License-Identifier: Apache-2.0

/// One measured number, as Prometheus reads it.
public struct Metric: Sendable, Hashable {
    /// Whether it only ever grows. Raw values are those of the text format.
    public enum Kind: String, Sendable, Hashable {
        case counter
        case gauge
        case histogram
    }

    /// Its name, as `apiserver_current_inflight_requests`.
    public var name: String
    /// What the name begins with that all numbers of one histogram share; else the name.
    public var family: String
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
        family = name
        self.help = help
        self.kind = kind
        self.labels = labels
        self.value = value
    }

    /// The numbers of a histogram.
    /// - Parameters:
    ///   - bounds: the upper bounds of the buckets.
    ///   - counts: how many values each bucket has that those before have not; at the end those beyond all bounds.
    ///   - sum: all values together.
    public static func histogram(
        _ name: String, _ help: String, labels: [String: String] = [:], bounds: [Double], counts: [Int], sum: Double
    ) -> [Metric] {
        var total = 0
        var all = zip(bounds.map(\.description) + ["+Inf"], counts).map { bound, count in
            total += count
            return Metric(
                name + "_bucket", help, .histogram, labels: labels.merging(["le": bound]) { $1 }, Double(total))
        }
        all.append(Metric(name + "_sum", help, .histogram, labels: labels, sum))
        all.append(Metric(name + "_count", help, .histogram, labels: labels, Double(total)))
        for index in all.indices { all[index].family = name }
        return all
    }

    /// Prometheus' text format (version 0.0.4), one name after the other.
    static func text(_ metrics: [Metric]) -> String {
        var text = ""
        var last = ""
        // Those of one histogram stay in their order.
        let sorted = metrics.enumerated().sorted { ($0.element.family, $0.offset) < ($1.element.family, $1.offset) }
        for (_, metric) in sorted {
            if metric.family != last {
                text += "# HELP \(metric.family) \(metric.help)\n# TYPE \(metric.family) \(metric.kind.rawValue)\n"
                last = metric.family
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
