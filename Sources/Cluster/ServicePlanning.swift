// SPDX-License-Identifier: Apache-2.0
internal import Dataplane
internal import Kubernetes
internal import Net

/// From Services and their EndpointSlices to the rules of the nodes and of the edge.
extension Cluster {
    mutating func updateTables() {
        let atEdge = dirty.edgeTables
        let keys = dirty.nodeTables.union(atEdge).sorted()
        guard !keys.isEmpty else { return }
        dirty.nodeTables = []
        dirty.edgeTables = []
        // Those that go give back their pool numbers before others take them.
        var staying: [(entries: ServiceEntries, before: [ServiceView], isSet: Bool)] = []
        for key in keys {
            let known = services.tables[key]
            // Entries that are in the tables already differ in endpoints alone.
            if let entries = known?.entries {
                staying.append((entries, known?.views ?? [], true))
            } else if let entries = store[key].flatMap({ ServiceEntries(key, Service($0), sources[key]) }) {
                staying.append((entries, known?.views ?? [], false))
            } else {
                removeFromTables(key)
            }
        }
        var wanted: [WantedRules] = []
        for (entries, before, isSet) in staying {
            let service = entries.key
            setOnNodes(entries, after: before, isSet: isSet, &wanted)
            if atEdge.contains(service) { setAtEdge(entries) }
            if isSet { continue }
            services.keep(service, Set(entries.ports.map { .init(transport: $0.transport, port: $0.port) }))
        }
        write(wanted)
    }

    /// Has the rules changed once all is known that stays. What is made here goes as soon as the kernels have it: it must not
    /// lie between what stays, or its room would be of no use to anybody.
    private mutating func write(_ wanted: [WantedRules]) {
        var batch = ChainsBatch()
        for rules in wanted {
            switch configuration.proxyMode {
            case .nftables: setTables(rules)
            case .iptables: batch.add(rules.view)
            case .none: break
            }
        }
        setChains(batch)
    }

    private mutating func removeFromTables(_ key: ObjectKey) {
        for view in services.tables[key]?.views ?? [] { remove(view) }
        services.tables[key] = nil
        removeFromEdge(key)
        services.topological.remove(key)
        services.keep(key, [])
    }

    // MARK: Nodes

    private mutating func setOnNodes(
        _ entries: ServiceEntries, after before: [ServiceView], isSet: Bool, _ wanted: inout [WantedRules]
    ) {
        let service = entries.key
        var after: [ServiceView] = []
        var isTopological = false
        for family in entries.families where configuration.ranges(family) != nil {
            let slices = slices(of: service, family)
            // What the rules have is as good as the Service's own word, and is read anyway.
            let known = isSet ? before.first { $0.family == family }?.entry.ports : nil
            let ports = known ?? spoiled(entries.nodePorts(family), family)
            let choices = ports.map { EndpointChoice(slices, $0, wantsOwn: $0.usesLocalEndpoints) }
            if choices.contains(where: \.dependsOnNode) { isTopological = true }
            for var view in views(choices, entries, family) {
                let old = before.first { $0.isSame(view) }
                for (index, template) in ports.enumerated() {
                    let known = isSet ? old?.entry.ports[index] : old?.entry.port(like: template)
                    view.entry.ports.append(
                        entry(
                            isSet ? known ?? template : template, of: service, choices[index], for: view, after: known))
                }
                let isMove = isSet && old?.has(view.namespaces) == true
                set(view, replacing: isMove ? old?.entry : nil, &wanted)
                after.append(view)
            }
            if entries.hasDatagrams { noteDatagrams(entries, family, slices) }
        }
        // A family that the Service no longer has.
        for view in before where !after.contains(where: { $0.family == view.family }) { remove(view) }
        services.tables[service] = ServiceTables(entries: entries, views: after)
        noteTopology(of: service, isTopological)
    }

    private mutating func noteTopology(of service: ObjectKey, _ isTopological: Bool) {
        guard services.topological.contains(service) != isTopological else { return }
        if isTopological { services.topological.insert(service) } else { services.topological.remove(service) }
    }

    func slices(of service: ObjectKey, _ family: Family) -> [SliceFacts] {
        let keys = index.slicesOfService[service] ?? []
        return keys.compactMap { index.slices[$0] }.filter { $0.family == family }.map(spoiled)
    }

    /// The nodes, those together that see the same endpoints; without entries as yet.
    private func views(_ choices: [EndpointChoice], _ entries: ServiceEntries, _ family: Family) -> [ServiceView] {
        func view(_ node: String?, _ zone: String?) -> ServiceView {
            ServiceView(
                family: family, node: node, zone: zone, namespaces: [], part: entries.part,
                entry: ServiceEntry(entries.name, family: family, ports: []))
        }
        guard choices.contains(where: \.dependsOnNode) else {
            var all = view(nil, nil)
            all.namespaces = nodes.namespaces
            return [all]
        }
        var views: [ServiceView] = []
        for node in configuration.nodes.map(\.name) {
            let isOwn = choices.contains { $0.nodesWithOwn.contains(node) || $0.hintedNodes.contains(node) }
            let zone = services.zones[node].flatMap { zone in
                choices.contains { $0.hintedZones.contains(zone) } ? zone : nil
            }
            let new = view(isOwn ? node : nil, zone)
            let place = views.firstIndex { $0.isSame(new) } ?? views.endIndex
            if place == views.endIndex { views.append(new) }
            views[place].namespaces.append(NamespaceName(node))
        }
        return views
    }

