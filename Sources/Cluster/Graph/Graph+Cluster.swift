// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
public import Kubernetes
internal import Net

extension Graph {
    /// The picture of a cluster's plan and of its Services.
    /// - Parameter service: only what concerns this one: its endpoints' Pods, the nodes that connections to it may pass,
    ///   and the way from outside.
    public init(_ cluster: Cluster, service: ObjectKey? = nil) {
        let keys = service.map { [$0] } ?? cluster.store.keys("Service").sorted()
        let services = keys.compactMap { cluster.store[$0] }.map { cluster.drawn(Kubernetes.Service($0)) }
        var places = cluster.drawnPlaces
        var title = "Lab \(cluster.configuration.name)"
        if let service, let drawn = services.first {
            title += ": Service \(service.namespace)/\(service.name)"
            places = Graph.places(places, concerning: drawn)
        }
        let shown = Set(places.map(\.name))
        self.init(
            title: title, places: places,
            links: cluster.drawnLinks(places).filter {
                shown.contains($0.outer.place) && shown.contains($0.inner.place)
            },
            services: services)
    }

    private static func places(_ all: [Place], concerning service: Service) -> [Place] {
        let endpoints = Set(service.endpoints.map(\.place))
        let nodes = Set(all.filter { endpoints.contains($0.name) }.map(\.node))
        // A port of every node leads to it from all of them.
        let isOnAllNodes = ["NodePort", "LoadBalancer"].contains(service.type)
        return all.filter { place in
            switch place.kind {
            case .outside, .host, .edge: true
            case .node: isOnAllNodes || nodes.contains(place.name)
            case .pod, .controlPlane: endpoints.contains(place.name)
            }
        }
    }
}

extension Cluster {
    /// All places, from the outside inwards.
    fileprivate var drawnPlaces: [Graph.Place] {
        let fixed = plan.namespaces.compactMap { name, namespace -> Graph.Place? in
            guard !name.text.contains("/"), let kind = kind(of: name) else { return nil }
            var place = Graph.Place(kind: kind, name: name.text, addresses: namespace.ownAddresses)
            if kind == .node, let object = store[ObjectKey("Node", "", name.text)] {
                let node = Node(object)
                place.isReady = node.isReady
                place.notes = [node.zone.map { "zone \($0)" }, node.isReady ? nil : "not ready"].compactMap(\.self)
            }
            return place
        }
        return (fixed + nodes.placements.map { pod($0.key, $0.value) }).sorted {
            ($0.kind.rank, $0.node, $0.name) < ($1.kind.rank, $1.node, $1.name)
        }
    }

    private func kind(of name: NamespaceName) -> Graph.Place.Kind? {
        switch name {
        case .host: .host
        case .edge: .edge
        case .controlPlane: .controlPlane
        default:
            outsideSystem(name) != nil ? .outside : nodes.states[name.text] != nil ? .node : nil
        }
    }

    private func pod(_ key: ObjectKey, _ placement: Placement) -> Graph.Place {
        let pod = store[key].map(Pod.init)
        let phase = pod?.phase ?? .pending
        var place = Graph.Place(kind: .pod, name: "\(key.namespace)/\(key.name)")
        place.addresses = placement.addresses.map(\.description)
        place.node = placement.node
        place.isReady = pod?.isReady ?? false
        if placement.link == nil { place.notes.append("on its node's network") }
        if !place.isReady { place.notes.append(phase == .running ? "not ready" : phase.rawValue) }
        return place
    }

    /// The veth pairs of the places, in their order.
    fileprivate func drawnLinks(_ places: [Graph.Place]) -> [Graph.Link] {
        let layers = Dictionary(places.map { ($0.name, $0.kind.layer) }) { first, _ in first }
        return places.flatMap { place -> [Graph.Link] in
            let name = NamespaceName(place.name)
            let interfaces = (plan.namespaces[name]?.interfaces.values ?? [:].values).sorted { $0.name < $1.name }
            return interfaces.compactMap { interface in
                // Each pair is told of by its inner end; what is around the edge is outside of it.
                let peer = interface.peerNamespace
                guard let far = plan.namespaces[peer]?.interfaces[interface.peerName],
                    let layer = layers[place.name], let other = layers[peer.text], layer > other
                else { return nil }
                return Graph.Link(outer: Graph.End(peer, far), inner: Graph.End(name, interface))
            }
        }
    }

    fileprivate func drawn(_ service: Service) -> Graph.Service {
        let type = service.isHeadless ? "headless" : service.type.rawValue
        var drawn = Graph.Service(name: "\(service.namespace)/\(service.name)", type: type)
        drawn.addresses = addressTexts(service)
        if service.type == .externalName { drawn.notes.append("the name \(service.externalName)") }
        if service.externalTrafficPolicy == .local { drawn.notes.append("externalTrafficPolicy Local") }
        if service.internalTrafficPolicy == .local { drawn.notes.append("internalTrafficPolicy Local") }
        if let seconds = service.sessionAffinityTimeout { drawn.notes.append("clients remembered for \(seconds) s") }
        for slice in slices(of: service.key) {
            for endpoint in slice.endpoints { drawn.endpoints += ends(endpoint, slice.ports) }
        }
        // Ports of two protocols with the same number have the same address.
        drawn.endpoints = Set(drawn.endpoints).sorted { ($0.place, $0.address) < ($1.place, $1.address) }
        return drawn
    }

    private func addressTexts(_ service: Service) -> [String] {
        service.ports.flatMap { port -> [String] in
            func texts(_ word: String, _ addresses: [Address]) -> [String] {
                addresses.map { "\(word) \(SocketAddress($0, port.port))/\(port.transport.name)" }
            }
            return texts("cluster", service.clusterAddresses) + texts("external", service.externalIPs)
                + texts("load balancer", services.loadBalancers[service.key] ?? [])
                + (port.nodePort.map { ["node port \($0)/\(port.transport.name)"] } ?? [])
        }
    }

    private func ends(_ endpoint: Endpoint, _ ports: [EndpointPort]) -> [Graph.Endpoint] {
        endpoint.addresses.flatMap { address in
            let place = pod(at: address).map { "\($0.namespace)/\($0.name)" } ?? place(at: address) ?? ""
            return ports.compactMap(\.port).map {
                Graph.Endpoint(address: "\(SocketAddress(address, $0))", place: place, isReady: endpoint.isReady)
            }
        }
    }

    /// The place that is no Pod and has an address.
    private func place(at address: Address) -> String? {
        plan.namespaces.keys.sorted().first { name in
            !name.text.contains("/") && plan.namespaces[name]?.owns(address) == true
        }?.text
    }
}

extension Graph.End {
    fileprivate init(_ place: NamespaceName, _ interface: Interface) {
        self.init(
            place: place.text, interface: interface.name, addresses: interface.addresses.map(\.address.description))
    }
}

extension Graph.Place.Kind {
    /// How far within the lab it is.
    var layer: Int {
        switch self {
        case .outside, .host, .controlPlane: 0
        case .edge: 1
        case .node: 2
        case .pod: 3
        }
    }
}

extension Graph.Place.Kind {
    /// Its place among the kinds.
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

extension NamespacePlan {
    /// The addresses of its interfaces, each once.
    fileprivate var ownAddresses: [String] {
        Set(interfaces.values.flatMap(\.addresses).map(\.address) + loopback.map(\.address)).sorted().map(\.description)
    }
}
