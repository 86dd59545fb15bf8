// SPDX-License-Identifier: Apache-2.0
public import Dataplane
internal import Net

extension Plan {
    /// What makes a newly bound Pod's namespace and link, and the node's way to it: the part of `difference(from:)` that
    /// one Pod adds, without looking at the others. None for a Pod on its node's network.
    public func stepsToAdd(_ assignment: PodAssignment) -> [Step] {
        guard let near = assignment.nodeInterface, let far = assignment.interface,
            let pod = namespaces[assignment.namespace], let node = namespaces[assignment.node]
        else { return [] }
        var steps: [Step] = [.addNamespace(assignment.namespace)]
        steps += pod.sysctls.sorted { $0.key < $1.key }
            .map { .setSysctl(assignment.namespace, path: $0.key, value: $0.value) }
        steps.append(.addLink(LinkEnd(assignment.node, near), LinkEnd(assignment.namespace, far)))
        steps += pod.neighbours.values.map { .setNeighbour(assignment.namespace, $0) }
        // A route to a gateway needs the route to the gateway's link first.
        let routes = pod.routes.values.filter { $0.gateway == nil } + pod.routes.values.filter { $0.gateway != nil }
        steps += routes.map { .setRoute(assignment.namespace, $0) }
        for address in assignment.addresses {
            if let neighbour = node.neighbours[address] { steps.append(.setNeighbour(assignment.node, neighbour)) }
            if let route = node.routes[Prefix(host: address)] { steps.append(.setRoute(assignment.node, route)) }
        }
        return steps
    }

    /// What takes a Pod's link and namespace away again; the node's route and neighbour go with the link.
    public static func stepsToRemove(_ assignment: PodAssignment) -> [Step] {
        guard let near = assignment.nodeInterface else { return [] }
        return [.removeLink(LinkEnd(assignment.node, near)), .removeNamespace(assignment.namespace)]
    }
}