    /// - Parameter known: the port's entry in the rules at present; its endpoints keep their slots.
    private mutating func entry(
        _ template: ServicePortEntry, of service: ObjectKey, _ choice: EndpointChoice, for view: ServiceView,
        after known: ServicePortEntry?
    ) -> ServicePortEntry {
        var entry = template
        let key = ServiceState.PortKey(transport: entry.transport, port: entry.port)
        entry.pool = known?.pool ?? services.pool(service, key)
        entry.hasEndpoints = !choice.all.isEmpty
        if entry.usesClusterEndpoints {
            let ready = choice.cluster(node: view.node, zone: view.zone)
            entry.endpoints = SlotOrder.settle(
                previous: known?.endpoints ?? services.formerSlots(view.namespaces.first, view.family, entry.pool),
                ready: spoiled(ready, after: known?.endpoints))
        }
        if entry.usesLocalEndpoints {
            entry.localPool =
                known.flatMap { $0.localPool == 0 ? nil : $0.localPool } ?? services.localPool(service, key)
            entry.localEndpoints = SlotOrder.settle(
                previous: known?.localEndpoints
                    ?? services.formerSlots(view.namespaces.first, view.family, entry.localPool),
                ready: choice.own(node: view.node))
        }
        return entry
    }

    // MARK: Rules

    /// - Parameter old: the entry that the rules have, if nothing but its endpoints changes.
    private func set(_ view: ServiceView, replacing old: ServiceEntry?, _ wanted: inout [WantedRules]) {
        guard old != view.entry else { return }
        let isSpoiled = configuration.sabotage != nil
        for view in spoiled(view) {
            // All nodes of a view have the same elements, made once.
            let ruleset = view.namespaces.first.flatMap { plan.namespaces[$0]?.rulesets[view.family] }
            wanted.append(
                WantedRules(view: view, replaced: isSpoiled ? nil : old, part: ruleset?.part(for: view.entry)))
        }
    }

    private mutating func setTables(_ rules: WantedRules) {
        let (view, old) = (rules.view, rules.replaced)
        let (entry, family, name) = (view.entry, view.family, view.part)
        guard let part = rules.part else { return }
        let (endpoints, local) = (old?.ports.map(\.endpoints) ?? [], old?.ports.map(\.localEndpoints) ?? [])
        guard old != nil, entry.isMove(from: endpoints, local: local, family: family) else {
            let elements = part.elements
            for namespace in view.namespaces { replacePart(name, with: part, elements, in: namespace, family) }
            return
        }
        let moves = entry.endpointMoves(from: endpoints, local: local, family: family)
        for namespace in view.namespaces {
            let changes = plan.namespaces[namespace]?.rulesets[family]?.move(name, to: part, moves) ?? []
            pending.change(namespace, family, name, .table(changes))
        }
    }

    mutating func replacePart(
        _ name: String, with part: Ruleset.Part?, _ elements: [String: [Element]]? = nil, in namespace: NamespaceName,
        _ family: Family
    ) {
        let changes = plan.namespaces[namespace]?.rulesets[family]?.replace(name, with: part, elements: elements)
        guard let changes else { return }
        pending.change(namespace, family, name, .table(changes))
    }

    private mutating func remove(_ view: ServiceView) {
        let name = view.part
        for namespace in view.namespaces {
            replacePart(name, with: nil, in: namespace, view.family)
            let chains = plan.namespaces[namespace]?.iptables[view.family]?.removeService(named: view.entry.name)
            pending.change(namespace, view.family, name, .chains(chains ?? []))
        }
    }

    /// What all Services share is written once a batch, however many of them change.
    private mutating func setChains(_ batch: ChainsBatch) {
        for (place, entries) in batch.entries {
            let name = entries.count == 1 ? Ruleset.partName(service: entries[0].name) : "services"
            let changes = plan.namespaces[place.namespace]?.iptables[place.family]?.setServices(entries) ?? []
            pending.change(place.namespace, place.family, name, .chains(changes))
        }
    }

    /// Has the nodes' rules again, in the engine that the proxy mode names, of all Services as they are.
    mutating func setAllOnNodes() {
        var wanted: [WantedRules] = []
        for service in services.tables.keys.sorted() {
            for view in services.tables[service]?.views ?? [] { set(view, replacing: nil, &wanted) }
        }
        write(wanted)
    }
}

/// What rules are to become on the nodes that see the same endpoints of a Service.
private struct WantedRules {
    var view: ServiceView
    /// The entry that the rules have, if nothing but its endpoints changes.
    var replaced: ServiceEntry?
    /// What a table has of it; nil where there are no tables.
    var part: Ruleset.Part?
}

/// The Services of one batch whose iptables rules change, by place.
private struct ChainsBatch {
    private(set) var entries: [PendingChanges.Table: [ServiceEntry]] = [:]

    mutating func add(_ view: ServiceView) {
        for namespace in view.namespaces {
            entries[.init(namespace: namespace, family: view.family), default: []].append(view.entry)
        }
    }
}

extension ServiceEntry {
    /// The port's entry that the Service had before a write to it.
    fileprivate func port(like other: ServicePortEntry) -> ServicePortEntry? {
        ports.first { $0.transport == other.transport && $0.port == other.port }
    }
}
