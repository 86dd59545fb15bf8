// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

/// What the nodes say of themselves to health checks, and what the load balancer makes of it.
extension Lab {
    /// Takes into account what changed: which ports there are, how many endpoints each node has, who takes traffic.
    func refreshHealth(_ changes: Changes) {
        if changes.healthChecksChanged {
            health.services = Set(cluster.healthChecks.map(\.service))
            health.board.keep(health.services)
            for service in health.services { countLocal(service) }
            serveHealth()
            scheduleProbes()
        }
        var recounted: Set<ObjectKey> = []
        for event in changes.events {
            switch event.key.kind {
            case "EndpointSlice" where !health.services.isEmpty:
                guard let name = (event.new ?? event.old).flatMap({ EndpointSlice($0).serviceName }) else { continue }
                let service = ObjectKey("Service", event.key.namespace, name)
                if health.services.contains(service), recounted.insert(service).inserted { countLocal(service) }
            case "Node":
                let name = event.key.name
                health.board.set(NamespaceName(name), isEligible: cluster.takesTraffic(node: name))
            default: break
            }
        }
    }

    private func countLocal(_ service: ObjectKey) {
        let counts = cluster.configuration.nodes.map { node in
            (NamespaceName(node.name), cluster.localEndpoints(of: service, on: node.name))
        }
        health.board.set(service, local: Dictionary(counts) { $1 })
    }

    /// Opens and closes the health ports that nodes should have; nodes without a proxy have none.
    func serveHealth() {
        let mode = cluster.configuration.proxyMode
        health.board.set(mode)
        guard health.isServing else { return }
        let nodes = cluster.configuration.nodes.compactMap { node -> HealthServers.Node? in
            // A proxy that is stopped serves nothing.
            guard !isProxyStopped(node.name), let object = cluster.store[ObjectKey("Node", "", node.name)]
            else { return nil }
            return HealthServers.Node(name: NamespaceName(node.name), addresses: Node(object).internalAddresses)
        }
        let inbox = kernel.inbox
        let checks = cluster.healthChecks
        let ports = mode == .none ? [] : [LoadBalancerProbe.healthPort] + checks.map(\.port)
        health.servers.serve(mode == .none ? [] : nodes, checks) { inbox.post(.healthServed(Set(ports))) }
    }

    /// Begins to serve the nodes' health ports: when the lab is ready, or after a second at the latest, so that nothing
    /// that is waited for waits for them.
    func beginHealth() {
        guard !health.isServing else { return }
        health.isServing = true
        for node in cluster.configuration.nodes {
            health.board.set(NamespaceName(node.name), isEligible: cluster.takesTraffic(node: node.name))
        }
        serveHealth()
    }

    /// The nodes listen at these ports now, so that the load balancer may ask them.
    func healthIsServed(at ports: Set<UInt16>) {
        health.servedPorts = ports
        scheduleProbes()
    }

    /// Says that a health check's port could not be opened, as kube-proxy does.
    func tellUnserved(_ node: NamespaceName, _ check: HealthCheck?, _ reason: String) {
        log("\(node): \(check.map { "the health check of \($0.service)" } ?? "the proxy's health port"): \(reason)")
        guard let check else { return }
        let message =
            "node \(node) failed to start healthcheck \"\(check.service.namespace)/\(check.service.name)\" "
            + "on port \(check.port): \(reason)"
        let note = EventNote(
            .warning, "FailedToStartServiceHealthcheck", message, about: check.service, from: "kube-proxy",
            host: node.text)
        cluster.record(note, now: .now())
    }

    // MARK: The load balancer

    /// Has the load balancer ask all nodes, now and then, while there is anything to ask.
    private func scheduleProbes() {
        guard !health.isProbing, !probes.isEmpty else { return }
        health.isProbing = true
        probeNodes()
    }

    /// What the load balancer asks, as far as somebody listens by now.
    private var probes: [LoadBalancerProbe] {
        health.servedPorts.isEmpty ? [] : cluster.loadBalancerProbes.filter { health.servedPorts.contains($0.port) }
    }

    /// Asks all nodes once. A node that does not answer is asked again at once: one that is well may miss one question,
    /// and one that is dead is out before two periods are over.
    func probeNodes() {
        let probes = probes
        guard !probes.isEmpty else {
            health.isProbing = false
            return
        }
        for probe in probes { ask(probe, isLast: false) }
        kernel.later(cluster.configuration.probePeriod, .probeNodes)
    }

    /// Takes the answer to one question.
    func probed(_ probe: LoadBalancerProbe, succeeded: Bool, isLast: Bool) {
        guard succeeded || isLast else { return ask(probe, isLast: true) }
        cluster.setProbe(probe, succeeded: succeeded, now: .now())
    }

    private func ask(_ probe: LoadBalancerProbe, isLast: Bool) {
        guard let edge = try? kernel.edge.place(.edge) else { return }
        let inbox = kernel.inbox
        let request = ProbeRequest(
            .http(path: LoadBalancerProbe.path), to: SocketAddress(probe.address, probe.port), from: edge.namespace,
            timeout: max(cluster.configuration.probePeriod / 2, 100))
        kernel.prober.probe(request) { outcome in
            inbox.post(.loadBalancerProbed(probe, succeeded: outcome == .success, isLast: isLast))
        }
    }
}
