// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// How the endpoints of a Service say for whom they are meant (D85–D87).
enum EndpointHints {
    /// They do not.
    case none
    /// For their own zone and, if so, their own node. The corresponding field is `spec.trafficDistribution`.
    case close(namesNodes: Bool)
    /// For zones, in proportion to their processors. The corresponding annotation is
    /// `service.kubernetes.io/topology-mode: Auto`.
    case automatic

    init(_ service: Service) {
        let annotations = service.object.value["metadata"]?["annotations"]
        let mode =
            annotations?["service.kubernetes.io/topology-mode"]
            ?? annotations?["service.kubernetes.io/topology-aware-hints"]
        if let mode = mode?.string, ["Auto", "auto"].contains(mode) {
            self = .automatic
        } else {
            switch service.trafficDistribution {
            case "PreferSameNode": self = .close(namesNodes: true)
            case "PreferSameZone", "PreferClose": self = .close(namesNodes: false)
            default: self = .none
            }
        }
    }

    /// Gives each endpoint that is ready its own zone and node as hints.
    static func addClose(to groups: inout [EndpointSliceController.Group], namesNodes: Bool) {
        for (group, place) in ready(groups) {
            let endpoint = groups[group].endpoints[place].value
            var hints: Fields = [:]
            if let zone = endpoint["zone"] { hints["forZones"] = [["name": zone]] }
            if namesNodes, let node = endpoint["nodeName"] { hints["forNodes"] = [["name": node]] }
            if !hints.isEmpty { groups[group].endpoints[place].value["hints"] = .object(hints) }
        }
    }

    /// Gives the endpoints that are ready hints in proportion to the zones' processors, or, with the reason, none.
    static func addAutomatic(
        to groups: inout [EndpointSliceController.Group], _ shares: ZoneShares
    ) throws(ZoneShares.Withheld) {
        let ready = ready(groups)
        let own = ready.map { groups[$0.group].endpoints[$0.place].value["zone"]?.string }
        for ((group, place), zone) in zip(ready, try shares.zones(for: own)) {
            groups[group].endpoints[place].value["hints"] = ["forZones": [["name": .string(zone)]]]
        }
    }

    /// The endpoints that are ready, in the order of what they are known by.
    private static func ready(_ groups: [EndpointSliceController.Group]) -> [(group: Int, place: Int)] {
        groups.indices.flatMap { group in
            groups[group].endpoints.indices.compactMap { place -> (group: Int, place: Int)? in
                let isReady = groups[group].endpoints[place].value["conditions"]?["ready"]?.bool ?? false
                return isReady ? (group, place) : nil
            }
        }
        .sorted { groups[$0.group].endpoints[$0.place].id < groups[$1.group].endpoints[$1.place].id }
    }
}

extension Cluster {
    /// The groups of endpoints of each family, with the hints that the Service asks for.
    mutating func hinted(
        _ groups: [Family: [EndpointSliceController.Group]], _ service: Service, now: Timestamp
    ) -> [Family: [EndpointSliceController.Group]] {
        let hints = EndpointHints(service)
        var groups = groups
        switch hints {
        case .none: break
        case .close(let namesNodes):
            for family in groups.keys {
                EndpointHints.addClose(to: &groups[family, default: []], namesNodes: namesNodes)
            }
        case .automatic:
            let shares = ZoneShares(store.objects("Node").map(NodeFacts.init))
            for family in groups.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
                var reason = ""
                do throws(ZoneShares.Withheld) {
                    try EndpointHints.addAutomatic(to: &groups[family, default: []], shares)
                } catch {
                    reason = error.reason
                }
                setHints(of: service.key, family, reason, now: now)
            }
            return groups
        }
        forgetHints(of: service.key, now: now)
        return groups
    }

    /// - Parameter reason: why there are no hints; empty if there are.
    private mutating func setHints(of service: ObjectKey, _ family: Family, _ reason: String, now: Timestamp) {
        guard services.hints[service]?[family] != reason else { return }
        services.hints[service, default: [:]][family] = reason
        if reason.isEmpty {
            recordHints(.normal, "Enabled", "Topology Aware Hints has been enabled", service, family, now: now)
        } else {
            recordHints(.warning, "Disabled", reason, service, family, now: now)
        }
    }

    /// The Service no longer asks for automatic hints.
    private mutating func forgetHints(of service: ObjectKey, now: Timestamp) {
        guard let families = services.hints.removeValue(forKey: service) else { return }
        for family in families.filter({ $0.value.isEmpty }).keys.sorted(by: { $0.rawValue < $1.rawValue }) {
            recordHints(.warning, "Disabled", "Topology Aware Hints has been disabled", service, family, now: now)
        }
    }

    private mutating func recordHints(
        _ kind: EventNote.Kind, _ word: String, _ sentence: String, _ service: ObjectKey, _ family: Family,
        now: Timestamp
    ) {
        record(
            EventNote(
                kind, "TopologyAwareHints\(word)", "\(sentence), addressType: \(family.rawValue)", about: service,
                from: "endpoint-slice-controller"), now: now)
    }
}
