// SPDX-License-Identifier: Apache-2.0
internal import Net

extension IPTables {
    // MARK: One object

    /// Gives the Service these rules, and returns what that changes: its own chains that are not as they were, and the
    /// shared ones only if its rules there are others. An endpoint that comes or goes leaves the shared ones alone.
    public mutating func setService(_ entry: ServiceEntry) -> [ChainChange] {
        replace(Ruleset.partName(service: entry.name), with: part(for: entry))
    }

    /// Takes the Service's rules away.
    public mutating func removeService(named name: String) -> [ChainChange] {
        replace(Ruleset.partName(service: name), with: Part())
    }

    /// Sets many Services at once: what is shared is written once.
    public mutating func setServices(_ entries: [ServiceEntry]) -> [ChainChange] {
        var batch = ChainBatch()
        for entry in entries {
            exchange(Ruleset.partName(service: entry.name), with: part(for: entry), &batch)
        }
        return changes(batch)
    }

    /// Gives a Pod these host ports; none take it away.
    public mutating func setHostPorts(pod: String, _ ports: [HostPortEntry]) -> [ChainChange] {
        let name = Ruleset.partName(pod: pod)
        let part = part(pod: pod, ports)
        let before = hostPortPods
        hostPortPods += (part.isEmpty ? 0 : 1) - (parts[name] == nil ? 0 : 1)
        let changes = replace(name, with: part)
        guard (before == 0) != (hostPortPods == 0) else { return changes }
        let structure = hostPortStructure
        return hostPortPods > 0 ? structure + changes : changes + structure
    }

    private func part(for entry: ServiceEntry) -> Part {
        var part = Part()
        for port in entry.ports {
            let chains = ServicePortChains(port, of: entry.name, on: self)
            chains.addSharedRules(to: &part)
            chains.addOwnChains(to: &part)
        }
        sabotage?.spoil(&part)
        return part
    }

    private mutating func replace(_ name: String, with part: Part) -> [ChainChange] {
        var batch = ChainBatch()
        exchange(name, with: part, &batch)
        return changes(batch)
    }

    private mutating func exchange(_ name: String, with part: Part, _ batch: inout ChainBatch) {
        batch.compare(parts[name] ?? Part(), with: part)
        parts[name] = part.isEmpty ? nil : part
    }

    /// What comes first in a batch is there when it is jumped to, and what goes last is not jumped to any more.
    private func changes(_ batch: ChainBatch) -> [ChainChange] {
        batch.set.sorted { $0.key < $1.key }.map { .set($0.key, $0.value) }
            + batch.shared.sorted().compactMap { chain in
                chain == .hostPorts && hostPortPods == 0 ? nil : .set(chain, rules(ofShared: chain))
            }
            + batch.gone.filter { batch.set[$0] == nil }.sorted().map { .delete($0) }
    }

    /// What comes with the first host port, or goes with the last: chains, and the jumps to them.
    private var hostPortStructure: [ChainChange] {
        let isThere = hostPortPods > 0
        let (old, new) = (IPTables.jumps(withHostPorts: !isThere), IPTables.jumps(withHostPorts: isThere))
        let jumps = new.keys.sorted().compactMap { chain -> ChainChange? in
            guard let before = old[chain], let after = new[chain], before != after else { return nil }
            return .replace(chain, before, with: after)
        }
        let chains = IPTables.hostPortChains.sorted { $0.key < $1.key }
        guard isThere else { return jumps + [.delete(.hostPorts)] + chains.map { .delete($0.key) } }
        return chains.map { .set($0.key, $0.value) } + jumps
    }

    // MARK: The whole

    /// What turns the old rules into these; with nil, whatever kube-proxy or a CNI plugin left gives way.
    public func difference(from old: IPTables?) -> [ChainChange] {
        guard let old, old.family == family, old.nodeAddress == nodeAddress, old.podRange == podRange else {
            return wholeInstallation
        }
        var batch = ChainBatch()
        for (name, part) in parts where old.parts[name] != part { batch.compare(old.parts[name] ?? Part(), with: part) }
        for (name, part) in old.parts where parts[name] == nil { batch.compare(part, with: Part()) }
        let changes = changes(batch)
        guard (old.hostPortPods == 0) != (hostPortPods == 0) else { return changes }
        return hostPortPods > 0 ? hostPortStructure + changes : changes + hostPortStructure
    }

    private var wholeInstallation: [ChainChange] {
        let empty = IPTables.jumps(withHostPorts: hostPortPods > 0)
        return [.clear] + chains.sorted { $0.key < $1.key }.map { .set($0.key, $0.value) }
            + empty.sorted { $0.key < $1.key }.map { .replace($0.key, [], with: $0.value) }
    }

    /// All chains that are ours, without the built-in ones.
    public var chains: [IPTablesChainName: [IPTablesRule]] {
        var chains = fixedChains
        if hostPortPods > 0 { chains.merge(IPTables.hostPortChains) { $1 } }
        for chain in IPTablesChainName.shared { chains[chain] = [] }
        if hostPortPods > 0 { chains[.hostPorts] = [] }
        for (_, part) in parts.sorted(by: { $0.key < $1.key }) {
            chains.merge(part.own) { $1 }
            for (chain, rules) in part.shared { chains[chain, default: []].append(contentsOf: rules) }
        }
        chains[.services, default: []].append(contentsOf: IPTables.lastRules(of: .services, family))
        return chains
    }

    /// Our rules in a built-in chain.
    public func builtInRules(_ chain: IPTablesChainName) -> [IPTablesRule] {
        IPTables.jumps(withHostPorts: hostPortPods > 0)[chain] ?? []
    }

    /// The rules of a shared chain, in the order of the objects' names.
    func rules(ofShared chain: IPTablesChainName) -> [IPTablesRule] {
        var pieces: [(name: String, rules: [IPTablesRule])] = []
        for (name, part) in parts {
            if let rules = part.shared[chain] { pieces.append((name, rules)) }
        }
        pieces.sort { $0.name < $1.name }
        return pieces.flatMap(\.rules) + IPTables.lastRules(of: chain, family)
    }
}

/// What several objects change, before it is put in order.
private struct ChainBatch {
    var set: [IPTablesChainName: [IPTablesRule]] = [:]
    var gone: Set<IPTablesChainName> = []
    var shared: Set<IPTablesChainName> = []

    mutating func compare(_ old: IPTables.Part, with new: IPTables.Part) {
        for (chain, rules) in new.own where old.own[chain] != rules { set[chain] = rules }
        for chain in old.own.keys where new.own[chain] == nil { gone.insert(chain) }
        for chain in Set(old.shared.keys).union(new.shared.keys) where old.shared[chain] != new.shared[chain] {
            shared.insert(chain)
        }
    }
}
