// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// One endpoint of one port of a Service.
struct ServiceEndpoint: Hashable {
    var socket: SocketAddress
    var node: String?
    var isReady: Bool
    /// True for one that still serves while it ends (D53).
    var isDraining: Bool
}

/// What stands behind a Service, and why nothing does.
extension Cluster {
    func isHeadless(_ key: ObjectKey) -> Bool { store[key].map { Service($0).isHeadless } ?? false }

    /// True for an address of one of the lab's ranges, or of a system outside.
    func isOfLab(_ address: Address) -> Bool {
        if configuration.external.contains(where: { $0.addresses.contains(address) }) { return true }
        guard let ranges = configuration.ranges(address.family) else { return false }
        return [ranges.nodes, ranges.pods, ranges.services, ranges.loadBalancers].contains { $0.contains(address) }
    }

    /// The port of a Service that answers at an address.
    func port(of service: Service, at target: Explanation.Target, _ transport: TransportProtocol) -> ServicePort? {
        if case .nodePort = target.destination {
            return service.ports.first { $0.nodePort == target.socket.port && $0.transport == transport }
        }
        let found = service.ports.first { $0.port == target.socket.port && $0.transport == transport }
        // The Pods of a headless Service are reached at their own ports.
        return found ?? (service.isHeadless ? service.ports.first { $0.transport == transport } : nil)
    }

    /// All endpoints of a port, ready or not.
    func endpoints(of service: Service, _ port: ServicePort) -> [ServiceEndpoint] {
        slices(of: service.key).flatMap { slice in
            slice.ports.filter { $0.name == port.name && $0.transport == port.transport }.compactMap(\.port)
                .flatMap { (number) -> [ServiceEndpoint] in
                    slice.endpoints.compactMap { endpoint in
                        endpoint.addresses.first.map {
                            ServiceEndpoint(
                                socket: SocketAddress($0, number), node: endpoint.nodeName, isReady: endpoint.isReady,
                                isDraining: endpoint.isServing && endpoint.isTerminating)
                        }
                    }
                }
        }
    }

    // MARK: Nothing ready

    /// Why nothing ready stands behind a port of a Service, or behind all of it.
    func lackOfEndpoints(_ service: Service, _ port: ServicePort?) -> Remark {
        let key = service.key
        guard let selector = service.selector else { return .noSelector(key, because(key, "spec.selector")) }
        let pods = index.pods(matching: selector, namespace: key.namespace, in: store).filter { !$0.isFinished }
        guard !pods.isEmpty else {
            return .noPodMatches(
                key, selector: selector, nearest: nearPods(selector, key.namespace), because(key, "spec.selector"))
        }
        if let named = unnamedPort(service, port, pods) { return named }
        let troubles = troubles(of: pods)
        guard !troubles.isEmpty else { return .noEndpoints(key) }
        return .noPodReady(key, matching: pods.count, troubles)
    }

    /// A named `targetPort` that no container of the Pods has.
    private func unnamedPort(_ service: Service, _ port: ServicePort?, _ pods: [PodFacts]) -> Remark? {
        for (number, candidate) in service.ports.enumerated() where port == nil || candidate == port {
            guard case .name(let name) = candidate.targetPort else { continue }
            guard !pods.contains(where: { $0.namedPorts["\(candidate.transport.name)/\(name)"] != nil }) else {
                continue
            }
            var known: Set<String> = []
            for pod in pods {
                for port in pod.namedPorts.keys { known.insert(String(port.drop { $0 != "/" }.dropFirst())) }
            }
            return .noPortNamed(
                name, service.key, matching: pods.count, known: known.sorted(),
                because(service.key, "spec.ports[\(number)].targetPort"))
        }
        return nil
    }

    /// Pods of the Service that get nothing at its port, by reason, though the selector picks them.
    func troubles(of service: Service, _ port: ServicePort) -> [Remark.TroubledPods] {
        guard let selector = service.selector else { return [] }
        let pods = index.pods(matching: selector, namespace: service.namespace, in: store).filter { !$0.isFinished }
        var troubles = service.publishNotReadyAddresses ? [] : troubles(of: pods)
        if case .name(let name) = port.targetPort {
            let unnamed = pods.count { $0.namedPorts["\(port.transport.name)/\(name)"] == nil }
            if unnamed > 0 { troubles.append(Remark.TroubledPods(count: unnamed, trouble: .noPortNamed(name))) }
        }
        return troubles
    }

    private func troubles(of pods: [PodFacts]) -> [Remark.TroubledPods] {
        let unready = pods.filter { !$0.isReady || $0.isTerminating || $0.address == nil }
        guard !unready.isEmpty else { return [] }
        let heard = unhealthyMessages(in: unready[0].key.namespace)
        var counts: [PodTrouble: Int] = [:]
        for pod in unready {
            guard let object = store[pod.key] else { continue }
            counts[trouble(of: object, heard[pod.key.name]), default: 0] += 1
        }
        return counts.map { Remark.TroubledPods(count: $0.value, trouble: $0.key) }
            .sorted { ($1.count, $0.trouble.text) < ($0.count, $1.trouble.text) }
    }

