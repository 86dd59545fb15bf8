// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// One thing that a lab keeps for the daemon that comes after this one: a value by a name.
///
/// Objects are kept by their keys (`object Pod/default/web-1`). Beside them stands what does not follow from objects: where a
/// Pod stands (`place default/web-1`), the numbers that stand for a Service in the tables (`pools default/web`), and so on.
public struct StateChange: Sendable, Hashable {
    /// What it is, a word for the kind before the first blank.
    public var name: String
    /// What it is now; nil if it is no more.
    public var value: Value?

    /// A change of what has this name.
    public init(_ name: String, _ value: Value?) {
        self.name = name
        self.value = value
    }

    /// The name of the revision of the last write.
    static let revision = "revision"
    /// The name of the nodes' proxy mode.
    static let proxyMode = "proxy-mode"

    /// The name of what is kept of a kind about an object.
    static func name(_ word: String, _ key: ObjectKey) -> String {
        word == object ? "\(word) \(key.kind)/\(key.namespace)/\(key.name)" : "\(word) \(key.namespace)/\(key.name)"
    }

    static let object = "object"
    /// Where a Pod stands.
    static let place = "place"
    /// The numbers of a Service's ports in the tables.
    static let pools = "pools"
    /// The external addresses of a Service.
    static let balancer = "balancer"
    /// What the load balancer last heard of a node.
    static let probe = "probe"
    /// What has become of the Pods of a Job.
    static let job = "job"
}

extension StoreEvent {
    /// The write as something to be kept.
    public var kept: StateChange { StateChange(StateChange.name(StateChange.object, key), new?.value) }
}

extension Store {
    /// How far the Store has come, as something to be kept.
    public var keptRevision: StateChange { StateChange(StateChange.revision, .int(Int64(clamping: revision))) }
}
