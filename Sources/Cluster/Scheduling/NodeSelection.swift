// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// One alternative of a Pod's demands on nodes: all of its conditions must hold. The corresponding Go type is
/// `NodeSelectorTerm`.
struct NodeSelectorTerm: Sendable, Hashable {
    private var labels: [NodeRequirement]
    private var fields: [NodeRequirement]

    init(_ value: Value?) {
        labels = (value?["matchExpressions"]?.elements ?? []).map(NodeRequirement.init)
        fields = (value?["matchFields"]?.elements ?? []).map(NodeRequirement.init)
    }

    /// A term without conditions matches no node.
    func matches(_ node: NodeFacts) -> Bool {
        guard !labels.isEmpty || !fields.isEmpty else { return false }
        return labels.allSatisfy { $0.matches(node.labels[$0.key]) }
            && fields.allSatisfy { $0.matches($0.key == "metadata.name" ? node.name : nil) }
    }
}

/// One condition on a node's label or field. The corresponding Go type is `NodeSelectorRequirement`.
struct NodeRequirement: Sendable, Hashable {
    let key: String
    private let relation: String
    private let values: [String]

    init(_ value: Value) {
        key = value["key"]?.string ?? ""
        relation = value["operator"]?.string ?? ""
        values = value["values"]?.elements.compactMap(\.string) ?? []
    }

    /// - Parameter actual: what the node has; nil if it lacks the label.
    func matches(_ actual: String?) -> Bool {
        switch relation {
        case "In": actual.map(values.contains) ?? false
        case "NotIn": !(actual.map(values.contains) ?? false)
        case "Exists": actual != nil
        case "DoesNotExist": actual == nil
        case "Gt": compare(actual) { $0 > $1 }
        case "Lt": compare(actual) { $0 < $1 }
        default: false
        }
    }

    private func compare(_ actual: String?, by isRight: (Int, Int) -> Bool) -> Bool {
        guard let actual = actual.flatMap({ Int($0) }), let bound = values.first.flatMap({ Int($0) }) else {
            return false
        }
        return isRight(actual, bound)
    }
}

/// What keeps Pods away from a node unless they put up with it. The corresponding field is `spec.tolerations`.
struct Tolerations: Sendable, Hashable {
    private let entries: [Value]

    init(_ value: Value?) { entries = value?.elements ?? [] }

    func tolerate(_ taint: Taint) -> Bool { entries.contains { Tolerations.tolerates($0, taint) } }

    /// For how many seconds a Pod bears a taint that drives Pods away: nil for ever, 0 not at all.
    func seconds(bearing taint: Taint) -> Int? {
        let fitting = entries.filter { Tolerations.tolerates($0, taint) }
        guard !fitting.isEmpty else { return 0 }
        return fitting.compactMap { $0["tolerationSeconds"]?.int }.min().map { max(0, $0) }
    }

    private static func tolerates(_ toleration: Value, _ taint: Taint) -> Bool {
        let wantedKey = toleration["key"]?.string ?? ""
        let wantedEffect = toleration["effect"]?.string ?? ""
        guard wantedEffect.isEmpty || wantedEffect == taint.effect else { return false }
        let exists = toleration["operator"]?.string == "Exists"
        guard wantedKey == taint.key || wantedKey.isEmpty && exists else { return false }
        let value = toleration["value"]?.string ?? ""
        switch toleration["operator"]?.string {
        case "Exists": return true
        case "Gt", "Lt":
            guard let bound = Int(value), let actual = Int(taint.value) else { return false }
            return toleration["operator"] == "Gt" ? actual > bound : actual < bound
        default: return value == taint.value
        }
    }
}
