// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes

/// How the processors of the nodes that are ready are spread over zones: what hints in proportion to them go by.
struct ZoneShares {
    /// Each zone's part of all processors, in the order of the zones' names; empty if they cannot be told.
    private(set) var shares: [(zone: String, ratio: Double)] = []

    init(_ nodes: [NodeFacts]) {
        var processors: [String: Int64] = [:]
        for node in nodes where node.isReady && !node.isControlPlane {
            // One node that does not say leaves nothing to go by.
            guard let zone = node.zone, let amount = node.allocatable["cpu"], amount > 0 else { return }
            processors[zone, default: 0] += amount
        }
        let total = processors.values.reduce(0, +)
        guard processors.count > 1, total > 0 else { return }
        shares = processors.sorted { $0.key < $1.key }.map { ($0.key, Double($0.value) / Double(total)) }
    }

    /// Why there are no hints: the events' own sentences.
    struct Withheld: Error {
        var reason: String
    }

    /// The zones that endpoints are meant for, so that each zone has about as many as it has processors, and none has
    /// more to do than a fifth above its share.
    /// - Parameter zones: the endpoints' own zones, one for each that is ready.
    func zones(for zones: [String?]) throws(Withheld) -> [String] {
        let desired = try desiredCounts(zones.count)
        var result: [String] = []
        for zone in zones {
            guard let zone, !zone.isEmpty else {
                throw Withheld(reason: "One or more endpoints do not have a zone specified")
            }
            result.append(zone)
        }
        var moves = Moves(desired, counts: Dictionary(result.map { ($0, 1) }, uniquingKeysWith: +))
        for index in result.indices {
            if let other = moves.take(from: result[index]) { result[index] = other }
        }
        return result
    }

    /// How many endpoints each zone should have.
    private func desiredCounts(_ count: Int) throws(Withheld) -> [(zone: String, count: Double)] {
        guard !shares.isEmpty else {
            throw Withheld(
                reason: "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes")
        }
        let counts = "(\(count) endpoints, \(shares.count) zones)"
        guard shares.count <= count else { throw Withheld(reason: "Insufficient number of endpoints \(counts)") }
        var left = count
        var desired: [(String, Double)] = []
        for (zone, ratio) in shares {
            let share = ratio * Double(count)
            let least = (share / ZoneShares.overload).rounded(.up)
            left -= Int(least)
            desired.append((zone, max(share, least)))
        }
        guard left >= 0 else {
            throw Withheld(
                reason:
                    "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold "
                    + counts)
        }
        return desired
    }

    /// An endpoint has at most this much more to do than the average.
    private static let overload = 1.2
}

/// How many endpoints of which zones are to serve others.
private struct Moves {
    private var giving: [String: Int] = [:]
    private var receiving: [(zone: String, count: Int)] = []

    /// One after the other, the zone that has most to spare gives to the one that lacks most, as long as that brings them
    /// nearer to what they should have.
    init(_ desired: [(zone: String, count: Double)], counts: [String: Int]) {
        var spare: [(zone: String, count: Double)] = []
        var lacking: [(zone: String, count: Double)] = []
        for (zone, count) in desired {
            let rest = Double(counts[zone] ?? 0) - count
            if rest > 0 { spare.append((zone, rest)) } else if rest < 0 { lacking.append((zone, -rest)) }
        }
        while let most = Moves.most(spare), let least = Moves.most(lacking) {
            let (give, take) = (spare[most].count, lacking[least].count)
            if give < 1 && take < 1 || give < 0.5 || take < 0.5 { break }
            spare[most].count -= 1
            lacking[least].count -= 1
            giving[spare[most].zone, default: 0] += 1
            let zone = lacking[least].zone
            if let place = receiving.firstIndex(where: { $0.zone == zone }) {
                receiving[place].count += 1
            } else {
                receiving.append((zone, 1))
            }
        }
    }

    /// The zone that an endpoint of a zone is to serve; nil if its own.
    mutating func take(from zone: String) -> String? {
        guard let count = giving[zone], count > 0, let place = receiving.firstIndex(where: { $0.count > 0 }) else {
            return nil
        }
        giving[zone] = count - 1
        receiving[place].count -= 1
        return receiving[place].zone
    }

    private static func most(_ zones: [(zone: String, count: Double)]) -> Int? {
        zones.indices.filter { zones[$0].count > 0 }.max { zones[$0].count < zones[$1].count }
    }
}

extension NodeFacts {
    fileprivate var isControlPlane: Bool {
        ["control-plane", "master"].contains { labels["node-role.kubernetes.io/\($0)"] != nil }
    }
}
