// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// Names, resolved as cluster DNS resolves them.
extension Cluster {
    private static let domain = ["svc", "cluster", "local"]
    /// So many CNAMEs in a row are followed.
    private static let longestAlias = 8

    func goal(_ request: GoalRequest, name: String, depth: Int = 0) throws(QuestionError) -> Goal {
        if name == "localhost" {
            var local = request
            local.target.host = .address(Address(127, 0, 0, 1))
            return try goal(local)
        }
        if let found = service(named: name, request.origin) {
            return try goal(request, service: found.key, hostname: found.hostname, depth: depth)
        }
        if let system = outsideSystem(hostname: name) { return try goal(request, outside: system) }
        if request.origin.searches == nil {
            // No cluster DNS is asked here: a node's own name does as well, and a Service's in any namespace.
            if nodes.states[name] != nil {
                var node = request
                node.target.host = .object(kind: "node", namespace: nil, name: name)
                return try goal(node)
            }
            if !name.contains(".") { return try goal(request, service: uniqueKey("Service", name, in: nil, name)) }
        }
        throw unknownName(name, request.origin)
    }

    /// The Service, and the endpoint's name before it, that a name stands for: the search list first, as resolv.conf has
    /// it with `ndots:5`, then the name as it is.
    func service(named name: String, _ origin: Origin) -> (key: ObjectKey, hostname: String?)? {
        var labels = name.lowercased().split(separator: ".").map(String.init)
        let isWhole = name.hasSuffix(".")
        if labels.count > 3, labels.suffix(3) == Cluster.domain[...] {
            return service(labels.dropLast(3))
        }
        if labels.last == "svc", !isWhole {
            labels.removeLast()
            return service(labels[...])
        }
        guard !isWhole else { return nil }
        return service(labels + [origin.searches ?? "default"]) ?? service(labels[...])
    }

    private func service(_ labels: ArraySlice<String>) -> (key: ObjectKey, hostname: String?)? {
        guard labels.count == 2 || labels.count == 3, let namespace = labels.last else { return nil }
        let rest = labels.dropLast()
        let key = ObjectKey("Service", namespace, rest.last ?? "")
        guard let object = store[key] else { return nil }
        guard rest.count == 2, let hostname = rest.first else { return (key, nil) }
        return Service(object).isHeadless ? (key, hostname) : nil
    }

    private func service(_ labels: [String]) -> (key: ObjectKey, hostname: String?)? { service(labels[...]) }

    private func unknownName(_ name: String, _ origin: Origin) -> QuestionError {
        let first = name.lowercased().split(separator: ".").first.map(String.init) ?? name
        let here = origin.searches ?? "default"
        if let other = store.keys("Service").first(where: { $0.name == first && $0.namespace != here }),
            !name.contains(".")
        {
            return QuestionError(
                "namespace \(here) has no Service \(name), and a short name is looked for only there; "
                    + "namespace \(other.namespace) has one: write \(other.name).\(other.namespace)")
        }
        let names = store.keys("Service").flatMap { key in
            key.namespace == here ? [key.name, "\(key.name).\(key.namespace)"] : ["\(key.name).\(key.namespace)"]
        }
        let near = Suggestion.closest(to: name, among: names) ?? Suggestion.closest(to: first, among: names)
        return QuestionError("no Service has the name \(name)" + (near.map { "; is it \($0)?" } ?? ""))
    }

    // MARK: Services

    func goal(
        _ request: GoalRequest, service key: ObjectKey, hostname: String? = nil, depth: Int = 0
    ) throws(QuestionError) -> Goal {
        guard let object = store[key] else { throw QuestionError("\(key) is gone") }
        let service = Service(object)
        if service.type == .externalName { return try aliasGoal(request, service, depth) }
        if service.isHeadless { return try headlessGoal(request, service, hostname) }
        let (port, transport) = try port(of: service, request)
        let addresses = service.clusterAddresses
        let step = NameStep(name: Cluster.wholeName(key), service: key, addresses: addresses)
        let address = reachable(addresses, from: request.origin)
        return Goal(
            transport: transport, steps: [step], sockets: address.map { [SocketAddress($0, port)] } ?? [], service: key)
    }

    private static func wholeName(_ key: ObjectKey) -> String {
        (["\(key.name)", key.namespace] + domain).joined(separator: ".")
    }

    private func aliasGoal(_ request: GoalRequest, _ service: Service, _ depth: Int) throws(QuestionError) -> Goal {
        let alias = service.externalName
        let step = NameStep(name: Cluster.wholeName(service.key), service: service.key, alias: alias, addresses: [])
        let outside = Remark.externalName(service.key, name: alias, because(service.key, "spec.externalName"))
        if let system = outsideSystem(hostname: alias) {
            var goal = try goal(request, outside: system)
            goal.steps.insert(step, at: 0)
            goal.remarks.insert(outside, at: 0)
            return goal
        }
        guard depth < Cluster.longestAlias,
            alias.hasSuffix("svc.cluster.local") || alias.hasSuffix("svc.cluster.local.")
        else {
            return Goal(
                transport: request.transport ?? .tcp, steps: [step], service: service.key, remarks: [outside])
        }
        var goal = try goal(request, name: alias, depth: depth + 1)
        goal.steps.insert(step, at: 0)
        goal.remarks.insert(outside, at: 0)
        return goal
    }

    /// A headless Service has no address of its own: its name stands for those of its endpoints, and no port is
    /// translated.
    private func headlessGoal(
        _ request: GoalRequest, _ service: Service, _ hostname: String?
    ) throws(QuestionError) -> Goal {
        let transport = request.transport
        var goal = Goal(transport: transport ?? .tcp, service: service.key)
        var asked: UInt16?
        if case .number(let number) = request.port {
            asked = number
        } else if transport != .icmp, !service.ports.isEmpty {
            goal.transport = try port(of: service, request).1
        }
        if transport == .icmp { asked = 0 }
        var addresses: Set<Address> = []
        for slice in slices(of: service.key) {
            let port = slice.ports.first { port in
                if case .name(let name) = request.port { port.name == name } else { true }
            }
            for endpoint in slice.endpoints where endpoint.isReady && (hostname == nil || endpoint.hostname == hostname)
            {
                guard let address = endpoint.addresses.first, addresses.insert(address).inserted,
                    let number = asked ?? port?.port
                else { continue }
                goal.sockets.append(SocketAddress(address, number))
            }
        }
        goal.sockets.sort()
        let name = (hostname.map { "\($0)." } ?? "") + Cluster.wholeName(service.key)
        goal.steps = [NameStep(name: name, service: service.key, addresses: addresses.sorted())]
        goal.remarks = [headlessRemark(service, asked)]
        return goal
    }

    private func headlessRemark(_ service: Service, _ asked: UInt16?) -> Remark {
        let port = service.ports.first { $0.port == asked }
        var target: PortReference?
        if let port, port.targetPort != .number(port.port) { target = port.targetPort }
        return .headless(
            service.key, port: asked, targetPort: target?.description, because(service.key, "spec.clusterIP"))
    }

    /// The EndpointSlices of a Service.
    func slices(of service: ObjectKey) -> [EndpointSlice] {
        (index.slicesOfService[service] ?? []).sorted().compactMap { store[$0].map(EndpointSlice.init) }
    }

    /// A field of an object, and where the user wrote it.
    func because(_ key: ObjectKey, _ field: String) -> Because {
        let place = sources[key]?.place(of: field)
        return Because("\(key)", field: field, location: place.map { "\($0.file):\($0.position.line)" } ?? "")
    }
}
