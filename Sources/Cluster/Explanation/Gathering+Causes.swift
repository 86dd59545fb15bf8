// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// Why journeys do not arrive, as far as the objects tell it.
extension Gathering {
    func cause(of outcome: Explanation.Outcome) -> Remark {
        let journey = outcome.example
        if case .dropped(let name, let because) = journey.outcome, because.object == "Node \(name)" {
            return .nodeSilent(name.text)
        }
        if journey.isUnanswered, case .unreachable(let name, let reason) = journey.outcome {
            return .answerLost(name, reason: reason)
        }
        if let listening = unheard(journey) { return listening }
        guard let target = targets.first(where: { $0.socket == journey.packet.destination }) ?? targets.first else {
            return plain(journey)
        }
        if let key = target.destination.service, let object = cluster.store[key] {
            return cause(of: journey, target, Service(object)) ?? plain(journey)
        }
        return cause(of: journey, unused: target) ?? plain(journey)
    }

    /// What a node gets itself, where nobody listens.
    private func unheard(_ journey: Journey) -> Remark? {
        guard case .delivered(let name, let socket, _) = journey.outcome else { return nil }
        if cluster.outsideSystem(name) != nil { return .nothingListens(node: name.text, socket, known: []) }
        let port = cluster.serviceWithNodePort(socket.port, journey.packet.transport)
        if let port, socket.address.isLoopback {
            return .nodePortAtLoopback(port, name, socket, cluster.configuration.proxyMode)
        }
        if port != nil, cluster.configuration.proxyMode == .none { return .noProxy }
        return .nothingListens(node: name.text, socket, known: cluster.nodePorts(near: socket.port))
    }

    /// What the rule or the route itself gives as its reason.
    private func plain(_ journey: Journey) -> Remark {
        if let left = leaving(journey) { return left }
        return switch journey.outcome {
        case .rejected(let name, let because), .dropped(let name, let because): .ruled(name, because)
        case .unreachable(let name, let reason): noRoute(name, journey, reason)
        case .delivered(let name, _, _): .ruled(name, Because("lab"))
        }
    }

    /// What goes to an address of nobody in the lab, and from the host by the host's own routes, which are not the plan's.
    private func leaving(_ journey: Journey) -> Remark? {
        let address = journey.hops.last?.packet.destination.address ?? journey.packet.destination.address
        guard journey.destination == .host, journey.hops.isEmpty || cluster.configuration.egress,
            !cluster.isOfLab(address)
        else { return nil }
        return .outside(address)
    }

    private func noRoute(_ name: NamespaceName, _ journey: Journey, _ reason: String) -> Remark {
        let address = journey.hops.last?.packet.destination.address ?? journey.packet.destination.address
        let access = cluster.configuration.hostAccess
        if name == .host, journey.hops.isEmpty, access != .all, cluster.isOfLab(address) {
            return .hostHasNoRoute(access, address)
        }
        let destination = cluster.destination(SocketAddress(address, 0), .tcp)
        return destination == .unused(.pods) ? .noPodAt(address) : .noRoute(name, address, reason: reason)
    }

    /// An address of the lab's ranges that nobody has.
    private func cause(of journey: Journey, unused target: Explanation.Target) -> Remark? {
        guard case .unused(let range) = target.destination else { return nil }
        if journey.hops.isEmpty, case .unreachable = journey.outcome { return nil }
        let address = target.socket.address
        return switch range {
        case .services: .noServiceAt(address, near: cluster.services(near: target.socket, atLoadBalancers: false))
        case .loadBalancers:
            .noLoadBalancerAt(address, near: cluster.services(near: target.socket, atLoadBalancers: true))
        case .pods: .noPodAt(address)
        case .nodes: nil
        }
    }

    // MARK: Services

    private func cause(of journey: Journey, _ target: Explanation.Target, _ service: Service) -> Remark? {
        let key = service.key
        if journey.hops.isEmpty, case .unreachable = journey.outcome { return nil }
        for label in ["service.kubernetes.io/service-proxy-name", EndpointSliceController.headless] {
            guard let value = service.labels[label] else { continue }
            let because = cluster.because(key, "metadata.labels")
            return .otherProxy(key, label: value.isEmpty ? label : "\(label): \(value)", because)
        }
        if let refused = sourceRanges(journey, target, service) { return refused }
        if cluster.configuration.proxyMode == .none, !passesEdgeOnly(target) { return .noProxy }
        guard let port = cluster.port(of: service, at: target, goal.transport.transport) else {
            return .noSuchPort(
                key, target.socket.port, goal.transport, ports: service.ports.map(\.text),
                cluster.because(key, "spec.ports"))
        }
        let all = cluster.endpoints(of: service, port).filter { $0.isReady || $0.isDraining }
        guard !all.isEmpty else { return cluster.lackOfEndpoints(service, port) }
        let family = target.socket.address.family
        let ready = all.filter { $0.socket.address.family == family }
        guard !ready.isEmpty else { return .noEndpointOfFamily(key, family, others: all.count) }
        if journey.destination == .edge, case .loadBalancer = target.destination {
            return .noBackendNode(key, cluster.nodesOutOfBalance)
        }
        return noLocalEndpoint(journey, target, service, ready)
    }

    private func passesEdgeOnly(_ target: Explanation.Target) -> Bool {
        if case .loadBalancer = target.destination { origin.namespace == .host } else { false }
    }

    private func sourceRanges(_ journey: Journey, _ target: Explanation.Target, _ service: Service) -> Remark? {
        guard case .loadBalancer = target.destination, case .dropped = journey.outcome else { return nil }
        let client = journey.packet.source.address
        let ranges = service.loadBalancerSourceRanges.filter { $0.family == client.family }
        guard !ranges.isEmpty, !ranges.contains(where: { $0.contains(client) }) else { return nil }
        return .sourceNotAllowed(
            client, service.key, ranges: ranges, cluster.because(service.key, "spec.loadBalancerSourceRanges"))
    }

    private func noLocalEndpoint(
        _ journey: Journey, _ target: Explanation.Target, _ service: Service, _ ready: [ServiceEndpoint]
    ) -> Remark? {
        guard case .dropped(let node, _) = journey.outcome else { return nil }
        let policy: Remark.LocalPolicy
        if case .clusterAddress = target.destination { policy = .internal } else { policy = .external }
        let isLocal = policy == .internal ? service.internalTrafficPolicy : service.externalTrafficPolicy
        guard isLocal == .local, !ready.contains(where: { $0.node == node.text }) else { return nil }
        return .noLocalEndpoint(
            service.key, policy: policy, node: node, elsewhere: Set(ready.compactMap(\.node)).sorted(),
            cluster.because(service.key, "spec.\(policy.rawValue)"))
    }
}
