// SPDX-License-Identifier: Apache-2.0
public import Cluster
public import Kubernetes
public import Net

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
        /// One range for each purpose and family, the primary family first.
        public var ranges: [Configuration.Ranges]
        /// One sentence for each default that had to give way.
        public var notices: [String]
    }

    /// Why no choice could be made.
    public struct Conflict: Error, Sendable, Hashable, CustomStringConvertible {
        /// The sentence for the user.
        public var description: String
    }

    /// Takes the named ranges as they are, or refuses, naming the route; moves defaults to the next free ones.
    public static func choose(
        _ families: [Family], named: LabConfiguration.Ranges, occupied: [OccupiedRange]
    ) throws(Conflict) -> Outcome {
        var choice = Choice(taken: occupied)
        // Named ranges come first: a default never takes the place of one that the lab file asks for.
        for family in families {
            for kind in Kind.allCases {
                if let wish = kind.wish(named, family) { try choice.take(wish, kind) }
            }
        }
        var ranges: [Configuration.Ranges] = []
        for family in families {
            ranges.append(
                Configuration.Ranges(
                    nodes: try choice.range(.nodes, named, family), pods: try choice.range(.pods, named, family),
                    services: try choice.range(.services, named, family),
                    loadBalancers: try choice.range(.loadBalancers, named, family)))
        }
        return Outcome(ranges: ranges, notices: choice.notices)
    }

    private struct Choice {
        var taken: [OccupiedRange]
        var notices: [String] = []

        mutating func take(_ wish: Prefix, _ kind: Kind) throws(Conflict) {
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
            taken.append(OccupiedRange(wish, owner: "the lab's own \(kind.rawValue) range"))
        }

        /// The range that was taken already because it is named, or the first default that is free.
        mutating func range(
            _ kind: Kind, _ named: LabConfiguration.Ranges, _ family: Family
        ) throws(Conflict) -> Prefix {
            if let wish = kind.wish(named, family) { return wish }
            let candidates = kind.candidates(family)
            guard let free = candidates.first(where: { candidate in !taken.contains { $0.range.overlaps(candidate) } })
            else {
                throw Conflict(description: "no free \(kind.rawValue) range (\(family.rawValue)) is left on this host")
            }
            if free != candidates[0], let other = taken.first(where: { $0.range.overlaps(candidates[0]) }) {
                notices.append("\(kind.rawValue): \(free), because \(candidates[0]) is in use (\(other.owner))")
            }
            taken.append(OccupiedRange(free, owner: "the lab's own \(kind.rawValue) range"))
            return free
        }
    }

    /// Ranges that no network can be made of (RFC 6890); a lab's Pods also reach their nodes over link-local addresses.
    private static let special = [
        OccupiedRange(Prefix(Address(0, 0, 0, 0), 8), owner: "this network"),
        OccupiedRange(Prefix(Address(127, 0, 0, 0), 8), owner: "loopback"),
        OccupiedRange(Prefix(Address(169, 254, 0, 0), 16), owner: "link-local"),
        OccupiedRange(Prefix(Address(224, 0, 0, 0), 4), owner: "multicast"),
        OccupiedRange(Prefix(Address(240, 0, 0, 0), 4), owner: "reserved"),
        OccupiedRange(Prefix(.v6(0), 8), owner: "loopback and IPv4 in other forms"),
        OccupiedRange(Prefix(.v6(0xfe80 << 112), 10), owner: "link-local"),
        OccupiedRange(Prefix(.v6(0xff00 << 112), 8), owner: "multicast"),
    ]

    private enum Kind: String, CaseIterable {
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

        func wish(_ named: LabConfiguration.Ranges, _ family: Family) -> Prefix? {
            let all =
                switch self {
                case .nodes: named.nodes
                case .pods: named.pods
                case .services: named.services
                case .loadBalancers: named.loadBalancers
                }
            return all.first { $0.family == family }
        }

        /// The default first, then what gives way to.
        func candidates(_ family: Family) -> [Prefix] { family == .v4 ? candidatesV4 : candidatesV6 }

        /// kind's and kubeadm's own ranges, and their neighbours. Load balancers have the documentation range TEST-NET-3,
        /// then parts of the benchmarking range (RFC 2544).
        private var candidatesV4: [Prefix] {
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

        /// Unique local addresses (RFC 4193) that read as the IPv4 defaults do: `fd00:172:18::/64`, `fd00:10:244::/56`,
        /// `fd00:10:96::/112`, `fd00:203:0:113::/112`; then `fd00:172:19::/64` and so on, of each 64 more.
        private var candidatesV6: [Prefix] {
            (0...64).map { (number: UInt128) -> Prefix in
                switch self {
                case .nodes: Kind.prefix([0xfd00, 0x172, 0x18 + number, 0], 64)
                case .pods: Kind.prefix([0xfd00, 0x10, 0x244 + number, 0], 56)
                case .services: Kind.prefix([0xfd00, 0x10, 0x96 + number, 0], 112)
                case .loadBalancers: Kind.prefix([0xfd00, 0x203, 0, 0x113 + number], 112)
                }
            }
        }

        private static func prefix(_ groups: [UInt128], _ length: Int) -> Prefix {
            Prefix(.v6(groups.reduce(0) { $0 << 16 | $1 } << 64), length)
        }
    }
}
