// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// The three-way merge of `kubectl apply`: what the user wrote last time, what they write now, and what the cluster
/// has.
///
/// What the user writes is set; what they wrote last time and no longer write goes; the rest stays.
enum ApplyMerge {
    static let lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

    static func merge(_ written: Object, lastWritten: Value?, onto current: Object) -> Object {
        Object(merge(written.value, lastWritten, current.value))
    }

    private static func merge(_ new: Value, _ last: Value?, _ current: Value?, field: String = "") -> Value {
        switch (new, current) {
        case (.object(let new), .object(let current)): .object(merge(new, last?.fields ?? [:], current))
        case (.array(let new), .array(let current)):
            MergeKey(field, new + current).map { .array(merge(new, last?.elements ?? [], current, $0)) } ?? .array(new)
        default: new.withoutNulls
        }
    }

    private static func merge(
        _ new: [String: Value], _ last: [String: Value], _ current: [String: Value]
    ) -> [String: Value] {
        var result = current
        for field in last.keys where new[field] == nil { result[field] = nil }
        for (field, value) in new {
            result[field] = value.isNull ? nil : merge(value, last[field], current[field], field: field)
        }
        return result
    }

    private static func merge(_ new: [Value], _ last: [Value], _ current: [Value], _ key: MergeKey) -> [Value] {
        let old = Dictionary(current.map { (key.of($0), $0) }) { first, _ in first }
        let before = Dictionary(last.map { (key.of($0), $0) }) { first, _ in first }
        let written = Set(new.map(key.of))
        let merged = new.map { merge($0, before[key.of($0)], old[key.of($0)]) }
        let others = current.filter { !written.contains(key.of($0)) && before[key.of($0)] == nil }
        return merged + others
    }
}

/// The fields by which the entries of a list are told apart. The corresponding markers in Kubernetes' API are
/// `patchMergeKey` and `x-kubernetes-list-map-keys`.
private struct MergeKey {
    let fields: [String]

    /// The key of the lists with this name; nil for a list that is replaced as a whole.
    init?(_ list: String, _ entries: [Value]) {
        switch list {
        case "containers", "initContainers", "ephemeralContainers", "volumes", "env", "imagePullSecrets":
            fields = ["name"]
        case "ports" where entries.contains { $0["containerPort"] != nil }: fields = ["containerPort", "protocol"]
        case "ports" where entries.contains { $0["port"] != nil }: fields = ["port", "protocol"]
        case "volumeMounts": fields = ["mountPath"]
        case "hostAliases": fields = ["ip"]
        case "ownerReferences": fields = ["uid"]
        default: return nil
        }
    }

    func of(_ entry: Value) -> [Value] {
        fields.map { $0 == "protocol" ? entry[$0] ?? "TCP" : entry[$0] ?? .null }
    }
}

extension Value {
    /// Without the fields that are null, which in a manifest mean that the field is to be absent.
    fileprivate var withoutNulls: Value {
        switch self {
        case .object(let fields): .object(fields.filter { !$0.value.isNull }.mapValues(\.withoutNulls))
        case .array(let elements): .array(elements.map(\.withoutNulls))
        default: self
        }
    }
}
