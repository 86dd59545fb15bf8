// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

extension TableLayout {
    static let horizontalPodAutoscaler = TableLayout([
        .name,
        .text("Reference", "What it scales") {
            let target = $0.spec["scaleTargetRef"]
            return "\(target?["kind"].text ?? "")/\(target?["name"].text ?? "")"
        },
        .text("Targets", "What it measures, and what that should be") { targets($0) },
        .text("MinPods", "How many Pods there are at least") { $0.spec["minReplicas"].text ?? "<unset>" },
        .count("MaxPods", type: "string", "How many Pods there are at most") { $0.spec["maxReplicas"]?.int ?? 0 },
        .count("Replicas", type: "string", "How many Pods there are") { $0.count("currentReplicas") },
        .age,
    ])

    /// The first two metrics, and how many more there are.
    private static func targets(_ subject: TableSubject) -> String {
        let current = subject.status["currentMetrics"].list
        var texts = subject.spec["metrics"].list.enumerated().map { index, metric in
            target(metric, index < current.count ? current[index] : nil)
        }
        if let percent = subject.spec["targetCPUUtilizationPercentage"].text {
            let present = subject.status["currentCPUUtilizationPercentage"].text.map { "\($0)%" } ?? "<unknown>"
            texts.append("cpu: \(present)/\(percent)%")
        }
        guard !texts.isEmpty else { return "<none>" }
        let shown = texts.prefix(2).joined(separator: ", ")
        return texts.count > 2 ? "\(shown) + \(texts.count - 2) more..." : shown
    }

    private static func target(_ metric: Value, _ status: Value?) -> String {
        let type = metric["type"]?.string ?? ""
        let field = type.prefix(1).lowercased() + type.dropFirst()
        guard let source = metric[field], let target = source["target"] else { return "<unknown type>" }
        let current = status?[field]?["current"]
        switch type {
        case "Resource", "ContainerResource":
            let name = source["name"].text ?? ""
            if let average = target["averageValue"].text {
                return "\(name): \(current?["averageValue"].text ?? "<unknown>")/\(average)"
            }
            let present = current?["averageUtilization"].text.map { "\($0)%" } ?? "<unknown>"
            return "\(name): \(present)/\(target["averageUtilization"].text.map { "\($0)%" } ?? "<auto>")"
        case "Pods": return "\(current?["averageValue"].text ?? "<unknown>")/\(target["averageValue"].text ?? "0")"
        default:
            if let average = target["averageValue"].text {
                return "\(current?["averageValue"].text ?? "<unknown>")/\(average) (avg)"
            }
            return "\(current?["value"].text ?? "<unknown>")/\(target["value"].text ?? "0")"
        }
    }
}
