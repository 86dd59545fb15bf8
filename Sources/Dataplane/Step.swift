// SPDX-License-Identifier: Apache-2.0
public import Net

/// One end of a veth pair: an interface, and the namespace that it is in.
public struct LinkEnd: Sendable, Hashable {
    /// Where the end is.
    public var namespace: NamespaceName
    /// The end itself.
    public var interface: Interface

    /// Puts one together from its parts.
    public init(_ namespace: NamespaceName, _ interface: Interface) {
        self.namespace = namespace
        self.interface = interface
    }
}

/// One thing to do so that a lab becomes what its plan says, small enough to succeed or fail as a whole.
///
/// Steps are run one after another. What the kernel does on its own is not a step: with a namespace or a link go the
/// addresses, routes and neighbours that hang on it.
public enum Step: Sendable, Hashable {
    /// Makes the namespace, empty. How `host` comes to be is the edge's to know.
    case addNamespace(NamespaceName)
    /// Removes the namespace with all that is in it; links whose other end is elsewhere have been removed before.
    case removeNamespace(NamespaceName)
    /// Writes one setting below `/proc/sys/net`.
    case setSysctl(NamespaceName, path: String, value: String)
    /// Makes a veth pair, both ends up, with their addresses.
    case addLink(LinkEnd, LinkEnd)
    /// Removes a veth pair by one of its ends.
    case removeLink(LinkEnd)
    /// Adds an address to an interface (or to `lo`) that is there already.
    case addAddress(NamespaceName, interface: String, Prefix)
    case removeAddress(NamespaceName, interface: String, Prefix)
    /// Adds a permanent neighbour, or replaces the one of the same address.
    case setNeighbour(NamespaceName, Neighbour)
    case removeNeighbour(NamespaceName, Neighbour)
    /// Adds a route, or replaces the one of the same destination.
    case setRoute(NamespaceName, Route)
    case removeRoute(NamespaceName, Route)
    /// Makes one of the namespace's further tables, in the place of one of the same name and family.
    case setTable(NamespaceName, Ruleset)
    case removeTable(NamespaceName, Ruleset)
    /// One atomic batch for the namespace's rules of a family.
    case rules(NamespaceName, Family, RuleChanges)

    /// The namespace that the step is carried out in (of a link: that of its first end).
    public var namespace: NamespaceName {
        switch self {
        case .addNamespace(let name), .removeNamespace(let name): name
        case .setSysctl(let name, _, _), .addAddress(let name, _, _), .removeAddress(let name, _, _): name
        case .setNeighbour(let name, _), .removeNeighbour(let name, _): name
        case .setRoute(let name, _), .removeRoute(let name, _), .rules(let name, _, _): name
        case .setTable(let name, _), .removeTable(let name, _): name
        case .addLink(let end, _), .removeLink(let end): end.namespace
        }
    }
}
