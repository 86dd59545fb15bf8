// SPDX-License-Identifier: Apache-2.0
public import Kubernetes

/// Somewhere in a lab from where requests are made or programs run.
public enum Location: Sendable, Hashable, CustomStringConvertible {
    /// The machine itself, or what stands for it in an isolated lab.
    case host
    /// The router between the nodes and the outside.
    case edge
    /// A node, by its name.
    case node(String)
    /// A system beyond the edge: `outside/NAME`.
    case outside(String)
    /// A Pod: `pod/NAME`, `NAMESPACE/NAME` or `pod/NAMESPACE/NAME`.
    case pod(String, namespace: String)
    /// The first ready Pod that a selector chooses.
    case selected(LabelSelector, namespace: String)

    /// As `lab exec` takes it: `host`, `node-1`, `outside/visitor`, `default/web-1`; for a selector, words.
    public var description: String {
        switch self {
        case .host: "host"
        case .edge: "edge"
        case .node(let name): name
        case .outside(let name): "outside/\(name)"
        case .pod(let name, let namespace): "\(namespace)/\(name)"
        case .selected(let selector, let namespace):
            "a Pod with \(selector)\(namespace == "default" ? "" : " in \(namespace)")"
        }
    }
}
