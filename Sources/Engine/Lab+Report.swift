// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

extension Lab {
    /// All that `lab status` shows, as one JSON object.
    func report() -> Value {
        let configuration = cluster.configuration
        let endpoints = readyEndpoints()
        return [
            "name": .string(name), "isolated": .bool(options.isIsolated),
            "proxyMode": .string(configuration.proxyMode.rawValue),
            "hostInterface": .string(configuration.hostInterface),
            "hostNamespace": .string(options.isIsolated ? paths.binding(.host) : ""),
            "nodes": .array(cluster.store.objects("Node").map { node(Node($0)) }),
            "pods": .array(cluster.store.objects("Pod").filter { !$0.isStandIn }.map { pod(Pod($0)) }),
            "services": .array(cluster.store.objects("Service").map { service(Service($0), endpoints[$0.key] ?? []) }),
            "outside": outsideReport, "egress": .bool(configuration.egress),
            "urls": .array(urls(endpoints).map { .string($0) }),
            "kubeconfig": .string(paths.kubeconfig), "context": .string(paths.context),
            "faults": .array(faults.all.map(\.value)),
            "pending": .array(pendingText().map { .string($0) }),
        ]
    }

    private func node(_ node: Node) -> Value {
        [
            "name": .string(node.name), "ready": .bool(node.isReady),
            "address": .string(node.internalAddress?.description ?? ""),
            "addresses": list(node.internalAddresses),
            "podCIDR": .string(node.podCIDRs.first?.description ?? ""), "podCIDRs": list(node.podCIDRs),
            "zone": .string(node.zone ?? ""),
            "namespace": .string(paths.binding(NamespaceName(node.name))),
            "pods": .int(Int64(pods.values.count { $0.assignment.node.text == node.name })),
        ]
    }

    private func pod(_ pod: Pod) -> Value {
        let statuses = pod.object.status["containerStatuses"]?.elements ?? []
        let waiting = statuses.lazy.compactMap { $0["state"]?["waiting"]?["reason"]?.string }.first
        // As kubectl says it: a Pod that has succeeded is Completed, one that has failed is in Error.
        let phase = [PodPhase.succeeded: "Completed", .failed: "Error"][pod.phase] ?? pod.phase.rawValue
        let word = pod.isTerminating ? "Terminating" : waiting ?? phase
        return [
            "namespace": .string(pod.namespace), "name": .string(pod.name), "status": .string(word),
            "ready": .bool(pod.isReady), "address": .string(pod.address?.description ?? ""),
            "addresses": list(pod.addresses), "node": .string(pod.nodeName ?? ""), "labels": Value(pod.labels),
            "restarts": .int(Int64(statuses.reduce(0) { $0 + ($1["restartCount"]?.int ?? 0) })),
            "readyContainers": .int(Int64(statuses.count { $0["ready"]?.bool == true })),
            "containers": .int(Int64(pod.containers.count)),
        ]
    }

    private func list(_ items: [some CustomStringConvertible]) -> Value {
        .array(items.map { .string($0.description) })
    }

    /// The ready endpoints of every Service, by its key.
    private func readyEndpoints() -> [ObjectKey: [String]] {
        var all: [ObjectKey: [String]] = [:]
        for slice in cluster.store.objects("EndpointSlice").map(EndpointSlice.init) {
            guard let name = slice.serviceName else { continue }
            let ports = slice.ports.map { $0.port ?? 0 }
            all[ObjectKey("Service", slice.namespace, name), default: []] += slice.endpoints.filter(\.isReady)
                .flatMap { $0.addresses.flatMap { address in ports.map { "\(SocketAddress(address, $0))" } } }
        }
        return all
    }

    private func service(_ service: Service, _ endpoints: [String]) -> Value {
        [
            "namespace": .string(service.namespace), "name": .string(service.name),
            "type": .string(service.type.rawValue), "clusterIP": .string(service.clusterIPs.first ?? ""),
            "clusterIPs": .array(service.clusterIPs.map { .string($0) }),
            "externalIP": .string(externalText(service)), "ports": .string(portsText(service)),
            "endpoints": .array(endpoints.sorted().map { .string($0) }),
        ]
    }

    private func externalText(_ service: Service) -> String {
        let addresses = service.loadBalancerIngress.compactMap(\.address) + service.externalIPs
        if !addresses.isEmpty { return addresses.map(\.description).joined(separator: ",") }
        if service.type == .externalName { return service.externalName }
        return service.type == .loadBalancer ? "<pending>" : "<none>"
    }

    private func portsText(_ service: Service) -> String {
        service.ports.map { port in
            "\(port.port)\(port.nodePort.map { ":\($0)" } ?? "")/\(port.transport.name)"
        }.joined(separator: ",")
    }

    /// What to type after `curl` for one Service.
    func urls(of key: ObjectKey) throws -> [String] {
        guard let service = cluster.store[key].map(Service.init) else { throw LabError("\(key) is not there") }
        let endpoints = readyEndpoints()
        return urls(of: [service], endpoints)
    }

    /// What to type after `curl`: for each TCP port of a Service that has endpoints, the addresses that the host reaches.
    /// Services that are meant for the outside come first.
    private func urls(_ endpoints: [ObjectKey: [String]]) -> [String] {
        let services = cluster.store.objects("Service").map(Service.init).filter { endpoints[$0.key]?.isEmpty == false }
        let users = services.filter {
            $0.key != ObjectKey("Service", "default", "kubernetes")
                && $0.key != ObjectKey("Service", "kube-system", "kube-dns")
        }
        let order: [ServiceType] = [.loadBalancer, .nodePort, .clusterIP]
        return order.flatMap { type in urls(of: users.filter { $0.type == type }, endpoints) }
    }

    private func urls(of services: [Service], _ endpoints: [ObjectKey: [String]]) -> [String] {
        let access = cluster.configuration.hostAccess
        guard access != .none else { return [] }
        let nodes = cluster.store.objects("Node").first.map { Node($0).internalAddresses } ?? []
        return services.flatMap { service in
            service.ports.filter { $0.transport == .tcp && $0.name != "dns" }.flatMap { port in
                service.ipFamilies.flatMap { family -> [String] in
                    // A family without endpoints answers nobody.
                    let isServed = endpoints[service.key]?.contains { $0.hasPrefix("[") == (family == .v6) }
                    guard isServed == true else { return [] }
                    func own(_ addresses: [Address], _ number: UInt16?) -> SocketAddress? {
                        number.flatMap { number in
                            addresses.first { $0.family == family }.map { SocketAddress($0, number) }
                        }
                    }
                    let sockets = [
                        own(service.loadBalancerIngress.compactMap(\.address), port.port), own(nodes, port.nodePort),
                        access == .all ? own(service.clusterAddresses, port.port) : nil,
                    ]
                    let scheme = port.port == 443 || port.name == "https" ? "https" : "http"
                    return sockets.compactMap { $0 }.map { "\(scheme)://\($0)" }
                }
            }
        }
    }

}
