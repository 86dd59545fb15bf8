// SPDX-License-Identifier: Apache-2.0
public import Net

/// The four address ranges of a lab.
public struct Ranges: Sendable, Hashable {
    /// The nodes', the edge's and the host's end.
    public var nodes: Prefix
    /// The Pods'.
    public var pods: Prefix
    /// The cluster addresses.
    public var services: Prefix
    /// The external addresses.
    public var loadBalancers: Prefix

    /// Puts one together from its parts.
    public init(nodes: Prefix, pods: Prefix, services: Prefix, loadBalancers: Prefix) {
        self.nodes = nodes
        self.pods = pods
        self.services = services
        self.loadBalancers = loadBalancers
    }

    /// All four, in the order above.
    public var all: [Prefix] { [nodes, pods, services, loadBalancers] }
}

/// The ranges that a lab file names; nil where it leaves the choice to the lab.
public struct NamedRanges: Sendable, Hashable {
    /// `spec.ranges.nodes`.
    public var nodes: Prefix?
    /// `spec.ranges.pods`.
    public var pods: Prefix?
    /// `spec.ranges.services`.
    public var services: Prefix?
    /// `spec.ranges.loadBalancers`.
    public var loadBalancers: Prefix?

    /// Puts one together from its parts.
    public init(nodes: Prefix? = nil, pods: Prefix? = nil, services: Prefix? = nil, loadBalancers: Prefix? = nil) {
        self.nodes = nodes
        self.pods = pods
        self.services = services
        self.loadBalancers = loadBalancers
    }
}

/// A range that is in use, and by what: `172.18.0.0/16 dev docker0`.
public struct OccupiedRange: Sendable, Hashable {
    /// The range.
    public var range: Prefix
    /// What uses it, in words.
    public var owner: String

    /// Puts one together from its parts.
    public init(_ range: Prefix, owner: String) {
        self.range = range
        self.owner = owner
    }
}

/// The choice of ranges that nothing else on the host uses.
public enum RangeChoice {
    /// What was chosen, and a sentence for each default that had to give way.
    public struct Outcome: Sendable, Hashable {
        /// One range for each purpose.
        public var ranges: Ranges
        /// One sentence for each default that had to give way.
        public var notices: [String]
    }

    /// Why no choice could be made.
    public struct Conflict: Error, Sendable, Hashable, CustomStringConvertible {
        /// The sentence for the user.
        public var description: String
    }

    /// Takes the named ranges as they are, or refuses, naming the route; moves defaults to the next free ones.
    public static func choose(named: NamedRanges, occupied: [OccupiedRange]) throws(Conflict) -> Outcome {
        var notices: [String] = []
        // Named ranges come first: a default never takes the place of one that the lab file asks for.
        var taken = occupied
        let wishes: [(Kind, Prefix?)] = [
            (.nodes, named.nodes), (.pods, named.pods), (.services, named.services),
            (.loadBalancers, named.loadBalancers),
        ]
        var chosen: [Kind: Prefix] = [:]
        for (kind, wish) in wishes {
            guard let wish else { continue }
            if let special = special.first(where: { $0.range.overlaps(wish) }) {
                throw Conflict(
                    description: "the \(kind.rawValue) range \(wish) holds addresses with a meaning of their own "
                        + "(\(special.range), \(special.owner)); choose another range (spec.ranges.\(kind.field))")
            }
            if let other = taken.first(where: { $0.range.overlaps(wish) }) {
                throw Conflict(
                    description: "the \(kind.rawValue) range \(wish) overlaps \(other.range) (\(other.owner)); "
                        + "choose another range in the lab file (spec.ranges.\(kind.field)), or leave it out")
            }
            chosen[kind] = wish
            taken.append(OccupiedRange(wish, owner: "the lab's own \(kind.rawValue) range"))
        }
        for (kind, wish) in wishes where wish == nil {
            guard
                let free = kind.candidates.first(where: { candidate in
                    !taken.contains { $0.range.overlaps(candidate) }
                })
            else { throw Conflict(description: "no free \(kind.rawValue) range is left on this host") }
            if free != kind.candidates[0], let other = taken.first(where: { $0.range.overlaps(kind.candidates[0]) }) {
                notices.append("\(kind.rawValue): \(free), because \(kind.candidates[0]) is in use (\(other.owner))")
            }
            chosen[kind] = free
            taken.append(OccupiedRange(free, owner: "the lab's own \(kind.rawValue) range"))
        }
        guard let nodes = chosen[.nodes], let pods = chosen[.pods], let services = chosen[.services],
            let loadBalancers = chosen[.loadBalancers]
        else { throw Conflict(description: "no range was chosen") }
        return Outcome(
            ranges: Ranges(nodes: nodes, pods: pods, services: services, loadBalancers: loadBalancers),
            notices: notices)
    }

    /// Ranges that no network can be made of (RFC 6890); a lab's Pods also reach their nodes over link-local addresses.
    private static let special = [
        OccupiedRange(Prefix(Address(0, 0, 0, 0), 8), owner: "this network"),
        OccupiedRange(Prefix(Address(127, 0, 0, 0), 8), owner: "loopback"),
        OccupiedRange(Prefix(Address(169, 254, 0, 0), 16), owner: "link-local"),
        OccupiedRange(Prefix(Address(224, 0, 0, 0), 4), owner: "multicast"),
        OccupiedRange(Prefix(Address(240, 0, 0, 0), 4), owner: "reserved"),
    ]

    private enum Kind: String {
        case nodes = "node"
        case pods = "Pod"
        case services = "Service"
        case loadBalancers = "load balancer"

        var field: String {
            switch self {
            case .nodes: "nodes"
            case .pods: "pods"
            case .services: "services"
            case .loadBalancers: "loadBalancers"
            }
        }

        /// The default first, then what gives way to: kind's and kubeadm's own ranges, and their neighbours.
        /// Load balancers have the documentation range TEST-NET-3, then parts of the benchmarking range (RFC 2544).
        var candidates: [Prefix] {
            switch self {
            case .nodes:
                (18...31).flatMap { second in
                    [0, 64, 128, 192].map { Prefix(Address(172, UInt8(second), UInt8($0), 0), 24) }
                }
            case .pods:
                (244...254).map { Prefix(Address(10, UInt8($0), 0, 0), 16) }
                    + (128...191).map { Prefix(Address(10, UInt8($0), 0, 0), 16) }
            case .services: (96...127).map { Prefix(Address(10, UInt8($0), 0, 0), 16) }
            case .loadBalancers:
                [Prefix(Address(203, 0, 113, 0), 24)] + (0...63).map { Prefix(Address(198, 18, UInt8($0), 0), 24) }
            }
        }
    }
}
