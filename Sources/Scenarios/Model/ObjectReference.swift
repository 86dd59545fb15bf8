// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// One object by its kind and name, as `deployment/web` or `service/shop/web`.
public struct ObjectReference: Sendable, Hashable, CustomStringConvertible {
    /// The kind as it was written: a kind, its plural or a short name.
    public var kind: String
    /// The namespace; `default` if none is named. It says nothing for kinds without one.
    public var namespace: String
    /// The name.
    public var name: String

    /// Puts one together from its parts.
    public init(kind: String, namespace: String = "default", name: String) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
    }

    /// The kind, if Kubernetes has it; nil for a custom one.
    public var resource: Resource? { Resource.named(kind) }

    /// `deployment/web`, or `deployment/shop/web` in another namespace than `default`.
    public var description: String { namespace == "default" ? "\(kind)/\(name)" : "\(kind)/\(namespace)/\(name)" }
}

/// Objects: one by its name, or those of a kind that a selector chooses.
public enum ObjectSelection: Sendable, Hashable, CustomStringConvertible {
    case object(ObjectReference)
    /// An empty selector chooses all.
    case all(kind: String, namespace: String, selector: LabelSelector)

    /// `pod/web-1`, or `pods with app=web`.
    public var description: String {
        switch self {
        case .object(let reference): reference.description
        case .all(let kind, let namespace, let selector):
            "\(kind) with \(selector)\(namespace == "default" ? "" : " in \(namespace)")"
        }
    }
}

/// Pods: one by its name, or all that a selector chooses.
public enum PodSelection: Sendable, Hashable, CustomStringConvertible {
    case named(String, namespace: String)
    case selected(LabelSelector, namespace: String)

    /// `pod/web-1`, or `the Pods with app=web`.
    public var description: String {
        switch self {
        case .named(let name, let namespace): namespace == "default" ? "pod/\(name)" : "pod/\(namespace)/\(name)"
        case .selected(let selector, let namespace):
            "the Pods with \(selector)\(namespace == "default" ? "" : " in \(namespace)")"
        }
    }
}
