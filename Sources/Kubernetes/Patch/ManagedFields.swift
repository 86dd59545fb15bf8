// SPDX-License-Identifier: Apache-2.0

/// Who set which field of an object: `metadata.managedFields`.
///
/// Writes are recorded by `recordUpdate`; `serverSideApply` merges objects by it. The corresponding Go package is
/// `k8s.io/apimachinery/pkg/util/managedfields`.
public enum ManagedFields {
    /// One manager's part. The corresponding Go type is `metav1.ManagedFieldsEntry`.
    struct Entry: Hashable {
        var manager: String
        /// `Apply` or `Update`.
        var operation: String
        var apiVersion: String
        /// Empty for the object itself.
        var subresource: String
        /// RFC 3339; empty if it is not known.
        var time: String
        var fields: FieldSet

        /// True if it is the same manager in the same role: one that applies is the same in every version.
        func isSameManager(as other: Entry) -> Bool {
            manager == other.manager && operation == other.operation && subresource == other.subresource
                && (operation == "Apply" || apiVersion == other.apiVersion)
        }

        /// How messages about conflicts name it: `"kubectl-edit" using apps/v1`.
        var title: String {
            var title = manager.quoted
            if !subresource.isEmpty { title += " with subresource \(subresource.quoted)" }
            return operation == "Update" ? "\(title) using \(apiVersion)" : title
        }
    }

    /// How many managers may have updated an object before the oldest are put together.
    static let updateLimit = 10
    /// The name under which the oldest are put together.
    static let ancient = "ancient-changes"
    /// The name that stands for whoever wrote an object before anybody applied it.
    static let beforeFirstApply = "before-first-apply"

    /// The entries of an object; nil if one is malformed. What the Store has was written here, and is not checked again.
    static func entries(of object: Object, isStored: Bool = true) -> [Entry]? {
        var entries: [Entry] = []
        for value in object.value["metadata", "managedFields"]?.elements ?? [] {
            guard let entry = Entry(value, isStored: isStored) else { return nil }
            entries.append(entry)
        }
        return entries
    }

    /// Writes the entries into an object, in their order, without those that have nothing.
    static func write(_ entries: [Entry], to object: inout Object) {
        let sorted = entries.filter { !$0.fields.isEmpty }.sorted()
        object.value["metadata", "managedFields"] = sorted.isEmpty ? nil : .array(sorted.map(\.value))
    }

    /// What no manager has, since the server sets it.
    static let serverOwned = FieldSet([
        "f:apiVersion": FieldNode.leaf, "f:kind": FieldNode.leaf,
        "f:metadata": .object(
            [
                ".": FieldNode.leaf, "f:name": FieldNode.leaf, "f:namespace": FieldNode.leaf,
                "f:creationTimestamp": FieldNode.leaf, "f:selfLink": FieldNode.leaf, "f:uid": FieldNode.leaf,
                "f:clusterName": FieldNode.leaf, "f:generation": FieldNode.leaf, "f:resourceVersion": FieldNode.leaf,
            ]),
    ])

    /// What a write to the object, or to a part of it, leaves alone: `status` there, `spec` here.
    static func untouched(_ subresource: String, _ shape: MergeShape) -> FieldSet {
        switch (subresource, shape) {
        case ("status", _): FieldSet(["f:spec": FieldNode.leaf])
        case (_, .structure): FieldSet(["f:status": FieldNode.leaf])
        default: FieldSet()
        }
    }
}

extension ManagedFields.Entry {
    /// Reads one; nil if it is malformed.
    init?(_ value: Value, isStored: Bool) {
        guard let operation = value["operation"]?.string, operation == "Apply" || operation == "Update",
            let apiVersion = value["apiVersion"]?.string, !apiVersion.isEmpty, value["fieldsType"] == "FieldsV1",
            let fields = isStored ? FieldSet(below: value["fieldsV1"]) : FieldSet(checking: value["fieldsV1"] ?? [:])
        else { return nil }
        self.init(
            manager: value["manager"]?.string ?? "", operation: operation, apiVersion: apiVersion,
            subresource: value["subresource"]?.string ?? "", time: value["time"]?.string ?? "", fields: fields)
    }

    /// The entry as clients get it.
    var value: Value {
        var value: Value = [
            "manager": .string(manager), "operation": .string(operation), "apiVersion": .string(apiVersion),
            "fieldsType": "FieldsV1", "fieldsV1": .object(fields.nodes),
        ]
        if !time.isEmpty { value["time"] = .string(time) }
        if !subresource.isEmpty { value["subresource"] = .string(subresource) }
        return value
    }
}

extension ManagedFields.Entry: Comparable {
    /// Those that apply come first, then the oldest.
    static func < (left: Self, right: Self) -> Bool {
        (left.operation, left.time, left.manager, left.apiVersion, left.subresource)
            < (right.operation, right.time, right.manager, right.apiVersion, right.subresource)
    }
}

extension FieldSet {
    /// Reads `fieldsV1` that a client may have written; nil for path elements of no known form.
    init?(checking value: Value) {
        guard case .object(let fields) = value else { return nil }
        var nodes: Fields = [:]
        for (text, node) in fields {
            guard case .object = node, let below = FieldSet(checking: node) else { return nil }
            guard text != "." else {
                nodes[text] = FieldNode.leaf
                continue
            }
            // Only keys can be written in several ways; a field's name is its text.
            if text.hasPrefix("f:") {
                nodes[text] = .object(below.nodes)
            } else {
                guard let element = PathElement(checking: text) else { return nil }
                nodes[element.text] = .object(below.nodes)
            }
        }
        self.init(nodes)
    }
}
