// SPDX-License-Identifier: Apache-2.0
internal import Kubernetes
internal import Net

/// What a node's table needs of an EndpointSlice.
struct SliceFacts: Sendable, Hashable {
    /// The Service that the slice belongs to.
    let service: ObjectKey
    let ports: [EndpointPort]
    /// One for each endpoint of the slice, in its order.
    private(set) var endpoints: [EndpointFacts]

    /// The addresses of the endpoints that are ready.
    var ready: [Address] { addresses(.ready) }
    /// Endpoints that still serve while they end; used when no endpoint is ready.
    var draining: [Address] { addresses(.draining) }

    /// Nil for a slice that belongs to no Service.
    init?(_ object: Object) {
        let slice = EndpointSlice(object)
        guard let name = slice.serviceName, slice.addressType != nil else { return nil }
        service = ObjectKey("Service", object.namespace, name)
        ports = slice.ports
        endpoints = (object.value["endpoints"]?.elements ?? []).map(EndpointFacts.init)
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
            facts.endpoints[index] = EndpointFacts(after[index])
        }
        return facts
    }

    private func addresses(_ state: EndpointFacts.State) -> [Address] {
        endpoints.compactMap { $0.state == state ? $0.address : nil }
    }
}

/// What the nodes' rules need of one endpoint of a slice.
struct EndpointFacts: Sendable, Hashable {
    /// Whether connections may go to it.
    enum State { case ready, draining, out }
    /// The first of its addresses; nil if that cannot be read.
    var address: Address?
    var state: State
    /// The node that it is on.
    var node: String?
    /// The zones and the nodes that it is meant for (`hints`); empty for an endpoint without hints.
    var zones: [String] = []
    var nodes: [String] = []

    init(_ value: Value) {
        address = value["addresses"]?.elements.first?.string.flatMap { Address($0) }
        let conditions = value["conditions"]
        let isDraining = conditions?["terminating"]?.bool ?? false && conditions?["serving"]?.bool ?? false
        state = conditions?["ready"]?.bool ?? true ? .ready : isDraining ? .draining : .out
        node = value["nodeName"]?.string
        guard let hints = value["hints"] else { return }
        zones = hints["forZones"]?.elements.compactMap { $0["name"]?.string } ?? []
        nodes = hints["forNodes"]?.elements.compactMap { $0["name"]?.string } ?? []
    }
}
