// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// Nodes whose Service rules do not follow the objects, or are gone.
extension Lab {
    /// Stops a node's proxy: its rules stay as they are, whatever comes, and its health ports close; or lets it run again,
    /// and catch up at once.
    func setProxy(_ name: String, isRunning: Bool) throws {
        let known = faults.inForce["proxy/\(name)"]
        guard cluster.configuration.proxyMode != .none || known != nil else {
            throw LabError("\(name) has no proxy: the lab's proxy mode is none")
        }
        if isRunning {
            if let known { forget(known) }
            release(name)
        } else {
            hold(name)
            begin(.proxy, .node(name))
            serveHealth()
        }
    }

    /// Has a node's rules stay as they are.
    func hold(_ node: String) {
        settle()
        sendRules()
        rules.hold(NamespaceName(node))
    }

    /// True if a node's proxy stands still.
    func isProxyStopped(_ node: String) -> Bool { faults.inForce["proxy/\(node)"] != nil || faults.isFrozen(node) }

    /// Begins what of a sabotage is the daemon's own part.
    func beginSabotage() {
        guard let sabotage = cluster.configuration.sabotage else { return }
        log("the Service rules are broken on purpose (\(sabotage.rawValue), \(sabotage.violated)): \(sabotage.effect)")
        if sabotage == .staleNode, let last = cluster.configuration.nodes.last {
            rules.hold(NamespaceName(last.name))
        }
    }

    /// Has a node's rules follow again, unless something else holds them.
    func release(_ node: String) {
        let name = NamespaceName(node)
        guard !isProxyStopped(node), rules.isHeld(name) else { return }
        settle()
        sendRules()
        tell(rules.release(name, to: cluster.plan))
        tellStory(allRulesOf: name)
        kernel.cleaner.clean(faults.missedFlows.removeValue(forKey: name) ?? [])
        serveHealth()
    }

    /// The UDP connections that nodes are to forget; those of nodes whose proxy is stopped have to wait.
    func heldBack(_ flows: [DatagramFlows]) -> [DatagramFlows] {
        guard cluster.configuration.sabotage != .staleDatagrams else { return [] }
        guard rules.holdsAny else { return flows }
        return flows.map { flow in
            var flow = flow
            for name in flow.namespaces where rules.isHeld(name) {
                var missed = flow
                missed.namespaces = [name]
                // The latest word on the same port is the one that counts.
                faults.missedFlows[name, default: []].removeAll {
                    $0.destinations == flow.destinations && $0.nodePort == flow.nodePort
                }
                faults.missedFlows[name]?.append(missed)
            }
            flow.namespaces.removeAll(where: rules.isHeld)
            return flow
        }
    }

    /// Takes a node's Service rules away, as someone with `nft flush ruleset` would. The next inspection finds out.
    func flushRules(of node: String) throws {
        settle()
        sendRules()
        guard cluster.configuration.proxyMode != .none else {
            throw LabError("\(node) has no rules: the lab's proxy mode is none")
        }
        try rules.flush(NamespaceName(node))
        tell(.warning, "FaultInjected", "On purpose, the Service rules of \(node) were flushed", .node(node))
    }
}
