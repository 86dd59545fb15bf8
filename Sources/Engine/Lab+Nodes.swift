// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Nodes that go and come back: a node answers as long as its link to the edge carries packets.
extension Lab {
    /// Looks at all links, and says to the cluster what became of their nodes.
    func inspectNodes() {
        guard let edge = try? kernel.edge.place(.edge), let links = try? edge.routes.links() else { return }
        let carriers = Dictionary(links.map { ($0.name, $0.hasCarrier && $0.isUp) }) { $1 }
        for interface in cluster.plan.namespaces[.edge]?.interfaces.values.sorted(by: { $0.name < $1.name }) ?? [] {
            let far = interface.peerNamespace.text
            guard let carrier = carriers[interface.name] else { continue }
            let isThere = carrier && !faults.isFrozen(far) && !faults.isCutOff(far)
            guard cluster.isReachable(far) != isThere, cluster.store[ObjectKey("Node", "", far)] != nil
            else { continue }
            set(node: far, interface: interface.name, isReachable: isThere)
        }
    }

    private func set(node: String, interface: String, isReachable: Bool) {
        log("\(node) \(isReachable ? "answers again" : "does not answer any more")")
        if isReachable { restoreRoutes(of: node) }
        cluster.setNode(node, isReachable: isReachable, now: .now())
        if isReachable { catchUp(node) }
        settle()
    }

    /// With an interface that goes down the kernel drops its routes and neighbours; they are set anew.
    private func restoreRoutes(of node: String) {
        for (name, plan) in [NamespaceName(node), .edge].compactMap({ name in
            cluster.plan.namespaces[name].map { (name, $0) }
        }) {
            let steps =
                plan.neighbours.values.map { Step.setNeighbour(name, $0) }
                + plan.routes.values.map { Step.setRoute(name, $0) }
            do throws(KernelError) { try kernel.edge.run(steps) } catch { log("the routes of \(name): \(error)") }
        }
    }

    /// What the node's Pods have missed: their status, and requests to stop.
    private func catchUp(_ node: String) {
        for key in cluster.pods(on: node) {
            if cluster.store[key]?.isTerminating ?? true { stopPod(key) } else { writeStatus(key) }
        }
    }

    /// Cuts a node's link to the edge, or mends it.
    func setLink(ofNode name: String, isUp: Bool) throws {
        guard cluster.store[ObjectKey("Node", "", name)] != nil else {
            throw LabError(
                "there is no node \(name); there are: \(cluster.store.keys("Node").map(\.name).joined(separator: ", "))"
            )
        }
        let place = try kernel.edge.place(NamespaceName(name))
        guard let index = place.indexes["eth0"] else { throw LabError("\(name) has no interface eth0") }
        try place.routes.send([isUp ? .setUp(interface: index) : .setDown(interface: index)])
        inspectNodes()
    }
}
