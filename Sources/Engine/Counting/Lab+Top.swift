// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Kubernetes
internal import Linux
internal import Net

/// What `lab top` shows.
extension Lab {
    /// Whoever does not ask again for so many seconds is not counted for any more.
    private static let patience = 10
    /// So many Services are told of at most: first those that somebody uses.
    private static let serviceLimit = 500

    /// All that `lab top` shows, as one JSON object; counts are since the command began, which says who it is.
    func top(_ request: Value) async throws -> Value {
        let sample = try await counters(asked: "top \(request["client"]?.string ?? "")", seconds: Lab.patience)
        let (services, more) = topServices(sample, filter: request["filter"]?.string ?? "")
        return [
            "name": .string(name), "proxyMode": .string(cluster.configuration.proxyMode.rawValue),
            "milliseconds": .double(sample.milliseconds), "connections": .int(Int64(sample.connections)),
            "services": .array(services), "more": .int(Int64(more)),
            "nodes": .array(topNodes(sample)), "faults": .array(faults.all.map(\.value)),
            "remarks": .array(sample.remarks.map { .string($0) }),
        ]
    }

    // MARK: Services

    private func topServices(_ sample: CounterSample, filter: String) -> ([Value], more: Int) {
        let tally = ServiceTally(sample)
        let wanted = cluster.servedServices.filter { filter.isEmpty || $0.path.contains(filter) }
        let used = wanted.filter { tally.isUsed($0) }
        let chosen = (used + wanted.filter { !tally.isUsed($0) }).prefix(Lab.serviceLimit)
        let gone = tally.services.subtracting(wanted).filter { filter.isEmpty || $0.path.contains(filter) }.sorted()
        let rows = chosen.sorted().flatMap { service($0, tally) } + gone.flatMap { tally.goneService($0) }
        return (rows, wanted.count - chosen.count)
    }

    private func service(_ key: ObjectKey, _ tally: ServiceTally) -> [Value] {
        cluster.servedPorts(of: key).map { port in
            var counts = tally.connections[port.name] ?? [:]
            var endpoints = port.endpoints.map { endpoint in
                let pod = counts.keys.first { $0.endpoint == endpoint }?.pod ?? counting.pod(at: endpoint, cluster)
                return tally.endpoint(
                    endpoint, pod,
                    counts.removeValue(forKey: CountedPath(port: port.name, endpoint: endpoint, pod: pod)) ?? 0,
                    isReady: true, milliseconds: pod.flatMap(kernel.probeTimes.last))
            }
            // Those that took connections and are gone since.
            endpoints += counts.sorted { $0.key.endpoint < $1.key.endpoint }.map { path, count in
                tally.endpoint(path.endpoint, path.pod, count, isReady: false, milliseconds: nil)
            }
            return tally.row(port.name, address: port.address, endpoints: endpoints)
        }
    }

    // MARK: Nodes

    private func topNodes(_ sample: CounterSample) -> [Value] {
        let ready = Dictionary(
            cluster.store.objects("Node").map { (Node($0).name, Node($0).isReady) }, uniquingKeysWith: { $1 })
        return sample.nodes.sorted { $0.key < $1.key }.map { name, node in
            var value = node.value(named: name, limit: sample.limit)
            value["services"] = nil
            value["connections"] = .int(Int64(node.connections.values.reduce(0, +)))
            if let isReady = ready[name] { value["ready"] = .bool(isReady) }
            return value
        }
    }
}

/// What was counted, by the ports of Services, all nodes together.
private struct ServiceTally {
    var connections: [ServicePortName: [CountedPath: Int]] = [:]
    private var refusals: [ServicePortName: [CountedRefusal: Int]] = [:]
    private(set) var services: Set<ObjectKey> = []

    init(_ sample: CounterSample) {
        for node in sample.nodes.values {
            for (path, count) in node.connections {
                connections[path.port, default: [:]][path, default: 0] += count
                services.insert(path.port.service)
            }
            for (refusal, count) in node.unanswered {
                guard let port = refusal.port else { continue }
                refusals[port, default: [:]][refusal, default: 0] += count
                services.insert(port.service)
            }
        }
    }

    func isUsed(_ service: ObjectKey) -> Bool { services.contains(service) }

    func endpoint(
        _ endpoint: SocketAddress, _ pod: ObjectKey?, _ count: Int, isReady: Bool, milliseconds: Double?
    ) -> Value {
        var value: Value = [
            "endpoint": .string(endpoint.description), "connections": .int(Int64(count)), "ready": .bool(isReady),
        ]
        if let pod { value["pod"] = .string(pod.path) }
        if let milliseconds { value["milliseconds"] = .double(milliseconds) }
        return value
    }

    func row(_ port: ServicePortName, address: SocketAddress?, endpoints: [Value]) -> Value {
        let unanswered = refusals[port] ?? [:]
        func packets(_ isRefusal: Bool) -> Value {
            .int(Int64(unanswered.reduce(0) { $0 + ($1.key.reason.isRefusal == isRefusal ? $1.value : 0) }))
        }
        let reasons = Set(unanswered.keys.map(\.reason.text)).sorted()
        return [
            "service": .string(port.service.path), "port": .string(port.text),
            "address": .string(address?.description ?? ""),
            "connections": .int(Int64(connections[port]?.values.reduce(0, +) ?? 0)),
            "refused": packets(true), "dropped": packets(false), "reasons": .array(reasons.map { .string($0) }),
            "endpoints": .array(endpoints),
        ]
    }

    /// The ports of a Service that is not there any more.
    func goneService(_ service: ObjectKey) -> [Value] {
        let ports = Set(connections.keys).union(refusals.keys).filter { $0.service == service }.sorted()
        return ports.map { port in
            let endpoints = (connections[port] ?? [:]).sorted { $0.key.endpoint < $1.key.endpoint }
            return row(
                port, address: nil,
                endpoints: endpoints.map {
                    endpoint($0.key.endpoint, $0.key.pod, $0.value, isReady: false, milliseconds: nil)
                })
        }
    }
}
