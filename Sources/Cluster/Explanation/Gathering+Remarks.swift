// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
public import Net

/// What is to be said of the journeys, the most telling first.
extension Gathering {
    /// So many distinct outcomes are explained.
    private static let causeLimit = 8

    func remarks(_ outcomes: [Explanation.Outcome]) -> [Remark] {
        if isPingOfRule, let target = targets.first {
            return [.ruleOnly(target.socket.address, target.destination.service)]
        }
        let failing = outcomes.filter { $0.answer != .delivered }
        let delivered = outcomes.first { $0.answer == .delivered }
        var remarks = failing.prefix(Gathering.causeLimit).map { cause(of: $0) }
        if let delivered { remarks += deliveredRemarks(delivered) }
        if outcomes.isEmpty { remarks += leadingNowhere }
        remarks += goal.remarks.filter { !remarks.contains($0) }
        remarks += nameRemarks
        var seen: Set<Remark> = []
        return remarks.filter { seen.insert($0).inserted }
    }

    /// Why there is no address to send to.
    private var leadingNowhere: [Remark] {
        guard goal.remarks.isEmpty || goal.service.map({ cluster.isHeadless($0) }) == true else { return goal.remarks }
        guard let key = goal.service, let object = cluster.store[key] else { return [] }
        return [cluster.lackOfEndpoints(Service(object), nil)]
    }

    private var nameRemarks: [Remark] {
        guard let step = goal.steps.first else { return [] }
        var remarks: [Remark] = []
        if origin.searches == nil, let named = namedByName, !isFoundAtPlace {
            remarks.append(.nameNotAsked(origin.namespace, named))
        }
        if let pending = cluster.pendingLoadBalancer(step.service) { remarks.append(pending) }
        return remarks
    }

    /// True if the name is found with the search list that nodes and the host have.
    private var isFoundAtPlace: Bool {
        guard origin.pod == nil, cluster.resolves(origin.namespace), let text = try? TargetText(question.to),
            case .name(let name) = text.host
        else { return false }
        return cluster.service(named: name, origin) != nil
    }

    /// The Service, if it was called by a name that DNS would have to know.
    private var namedByName: ObjectKey? {
        guard let text = try? TargetText(question.to), case .name = text.host else { return nil }
        return goal.steps.first?.service
    }

    // MARK: What arrives

    private func deliveredRemarks(_ outcome: Explanation.Outcome) -> [Remark] {
        let arrived = ways.values.filter { way in
            if case .delivered = way.outcome { true } else { false }
        }.sorted()
        if goal.transport == .icmp { return [.pingAnswered(outcome.example.destination)] }
        let service = servicePort
        var remarks: [Remark] = [.delivered(receivers(arrived, service?.service.key))]
        remarks += [seen, reply(outcome.example)].compactMap(\.self)
        if let service { remarks += serviceRemarks(service.service, service.port, arrived) }
        if let undeclared = undeclared(arrived) { remarks.append(undeclared) }
        return remarks
    }

    private func receivers(_ arrived: [Explanation.Way], _ service: ObjectKey?) -> Remark.Receivers {
        let pods = Set(arrived.compactMap(\.pod)).sorted()
        let sockets = Set(arrived.compactMap(\.socket))
        let names = pods.isEmpty ? Set(arrived.map { $0.node ?? "" }).sorted() : pods.map(\.name)
        return Remark.Receivers(
            pods: pods.count, names: Array(names.prefix(3)), endpoints: sockets.count, service: service ?? goal.service)
    }

    private var seen: Remark? {
        guard !sources.isEmpty else { return nil }
        let own = outcomes.values.first { $0.answer == .delivered }?.example.packet.source.address
        return .clientSeen(Array(sources.sorted().prefix(8)), own: own, translatedBy: masquerading.sorted())
    }

    private func reply(_ journey: Journey) -> Remark? {
        guard let way = journey.reply(in: cluster.plan) else { return nil }
        let between = way.namespaces.dropFirst().dropLast(way.isUnderstood ? 1 : 0)
        let restored = way.restored.map(\.namespace).filter { $0 != journey.origin || between.isEmpty }
        guard !between.isEmpty || !way.isUnderstood else { return nil }
        return .reply(
            through: Array(between), restoredAt: restored, from: way.source, isUnderstood: way.isUnderstood)
    }

    /// The Service that is asked for, with the port of it that answers at the address.
    private var servicePort: (service: Service, port: ServicePort)? {
        guard let target = targets.first, let key = target.destination.service ?? goal.service,
            let object = cluster.store[key]
        else { return nil }
        let service = Service(object)
        return cluster.port(of: service, at: target, goal.transport.transport).map { (service, $0) }
    }

    private func serviceRemarks(
        _ service: Service, _ port: ServicePort, _ arrived: [Explanation.Way]
    ) -> [Remark] {
        var remarks: [Remark] = []
        let troubles = cluster.troubles(of: service, port)
        if !troubles.isEmpty { remarks.append(.leftOut(service.key, troubles)) }
        guard !service.isHeadless else { return remarks }
        if let seconds = service.sessionAffinityTimeout {
            remarks.append(
                .affinity(service.key, seconds: seconds, cluster.because(service.key, "spec.sessionAffinity")))
        }
        if let near = nearOnly(service, port, arrived) { remarks.append(near) }
        return remarks
    }

    /// Endpoints that are passed by for others that are nearer (D85–D88).
    private func nearOnly(_ service: Service, _ port: ServicePort, _ arrived: [Explanation.Way]) -> Remark? {
        // Those of the other family are nobody's choice.
        let family = arrived.first?.socket?.address.family
        let ready = cluster.endpoints(of: service, port).count { $0.isReady && $0.socket.address.family == family }
        let used = Set(arrived.compactMap(\.socket)).count
        guard used > 0, used < ready, arrived.count < 10_000, outcomes.values.allSatisfy({ $0.answer == .delivered })
        else { return nil }
        var field: String?
        if case .clusterAddress = targets.first?.destination {
            if service.internalTrafficPolicy == .local { field = "spec.internalTrafficPolicy" }
        } else if service.externalTrafficPolicy == .local {
            field = "spec.externalTrafficPolicy"
        }
        if field == nil, service.trafficDistribution != nil { field = "spec.trafficDistribution" }
        return .nearOnly(
            service.key, used: used, ready: ready, field.map { cluster.because(service.key, $0) })
    }

    /// A port that no container of the Pods declares: Kubernetes does not mind, but somebody may have mistyped it.
    private func undeclared(_ arrived: [Explanation.Way]) -> Remark? {
        var declared: Set<UInt16> = []
        var without: [SocketAddress] = []
        for way in arrived.prefix(100) {
            guard let key = way.pod, let socket = way.socket, let object = cluster.store[key] else { continue }
            let pod = Pod(object)
            let ports = (pod.containers + pod.initContainers).flatMap(\.ports)
                .filter { $0.transport == goal.transport.transport }.map(\.containerPort)
            guard !ports.contains(socket.port) else { continue }
            declared.formUnion(ports)
            without.append(socket)
        }
        guard let first = without.first else { return nil }
        return .undeclaredPort(first, pods: without.count, declared: declared.sorted())
    }
}

extension Explanation.Way {
    /// Where it arrives; nil if it does not.
    public var socket: SocketAddress? { if case .delivered(_, let socket, _) = outcome { socket } else { nil } }
}
