// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

extension Lab {
    /// Measures, on the running lab, what its rules cost: the full load of one node's and of all, and single endpoint changes from
    /// the Store's write to the commit in the kernels of all nodes. Everything is as before afterwards.
    func measureTables(changes: Int) throws -> Value {
        let slices = cluster.store.keys("EndpointSlice").filter { key in
            let slice = cluster.store[key].map(EndpointSlice.init)
            return slice?.serviceName != "kubernetes" && (slice?.endpoints.count ?? 0) > 1
        }
        // The batches of whole tables are no part of what a lab keeps.
        defer { Program.giveBackMemory() }
        guard !slices.isEmpty else { throw LabError("the lab has no EndpointSlice with two endpoints to change") }
        var times: [Double] = []
        for number in 0..<changes {
            // A stride that has no divisor in common with round numbers, so that neighbours are not changed in a row.
            let key = slices[number &* 7919 % slices.count]
            for isReady in [false, true] {
                // A writer comes with what it wants to be written: making that is not the Store's work.
                var endpoints = cluster.store[key]?.value["endpoints"]?.elements ?? []
                endpoints[number % endpoints.count]["conditions", "ready"] = .bool(isReady)
                let written = Value.array(endpoints)
                let started = Program.milliseconds()
                _ = update(key) { $0.value["endpoints"] = written }
                // Changes of iptables rules may wait for others.
                if rules.isWaiting { tell(rules.flush()) }
                times.append(Program.milliseconds() - started)
            }
        }
        let nodes = cluster.store.keys("Node").map { NamespaceName($0.name) }
        return [
            "services": .int(Int64(cluster.store.keys("Service").count)), "nodes": .int(Int64(nodes.count)),
            "changes": Lab.quantiles(times), "load": Lab.quantiles(try nodes.map { try load([$0]) }),
            "loadAll": .double(try load(nodes)),
        ]
    }

    /// How long it takes to load the whole rules of nodes anew: difference, encoding and commit.
    private func load(_ nodes: [NamespaceName]) throws -> Double {
        let started = Program.milliseconds()
        let news = rules.install(nodes, of: cluster.plan)
        for case .refused(_, _, let error) in news { throw error }
        return Program.milliseconds() - started
    }

    private static func quantiles(_ times: [Double]) -> Value {
        let sorted = times.sorted()
        func quantile(_ part: Double) -> Value {
            sorted.isEmpty ? .null : .double(sorted[min(Int(Double(sorted.count) * part), sorted.count - 1)])
        }
        return [
            "count": .int(Int64(sorted.count)), "p50": quantile(0.5), "p90": quantile(0.9), "p99": quantile(0.99),
            "max": quantile(1),
        ]
    }
}
