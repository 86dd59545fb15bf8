// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// One write to the Store.
public struct StoreEvent: Sendable, Hashable {
    /// What the write did. Raw values are the types of Kubernetes' watch events.
    public enum Kind: String, Sendable, Hashable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }
    /// Whether it was added, changed or deleted.
    public var kind: Kind
    /// Which object.
    public var key: ObjectKey
    /// The resourceVersion of the write.
    public var revision: UInt64
    /// The object before the write; nil if it was added.
    public var old: Object?
    /// The object after the write; nil if it was deleted.
    public var new: Object?

    /// Puts one together from its parts.
    public init(_ kind: Kind, _ key: ObjectKey, revision: UInt64, old: Object?, new: Object?) {
        self.kind = kind
        self.key = key
        self.revision = revision
        self.old = old
        self.new = new
    }
}
