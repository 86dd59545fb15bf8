// SPDX-License-Identifier: Apache-2.0
internal import Cluster
internal import Dataplane
internal import Kubernetes
internal import Linux
internal import Net

extension Lab {
    /// Holds the rules that the kernels have against the plan: every element of every set, every chain and the number of
    /// its rules; iptables rules as their keeper does. Beside it, the tracked UDP flows to Pods that are gone (D79).
    func compareRules() throws -> Value {
        var comparison = RuleComparison()
        for name in cluster.plan.namespaces.keys.sorted() { try compareRules(of: name, &comparison) }
        return comparison.value
    }

    /// A node's rules with what the kernel has otherwise, in `differences`.
    func observed(_ rules: Value, of name: NamespaceName) throws -> Value {
        var comparison = RuleComparison()
        try compareRules(of: name, &comparison)
        var value = rules
        value["differences"] = .array(comparison.differences.prefix(100).map { .string($0) })
        return value
    }

    private func compareRules(of name: NamespaceName, _ comparison: inout RuleComparison) throws {
        guard let plan = cluster.plan.namespaces[name] else { return }
        for ruleset in Array(plan.rulesets.values) + (name == .host ? [] : plan.tables) {
            let socket = try TableSocket(in: try kernel.edge.place(name).namespace, place: name.text)
            try comparison.compare(ruleset, socket, name)
        }
        guard !plan.iptables.isEmpty || !plan.rulesets.isEmpty else { return }
        let chains = try rules.chainDifferences(name, from: cluster.plan)
        comparison.differences += chains.map { "\(name): \($0)" }
        try addStaleFlows(of: name, to: &comparison)
    }

    private func addStaleFlows(of name: NamespaceName, to comparison: inout RuleComparison) throws(KernelError) {
        let living = podAddresses
        let socket = try ConntrackSocket(in: try kernel.edge.place(name).namespace, place: name.text)
        for family in cluster.configuration.families {
            guard let range = cluster.configuration.ranges(family)?.pods else { continue }
            let stale = try socket.list(family).filter { flow in
                let endpoint = flow.reply.source.address
                return flow.transport == .udp && flow.status.contains(.destinationTranslated)
                    && range.contains(endpoint) && !living.contains(endpoint)
            }
            comparison.add(stale: stale, name)
        }
    }

    /// The addresses of all Pods that there are.
    private var podAddresses: Set<Address> {
        var addresses: Set<Address> = []
        for pod in cluster.store.objects("Pod") {
            let all = (pod.value["status", "podIPs"]?.elements ?? []).compactMap { $0["ip"]?.string }
            addresses.formUnion((all + [pod.value["status", "podIP"]?.string ?? ""]).compactMap { Address($0) })
        }
        return addresses
    }
}

/// What the kernels have beside, or instead of, what the plan says.
struct RuleComparison {
    private var namespaces: Set<NamespaceName> = []
    private var elements: [String: Int] = [:]
    private var chains = 0
    private var staleFlows = 0
    var differences: [String] = []

    private struct Content: Hashable, CustomStringConvertible {
        var key: [Datum]
        var value: Element.Value

        /// As nft prints it.
        var description: String { Element(key, value, because: Because("lab")).text }
    }

    mutating func compare(_ ruleset: Ruleset, _ socket: TableSocket, _ name: NamespaceName) throws(KernelError) {
        namespaces.insert(name)
        var wanted: [String: Set<Content>] = [:]
        var wantedChains: [String: Int] = [:]
        for change in ruleset.difference(from: nil) {
            switch change {
            case .addElements(let set, let elements):
                wanted[set, default: []].formUnion(elements.map { Content(key: $0.key, value: $0.value) })
            case .addChain(let chain): wantedChains[chain.name] = chain.rules.count
            default: break
            }
        }
        for set in ruleset.sets where !set.isDynamic {
            let there = Set(
                try socket.elements(of: set, family: ruleset.family, table: ruleset.table).map {
                    Content(key: $0.key, value: $0.value)
                })
            elements[set.name, default: 0] += there.count
            tell(there, wanted[set.name] ?? [], "\(name): \(set.name)")
        }
        let there = try socket.chains(family: ruleset.family, table: ruleset.table)
        chains += there.count
        tell(
            Set(there.map { "\($0.key) (\($0.value))" }), Set(wantedChains.map { "\($0.key) (\($0.value))" }), "\(name)"
        )
    }

    private mutating func tell<Item: Hashable>(_ there: Set<Item>, _ wanted: Set<Item>, _ place: String) {
        for item in there.subtracting(wanted) { differences.append("\(place) has \(item)") }
        for item in wanted.subtracting(there) { differences.append("\(place) lacks \(item)") }
    }

    mutating func add(stale flows: [ConntrackEntry], _ name: NamespaceName) {
        namespaces.insert(name)
        staleFlows += flows.count
        for flow in flows {
            differences.append("\(name) has a UDP flow from \(flow.original.source) to \(flow.reply.source)")
        }
    }

    var value: Value {
        [
            "namespaces": .int(Int64(namespaces.count)),
            "elements": .object(Fields(elements.mapValues { .int(Int64($0)) })),
            "chains": .int(Int64(chains)), "staleFlows": .int(Int64(staleFlows)),
            "differences": .int(Int64(differences.count)), "texts": .array(differences.prefix(20).map { .string($0) }),
        ]
    }
}
