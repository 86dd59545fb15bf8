// SPDX-License-Identifier: Apache-2.0

/// One condition on a label. The corresponding Go type is `LabelSelectorRequirement`.
public struct LabelRequirement: Sendable, Hashable {
    /// How the label's value is held against the values; raw values are Kubernetes' names.
    public enum Operator: String, Sendable, Hashable {
        case isIn = "In"
        case notIn = "NotIn"
        case exists = "Exists"
        case doesNotExist = "DoesNotExist"
    }

    /// The label's name.
    public let key: String
    /// How the label's value is compared.
    public let `operator`: Operator
    /// What it is compared with; empty for `Exists` and `DoesNotExist`.
    public let values: [String]

    /// Puts one together from its parts.
    public init(_ key: String, _ operator: Operator, _ values: [String] = []) {
        self.key = key
        self.operator = `operator`
        self.values = values
    }

    /// True if the labels meet the condition; a missing label meets `NotIn`.
    public func matches(_ labels: [String: String]) -> Bool {
        switch self.operator {
        case .isIn: labels[key].map(values.contains) ?? false
        case .notIn: !(labels[key].map(values.contains) ?? false)
        case .exists: labels[key] != nil
        case .doesNotExist: labels[key] == nil
        }
    }
}

/// Conditions on labels, all of which must hold. The corresponding Go type is `LabelSelector`.
public struct LabelSelector: Sendable, Hashable {
    /// Labels that an object must have, all of them.
    public var matchLabels: [String: String]
    /// Further conditions, all of which must hold.
    public var matchExpressions: [LabelRequirement]

    /// Puts one together from its parts.
    public init(matchLabels: [String: String] = [:], matchExpressions: [LabelRequirement] = []) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }

    /// The selector that an object's field holds; one that matches everything if there is none.
    public init(_ value: Value?) {
        matchLabels = value?["matchLabels"]?.strings ?? [:]
        matchExpressions = (value?["matchExpressions"]?.elements ?? []).compactMap { entry in
            guard let key = entry["key"]?.string,
                let name = entry["operator"]?.string, let relation = LabelRequirement.Operator(rawValue: name)
            else { return nil }
            return LabelRequirement(key, relation, entry["values"]?.elements.compactMap(\.string) ?? [])
        }
    }

    /// True if there is no condition at all.
    public var isEmpty: Bool { matchLabels.isEmpty && matchExpressions.isEmpty }

    /// True if the labels meet every condition.
    public func matches(_ labels: [String: String]) -> Bool {
        matchLabels.allSatisfy { labels[$0.key] == $0.value } && matchExpressions.allSatisfy { $0.matches(labels) }
    }
}
