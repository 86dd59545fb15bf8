// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// Walks to Services in two states of a cluster, from the host, from outside and from a Pod of each node.
struct WalkComparison {
    private let old: Cluster
    private let new: Cluster
    private(set) var changes: [PlanComparison.JourneyChange] = []
    private(set) var walked = 0
    private(set) var omitted = 0

    init(_ old: Cluster, _ new: Cluster, services: Set<ObjectKey>, _ limit: Int) {
        self.old = old
        self.new = new
        let origins = sharedOrigins
        for service in services.sorted() {
            let (before, after) = (old.doors(of: service), new.doors(of: service))
            for door in Set(before.keys).union(after.keys).sorted() {
                let places = origins.filter { door.isOpen(to: $0) } + (door.isInternal ? hairpins(to: service) : [])
                guard walked + places.count <= limit else {
                    omitted += places.count
                    continue
                }
                walked += places.count
                compare(service, door, before[door], after[door], from: places)
            }
        }
    }

    /// Walks that begin elsewhere and change alike are told once.
    private mutating func compare(
        _ service: ObjectKey, _ door: Door, _ before: SocketAddress?, _ after: SocketAddress?, from places: [WalkOrigin]
    ) {
        struct Ends: Hashable {
            var before: Arrival?
            var after: Arrival?
        }
        var order: [Ends] = []
        var origins: [Ends: [WalkOrigin]] = [:]
        for place in places {
            let ends = Ends(
                before: before.map { old.arrival(from: place, at: $0, door.transport) },
                after: after.map { new.arrival(from: place, at: $0, door.transport) })
            guard ends.before != ends.after else { continue }
            if origins[ends] == nil { order.append(ends) }
            origins[ends, default: []].append(place)
        }
        for ends in order {
            guard let places = origins[ends], let first = places.first else { continue }
            changes.append(
                PlanComparison.JourneyChange(
                    origins: places.map(\.text), service: service, door: door.text,
                    before: ends.before.map { old.explained($0, from: first, door.transport) },
                    after: ends.after.map { new.explained($0, from: first, door.transport) }))
        }
    }

    // MARK: Origins

    /// The host, the systems outside, and for each node a Pod that is there before and after, or the node itself.
    private var sharedOrigins: [WalkOrigin] {
        var pods: [String: ObjectKey] = [:]
        for (key, placement) in old.nodes.placements where placement.link != nil && isShared(key) {
            pods[placement.node] = min(pods[placement.node] ?? key, key)
        }
        let outside = old.configuration.external.filter { new.configuration.external.contains($0) }
        let nodes = old.configuration.nodes.map(\.name).filter { new.nodes.states[$0] != nil }
        return [WalkOrigin(.host, "host", .host)]
            + outside.map { WalkOrigin(.outside($0.name), "outside/\($0.name)", .outside) }
            + nodes.map { node in
                guard let pod = pods[node] else { return WalkOrigin(NamespaceName(node), node, .inside) }
                return WalkOrigin(pod, "pod \(pod.namespace)/\(pod.name) on \(node)")
            }
    }

    private func isShared(_ pod: ObjectKey) -> Bool {
        guard let before = old.nodes.placements[pod], let after = new.nodes.placements[pod] else { return false }
        return before.node == after.node && after.link != nil
    }

    /// A Pod that is one of the Service's endpoints before and after: what it sends may come back to it.
    private func hairpins(to service: ObjectKey) -> [WalkOrigin] {
        let pod = old.endpointPods(of: service).intersection(new.endpointPods(of: service)).filter(isShared).min()
        return pod.map {
            [WalkOrigin($0, "pod \($0.namespace)/\($0.name), an endpoint itself")]
        } ?? []
    }
}

/// Where a walk begins.
struct WalkOrigin: Hashable {
    enum Kind { case host, outside, inside }
    var namespace: NamespaceName
    /// As the reader is told of it.
    var text: String
    var kind: Kind

    init(_ namespace: NamespaceName, _ text: String, _ kind: Kind) {
        self.namespace = namespace
        self.text = text
        self.kind = kind
    }

    init(_ pod: ObjectKey, _ text: String) {
        self.init(NamespaceName("\(pod.namespace)/\(pod.name)"), text, .inside)
    }

    /// The place as a question names it.
    var place: String { namespace.text.contains("/") ? "pod/\(namespace)" : namespace.text }
}
