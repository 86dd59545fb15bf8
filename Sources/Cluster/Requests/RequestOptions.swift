// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// How a write through the API is to be done: the query parameters that all writes share.
public struct WriteOptions: Sendable, Hashable {
    /// What becomes of fields that the kind does not have. Raw values are those of the query parameter.
    public enum FieldValidation: String, Sendable, Hashable, CaseIterable {
        case strict = "Strict"
        case warn = "Warn"
        case ignore = "Ignore"
    }

    /// `dryRun=All`: everything is checked, nothing is written and nothing stays allocated.
    public var isDryRun = false
    /// `fieldValidation`.
    public var fieldValidation = FieldValidation.warn
    /// The paths of fields that stand twice in the body, as `spec.type`: faults like unknown fields.
    public var duplicateFields: [String] = []
    /// `fieldManager`: in whose name `metadata.managedFields` is kept.
    public var fieldManager = ""
    /// True if the object's `metadata.managedFields` are already those that this write leaves: server-side apply.
    public var keepsManagedFields = false

    /// The defaults of a real API server.
    public init() {}
}

/// How a deletion is to be done. The corresponding Go type is `metav1.DeleteOptions`.
public struct DeleteOptions: Sendable, Hashable {
    /// What becomes of the objects that name this one as their owner. Raw values are Kubernetes' own.
    public enum Propagation: String, Sendable, Hashable, CaseIterable {
        case background = "Background"
        case foreground = "Foreground"
        case orphan = "Orphan"
    }

    /// `gracePeriodSeconds`; nil for the kind's own.
    public var gracePeriodSeconds: Int?
    /// `propagationPolicy`; nil for the kind's own.
    public var propagation: Propagation?
    /// `preconditions.uid`.
    public var uid: String?
    /// `preconditions.resourceVersion`.
    public var resourceVersion: String?
    /// `dryRun=All`.
    public var isDryRun = false

    /// The kind's own manners.
    public init() {}

    /// The options as they stand in a request's body; a `propagationPolicy` goes before the older `orphanDependents`.
    public init(_ value: Value?) {
        gracePeriodSeconds = value?["gracePeriodSeconds"]?.int
        propagation = value?["orphanDependents"]?.bool.map { $0 ? .orphan : .background }
        if let policy = value?["propagationPolicy"]?.string, !policy.isEmpty {
            propagation = Propagation(rawValue: policy)
        }
        uid = value?["preconditions"]?["uid"]?.string
        resourceVersion = value?["preconditions"]?["resourceVersion"]?.string
        isDryRun = value?["dryRun"]?.elements.contains("All") ?? false
    }
}

/// A part of an object that has a URL of its own, and is written alone.
public enum Subresource: String, Sendable, Hashable, CaseIterable {
    case status
    case scale
    case finalize
    case binding
    case eviction
    case token
    case ephemeralContainers = "ephemeralcontainers"
    case resize
}

/// What a write gave.
public struct Written: Sendable, Hashable {
    /// The object as it is now (after a dry run: as it would be).
    public var object: Object
    /// For `Warning` headers, in order.
    public var warnings: [String]
    /// True if the object is new.
    public var isCreated: Bool

    /// Puts one together from its parts.
    public init(_ object: Object, warnings: [String] = [], isCreated: Bool = false) {
        self.object = object
        self.warnings = warnings
        self.isCreated = isCreated
    }
}

/// What a deletion gave.
public struct Deletion: Sendable, Hashable {
    /// The object as it was last.
    public var object: Object
    /// True if it is gone; false while it waits for its grace period, its finalizers or its contents.
    public var isGone: Bool

    /// Puts one together from its parts.
    public init(_ object: Object, isGone: Bool) {
        self.object = object
        self.isGone = isGone
    }
}
