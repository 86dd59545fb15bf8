// SPDX-License-Identifier: Apache-2.0

/// What names an object within a cluster: its kind, its namespace (empty for kinds without one) and its name.
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The kind, as `Service`; group and version follow from it (see `Resource`). A kind that a
    /// CustomResourceDefinition made has its group with it, as `Certificate.cert-manager.io`.
    public var kind: String
    /// `metadata.namespace`; empty for kinds without one.
    public var namespace: String
    /// `metadata.name`.
    public var name: String

    /// Puts one together from its parts.
    public init(_ kind: String, _ namespace: String, _ name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// By kind, namespace and name.
    public static func < (left: Self, right: Self) -> Bool {
        (left.kind, left.namespace, left.name) < (right.kind, right.namespace, right.name)
    }

    /// `Service workload/hello-service`, or `Node node-1`.
    public var description: String { "\(kind) \(namespace.isEmpty ? name : "\(namespace)/\(name)")" }
}

/// An API object: a tree of values of which nothing is ever lost, with names for the fields that all objects share.
public struct Object: Sendable, Hashable {
    /// The whole object, `apiVersion`, `kind`, `metadata` and all.
    public var value: Value

    /// An object with these fields.
    public init(_ value: Value) { self.value = value }

    /// A new object with this type and name, and nothing else.
    public init(apiVersion: String, kind: String, namespace: String = "", name: String) {
        value = ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": ["name": .string(name)]]
        if !namespace.isEmpty { self.namespace = namespace }
    }

    /// What names the object.
    public var key: ObjectKey { ObjectKey(keyKind, namespace, name) }

    /// The `ObjectKey.kind`: a custom kind has its group with it.
    public var keyKind: String { Resource.keyKind(apiVersion: apiVersion, kind: kind) }

    /// Group and version, as `apps/v1`; empty if it says none.
    public var apiVersion: String { value["apiVersion"]?.string ?? "" }
    /// The kind, as `Deployment`; empty if it says none.
    public var kind: String { value["kind"]?.string ?? "" }

    /// `metadata.name`; empty if there is none.
    public var name: String {
        get { metadata("name") }
        set { value["metadata", "name"] = .string(newValue) }
    }

    /// `metadata.namespace`; empty for kinds without one.
    public var namespace: String {
        get { metadata("namespace") }
        set { value["metadata", "namespace"] = newValue.isEmpty ? nil : .string(newValue) }
    }

    /// `metadata.uid`; empty before the Store has it.
    public var uid: String {
        get { metadata("uid") }
        set { value["metadata", "uid"] = .string(newValue) }
    }

    /// `metadata.resourceVersion`: a number that grows with every write to the Store; 0 before the first.
    public var resourceVersion: UInt64 {
        get { UInt64(metadata("resourceVersion")) ?? 0 }
        set { value["metadata", "resourceVersion"] = .string(String(newValue)) }
    }

    /// `metadata.generation`: grows with every change of `spec`.
    public var generation: Int {
        get { value["metadata", "generation"]?.int ?? 0 }
        set { value["metadata", "generation"] = .int(Int64(newValue)) }
    }

    /// `metadata.labels`.
    public var labels: [String: String] {
        get { value["metadata", "labels"]?.strings ?? [:] }
        set { value["metadata", "labels"] = newValue.isEmpty ? nil : Value(newValue) }
    }

    /// `metadata.annotations`.
    public var annotations: [String: String] {
        get { value["metadata", "annotations"]?.strings ?? [:] }
        set { value["metadata", "annotations"] = newValue.isEmpty ? nil : Value(newValue) }
    }

    /// RFC 3339; empty before the first write.
    public var creationTimestamp: String {
        get { metadata("creationTimestamp") }
        set { value["metadata", "creationTimestamp"] = .string(newValue) }
    }

    /// True once the object's deletion was asked for (`metadata.deletionTimestamp` is set).
    public var isTerminating: Bool { value["metadata", "deletionTimestamp"]?.string != nil }

    /// `metadata.finalizers`: who has something left to do before the object may go.
    public var finalizers: [String] {
        get { (value["metadata", "finalizers"]?.elements ?? []).compactMap(\.string) }
        set { value["metadata", "finalizers"] = newValue.isEmpty ? nil : .array(newValue.map { .string($0) }) }
    }

    /// `metadata.ownerReferences`.
    public var owners: [OwnerReference] {
        get { (value["metadata", "ownerReferences"]?.elements ?? []).map(OwnerReference.init) }
        set { value["metadata", "ownerReferences"] = newValue.isEmpty ? nil : .array(newValue.map(\.value)) }
    }

    /// The owner whose controller manages this object.
    public var controller: OwnerReference? { owners.first { $0.isController } }

    /// The field `spec`; an empty object if there is none.
    public var spec: Value {
        get { value["spec"] ?? .object([:]) }
        set { value["spec"] = newValue }
    }

    /// The field `status`; an empty object if there is none.
    public var status: Value {
        get { value["status"] ?? .object([:]) }
        set { value["status"] = newValue }
    }

    private func metadata(_ field: String) -> String { value["metadata", field]?.string ?? "" }
}

/// One entry of `metadata.ownerReferences`.
public struct OwnerReference: Sendable, Hashable {
    /// The owner's group and version.
    public var apiVersion: String
    /// The owner's kind.
    public var kind: String
    /// The owner's name.
    public var name: String
    /// The owner's uid, which a later object of the same name does not have.
    public var uid: String
    /// True if the owner manages the object (`controller`).
    public var isController: Bool
    /// True if an owner that is deleted in the foreground waits for the object (`blockOwnerDeletion`).
    public var blocksDeletion: Bool

    /// The `ObjectKey.kind` of the owner.
    public var keyKind: String { Resource.keyKind(apiVersion: apiVersion, kind: kind) }

    /// A reference to an object as the controller of another.
    public init(controller object: Object) {
        apiVersion = object.apiVersion
        kind = object.kind
        name = object.name
        uid = object.uid
        isController = true
        blocksDeletion = true
    }

    init(_ value: Value) {
        apiVersion = value["apiVersion"]?.string ?? ""
        kind = value["kind"]?.string ?? ""
        name = value["name"]?.string ?? ""
        uid = value["uid"]?.string ?? ""
        isController = value["controller"]?.bool ?? false
        blocksDeletion = value["blockOwnerDeletion"]?.bool ?? false
    }

    var value: Value {
        [
            "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name), "uid": .string(uid),
            "controller": .bool(isController), "blockOwnerDeletion": .bool(blocksDeletion),
        ]
    }
}