    // MARK: What is near

    /// The Pods that a selector all but picks: with a label that is all but the same, or in another namespace.
    private func nearPods(_ selector: [String: String], _ namespace: String) -> Remark.NearPods? {
        var groups: [[String: String]: (distance: Int, count: Int)] = [:]
        for key in store.keys("Pod", namespace: namespace) {
            guard let pod = index.pods[key], !pod.isFinished, let near = NearLabels(selector, pod.labels) else {
                continue
            }
            groups[near.labels, default: (near.distance, 0)].count += 1
        }
        let best = groups.min { left, right in
            (left.value.distance, -left.value.count, left.key.labelText)
                < (right.value.distance, -right.value.count, right.key.labelText)
        }
        if let best { return Remark.NearPods(labels: best.key, namespace: namespace, count: best.value.count) }
        for other in store.keys("Namespace").map(\.name) where other != namespace {
            let count = index.pods(matching: selector, namespace: other, in: store).count { !$0.isFinished }
            if count > 0 { return Remark.NearPods(labels: selector, namespace: other, count: count) }
        }
        return nil
    }

    /// Services at the same port, as `10.96.0.10 (web/hello)`: somebody may have meant one of them.
    func services(near socket: SocketAddress, atLoadBalancers: Bool) -> [String] {
        var found: [String] = []
        for object in store.objects("Service") {
            let service = Service(object)
            guard service.ports.contains(where: { $0.port == socket.port }) else { continue }
            let addresses =
                atLoadBalancers ? service.loadBalancerIngress.compactMap(\.address) : service.clusterAddresses
            guard let address = addresses.first(where: { $0.family == socket.address.family }) else { continue }
            found.append("\(address) (\(service.namespace)/\(service.name))")
            if found.count == 3 { break }
        }
        return found
    }

    /// The node ports that there are, the nearest numbers first, as `30080 (web/hello)`.
    func nodePorts(near port: UInt16) -> [String] {
        let all = store.objects("Service").flatMap { object -> [(port: UInt16, text: String)] in
            let service = Service(object)
            return service.ports.compactMap { entry in
                entry.nodePort.map { ($0, "\($0) (\(service.namespace)/\(service.name))") }
            }
        }
        return all.sorted { (abs(Int($0.port) - Int(port)), $0.text) < (abs(Int($1.port) - Int(port)), $1.text) }
            .prefix(3).map(\.text)
    }

    // MARK: Load balancers

    /// Why nodes get nothing from the load balancer, as `node-2: not ready`.
    var nodesOutOfBalance: [String] {
        store.objects("Node").map(NodeFacts.init).filter { !$0.takesExternalTraffic }.map { node in
            let why =
                !node.isReady
                ? "not ready"
                : node.labels["node.kubernetes.io/exclude-from-external-load-balancers"] != nil
                    ? "excluded by its label" : "about to be removed"
            return "\(node.name) is \(why)"
        }
    }

    /// A Service of type LoadBalancer without an address.
    func pendingLoadBalancer(_ key: ObjectKey) -> Remark? {
        guard let object = store[key] else { return nil }
        let service = Service(object)
        guard service.type == .loadBalancer, service.loadBalancerIngress.isEmpty else { return nil }
        let because = because(key, "spec.type")
        if let name = service.loadBalancerClass {
            return .loadBalancerPending(key, "it is left to loadBalancerClass \(name)", because)
        }
        guard hasExternalAddress(key) else {
            let wanted = service.loadBalancerIP.map { "\($0) is taken, or is not in the lab's range" }
            return .loadBalancerPending(key, wanted ?? "no address is free", because)
        }
        return .loadBalancerPending(key, "its address is being provisioned", because)
    }
}

/// Labels of a Pod that all but meet a selector.
private struct NearLabels {
    /// The labels that come nearest, one for each that the selector names.
    var labels: [String: String] = [:]
    /// The smaller, the nearer.
    var distance = 0

    /// Nil for labels that have nothing in common with the selector.
    init?(_ selector: [String: String], _ own: [String: String]) {
        var isNear = false
        for (name, value) in selector {
            if let mine = own[name] {
                labels[name] = mine
                let isClose = mine == value || Suggestion.closest(to: mine, among: [value]) != nil
                isNear = isNear || isClose
                distance += mine == value ? 0 : isClose ? 1 : 3
            } else if let other = own.filter({ $0.value == value }).keys.min() {
                labels[other] = value
                isNear = true
                distance += 2
            } else {
                distance += 4
            }
        }
        guard isNear else { return nil }
    }
}
