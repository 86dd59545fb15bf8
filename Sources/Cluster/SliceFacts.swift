// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What the rules of nodes and the names need of an EndpointSlice.
struct SliceFacts: Sendable, Hashable {
    /// The Service that the slice belongs to.
    let service: ObjectKey
    /// The family of its addresses.
    let family: Family
    let ports: [EndpointPort]
    /// One for each endpoint of the slice, in its order.
    private(set) var endpoints: [EndpointFacts]
    /// True if some endpoint says for whom it is meant.
    private(set) var hasHints: Bool

    /// Nil for a slice that belongs to no Service.
    init?(_ object: Object) {
        let slice = EndpointSlice(object)
        guard let name = slice.serviceName, let family = slice.addressType else { return nil }
        service = ObjectKey("Service", object.namespace, name)
        self.family = family
        ports = slice.ports
        endpoints = (object.value["endpoints"]?.elements ?? []).map(EndpointFacts.init)
        hasHints = endpoints.contains(where: \.hasHints)
    }

    /// The facts after a write that made one object of the other. Only the endpoints that differ are read: to see that
    /// the others are the same takes no look into them, and theirs is most of a large cluster's memory.
    func after(_ old: Object, _ new: Object) -> SliceFacts? {
        let before = old.value["endpoints"]?.elements ?? []
        let after = new.value["endpoints"]?.elements ?? []
        guard before.count == after.count, endpoints.count == after.count,
            old.value["metadata", "labels"] == new.value["metadata", "labels"],
            old.value["addressType"] == new.value["addressType"], old.value["ports"] == new.value["ports"]
        else { return SliceFacts(new) }
        var facts = self
        for index in after.indices where before[index] != after[index] {
            facts.endpoints[index] = facts.endpoints[index].after(before[index], after[index])
        }
        facts.hasHints = facts.endpoints.contains(where: \.hasHints)
        return facts
    }
}

extension SliceFacts {
    /// The slice with its endpoints' states changed, and their hints taken away if they are to go.
    func changed(keepsHints: Bool = true, _ state: (EndpointFacts) -> EndpointFacts.State) -> SliceFacts {
        var changed = self
        changed.endpoints = endpoints.map { $0.changed(to: state($0), keepsHints: keepsHints) }
        changed.hasHints = keepsHints && hasHints
        return changed
    }
}

/// What the rules of nodes and the names need of one endpoint of a slice.
struct EndpointFacts: Sendable, Hashable {
    /// Whether connections may go to it.
    enum State { case ready, draining, out }
    /// The first of its addresses; nil if that cannot be read.
    let address: Address?
    let state: State
    /// True if it answers, be it ready or about to end.
    let isServing: Bool
    /// The node that it is on.
    let node: String?
    /// Its name below the Service's, if it has one.
    let hostname: String?
    private let hints: Hints?

    /// Whom it is meant for: most say nothing of that.
    private final class Hints: Sendable, Hashable {
        let nodes: [String]
        let zones: [String]

        init?(_ value: Value) {
            nodes = value["forNodes"]?.elements.compactMap { $0["name"]?.string } ?? []
            zones = value["forZones"]?.elements.compactMap { $0["name"]?.string } ?? []
            if nodes.isEmpty, zones.isEmpty { return nil }
        }

        static func == (left: Hints, right: Hints) -> Bool {
            left === right || left.nodes == right.nodes && left.zones == right.zones
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(nodes)
            hasher.combine(zones)
        }
    }

    /// The nodes and the zones that it is meant for (`hints`).
    var nodes: [String] { hints?.nodes ?? [] }
    var zones: [String] { hints?.zones ?? [] }
    var hasHints: Bool { hints != nil }

    init(_ value: Value) {
        self.init(value, value["addresses"]?.elements.first?.string.flatMap { Address($0) })
    }

    func changed(to state: State, keepsHints: Bool) -> EndpointFacts {
        EndpointFacts(
            address: address, state: state, isServing: isServing, node: node, hostname: hostname,
            hints: keepsHints ? hints : nil)
    }

    private init(address: Address?, state: State, isServing: Bool, node: String?, hostname: String?, hints: Hints?) {
        (self.address, self.state, self.isServing) = (address, state, isServing)
        (self.node, self.hostname, self.hints) = (node, hostname, hints)
    }

    /// The facts after a write that made one value of the other. Mostly it has the same addresses.
    func after(_ old: Value, _ new: Value) -> EndpointFacts {
        old["addresses"] == new["addresses"] ? EndpointFacts(new, address) : EndpointFacts(new)
    }

    /// As kube-proxy reads them, missing conditions count as true, but for `terminating`.
    private init(_ value: Value, _ address: Address?) {
        self.address = address
        let conditions = value["conditions"]
        isServing = conditions?["serving"]?.bool ?? true
        let isDraining = isServing && conditions?["terminating"]?.bool ?? false
        state = conditions?["ready"]?.bool ?? true ? .ready : isDraining ? .draining : .out
        node = value["nodeName"]?.string
        hostname = value["hostname"]?.string
        hints = value["hints"].flatMap(Hints.init)
    }
}
